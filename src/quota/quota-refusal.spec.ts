import type { LimitKind } from './limit-kinds.js';
import type { Block } from './limit.types.js';
import { blockRefusal, limitRefusal, wholeSeconds } from './quota-refusal.js';

const HELP = ', or request a higher limit through Neon support: https://neon.com/docs/introduction/support';
const ACCOUNT = { type: 'account', id: 'org-a' } as const;
const BRANCH = { type: 'branch', id: 'br-a' } as const;
const MINUTE = { begin: 60_000, end: 120_000 };
const never = () => {
  throw new Error('nobody asks what would fit');
};

const limit = (kind: LimitKind, fields: object = {}) => ({
  ...{ kind, scope: BRANCH, modelId: '', cap: 10, ofCredit: false, hard: false },
  ...fields,
});

describe('the refusal of a limit that is met', () => {
  it.each<[LimitKind, object, string]>([
    [
      'tokens_per_minute',
      { scope: ACCOUNT },
      `account token rate limit exceeded (10 tokens per minute across all models in this region). Retry after the current minute resets${HELP}`,
    ],
    [
      'requests_per_minute',
      { modelId: 'gpt-5' },
      'branch request rate limit exceeded for model "gpt-5" (10 requests per minute, set on br-a). Retry after the current minute resets',
    ],
    [
      'concurrent_requests',
      {},
      'branch concurrent request limit exceeded (10 requests at once across all models, set on br-a). Retry when a running request has ended',
    ],
    [
      'spend_per_day',
      { scope: ACCOUNT },
      `account daily spend limit exceeded. Retry after the daily spend limit resets${HELP}`,
    ],
    [
      'spend_per_month',
      { modelId: 'gpt-5' },
      'branch monthly spend limit exceeded for model "gpt-5" (set on br-a). Retry after the monthly spend limit resets',
    ],
    ['spend_total', {}, 'branch total spend limit exceeded (set on br-a). It does not reset: raise the limit'],
  ])('of %s, %j: %s', (kind, fields, words) => {
    expect(limitRefusal(limit(kind, fields), MINUTE, 70_000, never, null).publicMessage).toBe(`ai gateway ${words}`);
  });

  it.each<[LimitKind, object, string, number | undefined]>([
    ['tokens_per_minute', MINUTE, 'quota_exceeded', 50],
    ['concurrent_requests', { begin: 0, end: null }, 'quota_exceeded', 1],
    ['spend_total', { begin: 0, end: null }, 'account_blocked', undefined],
  ])('of %s in %j is %s, and is over in %p seconds', (kind, window, code, seconds) => {
    const error = limitRefusal(limit(kind), window as typeof MINUTE, 70_000, never, null);
    expect([error.code, error.retryAfterSeconds]).toEqual([code, seconds]);
  });

  it.each([
    [0, ''],
    [1, 'Set max_tokens to 1 or less for what is left now. '],
    [900, 'Set max_tokens to 900 or less for what is left now. '],
  ])('that is hard says what would fit, of %i tokens: %j', (fits, advice) => {
    const error = limitRefusal(limit('spend_per_day', { hard: true }), MINUTE, 70_000, () => fits, null);
    expect(error.publicMessage).toBe(
      'ai gateway branch daily spend limit exceeded (set on br-a). It is a hard limit: a request needs room for the ' +
        `most that it can take. ${advice}Retry after the daily spend limit resets`,
    );
  });

  it('of an account names whom its callers may ask', () => {
    const error = limitRefusal(limit('spend_per_day', { scope: ACCOUNT }), MINUTE, 70_000, never, 'help@example.com');
    expect(error.publicMessage).toMatch(/, or request a higher limit through help@example\.com$/);
  });

  it('that is where credit ends speaks of credit alone', () => {
    const error = limitRefusal(limit('spend_total', { ofCredit: true, hard: true }), MINUTE, 70_000, never, null);
    expect([error.code, error.publicMessage, error.retryAfterSeconds]).toEqual([
      'account_blocked',
      'ai gateway account credit balance is used up. Add credit to continue',
      undefined,
    ]);
  });
});

describe('the refusal of a block', () => {
  it.each<[number | null, string, string, number | undefined]>([
    [null, 'account_blocked', '', undefined],
    [Date.UTC(2026, 9, 10), 'quota_exceeded', ' until 2026-10-10T00:00:00.000Z', 30],
  ])('until %p is %s%s, over in %p seconds', (until, code, words, seconds) => {
    const block: Block = { scopeType: 'project', scopeId: 'p', until };
    const error = blockRefusal(block, Date.UTC(2026, 9, 10) - 29_001);
    expect([error.code, error.publicMessage, error.retryAfterSeconds]).toEqual([
      code,
      `ai gateway quota is blocked for this project${words}`,
      seconds,
    ]);
  });
});

it.each([
  [-5, 1],
  [0, 1],
  [1_000, 1],
  [1_001, 2],
  [1_999, 2],
])('of %i milliseconds a caller waits %i whole seconds', (milliseconds, seconds) => {
  expect(wholeSeconds(milliseconds)).toBe(seconds);
});
