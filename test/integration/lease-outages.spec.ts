/** Replicas on one Postgres that goes away, with time turned by the test: the database's own is set back as much. */
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import type { CounterIdentity, LeasePool } from '../../src/quota/lease-pool.js';
import { LeaseRepository } from '../../src/quota/lease.repository.js';
import type { LeaseService } from '../../src/quota/lease.service.js';
import type { CounterReport, LeaseAnswer, LeaseCall, LeaseNeeds } from '../../src/quota/lease.types.js';
import type { LimitKind } from '../../src/quota/limit-kinds.js';
import { windowAt } from '../../src/quota/limit-window.js';
import { Chance } from '../support/chance.js';
import { createTestDatabase } from '../support/database.js';
import { FakeClock } from '../support/fake-clock.js';
import { leaseService } from '../support/quota-setup.js';

/** The begin of a minute that is not long past: counters of windows that are over by days are deleted. */
const NOON = Math.floor(Date.now() / 60_000) * 60_000;
const LOOK_MS = 2_000;
const TTL_MS = 45_000;
const GRACE_MS = 600_000;

/** A store that cannot be reached, or loses the answer to what it did. */
class LeavingStore {
  away = false;
  losesAnswers = false;

  constructor(private readonly store: LeaseRepository) {}

  async lease(
    replica: string,
    call: LeaseCall,
    ttlMs: number,
    counters: readonly CounterReport[],
    requests: readonly LeaseNeeds[],
  ): Promise<LeaseAnswer> {
    if (this.away) throw new Error('connection refused');
    const answer = await this.store.lease(replica, call, ttlMs, counters, requests);
    if (this.losesAnswers) throw new Error('connection lost');
    return answer;
  }

  async reap(): Promise<void> {
    if (!this.away) await this.store.reap(GRACE_MS, TTL_MS);
  }
}

interface Limited {
  readonly kind: LimitKind;
  readonly cap: number;
}

interface Running {
  readonly pool: LeasePool;
  readonly limit: Limited;
  readonly amount: number;
}

const identityOf = ({ kind }: Limited): CounterIdentity => ({
  ...{ key: `${kind} branch br `, mayExceed: false, spender: null },
});

