import { counterKey, isOfSpend, LimitIndex } from './limit-index.js';
import type { Limit } from './limit.types.js';

const ACCOUNT = { type: 'account', id: 'org' } as const;
const DEFAULTS = { tokensPerMinute: 7, modelTokensPerMinute: 3, spendPerDay: 9n };
const NONE = { tokensPerMinute: 0, modelTokensPerMinute: 0, spendPerDay: 0n };
const stored = (fields: Partial<Limit> = {}): Limit => ({
  ...{ id: 'lim', scopeType: 'account', scopeId: 'org', kind: 'spend_total', modelId: '', value: 10n },
  ...fields,
});

describe('the limit of a counter', () => {
  it.each<[string, Limit[], Parameters<LimitIndex['find']>, object | null]>([
    ['is the default of an account', [], ['tokens_per_minute', ACCOUNT, ''], { cap: 7 }],
    ['is the default of each model', [], ['tokens_per_minute', ACCOUNT, 'm'], { cap: 3 }],
    [
      'is the default of spend',
      [],
      ['spend_per_day', ACCOUNT, ''],
      { cap: 9, hard: false, ofCredit: false, stored: [] },
    ],
    ['is none of spend of a model', [], ['spend_per_day', ACCOUNT, 'm'], null],
    ['is none of another kind', [], ['requests_per_minute', ACCOUNT, ''], null],
    ['is no default of a project', [], ['tokens_per_minute', { type: 'project', id: 'org' }, ''], null],
    ['is what was set', [stored()], ['spend_total', ACCOUNT, ''], { cap: 10, hard: false, ofCredit: false }],
    [
      'is what was set in the default’s place',
      [stored({ kind: 'spend_per_day' })],
      ['spend_per_day', ACCOUNT, ''],
      { cap: 10 },
    ],
    ['is none of another place', [stored({ scopeId: 'other' })], ['spend_total', ACCOUNT, ''], null],
    ['is none of another model', [stored({ modelId: 'x' })], ['spend_total', ACCOUNT, 'm'], null],
    [
      'is the smaller of what was set and of credit',
      [stored(), stored({ value: 8n, ofCredit: true })],
      ['spend_total', ACCOUNT, ''],
      { cap: 8, ofCredit: true },
    ],
    [
      'is the smaller of what was set and of credit, whichever comes first',
      [stored({ value: 8n, ofCredit: true }), stored({ value: 6n })],
      ['spend_total', ACCOUNT, ''],
      { cap: 6, ofCredit: false },
    ],
    [
      'is that of credit where both are met at once',
      [stored(), stored({ ofCredit: true })],
      ['spend_total', ACCOUNT, ''],
      { cap: 10, ofCredit: true },
    ],
    [
      'is hard where one of them is',
      [stored({ hard: true }), stored({ value: 8n, ofCredit: true })],
      ['spend_total', ACCOUNT, ''],
      { cap: 8, hard: true },
    ],
  ])('%s', (_, limits, counter, found) => {
    const limit = new LimitIndex(limits, DEFAULTS).find(...counter);
    if (found === null) expect(limit).toBeNull();
    else expect(limit).toMatchObject({ kind: counter[0], scope: counter[1], modelId: counter[2], ...found });
  });

  it('is none where the defaults are none', () => {
    const index = new LimitIndex([], NONE);
    for (const modelId of ['', 'm']) {
      expect(index.find('tokens_per_minute', ACCOUNT, modelId)).toBeNull();
      expect(index.find('spend_per_day', ACCOUNT, modelId)).toBeNull();
    }
  });

  it('is known by its key', () => {
    const index = new LimitIndex([stored(), stored({ id: 'of-model', modelId: 'm', value: 4n })], DEFAULTS);
    const caps = (...keys: string[]) => keys.map(key => [index.capOf(key), index.idOf(key)]);
    expect(
      caps(
        counterKey('spend_total', ACCOUNT, ''),
        counterKey('spend_total', ACCOUNT, 'm'),
        counterKey('tokens_per_minute', ACCOUNT, ''),
        counterKey('requests_per_minute', ACCOUNT, ''),
        'nothing account org ',
        'spend_total nothing org ',
      ),
    ).toEqual([
      [10, 'lim'],
      [4, 'of-model'],
      [7, ''],
      [null, ''],
      [null, ''],
      [null, ''],
    ]);
  });

  it.each([
    ['spend_per_day account org ', true],
    ['tokens_per_minute account spend_ ', false],
  ])('by the key %j is one of money: %p', (key, isMoney) => {
    expect(isOfSpend(key)).toBe(isMoney);
  });
});
