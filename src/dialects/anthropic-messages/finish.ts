import type { FinishReason, Json } from '../neutral/neutral.types.js';

const REASONS: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  stop_sequence: 'stop-sequence',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
  model_context_window_exceeded: 'length',
};
const WORDS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  refusal: 'refusal',
  pause: 'pause_turn',
  error: 'end_turn',
};

/** A reason that nobody knows yet is an end all the same; none at all is no end. */
export function decodeStopReason(reason: Json | undefined): FinishReason {
  if (typeof reason !== 'string') return 'error';
  return REASONS[reason] ?? 'stop';
}

export function encodeStopReason(reason: FinishReason): string {
  return WORDS[reason];
}
