/**
 * Money across the edges of minute, day and month, with corrections of prices both ways and credit that comes and ends,
 * while the database is away for all replicas or for one: behind it every counter is what the ledger says of its window.
 */
import { readPriceList } from '../../src/catalog/price-list.js';
import type { CatalogModel } from '../../src/catalog/catalog.types.js';
import type { AppConfig } from '../../src/config/app-config.js';
import type { Branch, Caller } from '../../src/identity/identity.types.js';
import { costNanoUsd } from '../../src/metering/price.js';
import { PriceCorrectionRepository } from '../../src/metering/price-correction.repository.js';
import type { UsageRecord } from '../../src/metering/usage-record.js';
import { UsageRepository } from '../../src/metering/usage.repository.js';
import type { Change, ChangeFeed } from '../../src/platform/change-feed.js';
import { IdSource } from '../../src/platform/id-source.js';
import { Log } from '../../src/platform/logging.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { CreditRepository } from '../../src/quota/credits/credit.repository.js';
import { CreditsService } from '../../src/quota/credits/credits.service.js';
import { LeaseRepository } from '../../src/quota/lease.repository.js';
import type { LeaseService } from '../../src/quota/lease.service.js';
import type { CounterReport, LeaseAnswer, LeaseCall, LeaseNeeds } from '../../src/quota/lease.types.js';
import { windowAt } from '../../src/quota/limit-window.js';
import type { LimitKind } from '../../src/quota/limit-kinds.js';
import { QuotaRepository } from '../../src/quota/quota.repository.js';
import { QuotaService } from '../../src/quota/quota.service.js';
import type { Reservation } from '../../src/quota/quota.types.js';
import { Chance } from '../support/chance.js';
import { createTestDatabase } from '../support/database.js';
import { FakeClock } from '../support/fake-clock.js';
import { leaseService, NO_DEFAULTS } from '../support/quota-setup.js';
import { usageRecord } from '../support/usage.js';

const REPLICAS = 3;
const ROUNDS = 80;
const TTL_MS = 45_000;
const GRACE_MS = 600_000;
const LINEAGES: Readonly<Record<string, readonly string[]>> = {
  'br-leaf': ['br-leaf', 'br-root'],
  'br-other': ['br-other', 'br-root'],
  'br-root': ['br-root'],
};
const MODELS = ['model-a', 'model-b'] as const;
const CREDENTIALS = ['nak_a', 'nak_b'] as const;
const PRICE = 1_000n;
/** of a request, and of an outage */
const LONGEST_MS = 40_000;
const REFUSALS = new Set(['quota_exceeded', 'account_blocked', 'authorization_unavailable']);
/** nano-dollars, requests or tokens; tight enough that some are met */
const CAPS: readonly (readonly [string, string, LimitKind, string, bigint])[] = [
  ['account', 'org-a', 'spend_per_month', '', 60_000_000n],
  ['account', 'org-a', 'spend_per_day', 'model-a', 30_000_000n],
  ['project', 'project-a', 'spend_per_day', '', 40_000_000n],
  ['branch', 'br-root', 'spend_total', '', 90_000_000n],
  ['branch', 'br-leaf', 'spend_per_day', '', 15_000_000n],
  ['credential', 'nak_a', 'spend_per_month', '', 25_000_000n],
  ['credential', 'nak_b', 'spend_total', 'model-b', 25_000_000n],
  ['account', 'org-a', 'requests_per_minute', '', 500n],
  ['branch', 'br-root', 'tokens_per_minute', '', 90_000n],
];

/** The begin of the next month: counters of windows that are long over are deleted. */
function nextMonth(): number {
  const now = new Date();
  return Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
}

class Unreachable extends Error {}

/** One replica: its way to the database may be cut, or lose the answer to what was done. */
class Replica {
  away = false;
  awaySince = 0;
  losesAnswers = false;
  readonly leases: LeaseService;
  readonly quota: QuotaService;
  readonly running: Running[] = [];
  /** what its journal holds and the ledger does not */
  readonly journal: UsageRecord[] = [];

  constructor(
    clock: FakeClock,
    private readonly feed: Feed,
    private readonly store: LeaseRepository,
    limits: QuotaRepository,
  ) {
    this.leases = leaseService(this as unknown as LeaseRepository, clock, TTL_MS);
    // What it looks up fails while it is cut off.
    const reachable = new Proxy(limits, {
      get: (target, name: keyof QuotaRepository) => {
        const method = target[name] as (...given: unknown[]) => Promise<unknown>;
        return (...given: unknown[]) => (this.away ? Promise.reject(new Unreachable()) : method.apply(target, given));
      },
    });
    const config = { ...NO_DEFAULTS, creditMinimumBalanceNanoUsd: 0n } as AppConfig;
    this.quota = new QuotaService(config, clock, feed.for(this), reachable, this.leases);
  }

