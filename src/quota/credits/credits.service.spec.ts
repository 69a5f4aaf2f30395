import { FakeClock } from '../../../test/support/fake-clock.js';
import type { ChangeFeed } from '../../platform/change-feed.js';
import type { IdSource } from '../../platform/id-source.js';
import type { Log } from '../../platform/logging.js';
import { CreditAccount, type CreditGrant } from './credit-account.js';
import type { CreditBooks } from './credit-books.repository.js';
import type { CreditRepository } from './credit.repository.js';
import { CreditsService } from './credits.service.js';

const MIDNIGHT = Date.UTC(2026, 9, 10);
const NOW = MIDNIGHT + 3_600_000;

const grant = (id: string, amount: bigint, expiresAt: number | null = null): CreditGrant => ({
  ...{ id, amount, remaining: amount, note: null, createdAt: 1, expiresAt, expiredAt: null },
});

/** The books of each organization in memory. */
function start(accounts: Record<string, CreditAccount> = {}) {
  const clock = new FakeClock(NOW);
  const ledger = { cost: 0n, adjustments: 0n, costBefore: 0n };
  const asked: string[] = [];
  const published: unknown[][] = [];
  const warned: string[] = [];
  const rows = { expiry: null as number | null, failure: null as Error | null, loses: false };
  let handler: (() => Promise<void>) | undefined;
  const books = (id: string): CreditBooks =>
    ({
      load: () => Promise.resolve(accounts[id] ?? null),
      totals: () => Promise.resolve({ cost: ledger.cost, adjustments: ledger.adjustments }),
      costBefore: (end: Date) => {
        asked.push(`before ${end.getTime() - MIDNIGHT}`);
        return Promise.resolve(ledger.costBefore);
      },
      save: (account: CreditAccount, at: Date, newId: () => string) => {
        asked.push(`save ${id} ${at.getTime() - MIDNIGHT} ${newId()}`);
        accounts[id] = account;
        if (rows.loses) account.grants.length = 0;
        return Promise.resolve();
      },
    }) as unknown as CreditBooks;
  const repository = {
    change: (id: string, work: (of: CreditBooks) => unknown) => work(books(id)),
    read: (id: string, work: (of: CreditBooks) => unknown) => work(books(id)),
    listAccounts: () => Promise.resolve(Object.keys(accounts)),
    listDue: (now: Date, day: Date) => {
      asked.push(`due ${now.getTime() - MIDNIGHT} ${day.getTime() - MIDNIGHT}`);
      return rows.failure === null ? Promise.resolve(Object.keys(accounts)) : Promise.reject(rows.failure);
    },
    findNextExpiry: () => Promise.resolve(rows.expiry),
  };
  const service = new CreditsService(
    repository as unknown as CreditRepository,
    {
      on: (_topic: string, follow: typeof handler) => void (handler = follow),
      publish: (...change: unknown[]) => (published.push(change), Promise.resolve()),
    } as unknown as ChangeFeed,
    clock,
    { prefixed: (prefix: string) => `${prefix}_1` } as unknown as IdSource,
    { warn: (message: string) => void warned.push(message) } as unknown as Log,
  );
  return { service, clock, ledger, asked, published, warned, rows, accounts, hear: () => handler?.() };
}

const opened = (...grants: CreditGrant[]) => {
  const account = new CreditAccount([], 0n, { cost: 0n, adjustments: 0n });
  for (const each of grants) account.grant(each);
  return account;
};
const given = { amount: 100n, note: 'n', expiresAt: null };

describe('a grant', () => {
  it('begins the credit of an organization: earlier spend is not charged', async () => {
    const { service, ledger, published, accounts, asked } = start();
    ledger.cost = 40n;
    expect(await service.grant('org', given)).toEqual({
      ...{ id: 'crg_1', amount: 100n, remaining: 100n, note: 'n', createdAt: NOW, expiresAt: null, expiredAt: null },
    });
    expect([accounts['org']?.balance, published]).toEqual([100n, [['limits', 'credit:org']]]);
    expect(asked).toEqual([`save org 3600000 cre_1`]);
  });

  it('is added to what is left', async () => {
    const { service, ledger, accounts } = start({ org: opened(grant('a', 50n)) });
    ledger.cost = 20n;
    await service.grant('org', given);
    expect(accounts['org']?.balance).toBe(130n);
  });

  it('that was not kept is an error', async () => {
    const { service, rows } = start();
    rows.loses = true;
    await expect(service.grant('org', given)).rejects.toThrow('not kept');
  });
});

