/** How the usage numbers go wrong; all but `missing` send them even when the caller did not ask. */
export type UsageFault = (typeof USAGE_FAULTS)[number];
export const USAGE_FAULTS = [
  'always',
  'missing',
  'zero',
  'negative',
  'huge',
  'first',
  'middle',
  'duplicate',
  'everywhere',
] as const;

/** A cut body that is announced as short as it is, or one that is announced whole. */
export const TRUNCATIONS = ['json', 'body'] as const;

/** What one request is to suffer. Times in milliseconds, positions in events counted from the start of the stream. */
export interface FaultPlan {
  /** Only the first so many requests that carry the same `key` suffer it. */
  times?: number;
  key?: string;

  delayMs?: number;
  hang?: true;
  hangAfterHeaders?: true;
  reset?: true;
  status?: number;
  message?: string;
  code?: string;
  retryInfo?: string;
  html?: true;
  headers: Array<[name: string, value: string]>;

  firstTokenMs?: number;
  tokensPerSecond?: number;
  answerTokens?: number;
  usage?: UsageFault;

  cutAfter?: number;
  endAfter?: number;
  errorAfter?: number;
  garbageAfter?: number;
  silence?: { ms: number; after: number };
  noFinish?: true;
  endless?: true;
  jsonWhenStream?: true;
  truncate?: (typeof TRUNCATIONS)[number];

  drip?: { bytes: number; ms: number };
  /** Bytes that say they are compressed and are not. */
  badGzip?: true;
}
