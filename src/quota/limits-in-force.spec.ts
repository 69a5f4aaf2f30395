import type { Limit } from './limit.types.js';
import { LimitIndex, type Scope } from './limit-index.js';
import { limitsAt } from './limits-in-force.js';

const DEFAULTS = { tokensPerMinute: 900, modelTokensPerMinute: 300, spendPerDay: 20n };
const NO_DEFAULTS = { tokensPerMinute: 0, modelTokensPerMinute: 0, spendPerDay: 0n };
/** docs/contract.md section 4, step 10. */
const ORDER: readonly Limit['kind'][] = [
  'tokens_per_minute',
  'requests_per_minute',
  'concurrent_requests',
  'spend_per_day',
  'spend_per_month',
  'spend_total',
];
const ACCOUNT: Scope = { type: 'account', id: 'org-a' };
const BRANCH: Scope = { type: 'branch', id: 'br-a' };

const set = (scope: Scope, kind: Limit['kind'], value: bigint, more: Partial<Limit> = {}): Limit => ({
  ...{ id: `${kind} ${value}`, scopeType: scope.type, scopeId: scope.id, modelId: '', kind, value },
  ...more,
});
const credit = (value: bigint): Limit => ({
  ...{ scopeType: 'account', scopeId: 'org-a', modelId: '', kind: 'spend_total', value, ofCredit: true },
});
const at = (limits: readonly Limit[], defaults = NO_DEFAULTS, models = ['gpt-5']) =>
  limitsAt(new LimitIndex(limits, defaults), [ACCOUNT, BRANCH], models);

describe('the limits that hold at a place', () => {
  it('are the defaults where nothing is set, of each model asked for', () => {
    const found = at([], DEFAULTS, ['gpt-5', 'gpt-6']).map(({ kind, modelId, cap, stored }) => [
      ...[kind, modelId, cap, stored.length],
    ]);
    expect(found).toEqual([
      ['tokens_per_minute', '', 900, 0],
      ['tokens_per_minute', 'gpt-5', 300, 0],
      ['tokens_per_minute', 'gpt-6', 300, 0],
      ['spend_per_day', '', 20, 0],
    ]);
  });

  it('are what was set in place of a default, even where that is more', () => {
    const limit = set(ACCOUNT, 'tokens_per_minute', 5_000n);
    expect(at([limit], { ...NO_DEFAULTS, tokensPerMinute: 900 })).toMatchObject([{ cap: 5_000, stored: [limit] }]);
  });

  it('come in the order in which a request meets them: the widest place first, then the kind, then all models', () => {
    const limits = ORDER.toReversed().flatMap(kind => {
      const limit = (scope: Scope) => set(scope, kind, 1n);
      return [limit(BRANCH), { ...limit(ACCOUNT), modelId: 'gpt-5' }, limit(ACCOUNT)];
    });
    expect(at(limits).map(({ scope, kind, modelId }) => `${scope.type} ${kind} ${modelId}`)).toEqual([
      ...ORDER.flatMap(kind => [`account ${kind} `, `account ${kind} gpt-5`]),
      ...ORDER.map(kind => `branch ${kind} `),
    ]);
  });

  it('are not those of another place or model', () => {
    const other = set({ type: 'branch', id: 'br-b' }, 'requests_per_minute', 1n);
    expect(at([other, set(BRANCH, 'requests_per_minute', 1n, { modelId: 'gpt-6' })])).toEqual([]);
  });

  it.each([
    ['credit that ends first', credit(4n), set(ACCOUNT, 'spend_total', 5n), 4, true, false],
    ['a limit that ends first', credit(6n), set(ACCOUNT, 'spend_total', 5n), 5, false, false],
    ['both at once', credit(5n), set(ACCOUNT, 'spend_total', 5n), 5, true, false],
    ['a hard one that ends later', credit(4n), set(ACCOUNT, 'spend_total', 5n, { hard: true }), 4, true, true],
  ])('hold with credit beside them: %s', (_, one, other, cap, ofCredit, hard) => {
    for (const limits of [
      [one, other],
      [other, one],
    ]) {
      const [found] = at(limits);
      expect(found).toMatchObject({ cap, ofCredit, hard });
      expect(new Set(found?.stored)).toEqual(new Set([one, other]));
    }
  });

  it('begin with credit, without which nothing passes', () => {
    const found = at([set(ACCOUNT, 'requests_per_minute', 1n), credit(4n)]);
    expect(found.map(({ kind }) => kind)).toEqual(['spend_total', 'requests_per_minute']);
  });
});
