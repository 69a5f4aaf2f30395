/** Disjoint classes of tokens: `input` holds no other input class, `output` includes reasoning. Absent is none. */
export interface TokenCounts {
  readonly input: number;
  readonly cacheRead: number;
  /** written to a cache for five minutes */
  readonly cacheWrite: number;
  /** written to a cache for an hour */
  readonly cacheWrite1h?: number;
  readonly inputAudio?: number;
  readonly output: number;
  /** the part of `output` that was reasoning; informative, never priced twice */
  readonly reasoning: number;
  readonly outputAudio?: number;
}

/** What went in, of every class: this decides about the price of a long prompt. */
export function inputTokensOf({ input, cacheRead, cacheWrite, cacheWrite1h = 0, inputAudio = 0 }: TokenCounts): number {
  return input + cacheRead + cacheWrite + cacheWrite1h + inputAudio;
}

/** Each token once. */
export function totalTokensOf(tokens: TokenCounts): number {
  return inputTokensOf(tokens) + tokens.output + (tokens.outputAudio ?? 0);
}
