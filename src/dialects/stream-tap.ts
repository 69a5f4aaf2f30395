import type { SeenWork, TokenCounts } from './token-counts.js';

/** An object of the upstream's, parsed. */
export type Told = Readonly<Record<string, unknown>>;

/** What of a stream's generated text was kept, for an estimate where the provider's count did not come. */
export interface StreamedText {
  /** text, reasoning and arguments of tool calls: all of it, or its beginning */
  readonly text: string;
  /** all of it is so many times as long as `text`; 1 or more */
  readonly factor: number;
  /** an event of the answer came, whatever it said */
  readonly begun: boolean;
  /** something else came than text, and plenty of it: a picture, sound, withheld reasoning, what a search found */
  readonly opaque?: boolean;
  /** of a stream */
  readonly seen?: SeenWork;
}

/**
 * Watches a stream of one dialect while it is relayed byte for byte: takes the usage out of it, and tells whether it
 * ended as the dialect says a whole answer ends.
 */
export interface StreamTap {
  /** The bytes that may be forwarded now; at most the beginning of a terminal line is held back. */
  push(chunk: Buffer): Buffer;
  /** At the upstream's clean end. Unless `complete`, the caller must not see a finished stream. */
  end(): { readonly complete: boolean; readonly tail: Buffer };
  /** the last usage seen, or null */
  readonly usage: TokenCounts | null;
  /** that usage is the provider's last word, by the rules of its dialect; until then it may be a placeholder or a part */
  readonly usageFinal: boolean;
  /** a first word was streamed, of text, of reasoning or of a call */
  readonly spoke: boolean;
  /** as far as the events tell, nothing but the end of the answer is outstanding */
  readonly ending: boolean;
  /** the dialect's end of a whole answer was forwarded; the upstream may keep its connection open all the same */
  readonly done: boolean;
  /** nothing more is forwarded: what came does not deserve to look finished */
  readonly stopped: boolean;
  /** an in-band error event of the upstream went through */
  readonly failed: boolean;
  /** the object in which the upstream told its failure; null where it told none, or nothing of it */
  readonly failure: Told | null;
  /** the number of the next event, in a dialect that numbers them */
  readonly nextSequence?: number | undefined;
  /** what came is not this dialect */
  readonly malformed: boolean;
  /** of the forwarded bytes: where a comment may be inserted */
  readonly atLineStart: boolean;
  readonly atEventBoundary: boolean;
  streamedText(): StreamedText;
}
