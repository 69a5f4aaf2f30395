import type { TokenCounts } from '../token-counts.js';
import type { Citation, FinishReason, MediaPart, Opaque, TokenLogprob } from './neutral.types.js';

/** What opens a part of a streamed answer. What is known at once stands in it, the rest comes as deltas. */
export type PartStart =
  | { readonly type: 'text' }
  | { readonly type: 'reasoning'; readonly redacted: boolean; readonly id?: string }
  /** `custom`: its deltas are the free text that a custom tool takes */
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; readonly custom?: true }
  | { readonly type: 'refusal' }
  /** comes whole */
  | { readonly type: 'media'; readonly media: MediaPart };

/**
 * A streamed answer. `part` numbers the parts of one choice from 0 in the order they open; several may be open at once. Every
 * part that opens also ends, before its choice's `finish`. `start` comes first and once; `usage` any number of times, the last
 * one holds, and it may come behind `finish`. After `error` nothing follows. There is no event for the end: the driver knows it
 * from the upstream's own terminal event, and then calls the encoder's `end()`.
 */
export type NeutralEvent =
  | {
      readonly type: 'start';
      readonly id: string;
      readonly model: string;
      readonly createdAt: number | null;
      /** what is known of the input already (Anthropic's message_start) */
      readonly usage: TokenCounts | null;
      readonly serviceTier: string | null;
    }
  | { readonly type: 'part-start'; readonly choice: number; readonly part: number; readonly start: PartStart }
  | {
      readonly type: 'part-delta';
      readonly choice: number;
      readonly part: number;
      /** more of the text, of the thought, of the refusal, or of the arguments' JSON text; '' where only the rest is told */
      readonly text: string;
      /** the signature of the part; at most once for each part */
      readonly signature?: Opaque;
      readonly citations?: readonly Citation[];
      readonly logprobs?: readonly TokenLogprob[];
    }
  | { readonly type: 'part-end'; readonly choice: number; readonly part: number }
  | {
      readonly type: 'finish';
      readonly choice: number;
      readonly reason: FinishReason;
      readonly stopSequence: string | null;
      /** as in `NeutralChoice` */
      readonly failure?: string;
    }
  | { readonly type: 'usage'; readonly usage: TokenCounts }
  /** the upstream reported a failure inside its stream */
  | { readonly type: 'error'; readonly message: string; readonly code: string | null };