describe('leases while the database is away', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let prisma: PrismaService;
  let clock: FakeClock;
  let store: LeavingStore;
  let replicas: LeaseService[];
  beforeAll(async () => {
    database = await createTestDatabase();
    prisma = new PrismaService(new DatabaseLocation(database.url, 6));
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  const addReplica = () => leaseService(store as unknown as LeaseRepository, clock, TTL_MS);
  const begin = async (now: number, count = 3) => {
    await prisma.quotaLease.deleteMany();
    await prisma.quotaCounter.deleteMany();
    await prisma.quotaReplica.deleteMany();
    await prisma.quotaUpkeep.deleteMany();
    clock = new FakeClock(now);
    store = new LeavingStore(new LeaseRepository(prisma));
    replicas = Array.from({ length: count }, addReplica);
  };
  /** Time passes for the replicas and, as far as it looks at it, for the database. */
  const pass = async (ms: number) => {
    clock.time += ms;
    await prisma.$executeRaw`UPDATE quota_replicas SET expires_at = expires_at - ${ms}::int * INTERVAL '1 millisecond'`;
    await prisma.$executeRaw`UPDATE quota_upkeep SET looked_at = looked_at - ${ms}::int * INTERVAL '1 millisecond',
      quiet_until = quiet_until - ${ms}::int * INTERVAL '1 millisecond'`;
  };
  const take = async (service: LeaseService, limit: Limited, amount: number): Promise<Running | null> => {
    const pool = service.pools.get(identityOf(limit), windowAt(limit.kind, clock.now()), limit.cap);
    const running = { pool, limit, amount };
    if (service.takeFromReserve([{ pool, amount }]).length === 0) return running;
    return service.ask([{ pool, amount }]).then(
      refusedBy => (refusedBy === null ? running : null),
      () => null,
    );
  };
  const settle = ({ pool, limit, amount }: Running, used: number) => {
    if (limit.kind === 'concurrent_requests') pool.giveBack(amount);
    else pool.settle(amount, used);
  };

  /** Each replica asks for so much a second, in one request, and settles it a second later. */
  const steady = async (limit: Limited, amount: number, seconds: number): Promise<number> => {
    let refused = 0;
    let running: (Running | null)[] = [];
    for (let second = 0; second < seconds; second += 1) {
      const next = await Promise.all(replicas.map(service => take(service, limit, amount)));
      refused += next.filter(request => request === null).length;
      for (const request of running) if (request !== null) settle(request, amount);
      running = next;
      await pass(1_000);
      if (second % 2 === 1) for (const service of replicas) await service.report();
    }
    for (const request of running) if (request !== null) settle(request, amount);
    return refused;
  };

  it.each([
    ['requests a minute', { kind: 'requests_per_minute', cap: 1_000 }, 1],
    ['few requests a minute', { kind: 'requests_per_minute', cap: 600 }, 1],
    ['tokens a minute', { kind: 'tokens_per_minute', cap: 2_000_000 }, 1_500],
    ['money a day', { kind: 'spend_per_day', cap: 20_000_000_000 }, 5_000_000],
    ['all money', { kind: 'spend_total', cap: 20_000_000_000 }, 5_000_000],
    ['requests at once', { kind: 'concurrent_requests', cap: 100 }, 1],
    ['few requests at once', { kind: 'concurrent_requests', cap: 16 }, 1],
  ] as const)(
    'of %s last for 30 seconds at a steady pace, wherever in a minute they begin',
    async (_, limit, amount) => {
      for (const second of [3, 29, 47]) {
        await begin(NOON + second * 1_000);
        expect([second, 'before', await steady(limit, amount, 16)]).toEqual([second, 'before', 0]);
        store.away = true;
        expect([second, 'away', await steady(limit, amount, 30)]).toEqual([second, 'away', 0]);
        store.away = false;
        expect([second, 'back', await steady(limit, amount, 20)]).toEqual([second, 'back', 0]);
      }
    },
    120_000,
  );

  it('last for who calls once in a while, minutes after its last request', async () => {
    const limit: Limited = { kind: 'tokens_per_minute', cap: 200_000 };
    await begin(NOON);
    await steady(limit, 800, 8);
    for (let look = 0; look < 70; look += 1) {
      await pass(LOOK_MS);
      for (const service of replicas) await service.report();
    }
    store.away = true;
    expect(await steady(limit, 800, 2)).toBe(0);
  });

  it('let a request that needs more than is in reserve fail alone: those that need less go on', async () => {
    const limit: Limited = { kind: 'tokens_per_minute', cap: 2_000_000 };
    await begin(NOON);
    await steady(limit, 1_000, 16);
    store.away = true;
    const [service] = replicas;
    if (service === undefined) throw new Error('no replica');
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await take(service, limit, 1_500_000)).toBeNull();
      expect(await steady(limit, 1_000, 2)).toBe(0);
    }
  });

  it('of a replica that lives are not freed behind an outage in which nobody could speak; those of a dead one are, later', async () => {
    const limit: Limited = { kind: 'concurrent_requests', cap: 3 };
    await begin(NOON);
    const [living, dead, other] = replicas as [LeaseService, LeaseService, LeaseService];
    for (const service of [living, living, dead]) expect(await take(service, limit, 1)).not.toBeNull();
    await store.reap();
    store.away = true;
    await pass(2 * TTL_MS);
    store.away = false;
    await store.reap();
    expect(await take(other, limit, 1)).toBeNull();
    for (let second = 0; second < TTL_MS / 1_000; second += 5) {
      await living.report();
      await pass(5_000);
      await store.reap();
    }
    expect(await take(other, limit, 1)).not.toBeNull();
    expect(await take(other, limit, 1)).toBeNull();
  });

  it('are a share of what is left: nobody holds more than is left for all others', async () => {
    const limit: Limited = { kind: 'requests_per_minute', cap: 400 };
    await begin(NOON);
    await steady(limit, 1, 30);
    const [row] = await prisma.$queryRaw<{ free: number; most: number }[]>`
      SELECT (400 - used - leased)::int AS free, (SELECT max(amount)::int FROM quota_leases l WHERE l.key = c.key AND l.win = c.win) AS most
      FROM quota_counters c WHERE win = ${NOON}`;
    expect(row?.most).toBeGreaterThan(5);
    expect(row?.most).toBeLessThanOrEqual((row?.free ?? 0) + 4);
  });

  it('of a replica that was killed stay taken for ten minutes and its own time: a third of what is left at most', async () => {
    const limit: Limited = { kind: 'spend_total', cap: 500_000_000 };
    await begin(NOON);
    await steady(limit, 1_000_000, 40);
    const [killed, ...others] = replicas as [LeaseService, ...LeaseService[]];
    const heldBy = async () => {
      const [row] = await prisma.$queryRaw<{ held: number; free: number }[]>`
        SELECT (${limit.cap} - used - leased)::float8 AS free, coalesce((SELECT max(amount) FROM quota_leases l
          JOIN quota_replicas r ON r.id = l.replica_id WHERE r.expires_at = (SELECT min(expires_at) FROM quota_replicas)), 0)::float8 AS held
        FROM quota_counters`;
      return row ?? { held: 0, free: 0 };
    };
    // It speaks no more, and the others go on for a while.
    for (let second = 0; second < 60; second += 1) {
      await pass(1_000);
      for (const service of others) await service.report();
      if (second % 5 === 0) await store.reap();
    }
    const { held, free } = await heldBy();
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThanOrEqual((held + free) / 3);
    expect(killed.pools.size).toBe(1);
    for (let minute = 0; minute < 9; minute += 1) {
      await pass(60_000);
      for (const service of others) await service.report();
      await store.reap();
    }
    expect((await heldBy()).held).toBe(held);
    for (let second = 0; second < 90; second += 5) {
      await pass(5_000);
      for (const service of others) await service.report();
      await store.reap();
    }
    const rows = await prisma.$queryRaw<{ leased: number; held: number }[]>`
      SELECT leased::float8, (SELECT coalesce(sum(amount), 0) FROM quota_leases l)::float8 AS held FROM quota_counters`;
    expect(rows).toEqual([{ leased: 0, held: 0 }]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
    'pass no cap in random history %i of outages, lost answers, pauses and deaths',
    async seed => {
      const random = new Chance(seed);
      const chance = () => random.next();
      const limits: readonly Limited[] = [
        { kind: 'requests_per_minute', cap: 40 + Math.floor(chance() * 400) },
        { kind: 'tokens_per_minute', cap: 20_000 },
        { kind: 'spend_per_day', cap: 200_000 },
        { kind: 'concurrent_requests', cap: 3 + Math.floor(chance() * 30) },
      ];
      await begin(NOON + 20_000);
      const paused = replicas.map(() => 0);
      const running: Running[][] = replicas.map(() => []);
      const used = new Map<string, number>();
      const nameOf = ({ pool, limit }: Running) => `${limit.kind} ${pool.window.begin}`;
      const count = (request: Running, amount: number) =>
        used.set(nameOf(request), (used.get(nameOf(request)) ?? 0) + amount);
      let awayUntil = 0;
      let served = 0;

      const turn = async (index: number) => {
        const list = running[index] ?? [];
        while (list.length > 0 && chance() < 0.6) {
          const [request] = list.splice(Math.floor(chance() * list.length), 1);
          if (request === undefined) break;
          const spent = request.limit.kind === 'requests_per_minute' ? 1 : Math.floor(chance() * (request.amount + 1));
          count(request, spent);
          settle(request, spent);
        }
        for (let calls = Math.floor(chance() * 6); calls > 0; calls -= 1) {
          for (const limit of limits) {
            const amount =
              limit.kind.startsWith('tokens') || limit.kind.startsWith('spend') ? 1 + Math.floor(chance() * 600) : 1;
            const request = await take(replicas[index] as LeaseService, limit, amount);
            if (request !== null) list.push(request);
            served += request === null ? 0 : 1;
          }
        }
      };
      const die = (index: number) => {
        // What ran may have been used to the last unit, and nobody says so.
        for (const request of running[index]?.splice(0) ?? []) count(request, request.amount);
        replicas[index] = addReplica();
      };
      const check = (round: number) => {
        const taken = new Map(used);
        for (const request of running.flat())
          taken.set(nameOf(request), (taken.get(nameOf(request)) ?? 0) + request.amount);
        for (const [name, amount] of taken) {
          const limit = limits.find(({ kind }) => name.startsWith(kind));
          if (limit?.kind === 'concurrent_requests') continue;
          expect([round, name, amount <= (limit?.cap ?? 0)]).toEqual([round, name, true]);
        }
        const places = running.flat().filter(({ limit }) => limit.kind === 'concurrent_requests').length;
        expect([round, places <= (limits[3]?.cap ?? 0)]).toEqual([round, true]);
      };

      for (let round = 0; round < 90; round += 1) {
        if (clock.time >= awayUntil && chance() < 0.06) awayUntil = clock.time + Math.floor(chance() * 90_000);
        store.away = clock.time < awayUntil;
        store.losesAnswers = chance() < 0.1;
        for (const index of replicas.keys()) {
          const until = paused[index] ?? 0;
          if (until > round) continue;
          if (chance() < 0.02) die(index);
          await turn(index);
          await (replicas[index] as LeaseService).report();
          if (chance() < 0.3) await store.reap();
          // A pause shorter than what its requests may run for elsewhere: they wait at the provider meanwhile.
          if (chance() < 0.04) paused[index] = round + Math.floor(chance() * 5);
        }
        check(round);
        await pass(1_000 + Math.floor(chance() * 2_000));
      }
      expect(served).toBeGreaterThan(200);
    },
    120_000,
  );
});
