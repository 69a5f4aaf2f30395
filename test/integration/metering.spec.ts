import { MeteringService } from '../../src/metering/metering.service.js';
import { UsageFeed } from '../../src/metering/usage-feed.js';
import { UsageRepository } from '../../src/metering/usage.repository.js';
import { Log } from '../../src/platform/logging.js';
import { Metrics } from '../../src/platform/metrics.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { createTestDatabase } from '../support/database.js';
import { ForgetfulJournal, usageRecord } from '../support/usage.js';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let prisma: PrismaService;
let metering: MeteringService;

beforeAll(async () => {
  database = await createTestDatabase();
  prisma = new PrismaService(new DatabaseLocation(database.url, 3));
});
beforeEach(async () => {
  await prisma.$executeRaw`TRUNCATE usage_records`;
  metering = new MeteringService(
    new UsageRepository(prisma),
    ForgetfulJournal.make(),
    new UsageFeed(),
    new Metrics(),
    Log.create('silent'),
  );
});
afterAll(async () => {
  await prisma.$disconnect();
  await database.drop();
});

const find = (requestId: string) => prisma.usageRecord.findFirstOrThrow({ where: { requestId } });

describe('a record', () => {
  it('stands in the ledger with every figure', async () => {
    void metering.record(
      usageRecord('req_1', {
        ...{ stream: true, firstTokenMs: 7, costNanoUsd: 123_456_789_012_345_678n, unpriced: true },
        ...{ code: 'upstream_truncated', detail: '{"message":"ü"}', repeats: 2 },
        tokens: {
          ...{ input: 10, cacheRead: 3, cacheWrite: 1, cacheWrite1h: 4, inputAudio: 6, output: 5, reasoning: 2 },
          ...{ outputAudio: 8, webSearches: 11, fileSearches: 12, codeContainers: 13 },
          ...{ imageText: 14, imageInput: 15, imageOutput: 16, cacheReadAudio: 17, outputImage: 18 },
          served: { service_tier: 'priority', speed: 'fast', inference_geo: 'us' },
        },
      }),
    );
    await metering.drain();

    expect(await find('req_1')).toEqual({
      requestId: 'req_1',
      occurredAt: new Date('2026-10-10T12:00:10Z'),
      day: new Date('2026-10-10T00:00:00Z'),
      organizationId: 'org-a',
      projectId: 'project-a',
      branchId: 'br-leaf',
      credentialId: 'nak_live_a',
      modelId: 'gpt-5',
      dialect: 'chat_completions',
      upstream: 'sandbox',
      upstreamModel: 'gpt-5',
      stream: true,
      status: 'completed',
      httpStatus: 200,
      inputTokens: 10n,
      cacheReadTokens: 3n,
      cacheWriteTokens: 1n,
      cacheWrite1hTokens: 4n,
      inputAudioTokens: 6n,
      outputTokens: 5n,
      reasoningTokens: 2n,
      outputAudioTokens: 8n,
      webSearches: 11n,
      fileSearches: 12n,
      codeContainers: 13n,
      imageTextTokens: 14n,
      imageInputTokens: 15n,
      imageOutputTokens: 16n,
      cacheReadAudioTokens: 17n,
      outputImageTokens: 18n,
      served: { service_tier: 'priority', speed: 'fast', inference_geo: 'us' },
      unpriced: true,
      code: 'upstream_truncated',
      detail: { message: 'ü' },
      repeats: 2,
      estimated: false,
      costNanoUsd: 123_456_789_012_345_678n,
      priceVersion: null,
      durationMs: 12,
      firstTokenMs: 7,
    });
  });

  it('stands there once, however often it is written', async () => {
    void metering.record(usageRecord('req_1', { durationMs: 1 }));
    await metering.drain();
    void metering.record(usageRecord('req_1', { durationMs: 2 }));
    void metering.record(usageRecord('req_2'));
    await metering.drain();

    expect(await prisma.usageRecord.count()).toBe(2);
    expect((await find('req_1')).durationMs).toBe(1);
  });

  it.each([
    ['2026-10-10T23:59:59.999Z', '2026-10-10'],
    ['2026-10-11T00:00:00.000Z', '2026-10-11'],
  ])('of %s belongs to the UTC day %s', async (occurredAt, day) => {
    void metering.record(usageRecord('req_1', { occurredAt: Date.parse(occurredAt) }));
    await metering.drain();

    expect((await find('req_1')).day).toEqual(new Date(day));
    expect((await find('req_1')).occurredAt).toEqual(new Date(occurredAt));
  });

  it('never fails for what an upstream puts into it', async () => {
    void metering.record(
      usageRecord('req_1', {
        upstreamModel: `a\0b\ud800${'x'.repeat(100_000)}`,
        upstream: '\0',
        tokens: { input: 2 ** 60, cacheRead: -1, cacheWrite: Number.NaN, output: Infinity, reasoning: 0.5 },
        durationMs: 1e12,
        firstTokenMs: -3,
        httpStatus: Number.NaN,
        costNanoUsd: 2n ** 80n,
      }),
    );
    void metering.record(usageRecord('req_2'));
    await metering.drain();

    expect(await prisma.usageRecord.count()).toBe(2);
    expect(await find('req_1')).toMatchObject({
      upstream: '\uFFFD',
      inputTokens: BigInt(Number.MAX_SAFE_INTEGER),
      cacheReadTokens: 0n,
      cacheWriteTokens: 0n,
      outputTokens: 0n,
      reasoningTokens: 1n,
      durationMs: 2_147_483_647,
      firstTokenMs: 0,
      httpStatus: 0,
      costNanoUsd: 2n ** 63n - 1n,
    });
    expect((await find('req_1')).upstreamModel.startsWith('a\uFFFDb\uFFFDx')).toBe(true);
  });

  it('that Postgres refuses all the same holds up no other', async () => {
    const never = { ...usageRecord('req_never'), occurredAt: Number.NaN };
    void metering.record(usageRecord('req_1'));
    void metering.record(never);
    for (let index = 2; index < 700; index += 1) void metering.record(usageRecord(`req_${index}`));
    await metering.drain();

    expect(metering.queued).toBe(0);
    expect(await prisma.usageRecord.count()).toBe(699);
  });
});

describe('a shutdown', () => {
  it('writes the last records although the platform has closed its connections already', async () => {
    for (let index = 0; index < 1_200; index += 1) void metering.record(usageRecord(`req_${index}`));
    await prisma.onModuleDestroy();
    await metering.onApplicationShutdown();

    expect(metering.queued).toBe(0);
    expect(await prisma.usageRecord.count()).toBe(1_200);
  });
});

it('a ledger that is away keeps records waiting, and gets each once when it is back', async () => {
  await prisma.$executeRaw`ALTER TABLE usage_records RENAME TO usage_records_away`;
  const drained: number[] = [];
  for (let index = 0; index < 600; index += 1) void metering.record(usageRecord(`req_${index}`));
  const done = metering.drain().then(() => drained.push(metering.queued));
  await prisma.$executeRaw`ALTER TABLE usage_records_away RENAME TO usage_records`;
  await done;

  expect(drained).toEqual([0]);
  expect(await prisma.usageRecord.count()).toBe(600);
});
