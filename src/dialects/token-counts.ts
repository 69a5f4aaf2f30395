/** Disjoint classes of tokens: `input` holds no other input class, `output` includes reasoning. Absent is none. */
export interface TokenCounts extends ToolCounts {
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
  /** how the answer was served, where that was not the standard way */
  readonly served?: Served;
}

/** What the provider's own tools used, which is paid for beside the model's tokens. */
export interface ToolCounts {
  readonly webSearches?: number;
  readonly fileSearches?: number;
  readonly codeContainers?: number;
  /** tokens of the image tool, which is another model: text and pictures that went in, and what came out */
  readonly imageText?: number;
  readonly imageInput?: number;
  readonly imageOutput?: number;
}

/** What changes the price of every token, by the provider's own words. The standard way is never named. */
export interface Served {
  readonly service_tier?: string;
  readonly speed?: string;
  readonly inference_geo?: string;
}

/** What went in, of every class: this decides about the price of a long prompt. */
export function inputTokensOf({ input, cacheRead, cacheWrite, cacheWrite1h = 0, inputAudio = 0 }: TokenCounts): number {
  return input + cacheRead + cacheWrite + cacheWrite1h + inputAudio;
}

/** Each token of the model once; those of its tools are not among them. */
export function totalTokensOf(tokens: TokenCounts): number {
  return inputTokensOf(tokens) + tokens.output + (tokens.outputAudio ?? 0);
}