  async lease(
    replica: string,
    call: LeaseCall,
    ttlMs: number,
    counters: readonly CounterReport[],
    requests: readonly LeaseNeeds[],
  ): Promise<LeaseAnswer> {
    if (this.away) throw new Unreachable();
    const answer = await this.store.lease(replica, call, ttlMs, counters, requests);
    if (this.losesAnswers) throw new Unreachable();
    return answer;
  }

  reap(): Promise<void> {
    return this.away ? Promise.reject(new Unreachable()) : this.store.reap(GRACE_MS, TTL_MS);
  }

  /** What was missed is heard when it comes back. */
  async poll(): Promise<void> {
    await this.feed.tell(this, { topic: 'limits', key: '*', unheardSince: 0 });
  }
}

/** Changes reach the replicas that are not cut off. */
class Feed {
  private readonly handlers: { of: Replica; topic: string; handle: (change: Change) => void | Promise<void> }[] = [];

  for(of: Replica): ChangeFeed {
    const on = (topic: string, handle: (change: Change) => void | Promise<void>) =>
      this.handlers.push({ of, topic, handle });
    return { on } as unknown as ChangeFeed;
  }

  async tell(to: Replica, change: Change): Promise<void> {
    for (const { of, topic, handle } of this.handlers) {
      if (of !== to || topic !== change.topic) continue;
      await Promise.resolve(handle(change)).catch((error: unknown) => {
        if (!(error instanceof Unreachable)) throw error;
      });
    }
  }

  async publish(topic: Change['topic'], key = '*'): Promise<void> {
    for (const to of new Set(this.handlers.map(({ of }) => of))) if (!to.away) await this.tell(to, { topic, key });
  }
}

interface Running {
  readonly reservation: Reservation;
  readonly record: UsageRecord;
  readonly reserved: number;
}

