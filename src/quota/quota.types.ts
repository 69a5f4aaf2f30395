import type { Served } from '../dialects/token-counts.js';
import type { CatalogModel } from '../catalog/catalog.types.js';
import type { LimitKind } from './limit-kinds.js';
import type { Branch, Caller } from '../identity/identity.types.js';

/** What a request is expected to take; the truth comes at settlement. */
export interface Estimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNanoUsd: bigint;
  /** how the caller asks to be served; absent where that is the plain way */
  readonly served?: Served;
  /** searches of the web that are asked for, where no answer tells their count */
  readonly webSearches?: number;
  /** the most that it can take; worked out only where a hard limit asks */
  readonly most: () => MostEstimate;
}

export interface MostEstimate {
  readonly tokens: number;
  readonly costNanoUsd: bigint;
  /** the longest answer, in tokens, with which the request fits into what is left of a limit; 0 for none */
  outputThatFits(kind: LimitKind, left: number): number;
}

export interface QuotaRequest {
  readonly caller: Caller;
  readonly branch: Branch;
  readonly model: CatalogModel;
  readonly estimate: Estimate;
}

/** What a request took. */
export interface Consumption {
  /** input and output together, cached input included */
  readonly tokens: number;
  readonly costNanoUsd: bigint;
}

/** A place in every limit that a request counts against. Settled exactly once; later calls change nothing. */
export interface Reservation {
  /** When it was made, in milliseconds since 1970 UTC: it counts in the windows of that moment, whenever it is settled. */
  readonly at: number;
  settle(consumption: Consumption): void;
  /** The answer is over: gives up the place among the concurrent requests. Settles to nothing what was not settled. */
  end(): void;
  /** `X-Ratelimit-*` of our own tightest limits, with the reservation counted: name, value. */
  headers(): readonly (readonly [string, string])[];
}
