import type { AppConfig } from '../../src/config/app-config.js';
import { LedgerPartitionRepository } from '../../src/metering/ledger-partition.repository.js';
import { LedgerSpan } from '../../src/metering/ledger-span.js';
import { LedgerUpkeepService } from '../../src/metering/ledger-upkeep.service.js';
import type { UsageRecord } from '../../src/metering/usage-record.js';
import { UnwritableRecordsError, UsageRepository } from '../../src/metering/usage.repository.js';
import { Log } from '../../src/platform/logging.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { createTestDatabase } from '../support/database.js';
import { FakeClock } from '../support/fake-clock.js';
import { Statements } from '../support/statements.js';
import { usageRecord } from '../support/usage.js';

const NOON = Date.UTC(2026, 9, 10, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** two replicas: each with its own connections and its own memory of partitions */
let replicas: PrismaService[];
let ledgers: UsageRepository[];
let prisma: PrismaService;
let ledger: UsageRepository;

beforeEach(async () => {
  database = await createTestDatabase();
  replicas = [1, 2].map(() => new PrismaService(new DatabaseLocation(database.url, 4)));
  ledgers = replicas.map(replica => new UsageRepository(replica));
  [prisma, ledger] = [replicas[0] as PrismaService, ledgers[0] as UsageRepository];
});
afterEach(async () => {
  for (const replica of replicas) await replica.$disconnect();
  await database.drop();
});

async function partitions(): Promise<string[]> {
  const rows = await prisma.$queryRaw<{ name: string }[]>`
    SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'usage_records'::regclass ORDER BY 1`;
  return rows.map(({ name }) => name);
}

/** Every hourly sum beside what the ledger's rows of that hour add up to, in whole. */
async function sums() {
  const [row] = await prisma.$queryRaw<Record<string, string>[]>`
    SELECT (SELECT count(*) FROM usage_records)::text AS rows, sum(requests)::text AS requests,
      (SELECT sum(cost_nano_usd) FROM usage_records)::text AS cost, sum(cost_nano_usd)::text AS summed_cost,
      (SELECT sum(input_tokens) FROM usage_records)::text AS input, sum(input_tokens)::text AS summed_input
    FROM usage_hourly`;
  return row;
}

const records = (count: number, fields: (index: number) => Partial<UsageRecord> = () => ({})) =>
  Array.from({ length: count }, (_, index) => usageRecord(`req_${index}`, { occurredAt: NOON, ...fields(index) }));

describe('the ledger', () => {
  it('has a partition for each UTC day of a batch, and none for others', async () => {
    await ledger.insert(records(4, index => ({ occurredAt: NOON + (index % 2) * 3 * DAY_MS })));

    expect(await partitions()).toEqual(['usage_records_20261010', 'usage_records_20261013']);
    expect(await prisma.usageRecord.count()).toBe(4);
  });

  it('is written in one statement once a day is known', async () => {
    await ledger.insert(records(1));
    const statements = new Statements();

    await ledger.insert([usageRecord('req_later', { occurredAt: NOON + HOUR_MS })]);

    expect(statements.seen()).toHaveLength(1);
    statements.stop();
  });

  it('takes a day again that another replica’s retention dropped, at the next try', async () => {
    await ledger.insert(records(1));
    await new LedgerPartitionRepository(replicas[1] as PrismaService).dropBefore('2026-10-11');
    await expect(ledger.insert(records(2))).rejects.toMatchObject({ code: '23514' });

    await ledger.insert(records(2));

    expect(await prisma.usageRecord.count()).toBe(2);
  });

  it('refuses for good what belongs to a day that an operator detached, and goes on with others', async () => {
    await ledger.insert(records(1));
    await prisma.$executeRaw`ALTER TABLE usage_records DETACH PARTITION usage_records_20261010`;
    const [, other] = ledgers;

    await expect(other?.insert(records(2))).rejects.toThrow(UnwritableRecordsError);
    await other?.insert([usageRecord('req_next', { occurredAt: NOON + DAY_MS })]);

    expect(await prisma.usageRecord.count()).toBe(1);
  });

  it('refuses a record without a day, whose partition nobody can name', async () => {
    for (const occurredAt of [Number.NaN, 8.64e15, -1e15]) {
      await expect(ledger.insert([usageRecord('req_1', { occurredAt })])).rejects.toThrow(UnwritableRecordsError);
    }
  });
});

describe('the hourly sums', () => {
  it('hold every figure of the hour, by organization, project, branch, model and credential', async () => {
    const tokens = {
      ...{ input: 1, cacheRead: 2, cacheWrite: 3, cacheWrite1h: 4, inputAudio: 5 },
      ...{ output: 6, reasoning: 7, outputAudio: 8, webSearches: 10, fileSearches: 11, codeContainers: 12 },
      ...{ imageText: 13, imageInput: 14, imageOutput: 15, cacheReadAudio: 16, outputImage: 17 },
    };
    await ledger.insert([
      usageRecord('req_1', { occurredAt: NOON, tokens, costNanoUsd: 9n }),
      usageRecord('req_2', {
        occurredAt: NOON + HOUR_MS - 1,
        tokens,
        costNanoUsd: 9n,
        estimated: true,
        unpriced: true,
      }),
      usageRecord('req_3', { occurredAt: NOON + HOUR_MS }),
      usageRecord('req_4', { occurredAt: NOON, branchId: 'br-other' }),
    ]);
    const rows = await prisma.usageHour.findMany({ orderBy: [{ hour: 'asc' }, { branchId: 'asc' }] });

    expect(rows.map(({ hour, branchId, requests }) => [hour.getTime(), branchId, requests])).toEqual([
      [NOON, 'br-leaf', 2n],
      [NOON, 'br-other', 1n],
      [NOON + HOUR_MS, 'br-leaf', 1n],
    ]);
    expect(
      JSON.parse(JSON.stringify(rows[0], (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))),
    ).toEqual({
      hour: '2026-10-10T12:00:00.000Z',
      ...{ organizationId: 'org-a', projectId: 'project-a', branchId: 'br-leaf' },
      ...{ modelId: 'gpt-5', credentialId: 'nak_live_a', requests: 2, estimatedRequests: 1 },
      ...{ inputTokens: '2', cacheReadTokens: '4', cacheWriteTokens: '6', cacheWrite1hTokens: '8' },
      ...{ inputAudioTokens: '10', outputTokens: '12', reasoningTokens: '14', outputAudioTokens: '16' },
      ...{ webSearches: '20', fileSearches: '22', codeContainers: '24' },
      ...{ imageTextTokens: '26', imageInputTokens: '28', imageOutputTokens: '30' },
      ...{ cacheReadAudioTokens: '32', outputImageTokens: '34' },
      ...{ costNanoUsd: '18', adjustmentsNanoUsd: '0', unpricedRequests: 1 },
    });
  });

  it('add nothing for a batch that is repeated, whole or in part, or names a record twice', async () => {
    await ledger.insert(records(10));
    await ledger.insert(records(10));
    await ledger.insert(records(15));
    await ledger.insert([...records(16), ...records(16)]);

    expect(await sums()).toEqual({
      ...{ rows: '16', requests: '16', cost: '24000000', summed_cost: '24000000', input: '160', summed_input: '160' },
    });
  });

  it('are more than a bigint holds where they must be', async () => {
    await ledger.insert(records(3, () => ({ costNanoUsd: 2n ** 63n - 1n })));

    expect((await sums())?.['summed_cost']).toBe('27670116110564327421');
  });

  it('are exact when replicas write the same and overlapping batches at once, in any order, on new days', async () => {
    const everything = records(600, index => ({
      occurredAt: NOON + (index % 3) * DAY_MS + (index % 5) * HOUR_MS,
      branchId: `br-${index % 7}`,
      costNanoUsd: BigInt(index),
    }));
    const shuffled = (seed: number) => everything.toSorted((a, b) => order(a, seed) - order(b, seed));
    const batches = Array.from({ length: 24 }, (_, index) => shuffled(index + 1).slice(index * 10, index * 10 + 360));

    await Promise.all(batches.map((batch, index) => ledgers[index % 2]?.insert(batch)));
    await ledger.insert(everything);

    // 0 + 1 + … + 599, and ten input tokens each.
    const [cost, input] = ['179700', '6000'];
    expect(await sums()).toEqual({
      ...{ rows: '600', requests: '600', cost, summed_cost: cost, input, summed_input: input },
    });
    expect(await partitions()).toHaveLength(3);
  });
  it('never wait in a circle: replicas that write the same records the other way round, again and again', async () => {
    await ledger.insert(records(1, () => ({ occurredAt: NOON })));
    for (let round = 0; round < 5; round += 1) {
      const batch = Array.from({ length: 2_000 }, (_, index) =>
        usageRecord(`req_${round}_${index}`, {
          occurredAt: NOON + (index % 10) * HOUR_MS,
          branchId: `br-${index % 50}`,
        }),
      );
      await Promise.all([ledgers[0]?.insert(batch), ledgers[1]?.insert(batch.toReversed())]);
    }

    expect(await sums()).toMatchObject({ rows: '10001', requests: '10001', summed_cost: '15001500000' });
  });
});

/** An arbitrary order that is another one for each seed. */
const order = ({ requestId }: UsageRecord, seed: number) =>
  (Number(requestId.slice(4)) * (seed * 2_654_435_761)) % 1_009;

describe('the upkeep', () => {
  const upkeep = (usageRetentionDays: number, replica = prisma) =>
    new LedgerUpkeepService(
      new LedgerPartitionRepository(replica),
      new LedgerSpan({ usageRetentionDays } as AppConfig, new FakeClock(NOON)),
      Log.create('silent'),
    );

  it('makes today’s and tomorrow’s partition ahead', async () => {
    await upkeep(400).run();

    expect(await partitions()).toEqual(['usage_records_20261010', 'usage_records_20261011']);
  });

  it('drops the days that are past their time, whole, and keeps their sums', async () => {
    await ledger.insert(records(4, index => ({ occurredAt: NOON - (index + 1) * DAY_MS })));
    await upkeep(2).run();

    expect(await partitions()).toEqual([
      ...['usage_records_20261008', 'usage_records_20261009', 'usage_records_20261010', 'usage_records_20261011'],
    ]);
    expect(await sums()).toMatchObject({ rows: '2', requests: '4', summed_cost: '6000000' });
  });

  it('leaves it to the replica that is at it', async () => {
    await ledger.insert(records(1, () => ({ occurredAt: NOON - 9 * DAY_MS })));
    await prisma.$transaction(async transaction => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(7261002::bigint)`;
      expect(await new LedgerPartitionRepository(replicas[1] as PrismaService).dropBefore('2026-10-10')).toEqual([]);
    });
    await Promise.all(replicas.map(replica => upkeep(2, replica).run()));

    expect(await partitions()).toEqual(['usage_records_20261010', 'usage_records_20261011']);
  });

  it('fails at nothing: a database that is away is tried again an hour later', async () => {
    await prisma.$executeRaw`ALTER TABLE usage_records RENAME TO usage_records_away`;

    await expect(upkeep(2).run()).resolves.toBeUndefined();
  });
});
