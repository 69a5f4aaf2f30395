import pg from 'pg';
import { costNanoUsd } from '../../src/metering/price.js';
import { PriceCorrectionRepository } from '../../src/metering/price-correction.repository.js';
import { UsageRepository } from '../../src/metering/usage.repository.js';
import { readPriceList } from '../../src/catalog/price-list.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { LeaseRepository } from '../../src/quota/lease.repository.js';
import type { CounterReport } from '../../src/quota/lease.types.js';
import { counterKey, scopesOf } from '../../src/quota/limit-index.js';
import type { LimitKind } from '../../src/quota/limit-kinds.js';
import { windowAt } from '../../src/quota/limit-window.js';
import { createTestDatabase } from '../support/database.js';
import { eventually } from '../support/gateway.js';
import { usageRecord } from '../support/usage.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Ten in the evening of the last day of a month. */
const EVENING = Date.UTC(2026, 10, 30, 22);
const BRANCHES: Record<string, string[]> = {
  'br-root': ['br-root'],
  'br-middle': ['br-middle', 'br-root'],
  'br-leaf': ['br-leaf', 'br-middle', 'br-root'],
  'br-other': ['br-other', 'br-root'],
};
const MODELS = ['model-a', 'model-b'];
const CREDENTIALS = ['nak_a', 'nak_b'];
const SPEND: readonly LimitKind[] = ['spend_per_day', 'spend_per_month', 'spend_total'];
const CAP = 1e15;

