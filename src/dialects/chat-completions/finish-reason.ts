import type { Json } from '../../json/value.js';
import type { FinishReason } from '../neutral/neutral.types.js';

/** What compatible servers say beside OpenAI's own reasons. What nobody knows is taken for a plain end. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ['stop', 'stop'],
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
  const reason = REASONS.get(value.toLowerCase()) ?? 'stop';
  if (reason !== 'stop') return reason;
  // OpenAI says `stop` beside a call that the request demanded, others beside every call.
  if (answered.calls) return 'tool-calls';
  return answered.refused ? 'refusal' : 'stop';
}

export function encodeFinishReason(reason: FinishReason, refused: boolean): string {
  switch (reason) {
    case 'stop':
    case 'stop-sequence':
    case 'pause':
      return 'stop';
    case 'length':
      return 'length';
    case 'tool-calls':
      return 'tool_calls';
    case 'content-filter':
      return 'content_filter';
    case 'refusal':
      return refused ? 'stop' : 'content_filter';
    case 'error':
      return 'error';
  }
}
