import type { EFFORTS } from './efforts.js';

export type Effort = (typeof EFFORTS)[number];

/** How much to think. Of `effort` and `budgetTokens` a caller usually gives one. */
export interface ReasoningRequest {
  /** `off`: do not think; `on`: think, within the budget; `adaptive`: as the model sees fit; null: not said */
  readonly mode: 'off' | 'on' | 'adaptive' | null;
  readonly effort: Effort | null;
  /** tokens; null where not said */
  readonly budgetTokens: number | null;
  /** whether thoughts are wanted in the answer, and how long; null where not said */
  readonly show: 'none' | 'auto' | 'concise' | 'detailed' | null;
}

/** How a model can be told to think, as the catalog's row says it (`reasoning`, `reasoning_options`). */
export interface ReasoningLimits {
  readonly thinks: boolean;
  /** the efforts that it takes; null where it takes none, or nothing is known of it */
  readonly efforts: readonly Effort[] | null;
  /** tokens that it may think; null where it takes no number of them, or nothing is known of it */
  readonly budget: { readonly min: number; readonly max: number } | null;
  /** thinking can be turned off by a word of its own */
  readonly toggles: boolean;
}
