/** What holds for an account without a limit of its own; 0 means none. */
export interface DefaultLimits {
  readonly tokensPerMinute: number;
  /** for each model separately */
  readonly modelTokensPerMinute: number;
  /** nano-dollars */
  readonly spendPerDay: bigint;
}

/** A kind of limit. Adding one: docs/contributing/limit-kind.md. */
interface LimitKindRow {
  /** the API's `kind`, the label `kind` of `bough_limits_near_cap_total`, and the beginning of its counters' keys */
  readonly name: string;
  /**
   * What a request takes, and when it is known how much: `request`: one, at once; `place`: one, until its answer is over;
   * `tokens` and `cost` (nano-dollars): as estimated, and what it truly was when it is settled.
   */
  readonly takes: 'request' | 'place' | 'tokens' | 'cost';
  /** a calendar minute, a UTC day, a UTC month; null: all time */
  readonly window: 'minute' | 'day' | 'month' | null;
  /** the unit of its `X-Ratelimit-*` headers; null where it has none */
  readonly header: 'Requests' | 'Tokens' | null;
  /** `account_blocked` where waiting does not help */
  readonly refusal: 'quota_exceeded' | 'account_blocked';
  /** how a refusal calls it: `ai gateway account <noun> limit exceeded` */
  readonly noun: string;
  /** what a refusal says behind the cap; null where it does not tell the cap */
  readonly unit: string | null;
  /** what a refusal advises */
  readonly advice: string;
  /** what holds for an account (`modelId` '': all its models together) that has no such limit; 0 for none; null: never any */
  readonly accountDefault: ((defaults: DefaultLimits, modelId: string) => number | bigint) | null;
  /** how the docs say what it is given as, and its window */
  readonly given: string;
  readonly windowTold: string;
}

/** Every kind of limit, in the order in which a scope's limits are looked at (docs/contract.md section 4, step 10). */
export const LIMIT_TABLE = [
  {
    name: 'tokens_per_minute',
    takes: 'tokens',
    window: 'minute',
    header: 'Tokens',
    refusal: 'quota_exceeded',
    noun: 'token rate',
    unit: 'tokens per minute',
    advice: 'Retry after the current minute resets',
    accountDefault: (defaults, modelId) => (modelId === '' ? defaults.tokensPerMinute : defaults.modelTokensPerMinute),
    given: '`value`, input and output together',
    windowTold: 'calendar minute',
  },
  {
    name: 'requests_per_minute',
    takes: 'request',
    window: 'minute',
    header: 'Requests',
    refusal: 'quota_exceeded',
    noun: 'request rate',
    unit: 'requests per minute',
    advice: 'Retry after the current minute resets',
    accountDefault: null,
    given: '`value`',
    windowTold: 'calendar minute',
  },
  {
    name: 'concurrent_requests',
    takes: 'place',
    window: null,
    header: null,
    refusal: 'quota_exceeded',
    noun: 'concurrent request',
    unit: 'requests at once',
    advice: 'Retry when a running request has ended',
    accountDefault: null,
    given: '`value`, requests that run at once',
    windowTold: 'none',
  },
  {
    name: 'spend_per_day',
    takes: 'cost',
    window: 'day',
    header: null,
    refusal: 'quota_exceeded',
    noun: 'daily spend',
    unit: null,
    advice: 'Retry after the daily spend limit resets',
    accountDefault: (defaults, modelId) => (modelId === '' ? defaults.spendPerDay : 0),
    given: '`usd`, a string with up to nine decimals, so that it is exact',
    windowTold: 'UTC day',
  },
  {
    name: 'spend_per_month',
    takes: 'cost',
    window: 'month',
    header: null,
    refusal: 'quota_exceeded',
    noun: 'monthly spend',
    unit: null,
    advice: 'Retry after the monthly spend limit resets',
    accountDefault: null,
    given: '`usd`',
    windowTold: 'UTC month',
  },
  {
    name: 'spend_total',
    takes: 'cost',
    window: null,
    header: null,
    refusal: 'account_blocked',
    noun: 'total spend',
    unit: null,
    advice: 'It does not reset: raise the limit',
    accountDefault: null,
    given: '`usd`, everything ever spent',
    windowTold: 'none: it holds until it is raised',
  },
] as const satisfies readonly LimitKindRow[];

export type LimitKind = (typeof LIMIT_TABLE)[number]['name'];
export const LIMIT_KINDS: readonly LimitKind[] = LIMIT_TABLE.map(({ name }) => name);

const ROWS = new Map<string, LimitKindRow>(LIMIT_TABLE.map(row => [row.name, row]));

export function limitKind(name: LimitKind): LimitKindRow {
  const row = ROWS.get(name);
  if (row === undefined) throw new TypeError(`unknown kind of limit ${name}`);
  return row;
}

/** The kind of a counter, by the counter's key; null where this release knows no such kind. */
export function kindOfCounter(key: string): LimitKindRow | null {
  return ROWS.get(key.slice(0, key.indexOf(' '))) ?? null;
}

/** The kinds that are counted in nano-dollars. */
export const SPEND_KINDS: ReadonlySet<LimitKind> = new Set(
  LIMIT_KINDS.filter(name => limitKind(name).takes === 'cost'),
);
