import type { Json } from '../../json/value.js';
import { endingOf } from '../neutral/endings.js';
import type { FinishReason } from '../neutral/neutral.types.js';

/** OpenAI's own reasons, and what compatible servers say beside them. */
export const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ...['stop', 'eos', 'eos_token', 'end_turn', 'end', 'stop_sequence', 'complete', 'completed', 'done', 'finished'].map(
    word => [word, 'stop'] as const,
  ),
  ['length', 'length'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['tool_calls', 'tool-calls'],
  ['tool_use', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
  ['safety', 'content-filter'],
  ['sensitive', 'content-filter'],
  ['recitation', 'content-filter'],
  ['refusal', 'refusal'],
  ['error', 'error'],
  ['abort', 'error'],
  ['network_error', 'error'],
  ['insufficient_system_resource', 'error'],
]);

export interface Answered {
  readonly calls: boolean;
  readonly refused: boolean;
}

/** `finish_reason`; null where there is none, for which some servers write an empty string. */
export function findFinishReason(value: Json | undefined, answered: Answered): FinishReason | null {
  if (typeof value !== 'string' || value === '') return null;
  const reason = endingOf(value, FINISH_REASONS);
  if (reason !== 'stop') return reason;
  // OpenAI says `stop` beside a call that the request demanded, others beside every call.
  if (answered.calls) return 'tool-calls';
  return answered.refused ? 'refusal' : 'stop';
}

export function encodeFinishReason(reason: FinishReason, refused: boolean): string {
  switch (reason) {
    case 'stop':
    case 'stop-sequence':
      return 'stop';
    // It is not whole, and the dialect has no other word for that.
    case 'length':
    case 'pause':
    case 'error':
      return 'length';
    case 'tool-calls':
      return 'tool_calls';
    case 'content-filter':
      return 'content_filter';
    case 'refusal':
      return refused ? 'stop' : 'content_filter';
  }
}
