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

/** Other legal spellings of the same events. */
export const FRAMINGS = ['lf', 'crlf', 'cr', 'bom', 'comments', 'multiline', 'nospace'] as const;
export type Framing = (typeof FRAMINGS)[number];

/** Answers that Node's own server would refuse to write. */
export const RAW_ANSWERS = [
  'empty',
  'cl-te',
  'dup-cl',
  'bad-status',
  'bad-chunk',
  'crlf-header',
  'nul-header',
  'switch',
  'tls',
] as const;
export type RawAnswer = (typeof RAW_ANSWERS)[number];

/** A cut body that is announced as short as it is, or one that is announced whole. */
export const TRUNCATIONS = ['json', 'body'] as const;
export const GZIPS = ['valid', 'corrupt', 'bomb'] as const;

/** What one request is to suffer. Times in milliseconds, positions in events counted from the start of the stream. */
export interface FaultPlan {
  /** Only the first so many requests that carry the same `key` suffer it. */
  times?: number;
  key?: string;

  delayMs?: number;
  hang?: true;
  hangAfterHeaders?: true;
  reset?: true;
  raw?: RawAnswer;
  status?: number;
  message?: string;
  code?: string;
  retryInfo?: string;
  redirect?: string;
  html?: true;
  hugeHeadersBytes?: number;
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
  lineBytes?: number;
  jsonWhenStream?: true;
  truncate?: (typeof TRUNCATIONS)[number];

  framing?: Framing;
  splitBytes?: number;
  drip?: { bytes: number; ms: number };
  gzip?: (typeof GZIPS)[number];
  idleCloseMs?: number;
}
