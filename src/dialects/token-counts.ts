import { type RareClass, TOKEN_CLASSES, type TokenClass, type TokenSide, type ToolClass } from './counted-classes.js';

/** Disjoint classes of tokens: `input` holds no other input class, `output` includes reasoning. Absent is none. */
export interface TokenCounts
  extends
    ToolCounts,
    Readonly<Record<Exclude<TokenClass, RareClass>, number>>,
    Readonly<Partial<Record<RareClass, number>>> {
  /** the part of `output` that was reasoning; informative, never priced twice */
  readonly reasoning: number;
  /** how the answer was served, where that was not the standard way */
  readonly served?: Served;
}

/** The same while it is made. */
export type WritableCounts = { -readonly [Count in keyof TokenCounts]: TokenCounts[Count] };

/** What the provider's own tools used, which is paid for beside the model's tokens. */
export type ToolCounts = Readonly<Partial<Record<ToolClass, number>>>;

/** What the events of a stream told of its price, whether or not its usage came: how it is served, what was used so far. */
export interface SeenWork extends ToolCounts {
  readonly served?: Served;
}

/** What changes the price of every token, by the provider's own words. The standard way is never named. */
export interface Served {
  readonly service_tier?: string;
  readonly speed?: string;
  readonly inference_geo?: string;
}

/** Every class of tokens, none of them absent. */
export type EveryCount = Readonly<Record<TokenClass | 'reasoning', number>>;

export const NO_TOKENS: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

const CLASSES = { input: classesOf('input'), output: classesOf('output') };
/** Those of a side that no cache had: the class that is named like it, and the parts of its sum. */
const UNCACHED = { input: uncachedClassesOf('input'), output: uncachedClassesOf('output') };

/** What went in, of every class: this decides about the price of a long prompt. */
export function inputTokensOf(tokens: TokenCounts): number {
  return sumOf(tokens, CLASSES.input);
}

/** What came out, of every class. */
export function outputTokensOf(tokens: TokenCounts): number {
  return sumOf(tokens, CLASSES.output);
}

/** What a cache was read for, audio too: no dialect's sum of it tells them apart. */
export function cacheReadTokensOf({ cacheRead, cacheReadAudio = 0 }: TokenCounts): number {
  return cacheRead + cacheReadAudio;
}

/** The tokens of a side that were neither read from nor written to a cache. */
export function uncachedTokensOf(tokens: TokenCounts, side: TokenSide): number {
  return sumOf(tokens, UNCACHED[side]);
}

/** Each token of the model once; those of its tools are not among them. */
export function totalTokensOf(tokens: TokenCounts): number {
  return inputTokensOf(tokens) + outputTokensOf(tokens);
}

function sumOf(tokens: TokenCounts, classes: readonly TokenClass[]): number {
  let sum = 0;
  for (const name of classes) sum += tokens[name] ?? 0;
  return sum;
}

function classesOf(side: TokenSide): TokenClass[] {
  return TOKEN_CLASSES.filter(row => row.side === side).map(({ name }) => name);
}

function uncachedClassesOf(side: TokenSide): TokenClass[] {
  return TOKEN_CLASSES.filter(row => row.name === side || (row.side === side && row.detail !== null)).map(
    ({ name }) => name,
  );
}
