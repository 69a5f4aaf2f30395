import type { TokenCounts } from './token-counts.js';

/** What a dialect reads in the whole events of a stream that is relayed as it comes. */
export interface StreamFacts {
  /** @param name the event's name, null where it has none; @param data valid during the call only */
  inspect(name: string | null, data: Buffer): void;
  readonly usage: TokenCounts | null;
  /** a reason to end was given */
  readonly finished: boolean;
  /** the event that ends a whole answer was seen */
  readonly terminal: boolean;
  /** the upstream reported an error in its stream */
  readonly failed: boolean;
  /** something is no event of this dialect */
  readonly malformed: boolean;
}
