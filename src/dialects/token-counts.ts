/** Disjoint classes of tokens: `input` holds neither cache class, `output` includes reasoning. */
export interface TokenCounts {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  /** the part of `output` that was reasoning; informative, never priced twice */
  readonly reasoning: number;
}
