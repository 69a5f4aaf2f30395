import type { AppConfig } from '../../src/config/app-config.js';
import { UsageRepository } from '../../src/metering/usage.repository.js';
import { ChangeFeed } from '../../src/platform/change-feed.js';
import { IdSource } from '../../src/platform/id-source.js';
import { Log } from '../../src/platform/logging.js';
import { DatabaseLocation, PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { CreditRepository } from '../../src/quota/credits/credit.repository.js';
import { CreditsService } from '../../src/quota/credits/credits.service.js';
import { LeaseRepository } from '../../src/quota/lease.repository.js';
import { QuotaRepository } from '../../src/quota/quota.repository.js';
import { QuotaService } from '../../src/quota/quota.service.js';
import { createTestDatabase } from '../support/database.js';
import { FakeClock } from '../support/fake-clock.js';
import { ask, leaseService, NO_DEFAULTS, NOON, refusal } from '../support/quota-setup.js';
import { usageRecord } from '../support/usage.js';

const log = Log.create('silent');
const DOLLAR = 1_000_000_000n;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const USED_UP = {
  code: 'account_blocked',
  status: 429,
  retryAfterSeconds: undefined,
  publicMessage: 'ai gateway account credit balance is used up. Add credit to continue',
};

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let prisma: PrismaService;
let feed: ChangeFeed;
let clock: FakeClock;
let credits: CreditsService;
const running: QuotaService[] = [];
let serial = 0;

beforeEach(async () => {
  database = await createTestDatabase();
  const location = new DatabaseLocation(database.url, 5);
  prisma = new PrismaService(location);
  feed = new ChangeFeed(location, log);
  clock = new FakeClock(NOON);
  credits = newCredits();
  await prisma.organization.create({ data: { id: 'org-a', name: 'A' } });
});
afterEach(async () => {
  for (const quota of running.splice(0)) await quota.onModuleDestroy();
  credits.onModuleDestroy();
  await feed.onModuleDestroy();
  await prisma.$disconnect();
  await database.drop();
});

function newCredits(): CreditsService {
  return new CreditsService(new CreditRepository(prisma), feed, clock, new IdSource(), log);
}

/** A replica's quota module; all of a test share the feed, so that each follows at once. */
async function startReplica(minimum = 0n): Promise<QuotaService> {
  const config = { ...NO_DEFAULTS, creditMinimumBalanceNanoUsd: minimum } as AppConfig;
  const leases = leaseService(new LeaseRepository(prisma), clock);
  const quota = new QuotaService(config, clock, feed, new QuotaRepository(prisma), leases);
  await quota.onModuleInit();
  running.push(quota);
  return quota;
}

const grant = (amount: bigint, expiresAt: number | null = null) => {
  // No two grants are of one moment: which is the older must not be chance.
  clock.time += 1;
  return credits.grant('org-a', { amount, note: null, expiresAt });
};
const balance = async () => (await credits.show('org-a'))?.balance;
const remaining = async () => (await credits.show('org-a'))?.grants.map(one => one.remaining);
const entries = async () => {
  const rows = await prisma.creditEntry.findMany({ orderBy: { sequence: 'asc' } });
  expect(rows.reduce((sum, row) => sum + row.amountNanoUsd, 0n)).toBe(rows.at(-1)?.balanceNanoUsd ?? 0n);
  return rows.map(row => [row.kind, row.amountNanoUsd]);
};
/** Writes to the ledger alone, as of another time or replica. */
const record = (costNanoUsd: bigint, occurredAt = clock.time) =>
  new UsageRepository(prisma).insert([usageRecord(`req_${(serial += 1)}`, { costNanoUsd, occurredAt })]);
/** A whole request: admitted, settled and in the ledger. */
async function use(quota: QuotaService, cost: bigint, estimate = cost): Promise<void> {
  const reservation = await ask(quota, { costNanoUsd: estimate });
  reservation.settle({ tokens: 0, costNanoUsd: cost });
  reservation.end();
  await record(cost);
}
/** How many requests of a price pass before one is refused for want of credit. */
async function exhaust(quota: QuotaService, cost: bigint): Promise<number> {
  for (let passed = 0; ; passed += 1) {
    if (passed > 100) return passed;
    try {
      await use(quota, cost);
    } catch (error) {
      expect(error).toMatchObject(USED_UP);
      return passed;
    }
  }
}
async function correct(delta: bigint): Promise<void> {
  await prisma.usageHour.updateMany({ data: { adjustmentsNanoUsd: { increment: delta.toString() } } });
  await credits.settleAll();
}

describe('an organization without any grant', () => {
  it('has no credit limit, whatever it spent', async () => {
    const quota = await startReplica(5n * DOLLAR);
    await record(99n * DOLLAR);
    await credits.settleDue();

    await use(quota, 50n * DOLLAR);
    expect(await credits.show('org-a')).toBeNull();
    expect(await entries()).toEqual([]);
  });
});

describe('credit', () => {
  it('is spent to the end by any number of replicas together, and not beyond', async () => {
    const replicas = [await startReplica(), await startReplica(), await startReplica()];
    await grant(10n);

    const requests = Array.from({ length: 90 }, async (_, index) =>
      ask(replicas[index % 3] as QuotaService, { costNanoUsd: 1n }),
    );
    const outcomes = await Promise.allSettled(requests);

    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
    for (const quota of replicas) expect(await refusal(quota, { costNanoUsd: 1n })).toMatchObject(USED_UP);
  });

  it('begins with the first grant: what was spent before is not charged', async () => {
    await record(7n * DOLLAR, NOON - 40 * DAY_MS);
    await record(3n * DOLLAR, NOON - 1_000);
    const quota = await startReplica();
    await grant(10n * DOLLAR);

    expect(await exhaust(quota, DOLLAR)).toBe(10);
    expect(await balance()).toBe(0n);
  });

  it('begins so too where the account’s whole spend was counted before', async () => {
    await prisma.limit.create({
      data: { id: 'lim_1', scopeType: 'account', scopeId: 'org-a', kind: 'spend_total', value: 99n * DOLLAR },
    });
    await record(7n * DOLLAR, NOON - DAY_MS);
    const quota = await startReplica();
    await use(quota, 5n * DOLLAR);
    await grant(10n * DOLLAR);

    expect(await exhaust(quota, DOLLAR)).toBe(10);
  });

  it('ends at the minimum balance', async () => {
    const quota = await startReplica(2n * DOLLAR);
    await grant(10n * DOLLAR);

    expect(await exhaust(quota, DOLLAR)).toBe(8);
    expect(await balance()).toBe(2n * DOLLAR);
  });

  it('that never reached the minimum balance lets nothing through', async () => {
    const quota = await startReplica(20n * DOLLAR);
    await grant(10n * DOLLAR);

    expect(await refusal(quota)).toMatchObject(USED_UP);
  });

  it('that is used up stops requests that cost nothing too, until more is added', async () => {
    const quota = await startReplica();
    await grant(2n * DOLLAR);
    await use(quota, 0n);
    expect(await exhaust(quota, DOLLAR)).toBe(2);
    expect(await refusal(quota)).toMatchObject(USED_UP);

    await grant(DOLLAR);
    expect(await exhaust(quota, DOLLAR)).toBe(1);
  });

  it('may go below zero, because an answer is metered after it was given; the next grant pays that first', async () => {
    const quota = await startReplica();
    await grant(2n * DOLLAR);
    await use(quota, 5n * DOLLAR, DOLLAR);
    expect(await balance()).toBe(-3n * DOLLAR);
    expect(await refusal(quota)).toMatchObject(USED_UP);

    await grant(4n * DOLLAR);
    expect([await balance(), await remaining()]).toEqual([DOLLAR, [0n, DOLLAR]]);
    expect(await exhaust(quota, DOLLAR)).toBe(1);
  });

  it('is told of before limits that only ask to wait', async () => {
    const quota = await startReplica();
    await prisma.limit.create({
      data: { id: 'lim_1', scopeType: 'account', scopeId: 'org-a', kind: 'requests_per_minute', value: 1n },
    });
    await grant(DOLLAR);
    await use(quota, DOLLAR);

    expect(await refusal(quota)).toMatchObject(USED_UP);
  });

  it('and a limit that was set on the whole spend hold both, and each is called by its name', async () => {
    const quota = await startReplica();
    const data = { id: 'lim_1', scopeType: 'account', scopeId: 'org-a', kind: 'spend_total', value: 3n * DOLLAR };
    await prisma.limit.create({ data });
    await grant(5n * DOLLAR);
    for (let spent = 0; spent < 3; spent += 1) await use(quota, DOLLAR);
    expect((await refusal(quota, { costNanoUsd: 1n })).publicMessage).toContain('account total spend limit exceeded');

    await prisma.limit.update({ where: { id: 'lim_1' }, data: { value: 9n * DOLLAR } });
    await feed.publish('limits');
    expect(await exhaust(quota, DOLLAR)).toBe(2);
  });
});

describe('a grant that ends', () => {
  it('takes what is left with it, and not what was spent before its end, however late that is looked at', async () => {
    const quota = await startReplica();
    await grant(10n * DOLLAR, NOON + HOUR_MS);
    await grant(5n * DOLLAR);
    await record(DOLLAR, NOON + 10_000);
    await record(2n * DOLLAR, NOON + HOUR_MS - 1);
    await record(DOLLAR, NOON + HOUR_MS);
    clock.time = NOON + 3 * HOUR_MS;
    expect([await balance(), await remaining()]).toEqual([4n * DOLLAR, [0n, 4n * DOLLAR]]);
    expect(await entries()).toHaveLength(2);

    await credits.settleDue();

    expect(await entries()).toEqual([
      ['grant', 10n * DOLLAR],
      ['grant', 5n * DOLLAR],
      ['spend-through', -3n * DOLLAR],
      ['expiry', -7n * DOLLAR],
      ['spend-through', -1n * DOLLAR],
    ]);
    expect(await exhaust(quota, DOLLAR)).toBe(4);
  });

  it('stops requests on every replica once it was looked at', async () => {
    const replicas = [await startReplica(), await startReplica()];
    await grant(10n * DOLLAR, NOON + HOUR_MS);
    for (const quota of replicas) await use(quota, DOLLAR);
    clock.time = NOON + HOUR_MS;

    await credits.settleDue();

    for (const quota of replicas) expect(await refusal(quota)).toMatchObject(USED_UP);
    expect(await balance()).toBe(0n);
  });

  it('is taken first, before an older one that ends later', async () => {
    await grant(10n * DOLLAR);
    await grant(10n * DOLLAR, NOON + DAY_MS);
    await grant(10n * DOLLAR, NOON + HOUR_MS);
    await record(12n * DOLLAR);

    expect(await remaining()).toEqual([10n * DOLLAR, 8n * DOLLAR, 0n]);
  });

  it('is looked at when the gateway starts', async () => {
    await grant(10n * DOLLAR, NOON + HOUR_MS);
    clock.time = NOON + 2 * HOUR_MS;
    const started = newCredits();
    await started.onApplicationBootstrap();
    started.onModuleDestroy();

    expect(await entries()).toContainEqual(['expiry', -10n * DOLLAR]);
  });
});

describe('a correction of prices', () => {
  it('is charged and given back as spend is, and the limit follows, though its counter began before', async () => {
    const quota = await startReplica();
    await grant(10n * DOLLAR);
    await use(quota, 4n * DOLLAR);

    await correct(3n * DOLLAR);
    expect(await balance()).toBe(3n * DOLLAR);
    expect(await exhaust(quota, DOLLAR)).toBe(3);

    await prisma.usageHour.updateMany({ data: { adjustmentsNanoUsd: 0n.toString() } });
    await credits.settleAll();
    expect(await exhaust(quota, DOLLAR)).toBe(3);
    expect((await entries()).filter(([kind]) => kind === 'adjustment')).toEqual([
      ['adjustment', -3n * DOLLAR],
      ['adjustment', 3n * DOLLAR],
    ]);
  });

  it('that came before the counter is in it already', async () => {
    await grant(10n * DOLLAR);
    await record(4n * DOLLAR);
    await correct(3n * DOLLAR);
    const quota = await startReplica();

    expect(await exhaust(quota, DOLLAR)).toBe(3);
    expect(await balance()).toBe(0n);
  });
});

describe('the history', () => {
  it('has a line for each day with spend, and none for a second look at the same day', async () => {
    await grant(10n * DOLLAR);
    await record(DOLLAR);
    await credits.settleDue();
    expect(await entries()).toHaveLength(1);
    clock.time += DAY_MS;
    await credits.settleDue();
    await record(DOLLAR);
    await credits.settleDue();

    expect(await entries()).toEqual([
      ['grant', 10n * DOLLAR],
      ['spend-through', -DOLLAR],
    ]);
  });

  it('is the same whichever process writes it first, and nobody rewrites it', async () => {
    const others = [newCredits(), newCredits()];
    await record(DOLLAR, NOON - 1);
    await Promise.all(
      [credits, ...others].flatMap(service => [
        service.grant('org-a', { amount: 10n * DOLLAR, note: null, expiresAt: NOON + HOUR_MS }),
        record(DOLLAR),
        service.settleAll(),
      ]),
    );
    clock.time = NOON + 2 * HOUR_MS;
    await Promise.all([credits, ...others].map(service => service.settleDue()));

    const kinds = (await entries()).map(([kind]) => kind);
    expect(kinds.filter(kind => kind === 'grant')).toHaveLength(3);
    expect(kinds.filter(kind => kind === 'expiry').length).toBeLessThanOrEqual(3);
    expect(await balance()).toBe(0n);
    for (const change of ['DELETE FROM credit_entries', 'UPDATE credit_entries SET amount_nano_usd = 0']) {
      await expect(prisma.$executeRawUnsafe(change)).rejects.toThrow('append-only');
    }
  });
});
