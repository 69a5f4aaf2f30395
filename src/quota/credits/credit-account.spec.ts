import { CreditAccount, type CreditGrant } from './credit-account.js';

const grant = (id: string, amount: bigint, createdAt: number, expiresAt: number | null = null): CreditGrant => ({
  ...{ id, amount, remaining: amount, note: null },
  ...{ createdAt, expiresAt, expiredAt: null },
});
const account = (...grants: CreditGrant[]) => {
  const fresh = new CreditAccount([], 0n, { cost: 1_000n, adjustments: 50n });
  for (const one of grants) fresh.grant(one);
  return fresh;
};
const remaining = ({ grants }: CreditAccount) => grants.map(one => Number(one.remaining));
/** What must hold after whatever happened. */
function check(one: CreditAccount): void {
  expect(one.entries.reduce((sum, { amount }) => sum + amount, 0n)).toBe(one.balance);
  expect(one.entries.at(-1)?.balance ?? 0n).toBe(one.balance);
}

describe('credit', () => {
  it('is taken from the grant that ends first, then from the oldest, and one without an end comes last', () => {
    const one = account(
      grant('forever', 10n, 1),
      grant('late', 10n, 2, 900),
      grant('b', 10n, 4, 500),
      grant('a', 10n, 3, 500),
    );
    one.chargeCost(1_015n, 100);
    expect(remaining(one)).toEqual([10, 10, 5, 0]);
    one.chargeCost(1_037n, 200);
    expect(remaining(one)).toEqual([3, 0, 0, 0]);
    expect(one.balance).toBe(3n);
    check(one);
  });

  it('may be overdrawn; the next grant pays what is owed', () => {
    const one = account(grant('a', 10n, 1));
    one.chargeCost(1_025n, 2);
    expect(one.balance).toBe(-15n);
    one.grant(grant('b', 20n, 3));
    expect([one.balance, remaining(one), one.uncovered]).toEqual([5n, [0, 5], 0n]);
    check(one);
  });

  it('is gone where a grant ended with something left, and what was spent before stays spent', () => {
    const one = account(grant('a', 10n, 1, 500), grant('b', 10n, 2));
    one.chargeCost(1_004n, 500);
    one.expire(500);
    expect([one.balance, remaining(one)]).toEqual([10n, [0, 10]]);
    expect(one.entries.at(-1)).toEqual({ kind: 'expiry', amount: -6n, grantId: 'a', occurredAt: 500, balance: 10n });
    expect(one.nextExpiry()).toBeNull();
    one.expire(900);
    check(one);
  });

  it('says at which total spend nothing is left, and only grants and expiries move it', () => {
    const one = account(grant('a', 10n, 1, 500));
    expect(one.spendAtZero).toBe(1_060n);
    one.chargeCost(1_004n, 100);
    one.chargeAdjustments(53n, 100);
    expect(one.spendAtZero).toBe(1_060n);
    one.expire(500);
    expect(one.spendAtZero).toBe(1_057n);
    one.grant(grant('b', 7n, 600));
    expect(one.spendAtZero).toBe(1_064n);
  });

  it('comes back when a correction takes cost away: first what is owed, then what was charged last, never more than was given', () => {
    const one = account(grant('a', 10n, 1, 500), grant('b', 10n, 2));
    one.chargeCost(1_025n, 3);
    one.chargeAdjustments(38n, 4);
    expect([one.balance, remaining(one), one.uncovered]).toEqual([7n, [0, 7], 0n]);
    one.chargeAdjustments(20n, 5);
    expect([one.balance, remaining(one), one.uncovered]).toEqual([25n, [10, 10], 5n]);
    one.chargeCost(1_050n, 6);
    expect([one.balance, one.uncovered]).toEqual([0n, 0n]);
    check(one);
  });
});

describe('an entry', () => {
  it('is written for each grant that is charged, and for what none covers, with the balance behind it', () => {
    const one = account(grant('a', 10n, 1, 500), grant('b', 10n, 2));
    one.chargeCost(1_025n, 3);
    one.chargeAdjustments(38n, 4);
    expect(
      one.entries.map(({ kind, amount, grantId, occurredAt, balance }) => [kind, amount, grantId, occurredAt, balance]),
    ).toEqual([
      ['grant', 10n, 'a', 1, 10n],
      ['grant', 10n, 'b', 2, 20n],
      ['spend-through', -10n, 'a', 3, 10n],
      ['spend-through', -10n, 'b', 3, 0n],
      ['spend-through', -5n, null, 3, -5n],
      ['adjustment', 5n, null, 4, 0n],
      ['adjustment', 7n, 'b', 4, 7n],
    ]);
  });

  it('is none of what changes nothing', () => {
    const one = account(grant('a', 10n, 1));
    one.chargeCost(1_000n, 2);
    one.chargeAdjustments(50n, 2);
    expect(one.entries).toHaveLength(1);
  });

  it('goes on from the balance that was kept', () => {
    const kept = { ...grant('a', 10n, 1), remaining: 4n };
    const one = new CreditAccount([kept], -1n, { cost: 0n, adjustments: 0n });
    one.chargeCost(2n, 5);
    expect(one.entries).toEqual([{ kind: 'spend-through', amount: -2n, grantId: 'a', occurredAt: 5, balance: 1n }]);
  });
});

describe('a grant', () => {
  it.each([
    [-15n, 5, 0n],
    [-25n, 0, -5n],
    [-20n, 0, 0n],
    [3n, 20, 3n],
    [0n, 20, 0n],
  ])('pays what is owed, %s, with its part, and keeps %i', (uncovered, remains, after) => {
    const one = new CreditAccount([], uncovered, { cost: 0n, adjustments: 0n });
    one.grant(grant('a', 20n, 1));
    expect([remaining(one), one.uncovered]).toEqual([[remains], after]);
  });

  it('ends first of those that had not ended yet', () => {
    const one = account(grant('a', 1n, 1, 900), grant('b', 1n, 1, 500), grant('c', 1n, 1));
    expect(one.nextExpiry()).toBe(500);
    one.expire(499);
    expect(one.nextExpiry()).toBe(500);
    one.expire(500);
    expect([one.nextExpiry(), one.grants.map(({ expiredAt }) => expiredAt)]).toEqual([900, [null, 500, null]]);
  });
});