function random(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

describe('a correction of prices', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let prisma: PrismaService;
  let abroad: PrismaService;
  let corrections: PriceCorrectionRepository;
  let leases: LeaseRepository;
  let usage: UsageRepository;
  let calls = 0;
  beforeAll(async () => {
    database = await createTestDatabase();
    // The session's own zone must not matter.
    const url = new URL(database.url);
    url.searchParams.set('options', '-c timezone=America/Los_Angeles');
    abroad = new PrismaService(new DatabaseLocation(url.href, 4));
    prisma = new PrismaService(new DatabaseLocation(database.url, 4));
    [corrections, leases, usage] = [
      new PriceCorrectionRepository(abroad),
      new LeaseRepository(prisma),
      new UsageRepository(prisma),
    ];
    await prisma.organization.create({ data: { id: 'org-a', name: 'A' } });
    await prisma.project.create({
      data: { id: 'project-a', name: 'A', organizationId: 'org-a', regionId: 'aws-us-east-2' },
    });
    for (const [id, [, parentId = null]] of Object.entries(BRANCHES)) {
      await prisma.branch.create({ data: { id, parentId, name: id, projectId: 'project-a' } });
    }
    for (const id of MODELS) {
      const lists = { modalities: {}, capabilities: {}, dialects: [], notes: [] };
      const row = { id, name: id, type: 'chat', provider: 'p', ownedBy: 'p', status: 'active', pricing: { input: 1 } };
      await prisma.model.create({ data: { ...row, ...lists } });
    }
  });
  afterAll(async () => {
    await abroad.$disconnect();
    await prisma.$disconnect();
    await database.drop();
  });
  beforeEach(async () => {
    // Only the owner empties what is append-only, and not by mistake.
    await prisma.$transaction([
      prisma.$executeRaw`SET LOCAL session_replication_role = 'replica'`,
      prisma.$executeRaw`TRUNCATE quota_counters, quota_leases, quota_replicas, usage_records, usage_hourly,
        usage_adjustments, price_corrections`,
    ]);
  });

  const correct = (id: string, modelId: string, input: number, from: number, to: number) => {
    const prices = readPriceList({ input, output: 0 });
    const correction = { id, modelId, pricing: { input }, from: new Date(from), to: new Date(to), note: 'test' };
    return corrections.apply(correction, tokens => costNanoUsd(prices, tokens));
  };
  const use = (id: string, fields: Parameters<typeof usageRecord>[1]) =>
    usage.insert([usageRecord(id, { organizationId: 'org-a', projectId: 'project-a', ...fields })]);
  const report = (key: string, at: number, fields: Partial<CounterReport> = {}): CounterReport => {
    const [kind = '', type = '', id = '', model = ''] = key.split(' ');
    const { begin, end } = windowAt(kind as LimitKind, at);
    const spender = [type, id, model] as const;
    return { key, begin, end, used: 0, held: 0, cap: CAP, wanted: 0, horizon: 0, mayExceed: false, spender, ...fields };
  };
  const lease = (replica: string, ...reports: CounterReport[]) => {
    calls += 1;
    reports.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : one.begin - other.begin));
    return leases.lease(replica, { sequence: calls, attempt: calls }, 60_000, reports, []);
  };
  const usedOf = async (key: string) => (await prisma.quotaCounter.findFirst({ where: { key } }))?.used ?? null;

  it.each([1, 2, 3])('moves every counter to what usage says of its window, and no other (%i)', async seed => {
    const chance = random(seed);
    const pick = <Value>(values: readonly Value[]) => values[chance(values.length)] as Value;
    const instants = [-40 * DAY_MS, -2 * DAY_MS, -DAY_MS, -1, 0, HOUR_MS, 2 * HOUR_MS - 1, 2 * HOUR_MS, 5 * HOUR_MS];
    const requests = Array.from({ length: 60 }, (_, index) => ({
      ...{ id: `req_${index}`, branchId: pick(Object.keys(BRANCHES)), credentialId: pick(CREDENTIALS) },
      ...{ modelId: pick(MODELS), occurredAt: EVENING + pick(instants), costNanoUsd: BigInt(1 + chance(9_000_000)) },
      tokens: { input: chance(100_000), cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 },
    }));
    const reports = new Map<string, CounterReport>();
    for (const { id, ...fields } of requests) {
      await use(id, fields);
      const { branchId, credentialId, modelId, occurredAt } = fields;
      for (const scope of scopesOf('org-a', 'project-a', BRANCHES[branchId] ?? [], credentialId)) {
        for (const kind of SPEND) {
          for (const model of ['', modelId]) {
            const counter = report(counterKey(kind, scope, model), occurredAt);
            // One in five is made by nobody yet.
            if (chance(5) > 0) reports.set(`${counter.key} ${counter.begin}`, counter);
          }
        }
      }
    }
    await lease('replica_a', ...reports.values());
    // A counter begins with all that came since; one of a window that is over holds what was settled in it.
    for (const { key, begin, end } of reports.values()) {
      await prisma.$executeRaw`UPDATE quota_counters SET used = ${await sumOf(key, begin, end)} WHERE key = ${key} AND win = ${begin}`;
    }

    for (let round = 0; round < 4; round += 1) {
      const [from, to] = [EVENING + pick(instants), EVENING + 6 * HOUR_MS];
      const [id, model, input] = [`cor_${round}`, pick(MODELS), chance(3) * 700];
      await Promise.all([1, 2].map(() => correct(id, model, input, from, to)));
      await correct(id, model, input, from, to);
    }

    expect(reports.size).toBeGreaterThan(100);
    for (const { key, begin, end } of reports.values()) {
      const [row] = await prisma.quotaCounter.findMany({ where: { key, begin } });
      expect([key, begin, row?.used]).toEqual([key, begin, await sumOf(key, begin, end)]);
    }
  });

  /** What the hourly sums say of a counter's scope, model and window, added up here. */
  const sumOf = async (key: string, begin: number, end: number | null): Promise<bigint> => {
    const [, type = '', id = '', model = ''] = key.split(' ');
    const of: Record<string, (row: { branchId: string; credentialId: string }) => boolean> = {
      account: () => id === 'org-a',
      project: () => id === 'project-a',
      branch: ({ branchId }) => BRANCHES[branchId]?.includes(id) === true,
      credential: ({ credentialId }) => credentialId === id,
    };
    const rows = await prisma.usageHour.findMany();
    return rows
      .filter(({ modelId }) => model === '' || modelId === model)
      .filter(({ hour }) => hour.getTime() >= begin && (end === null || hour.getTime() < end))
      .filter(row => of[type]?.(row) === true)
      .reduce((sum, row) => sum + BigInt(row.costNanoUsd.toFixed()) + BigInt(row.adjustmentsNanoUsd.toFixed()), 0n);
  };

  const KEY = 'spend_total branch br-leaf ';
  const one = { branchId: 'br-leaf', modelId: 'model-a', occurredAt: EVENING, costNanoUsd: 5_000n };
  const tokens = { input: 1, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

  it('that comes before a replica has reported the request leaves the counter right once it has', async () => {
    await lease('replica_a', report(KEY, EVENING, { held: 5_000 }));
    await use('req_1', { ...one, tokens });
    await correct('cor_1', 'model-a', 1, EVENING - 1, EVENING + 1);
    await lease('replica_a', report(KEY, EVENING, { used: 5_000, held: 0 }));

    expect(await usedOf(KEY)).toBe(1_000n);
  });

  it('of a request that no counter heard of does not take one below zero', async () => {
    await lease('replica_a', report(KEY, EVENING, { used: 30 }));
    await use('req_1', { ...one, tokens });
    await correct('cor_1', 'model-a', 1, EVENING - 1, EVENING + 1);

    expect(await usedOf(KEY)).toBe(0n);
  });

  it('reaches a counter that is being made while it is applied', async () => {
    await use('req_1', { ...one, tokens });
    const maker = new pg.Client({ connectionString: database.url });
    await maker.connect();
    try {
      await maker.query('BEGIN');
      const counter = [{ k: KEY, w: 0, u: 0, a: 0, c: CAP, x: 0, b: false, e: null, s: ['branch', 'br-leaf', ''] }];
      await maker.query(`SELECT bough_lease('replica_b', 1, 1, 60000, $1, '[]')`, [JSON.stringify(counter)]);
      const applied = correct('cor_1', 'model-a', 1, EVENING - 1, EVENING + 1);
      await eventually(async () => {
        const rows = await prisma.$queryRaw<object[]>`
          SELECT 1 FROM pg_stat_activity WHERE query LIKE '%bough_correct_counters%' AND pid <> pg_backend_pid()
            AND datname = current_database() AND state = 'active'`;
        return rows.length > 0;
      }, 'the correction waits for the maker');
      await maker.query('COMMIT');
      await applied;
    } finally {
      await maker.end();
    }

    expect(await usedOf(KEY)).toBe(1_000n);
  });
});
