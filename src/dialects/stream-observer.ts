import type { Told } from './stream-tap.js';
import type { SeenWork, TokenCounts } from './token-counts.js';

/** What a dialect reads in the whole events of a stream that is relayed as it comes. */
export interface StreamObserver {
  /** @param name the event's name, null where it has none; @param data valid during the call only */
  inspect(name: string | null, data: Buffer): void;
  readonly usage: TokenCounts | null;
  /** the usage is the provider's last word, by the rules of its dialect; until then it may be a placeholder or a part */
  readonly usageFinal: boolean;
  /** what the events tell beside the usage, which may never come */
  readonly seen: SeenWork;
  /** as far as the events tell, nothing but the end of the answer is outstanding */
  readonly ending: boolean;
  /** the last event repeats what earlier ones said, so its text is no new text */
  readonly repeats: boolean;
  /** a reason to end was given */
  readonly finished: boolean;
  /** the event that ends a whole answer was seen */
  readonly terminal: boolean;
  /** the upstream reported an error in its stream */
  readonly failed: boolean;
  /** the object in which the upstream told its failure; null where it told none, or nothing of it */
  readonly failure: Told | null;
  /** the number of the next event, in a dialect that numbers them */
  readonly nextSequence?: number;
  /** something is no event of this dialect */
  readonly malformed: boolean;
}
