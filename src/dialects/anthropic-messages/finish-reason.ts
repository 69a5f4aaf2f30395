import type { StopReason } from 'anthropic-sdk/resources/messages';
import type { Json } from '../../json/value.js';
import { endingOf } from '../neutral/endings.js';
import type { FinishReason } from '../neutral/neutral.types.js';

/** Anthropic's own reasons: one that a newer SDK adds does not compile until it stands here. */
const DECODED: Readonly<Record<StopReason, FinishReason>> = {
  end_turn: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  stop_sequence: 'stop-sequence',
  tool_use: 'tool-calls',
  pause_turn: 'pause',
  refusal: 'refusal',
};

export const STOP_REASONS: ReadonlyMap<string, FinishReason> = new Map(Object.entries(DECODED));

/** A whole answer without a reason said all it had to say. */
export function decodeStopReason(reason: Json | undefined, callsTools: boolean): FinishReason {
  if (typeof reason === 'string' && reason !== '') return endingOf(reason, STOP_REASONS);
  return callsTools ? 'tool-calls' : 'stop';
}

/** What of an answer's parts decides about its reason. */
export interface AnswerTraits {
  readonly callsTools: boolean;
  readonly refuses: boolean;
}

/**
 * Clients run tools when the reason says so and only then, hence it follows the parts where the two differ. An answer that
 * failed is told as one that was cut: the dialect has no word for it, and it must not look whole.
 */
export function encodeStopReason(finish: FinishReason, { callsTools, refuses }: AnswerTraits): StopReason {
  switch (finish) {
    case 'stop':
    case 'tool-calls':
      if (refuses) return 'refusal';
      return callsTools ? 'tool_use' : 'end_turn';
    case 'stop-sequence':
      return 'stop_sequence';
    case 'length':
    case 'error':
      return 'max_tokens';
    case 'pause':
      return 'pause_turn';
    case 'content-filter':
    case 'refusal':
      return 'refusal';
  }
}
