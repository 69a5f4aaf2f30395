import { type JsonObject, parseObject } from '../../json/value.js';
import type { SseEvent } from '../../sse/frames.js';
import type { NeutralEvent } from './neutral-event.js';
import type { ChatDialect, Loss, NeutralRequest, NeutralResponse, ReasoningLimits } from './neutral.types.js';

/** What a target is like, as far as its dialect's encoder must know. */
export interface EncodeRequestOptions {
  /** the target's own name for the model */
  readonly model: string;
  /** filled in where the dialect demands a bound and the caller gave none (Anthropic's max_tokens) */
  readonly defaultMaxTokens: number;
  /** the target takes `stream_options` (decision 3); without it usage is left to an estimate */
  readonly streamUsage: boolean;
  /** Claude from 5 on, and Opus from 4.7 on: `thinking: adaptive` with an effort in place of a budget */
  readonly adaptiveThinking: boolean;
  /** the model thinks by effort levels (Gemini 3) and not by a budget (Gemini 2.5) */
  readonly thinkingLevels: boolean;
  /** how the model can be told to think; absent where the catalog does not know */
  readonly reasoning?: ReasoningLimits | null;
  /** its chat completions take tools of the type `custom`; other servers are told functions in their place */
  readonly customTools?: boolean;
}

export interface EncodeResponseOptions {
  /** what the caller asked for; answers echo it */
  readonly model: string;
  /** for ids and times that the upstream did not give: our request id and seconds since 1970 */
  readonly requestId: string;
  readonly now: number;
  /** the caller asked for usage in its stream */
  readonly streamUsage: boolean;
  /** what the input likely has, in tokens, for an answer that begins before the upstream counts it; absent where nobody estimated */
  readonly inputTokens?: number;
  /** the neutral request, for dialects whose answers repeat parts of it (Responses) */
  readonly request: NeutralRequest;
}

export interface Encoded {
  readonly wire: JsonObject;
  readonly losses: readonly Loss[];
}

export interface DecodedRequest {
  readonly request: NeutralRequest;
  /** fields of the caller that have no neutral meaning */
  readonly losses: readonly Loss[];
}

/** Reads one streamed answer of its dialect. `push` is given one whole event; `end` tells what is still open. */
export interface StreamDecoder {
  /** what of the answer so far has no neutral meaning; absent where that is never known */
  readonly losses?: { readonly losses: readonly Loss[] };
  /** @throws {UnreadableAnswer} */
  push(event: SseEvent): readonly NeutralEvent[];
  /** At the upstream's clean end: closes parts that are open, and finishes choices whose reason came late. */
  end(): readonly NeutralEvent[];
}

/** Writes one streamed answer of its dialect, as text of whole events; '' where nothing is to be sent. */
export interface StreamEncoder {
  /** what of the events so far this dialect could not say */
  readonly losses: { readonly losses: readonly Loss[] };
  /** the number of the next event, in a dialect that numbers them */
  readonly nextSequence?: number;
  push(event: NeutralEvent): string;
  /** The terminal events of a whole answer, once. */
  end(): string;
  /** The terminal event of an answer that failed, where that is more than the dialect's error event. */
  fail?(error: { readonly code: string; readonly message: string }): string;
}

/**
 * One dialect, both ways. Pure: no clock, no chance, input untouched. What a decoder reads it checks; what it does not know it
 * names as a loss.
 */
export interface Codec {
  readonly dialect: ChatDialect;
  /** how the vendor's reference bounds the name of a function */
  readonly toolName: RegExp;
  /** a whole answer can say that its provider gave it up; elsewhere such an answer becomes an error */
  readonly saysFailure: boolean;
  /** @throws {RequestFieldError} naming the field that no upstream could take */
  decodeRequest(wire: JsonObject): DecodedRequest;
  encodeRequest(request: NeutralRequest, options: EncodeRequestOptions): Encoded;
  /** @throws {UnreadableAnswer} when it is no answer of this dialect */
  decodeResponse(wire: JsonObject): NeutralResponse;
  encodeResponse(response: NeutralResponse, options: EncodeResponseOptions): Encoded;
  createStreamDecoder(): StreamDecoder;
  createStreamEncoder(options: EncodeResponseOptions): StreamEncoder;
}

/** The data of an event. @throws {UnreadableAnswer} */
export function parseEvent(data: string): JsonObject {
  const event = parseObject(data);
  if (event === null) throw new UnreadableAnswer('an event is no JSON object');
  return event;
}

/** An upstream's answer that is not what its dialect says. Never holds the answer's text. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer';
}
