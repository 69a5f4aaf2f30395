/** Random histories of several replicas on one Postgres, with calls that fail before and behind their commit. */
import { LeaseRepository } from '../../src/quota/lease.repository.js';
import type { LeaseService } from '../../src/quota/lease.service.js';
import type { CounterReport, LeaseAnswer, LeaseCall, LeaseNeeds } from '../../src/quota/lease.types.js';
import type { CounterIdentity, LeasePool } from '../../src/quota/lease-pool.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { createTestDatabase } from '../support/database.js';
import { FakeClock } from '../support/fake-clock.js';
import { leaseService } from '../support/quota-setup.js';

const CAPS: Record<string, number> = { wide: 100_000, narrow: 3_000, tiny: 7 };
const ALWAYS = { begin: 0, end: null };

/** Numbers that are the same in every run of a seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

/** A store whose calls sometimes break, half of them when their work is done already. */
class BreakingStore {
  rate = 0;

  constructor(
    private readonly store: LeaseRepository,
    private readonly chance: () => number,
  ) {}

  async lease(
    replica: string,
    call: LeaseCall,
    ttlMs: number,
    counters: readonly CounterReport[],
    requests: readonly LeaseNeeds[],
  ): Promise<LeaseAnswer> {
    const breaks = this.chance() < this.rate;
    if (breaks && this.chance() < 0.5) throw new Error('connection lost before');
    const answer = await this.store.lease(replica, call, ttlMs, counters, requests);
    if (breaks) throw new Error('connection lost behind');
    return answer;
  }

  reap(graceMs: number, ttlMs: number): Promise<void> {
    return this.store.reap(graceMs, ttlMs);
  }
}

interface Running {
  readonly parts: readonly { readonly pool: LeasePool; readonly amount: number }[];
}

