import { findInObject, readString } from '../../json/splice.js';
import { isObject, type JsonObject } from '../../json/value.js';
import type { AnswerState } from '../descriptor.js';
import type { FinishReason } from '../neutral/neutral.types.js';

/** Why an answer ended: its status, and whether it holds calls or declines. */
export function decodeFinish(
  response: JsonObject,
  holds: { readonly calls: boolean; readonly refusal: boolean },
): FinishReason {
  const { status, incomplete_details: details } = response;
  if (status === 'failed' || status === 'cancelled') return 'error';
  if (status === 'incomplete') {
    return isObject(details) && details['reason'] === 'content_filter' ? 'content-filter' : 'length';
  }
  if (holds.refusal) return 'refusal';
  return holds.calls ? 'tool-calls' : 'stop';
}

/** @param refuses the answer holds a refusal in words, which is a whole answer here */
export function encodeStatus(finish: FinishReason, refuses: boolean): JsonObject {
  switch (finish) {
    case 'stop':
    case 'stop-sequence':
    case 'tool-calls':
      return { status: 'completed', incomplete_details: null };
    case 'length':
    case 'pause':
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } };
    case 'refusal':
      if (refuses) return { status: 'completed', incomplete_details: null };
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    case 'content-filter':
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    case 'error':
      return { status: 'failed', incomplete_details: null };
  }
}

const STATES: ReadonlyMap<string | null, AnswerState> = new Map([
  ['failed', 'failed'],
  ['cancelled', 'failed'],
  ['queued', 'pending'],
  ['in_progress', 'pending'],
]);

/** By the `status` of a Responses answer, or of its beginning. */
export function readResponsesState(body: Buffer): AnswerState {
  const { field } = findInObject(body, 'status');
  return (field === null ? null : STATES.get(readString(body, field))) ?? 'ended';
}