describe('the account as it stands', () => {
  it('is charged up to this moment, and not written down', async () => {
    const { service, ledger, asked } = start({ org: opened(grant('a', 50n)) });
    ledger.cost = 20n;
    ledger.adjustments = -5n;
    expect((await service.show('org'))?.balance).toBe(35n);
    expect([await service.show('another'), asked]).toEqual([null, []]);
  });

  it.each<[string, bigint, bigint, number[]]>([
    // What was spent before the end counts against the grant that ended; the rest of it is gone.
    ['before its end', 30n, 30n, [0, 100]],
    ['before and behind it', 30n, 70n, [0, 60]],
    ['behind it', 0n, 40n, [0, 60]],
  ])('of a grant that ended is charged with what was spent %s', async (_, before, cost, remaining) => {
    const ended = NOW - 1_000;
    const { service, ledger, asked } = start({ org: opened(grant('a', 50n, ended), grant('b', 100n)) });
    Object.assign(ledger, { cost, costBefore: before });
    const account = await service.show('org');
    expect(account?.grants.map(each => Number(each.remaining))).toEqual(remaining);
    expect(account?.grants[0]?.expiredAt).toBe(ended);
    expect(asked).toEqual([`before ${ended - MIDNIGHT}`]);
  });

  it.each([
    [NOW, true],
    [NOW + 1, false],
  ])('of a grant that ends at %i has ended, now: %p', async (end, ended) => {
    const { service } = start({ org: opened(grant('a', 50n, end)) });
    expect((await service.show('org'))?.balance).toBe(ended ? 0n : 50n);
  });

  it('takes no cost back for what was charged already', async () => {
    const account = opened(grant('a', 50n, NOW - 1), grant('b', 100n));
    account.chargeCost(40n, 5);
    const { service, ledger } = start({ org: account });
    Object.assign(ledger, { cost: 40n, costBefore: 30n });
    expect((await service.show('org'))?.grants.map(each => Number(each.remaining))).toEqual([0, 100]);
  });
});

describe('what is settled', () => {
  it.each<[string, object, boolean]>([
    ['nothing', {}, false],
    ['a cost, which the limit knows', { cost: 20n }, false],
    ['a correction', { adjustments: 20n }, true],
  ])('of all moves what may be spent by %s: %p', async (_, moved, tells) => {
    const { service, ledger, published, asked } = start({ org: opened(grant('a', 50n)) });
    Object.assign(ledger, moved);
    await service.settleAll();
    expect(published).toEqual([...(tells ? [['limits', 'credit']] : []), ['limits', 'correction']]);
    expect(asked).toEqual(['save org 3600000 cre_1']);
  });

  it('as it is due asks for what ended, and for who was not charged today', async () => {
    const { service, published, asked } = start({ org: opened(grant('a', 50n, NOW - 1)), other: opened() });
    await service.settleDue();
    expect(asked).toEqual(['due 3600000 0', 'before 3599999', 'save org 3600000 cre_1', 'save other 3600000 cre_1']);
    expect(published).toEqual([['limits', 'credit']]);
  });

  it('is nothing of an organization without credit', async () => {
    const credits = start({ org: opened() });
    delete credits.accounts['org'];
    credits.service['repository'].listAccounts = () => Promise.resolve(['org']);
    await credits.service.settleAll();
    expect([credits.published, credits.asked]).toEqual([[['limits', 'correction']], []]);
  });
});

describe('the clock of credit', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());
  const turns = () => jest.advanceTimersByTimeAsync(0);

  it.each<[string, number | null, number]>([
    ['the next end of a grant', NOW + 5_000, 5_000],
    ['the next day', null, 82_800_000],
    ['the next day, where a grant ends later', NOW + 86_400_000, 82_800_000],
    ['a moment, where a grant has ended', NOW - 5_000, 1],
  ])('waits for %s', async (_, expiry, waits) => {
    const { service, rows, asked } = start();
    rows.expiry = expiry;
    await service.onApplicationBootstrap();
    expect(asked).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(waits - 1);
    expect(asked).toHaveLength(1);
    await jest.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(2);
    service.onModuleDestroy();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is set anew by each change, and by none behind its end', async () => {
    const { service, rows, asked, hear } = start();
    service.onModuleInit();
    await service.onApplicationBootstrap();
    rows.expiry = NOW + 5_000;
    await hear();
    expect(jest.getTimerCount()).toBe(1);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(asked).toHaveLength(2);
    service.onModuleDestroy();
    await hear();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may end before it was set', () => {
    const { service } = start();
    service.onModuleDestroy();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('says where nothing could be charged, and waits for the next change', async () => {
    const { service, rows, warned } = start();
    rows.failure = new Error('no database');
    await service.onApplicationBootstrap();
    await turns();
    expect([warned, jest.getTimerCount()]).toEqual([['credit could not be charged yet'], 0]);
  });
});
