import type { AppConfig } from '../../src/config/app-config.js';
import { MeteringService } from '../../src/metering/metering.service.js';
import { UsageFeed } from '../../src/metering/usage-feed.js';
import { UsageRepository } from '../../src/metering/usage.repository.js';
import { ChangeFeed } from '../../src/platform/change-feed.js';
import { Log } from '../../src/platform/logging.js';
import { Metrics } from '../../src/platform/metrics.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { LeaseRepository } from '../../src/quota/lease.repository.js';
import { QuotaRepository } from '../../src/quota/quota.repository.js';
import { QuotaService } from '../../src/quota/quota.service.js';
import { createTestDatabase } from '../support/database.js';
import { FakeClock } from '../support/fake-clock.js';
import { ask, DEFAULTS, leaseService, NO_DEFAULTS, NOON, refusal } from '../support/quota-setup.js';
import { ForgetfulJournal, usageRecord } from '../support/usage.js';

const log = Log.create('silent');

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let prisma: PrismaService;
let feed: ChangeFeed;

beforeAll(async () => {
  database = await createTestDatabase();
  const location = new DatabaseLocation(database.url, 3);
  prisma = new PrismaService(location);
  feed = new ChangeFeed(location, log);
  await prisma.organization.create({ data: { id: 'org-a', name: 'A' } });
  await prisma.project.create({
    data: { id: 'project-a', name: 'A', organizationId: 'org-a', regionId: 'aws-us-east-2' },
  });
  await addBranch('br-root', null);
  await addBranch('br-middle', 'br-root', new Date(NOON));
  await addBranch('br-leaf', 'br-middle');
});
beforeEach(async () => {
  await prisma.limit.deleteMany();
  await prisma.block.deleteMany();
  await prisma.$executeRaw`TRUNCATE usage_records`;
  await prisma.usageHour.deleteMany();
  await prisma.quotaLease.deleteMany();
  await prisma.quotaCounter.deleteMany();
});
afterAll(async () => {
  await feed.onModuleDestroy();
  await prisma.$disconnect();
  await database.drop();
});

async function addBranch(id: string, parentId: string | null, deletedAt: Date | null = null): Promise<void> {
  await prisma.branch.create({ data: { id, parentId, deletedAt, name: id, projectId: 'project-a' } });
}

async function addLimit(scopeType: string, scopeId: string, kind: string, value: bigint, modelId = ''): Promise<void> {
  const id = `lim_${scopeType}_${scopeId}_${kind}_${modelId}`;
  await prisma.limit.create({ data: { id, scopeType, scopeId, kind, value, modelId } });
}

async function start(defaults: Partial<AppConfig> = NO_DEFAULTS) {
  const clock = new FakeClock(NOON);
  const leases = leaseService(new LeaseRepository(prisma), clock);
  const quota = new QuotaService(defaults as AppConfig, clock, feed, new QuotaRepository(prisma), leases);
  await quota.onModuleInit();
  return { clock, quota };
}

describe('stored limits', () => {
  it('admit exactly 10 of 200 concurrent requests against 10', async () => {
    await addLimit('account', 'org-a', 'requests_per_minute', 10n);
    const { quota } = await start();

    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, async () => ask(quota)));

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('hold, change and end as soon as the change is published', async () => {
    const { quota } = await start();
    await ask(quota);
    await addLimit('branch', 'br-middle', 'requests_per_minute', 2n);
    await feed.publish('limits', 'branch:br-middle');
    await ask(quota);
    await ask(quota);
    await refusal(quota);

    await prisma.limit.updateMany({ data: { value: 3n } });
    await feed.publish('limits', 'branch:br-middle');
    await ask(quota);
    await refusal(quota);

    await prisma.limit.deleteMany();
    await feed.publish('limits', 'branch:br-middle');
    await ask(quota);
  });

  it('of a kind that this release does not know are passed over', async () => {
    await addLimit('account', 'org-a', 'images_per_hour', 0n);
    await addLimit('galaxy', 'org-a', 'requests_per_minute', 0n);
    const { quota } = await start();

    await ask(quota);
  });
});

describe('stored blocks', () => {
  it('hold unless they were lifted or are over', async () => {
    const rows = [
      { id: 'blk_1', scopeId: 'br-middle', liftedAt: new Date(NOON - 1), until: null },
      { id: 'blk_2', scopeId: 'br-middle', until: new Date(NOON) },
    ];
    await prisma.block.createMany({ data: rows.map(row => ({ ...row, scopeType: 'branch' })) });
    const { clock, quota } = await start();
    await ask(quota);

    await prisma.block.create({
      data: { id: 'blk_3', scopeType: 'branch', scopeId: 'br-middle', until: new Date(NOON + 1_500), reason: 'secret' },
    });
    await feed.publish('blocks', 'branch:br-middle');
    expect(await refusal(quota)).toMatchObject({
      code: 'quota_exceeded',
      retryAfterSeconds: 2,
      publicMessage: 'ai gateway quota is blocked for this branch until 2026-10-10T12:00:21.500Z',
    });
    await ask(quota, { lineage: ['br-root'] });
    clock.time += 1_500;
    await ask(quota);
  });
});

describe('a limit on spend that is met for the first time', () => {
  it('knows what the ledger holds of the day', async () => {
    await addLimit('branch', 'br-root', 'spend_per_day', 15_000_000_000n);
    const metering = new MeteringService(
      new UsageRepository(prisma),
      ForgetfulJournal.make(),
      new UsageFeed(),
      new Metrics(),
      log,
    );
    const cost = 5_000_000_000n;
    void metering.record(
      usageRecord('req_yesterday', { costNanoUsd: cost, occurredAt: Date.UTC(2026, 9, 9, 23, 59, 59, 999) }),
    );
    void metering.record(usageRecord('req_midnight', { costNanoUsd: cost, occurredAt: Date.UTC(2026, 9, 10) }));
    void metering.record(
      usageRecord('req_last_minute', { costNanoUsd: cost, occurredAt: Date.UTC(2026, 9, 10, 11, 59, 59, 999) }),
    );
    void metering.record(
      usageRecord('req_elsewhere', { costNanoUsd: 6_000_000_000n, branchId: 'br-unknown', tokens: NOTHING }),
    );
    await metering.drain();
    const { quota } = await start(DEFAULTS);

    expect((await refusal(quota, { costNanoUsd: 4_000_000_001n })).publicMessage).toContain(
      'account daily spend limit',
    );
    await ask(quota, { costNanoUsd: 4_000_000_000n });
  });

  it('counts spend on every ancestor, a deleted one included', async () => {
    await addLimit('branch', 'br-root', 'spend_per_day', 15_000_000_000n);
    const metering = new MeteringService(
      new UsageRepository(prisma),
      ForgetfulJournal.make(),
      new UsageFeed(),
      new Metrics(),
      log,
    );
    void metering.record(usageRecord('req_1', { costNanoUsd: 15_000_000_000n }));
    await metering.drain();
    const { quota } = await start();

    expect((await refusal(quota, { lineage: ['br-sibling', 'br-root'], costNanoUsd: 1n })).publicMessage).toContain(
      'br-root',
    );
  });
});

const NOTHING = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };
