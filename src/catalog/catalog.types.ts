import type { TokenClass, ToolClass } from '../dialects/counted-classes.js';
import type { Dialect } from '../dialects/dialect.js';
import type { ParameterPolicy, ParameterRule } from './parameter-rules.js';

/** Prices of one tier in pico-dollars (1e-12 USD) a token, so that USD per million tokens with six decimals is an integer. */
export type TokenPrices = Readonly<Record<TokenClass, bigint>>;

export interface PriceList extends TokenPrices {
  /** false where no price is known: what such calls cost is an assumption */
  readonly published: boolean;
  /** Tiers for long prompts, dearest threshold last: the prices hold for the whole request above `aboveInputTokens`. */
  readonly tiers: readonly (TokenPrices & { readonly aboveInputTokens: number })[];
  /** What multiplies the price of every token, in millionths, by `service_tier=priority` and the like. */
  readonly modifiers: ReadonlyMap<string, bigint>;
  /** pico-dollars for each use of a tool of the provider's own, or for each of its tokens; null where there is no price */
  readonly tools: Readonly<Record<ToolClass, bigint | null>>;
  /** pico-dollars for a request in which the model searched the web, however often */
  readonly groundedRequest: bigint | null;
}

/** One model of the catalog as the hot path needs it. Immutable; a change swaps the whole snapshot. */
export interface CatalogModel {
  /** the short id, never with `databricks-` */
  readonly id: string;
  readonly name: string;
  readonly type: 'chat' | 'embedding';
  readonly provider: string;
  readonly ownedBy: string;
  readonly family: string | null;
  readonly status: string;
  readonly enabled: boolean;
  /** the endpoints on which callers may ask for it; an administrator may open more than the model has by itself */
  readonly dialects: ReadonlySet<Dialect>;
  /** those, and what the installation opens for every model */
  readonly callableDialects: ReadonlySet<Dialect>;
  /** the dialects in which the published gateway's own upstream answers it */
  readonly nativeDialects: ReadonlySet<Dialect>;
  readonly providerModelId: string | null;
  readonly contextLength: number | null;
  readonly maxInputTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly prices: PriceList;
  /** the version of the model's price that `prices` is; null where it was not stored */
  readonly priceVersion: number | null;
  readonly inputModalities: readonly string[];
  readonly outputModalities: readonly string[];
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** the parameters that the model is known to reject */
  readonly parameterRules: readonly ParameterRule[];
  readonly parameterPolicy: ParameterPolicy;
  readonly tokenizerLabel: string;
  readonly releaseDate: string | null;
}
