import type { TokenCounts } from './token-counts.js';

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
  /** the dialect's end of a whole answer was forwarded; the upstream may keep its connection open all the same */
  readonly done: boolean;
  /** nothing more is forwarded: what came does not deserve to look finished */
  readonly stopped: boolean;
  /** an in-band error event of the upstream went through */
  readonly failed: boolean;
  /** what came is not this dialect */
  readonly malformed: boolean;
  /** of the forwarded bytes: where a comment may be inserted */
  readonly atLineStart: boolean;
  readonly atEventBoundary: boolean;
  /** the streamed text, as far as it was kept, and the factor by which all of it was longer */
  streamedText(): { readonly text: string; readonly factor: number };
}