describe('money in a storm', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let prisma: PrismaService;
  let clock: FakeClock;
  beforeAll(async () => {
    database = await createTestDatabase();
    prisma = new PrismaService(new DatabaseLocation(database.url, 6));
    await prisma.organization.create({ data: { id: 'org-a', name: 'A' } });
    await prisma.project.create({
      data: { id: 'project-a', name: 'A', organizationId: 'org-a', regionId: 'aws-us-east-2' },
    });
    for (const id of ['br-root', 'br-leaf', 'br-other']) {
      const parentId = id === 'br-root' ? null : 'br-root';
      await prisma.branch.create({ data: { id, parentId, name: id, projectId: 'project-a' } });
    }
    for (const id of MODELS) {
      const lists = { modalities: {}, capabilities: {}, dialects: [], notes: [] };
      const row = { id, name: id, type: 'chat', provider: 'p', ownedBy: 'p', status: 'active', pricing: { input: 1 } };
      await prisma.model.create({ data: { ...row, ...lists } });
    }
    for (const [scopeType, scopeId, kind, modelId, value] of CAPS) {
      await prisma.limit.create({
        data: { id: `lim_${scopeId}_${kind}_${modelId}`, scopeType, scopeId, kind, modelId, value },
      });
    }
  });
  afterAll(async () => {
    await prisma.$disconnect();
    await database.drop();
  });

  const forgetAll = () =>
    prisma.$transaction([
      prisma.$executeRaw`SET LOCAL session_replication_role = 'replica'`,
      prisma.$executeRaw`TRUNCATE quota_counters, quota_leases, quota_replicas, quota_upkeep, usage_records, usage_hourly,
        usage_adjustments, price_corrections, credit_accounts, credit_grants, credit_entries`,
    ]);
  const pass = async (ms: number) => {
    clock.time += ms;
    await prisma.$executeRaw`UPDATE quota_replicas SET expires_at = expires_at - ${ms}::int * INTERVAL '1 millisecond'`;
    await prisma.$executeRaw`UPDATE quota_upkeep SET looked_at = looked_at - ${ms}::int * INTERVAL '1 millisecond',
      quiet_until = quiet_until - ${ms}::int * INTERVAL '1 millisecond'`;
  };

  /** What each request costs now, corrections included, by the ledger's rows. */
  const charged = () =>
    prisma.$queryRaw<
      { at: number; branch: string; credential: string; model: string; cost: number; tokens: number }[]
    >`SELECT extract(epoch FROM occurred_at)::float8 * 1000 AS at, branch_id AS branch, credential_id AS credential,
        model_id AS model, input_tokens::float8 AS tokens, (cost_nano_usd + coalesce((SELECT sum(delta_nano_usd)
          FROM usage_adjustments a WHERE a.request_id = r.request_id AND a.day = r.day), 0))::float8 AS cost
      FROM usage_records r`;
  /** What the ledger says of a counter. */
  const sumOf = (rows: Awaited<ReturnType<typeof charged>>, key: string, win: number): number => {
    const [kind = '', type = '', id = '', model = ''] = key.split(' ');
    return rows
      .filter(row => windowAt(kind as LimitKind, row.at).begin === win && (model === '' || row.model === model))
      .filter(row => type !== 'branch' || LINEAGES[row.branch]?.includes(id) === true)
      .filter(row => type !== 'credential' || row.credential === id)
      .reduce((sum, row) => {
        return sum + (kind.startsWith('spend') ? row.cost : kind === 'tokens_per_minute' ? row.tokens : 1);
      }, 0);
  };
  const counters = () =>
    prisma.$queryRaw<{ key: string; win: number; used: number; leased: number; held: number }[]>`
      SELECT key, win::float8, used::float8, leased::float8, coalesce((SELECT sum(amount) FROM quota_leases l
        WHERE l.key = c.key AND l.win = c.win), 0)::float8 AS held FROM quota_counters c ORDER BY key, win`;

  it.each([1, 2, 3, 4, 5, 6])(
    'is counted once, in its own window, and no cap is passed by more than what ran beyond its reservation (seed %i)',
    async seed => {
      await forgetAll();
      const random = new Chance(seed);
      const edge = nextMonth();
      clock = new FakeClock(edge - random.int(40, 90) * 1_000);
      const feed = new Feed();
      const store = new LeaseRepository(prisma);
      const usage = new UsageRepository(prisma);
      const corrections = new PriceCorrectionRepository(prisma);
      const credits = new CreditsService(
        new CreditRepository(prisma),
        feed as unknown as ChangeFeed,
        clock,
        new IdSource(),
        Log.create('silent'),
      );
      const grant = (amount: bigint, forMs: number | null) =>
        credits.grant('org-a', { amount, note: null, expiresAt: forMs === null ? null : clock.time + forMs });
      await grant(60_000_000n, random.int(60, 140) * 1_000);
      const replicas = Array.from(
        { length: REPLICAS },
        () => new Replica(clock, feed, store, new QuotaRepository(prisma)),
      );
      for (const { quota } of replicas) await quota.onModuleInit();
      const began = clock.time;
      let [serial, served, refused, corrected, cutOff] = [0, 0, 0, 0, 0];
      /** beyond what reservations and prices said, by counter of spend */
      let beyond = 0;

      const reserve = async (replica: Replica) => {
        const [branchId, modelId, credentialId] = [
          random.pick(Object.keys(LINEAGES)),
          random.pick(MODELS),
          random.pick(CREDENTIALS),
        ];
        const tokens = random.int(1, 400);
        const caller = { credentialId, projectId: 'project-a', organizationId: 'org-a' } as Caller;
        const branch = {
          id: branchId,
          projectId: 'project-a',
          organizationId: 'org-a',
          lineage: LINEAGES[branchId] ?? [],
        };
        const reserved = tokens * Number(PRICE);
        const estimate = { inputTokens: tokens, outputTokens: 0, costNanoUsd: BigInt(reserved) };
        try {
          const reservation = await replica.quota.reserve({
            ...{ caller, branch: branch as unknown as Branch, model: { id: modelId } as CatalogModel },
            estimate: { ...estimate, most: () => Promise.reject(new Error()) as never },
          });
          const used = random.maybe(0.1) ? tokens + random.int(1, 60) : random.int(0, tokens);
          beyond += Math.max(0, used - tokens) * Number(PRICE);
          const record = usageRecord(`req_${seed}_${(serial += 1)}`, {
            ...{ organizationId: 'org-a', projectId: 'project-a', branchId, credentialId, modelId },
            ...{ occurredAt: reservation.at, costNanoUsd: BigInt(used) * PRICE },
            tokens: { input: used, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 },
          });
          replica.running.push({ reservation, record, reserved });
          served += 1;
        } catch (error) {
          const { code } = error as { code?: string };
          if (!REFUSALS.has(code ?? '')) throw error;
          refused += 1;
        }
      };
      const settle = (replica: Replica, index: number) => {
        const [request] = replica.running.splice(index, 1);
        if (request === undefined) return;
        request.reservation.settle({ tokens: request.record.tokens.input, costNanoUsd: request.record.costNanoUsd });
        request.reservation.end();
        replica.journal.push(request.record);
      };
      const write = async (replica: Replica) => {
        const batch = replica.journal.slice();
        await usage.insert(batch);
        replica.journal.splice(0, batch.length);
      };
      /** Twice or half as dear as now, or free, since a moment of the history. */
      const correct = async () => {
        const id = `cor_${seed}_${(corrected += 1)}`;
        const price = random.pick([0, 0.5, 1, 2]);
        const prices = readPriceList({ input: price, output: 0 });
        const from = began + Math.floor(random.next() * (clock.time - began));
        const correction = {
          ...{ id, modelId: random.pick(MODELS), pricing: { input: price }, note: 'storm' },
          ...{ from: new Date(from), to: new Date(clock.time + 1) },
        };
        await corrections.apply(correction, tokens => costNanoUsd(prices, tokens));
        const [row] = await prisma.$queryRaw<{ up: number }[]>`
          SELECT coalesce(sum(greatest(delta_nano_usd, 0)), 0)::float8 AS up FROM usage_adjustments WHERE correction_id = ${id}`;
        beyond += row?.up ?? 0;
        await credits.settleAll();
      };
      const check = async (round: number) => {
        for (const { key, win, used, leased, held } of await counters()) {
          expect([round, key, win, held]).toEqual([round, key, win, leased]);
          const cap = CAPS.find(([type, id, kind, model]) => `${kind} ${type} ${id} ${model}` === key)?.[4];
          if (cap === undefined || key.startsWith('tokens')) continue;
          const most = Number(cap) + (key.startsWith('spend') ? beyond : 0);
          expect([round, key, win, used + leased <= most]).toEqual([round, key, win, true]);
        }
      };

      for (let round = 0; round < ROUNDS; round += 1) {
        const storm = random.next();
        for (const replica of replicas) {
          // One in six rounds begins an outage of everybody, or of one; each ends with a chance of one in four.
          const goes = storm < 0.08 || random.maybe(0.06);
          const over = replica.awaySince < clock.time - LONGEST_MS || random.maybe(0.25);
          if (replica.away && over) {
            replica.away = false;
            await replica.poll();
          } else if (!replica.away && goes) {
            replica.away = true;
            replica.awaySince = clock.time;
          }
          cutOff += replica.away ? 1 : 0;
          replica.losesAnswers = random.maybe(0.1);
        }
        for (const replica of replicas) {
          for (let calls = random.int(0, 8); calls > 0; calls -= 1) await reserve(replica);
          while (replica.running.length > 0 && random.maybe(0.6))
            settle(replica, random.int(0, replica.running.length - 1));
          for (let index = replica.running.length - 1; index >= 0; index -= 1) {
            if ((replica.running[index]?.record.occurredAt ?? 0) < clock.time - LONGEST_MS) settle(replica, index);
          }
          await replica.leases.report();
          if (!replica.away && random.maybe(0.6)) await write(replica);
          if (!replica.away && random.maybe(0.3)) await replica.reap();
        }
        if (random.maybe(0.12)) await correct();
        if (random.maybe(0.08)) {
          await grant(BigInt(random.int(5, 30)) * 1_000_000n, random.maybe() ? random.int(5, 60) * 1_000 : null);
        }
        await credits.settleDue();
        await check(round);
        await pass(random.int(800, 3_500));
      }

      for (const replica of replicas) {
        replica.away = replica.losesAnswers = false;
        while (replica.running.length > 0) settle(replica, 0);
        await replica.poll();
        await write(replica);
        await replica.leases.report();
      }
      // The first call may be one that repeats what was in doubt.
      for (const { quota } of [...replicas, ...replicas]) await quota.onModuleDestroy();
      await credits.settleAll();

      const rows = await charged();
      const found = await counters();
      expect(rows).toHaveLength(served);
      for (const { key, win, used, leased } of found) {
        expect([key, win, leased, used]).toEqual([key, win, 0, sumOf(rows, key, win)]);
      }
      const account = await credits.show('org-a');
      const entries = await prisma.creditEntry.findMany({ where: { organizationId: 'org-a' } });
      expect(account?.charged.cost).toBe(rows.length === 0 ? 0n : (await sums()).cost);
      expect(account?.charged.adjustments).toBe((await sums()).adjustments);
      expect(entries.reduce((sum, { amountNanoUsd }) => sum + amountNanoUsd, 0n)).toBe(account?.balance);
      const windows = new Set(found.filter(({ key }) => key.startsWith('spend_per_month')).map(({ win }) => win));
      expect(windows.size).toBe(2);
      expect([served > 300, refused > 20, corrected > 3, cutOff > 20]).toEqual([true, true, true, true]);
    },
    60_000,
  );

  const sums = async () => {
    const [row] = await prisma.$queryRaw<{ cost: string; adjustments: string }[]>`
      SELECT coalesce(sum(cost_nano_usd), 0)::text AS cost,
        (SELECT coalesce(sum(delta_nano_usd), 0)::text FROM usage_adjustments) AS adjustments FROM usage_records`;
    return { cost: BigInt(row?.cost ?? 0), adjustments: BigInt(row?.adjustments ?? 0) };
  };
});
