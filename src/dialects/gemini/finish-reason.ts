import type { FinishReason as GoogleReason } from 'genai3';
import { endingOf } from '../neutral/endings.js';
import type { FinishReason } from '../neutral/neutral.types.js';

type Wire = `${GoogleReason}`;

/** Google's own reasons. Only STOP is the end of a whole answer; where it wrote something else, it wrote no answer. */
const DECODED: Readonly<Record<Wire, FinishReason | null>> = {
  FINISH_REASON_UNSPECIFIED: null,
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // There is more to come, but only with a token that no other dialect can carry.
  CONTINUATION: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MALFORMED_RESPONSE: 'error',
  LANGUAGE: 'error',
  NO_IMAGE: 'error',
  IMAGE_OTHER: 'error',
  OTHER: 'error',
};

export const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map(
  Object.entries(DECODED).flatMap(([word, reason]) => (reason === null ? [] : [[word, reason] as const])),
);

const ENCODED: Readonly<Record<FinishReason, Wire>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  // Gemini's model does not decline in words of its own kind: what is declined is stopped for safety.
  refusal: 'SAFETY',
  // It wants to go on, which Gemini cannot say; a plain stop would claim that it is done.
  pause: 'OTHER',
  error: 'MALFORMED_RESPONSE',
};

/** Null where the wire gives no reason. Google knows no reason of its own for calls: a stop behind one is that. */
export function decodeFinishReason(wire: unknown, calls: boolean): FinishReason | null {
  if (typeof wire !== 'string' || wire === '' || wire === 'FINISH_REASON_UNSPECIFIED') return null;
  const reason = endingOf(wire, FINISH_REASONS);
  return reason === 'stop' && calls ? 'tool-calls' : reason;
}

export interface Ending {
  readonly reason: FinishReason;
  /** the model declined in words */
  readonly refused: boolean;
  /** a call was left out, because its arguments are no JSON object */
  readonly brokenCall: boolean;
}

export function encodeFinishReason({ reason, refused, brokenCall }: Ending): Wire {
  // Where the answer was cut, so was the call; else this is the model's mistake, for which Gemini has a name.
  if (brokenCall && (reason === 'stop' || reason === 'tool-calls')) return 'MALFORMED_FUNCTION_CALL';
  return refused && reason === 'stop' ? 'SAFETY' : ENCODED[reason];
}
