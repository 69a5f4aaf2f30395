import { findInObject, readString } from '../../json/splice.js';
import type { AnswerState } from '../answer-state.js';

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