describe('leases', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let prisma: PrismaService;
  beforeAll(async () => {
    database = await createTestDatabase();
    prisma = new PrismaService(new DatabaseLocation(database.url, 6));
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  const forgetAll = async () => {
    await prisma.quotaLease.deleteMany();
    await prisma.quotaCounter.deleteMany();
    await prisma.quotaReplica.deleteMany();
    await prisma.quotaUpkeep.deleteMany();
  };
  const counters = () =>
    prisma.$queryRaw<{ key: string; used: number; leased: number; held: number }[]>`
      SELECT c.key, c.used::float8 AS used, c.leased::float8 AS leased,
        coalesce((SELECT sum(amount) FROM quota_leases l WHERE l.key = c.key AND l.win = c.win), 0)::float8 AS held
      FROM quota_counters c`;

  it.each([1, 2, 3, 4, 19, 32, 44, 53])(
    'hold every cap and lose nothing in random history %i',
    async seed => {
      await forgetAll();
      const chance = random(seed);
      const clock = new FakeClock(Date.UTC(2026, 9, 10));
      const stores = [0, 1, 2].map(() => new BreakingStore(new LeaseRepository(prisma), chance));
      const services = stores.map(store => leaseService(store as unknown as LeaseRepository, clock));
      const running: Running[][] = services.map(() => []);
      const truth: Record<string, number> = { wide: 0, narrow: 0, tiny: 0 };
      let overshoot = 0;

      const identity = (key: string): CounterIdentity => ({ key, mayExceed: false, spender: null });
      const poolOf = (service: LeaseService, key: string) => service.pools.get(identity(key), ALWAYS, CAPS[key] ?? 0);
      const ask = async (index: number) => {
        const service = services[index] as LeaseService;
        const needs = ['wide', 'narrow', 'tiny']
          .filter(key => key === 'wide' || chance() < 0.6)
          .map(key => ({ pool: poolOf(service, key), amount: key === 'tiny' ? 1 : 1 + Math.floor(chance() * 400) }));
        const missing = service.takeFromReserve(needs);
        const giveBack = () => {
          for (const part of needs) if (!missing.includes(part)) part.pool.giveBack(part.amount);
        };
        try {
          if (missing.length > 0 && (await service.ask(missing)) !== null) return giveBack();
          running[index]?.push({ parts: needs });
        } catch {
          giveBack();
        }
      };
      const settleOne = (index: number) => {
        const list = running[index] ?? [];
        const [request] = list.splice(Math.floor(chance() * list.length), 1);
        for (const { pool, amount } of request?.parts ?? []) {
          const { key } = pool.identity;
          // One in ten takes more than it reserved; the places of the tiny one come back.
          const more = key === 'wide' && chance() < 0.1 ? Math.floor(chance() * 50) : 0;
          const used = key === 'tiny' ? 0 : Math.floor(chance() * amount) + more;
          overshoot += Math.max(0, used - amount);
          truth[key] = (truth[key] ?? 0) + used;
          pool.settle(amount, used);
        }
      };

      for (let round = 0; round < 60; round += 1) {
        for (const store of stores) store.rate = round % 10 < 3 ? 0.3 : 0;
        await Promise.all(
          services.map(async (service, index) => {
            await Promise.all(Array.from({ length: Math.floor(chance() * 8) }, () => ask(index)));
            while ((running[index]?.length ?? 0) > 0 && chance() < 0.7) settleOne(index);
            if (chance() < 0.5) await service.report();
          }),
        );
        for (const { key, used, leased, held } of await counters()) {
          expect([round, key, held]).toEqual([round, key, leased]);
          expect(leased).toBeGreaterThanOrEqual(0);
          expect(used + leased).toBeLessThanOrEqual((CAPS[key] ?? 0) + (key === 'wide' ? overshoot : 0));
        }
        const atOnce = running.flat().filter(({ parts }) => parts.some(({ pool }) => pool.identity.key === 'tiny'));
        expect(atOnce.length).toBeLessThanOrEqual(7);
      }

      for (const store of stores) store.rate = 0;
      services.forEach((_, index) => {
        while ((running[index]?.length ?? 0) > 0) settleOne(index);
      });
      // The first call may be one that repeats what was in doubt.
      for (const service of [...services, ...services]) await service.stop();
      for (const { key, used, leased } of await counters()) {
        expect([key, leased, used]).toEqual([key, 0, truth[key]]);
      }
    },
    60_000,
  );

  it('that nobody needs any more go back by themselves', async () => {
    await forgetAll();
    const clock = new FakeClock(Date.UTC(2026, 9, 10));
    const service = leaseService(new LeaseRepository(prisma), clock);
    const pool = service.pools.get({ key: 'wide', mayExceed: false, spender: null }, ALWAYS, 100_000);
    for (let request = 0; request < 50; request += 1) {
      if (service.takeFromReserve([{ pool, amount: 300 }]).length > 0) await service.ask([{ pool, amount: 300 }]);
      pool.settle(300, 10);
    }
    await service.report();
    expect((await counters())[0]?.leased).toBeGreaterThan(0);
    for (let look = 0; look < 200; look += 1) {
      clock.time += 2_000;
      await service.report();
    }
    expect((await counters())[0]).toMatchObject({ leased: 0, used: 500 });
    expect(service.pools.size).toBe(0);
  });

  it('of a replica that was silent for too long are freed, and what it goes on with counts again when it speaks', async () => {
    await forgetAll();
    const clock = new FakeClock(Date.UTC(2026, 9, 10));
    const [silent, other] = [0, 1].map(() => leaseService(new LeaseRepository(prisma), clock, 200));
    const key = 'concurrent_requests branch br ';
    const places = (service: LeaseService | undefined) => {
      if (service === undefined) throw new Error('no service');
      return { service, pool: service.pools.get({ key, mayExceed: false, spender: null }, ALWAYS, 3) };
    };
    const [one, two] = [places(silent), places(other)];
    for (let place = 0; place < 3; place += 1) {
      expect(await one.service.ask([{ pool: one.pool, amount: 1 }])).toBeNull();
    }
    expect(await two.service.ask([{ pool: two.pool, amount: 1 }])).toBe(two.pool);
    await new Promise(resolve => setTimeout(resolve, 250));
    await new LeaseRepository(prisma).reap(600_000, 200);
    expect(await two.service.ask([{ pool: two.pool, amount: 1 }])).toBeNull();
    // It was only paused: its three requests run on, so nobody gets a fifth place.
    clock.time += 250;
    await one.service.report();
    expect((await counters())[0]).toMatchObject({ leased: 4 });
    expect(await two.service.ask([{ pool: two.pool, amount: 1 }])).toBe(two.pool);
  });
});
