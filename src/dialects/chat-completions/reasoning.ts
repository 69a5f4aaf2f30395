import type { JsonObject } from '../../json/value.js';
import { EFFORTS } from '../neutral/efforts.js';
import type { Effort, ReasoningLimits, ReasoningRequest } from '../neutral/neutral.types.js';
import { fieldOf, fitReasoning, isOff, nearestEffort } from '../neutral/reasoning-limits.js';
import { REQUEST } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';

const REASONING_FIELDS: ReadonlySet<string> = new Set(['effort', 'max_tokens', 'enabled', 'exclude', 'summary']);
const THINKING_FIELDS: ReadonlySet<string> = new Set(['type', 'budget_tokens', 'display']);

const NOT_SAID: ReasoningRequest = { mode: null, effort: null, budgetTokens: null, show: null };

/**
 * How much to think, in three spellings: OpenAI's `reasoning_effort`, OpenRouter's `reasoning`, and Anthropic's `thinking`,
 * which Databricks takes in chat bodies. Where a request says more than one, the one that says most holds.
 */
export function decodeReasoning(wire: JsonObject, losses: LossList): ReasoningRequest | null {
  const effort = REQUEST.findOneOf(wire, 'reasoning_effort', EFFORTS);
  const thinking = REQUEST.findObject(wire, 'thinking');
  const reasoning = REQUEST.findObject(wire, 'reasoning');
  if (effort === null && thinking === null && reasoning === null) return null;
  const asked: ReasoningRequest = {
    ...NOT_SAID,
    ...(effort !== null && { effort }),
    ...(thinking !== null && decodeThinking(thinking, losses)),
    ...(reasoning !== null && decodeOpenRouter(reasoning, losses)),
  };
  // Not to think and to think with no effort are one.
  if (asked.mode === 'off' || (asked.effort === 'none' && asked.mode === null)) {
    return { ...asked, mode: 'off', effort: 'none', budgetTokens: null };
  }
  return asked;
}

function decodeThinking(thinking: JsonObject, losses: LossList): Partial<ReasoningRequest> {
  losses.addUnknown(thinking, THINKING_FIELDS, 'thinking');
  const budgetTokens = REQUEST.findInteger(thinking, 'budget_tokens', 0, 'thinking');
  const display = REQUEST.findString(thinking, 'display', 'thinking');
  const show = display === null ? {} : { show: display === 'omitted' ? ('none' as const) : ('auto' as const) };
  switch (thinking['type']) {
    case 'enabled':
      return { mode: 'on', ...(budgetTokens !== null && { budgetTokens }), ...show };
    case 'disabled':
      return { mode: 'off' };
    case 'adaptive':
    case 'auto':
      return { mode: 'adaptive', ...show };
    // What a maker knows beside it (Z.ai: whether earlier thoughts are kept) says nothing about whether to think.
    case undefined:
    case null:
      return { ...(budgetTokens !== null && { budgetTokens }), ...show };
    default:
      return REQUEST.refuse('thinking.type', 'must be enabled, disabled or adaptive');
  }
}

function decodeOpenRouter(reasoning: JsonObject, losses: LossList): Partial<ReasoningRequest> {
  losses.addUnknown(reasoning, REASONING_FIELDS, 'reasoning');
  const effort = REQUEST.findOneOf(reasoning, 'effort', EFFORTS, 'reasoning');
  const budgetTokens = REQUEST.findInteger(reasoning, 'max_tokens', 0, 'reasoning');
  const enabled = REQUEST.findBoolean(reasoning, 'enabled', 'reasoning');
  const exclude = REQUEST.findBoolean(reasoning, 'exclude', 'reasoning');
  const summary = REQUEST.findString(reasoning, 'summary', 'reasoning');
  const on = enabled === true || budgetTokens !== null;
  const shown = summary === 'auto' || summary === 'concise' || summary === 'detailed' ? summary : null;
  return {
    ...(effort !== null && { effort }),
    ...(budgetTokens !== null && { budgetTokens }),
    ...(on && { mode: 'on' as const }),
    ...(enabled === false && { mode: 'off' as const }),
    ...(shown !== null && { show: shown }),
    ...(exclude === true && { show: 'none' as const }),
  };
}

export function encodeReasoning(
  wanted: ReasoningRequest | null,
  limits: ReasoningLimits | null | undefined,
  losses: LossList,
): JsonObject {
  const reasoning = fitReasoning(wanted, limits, { by: 'effort', off: 'by effort' }, losses);
  if (reasoning === null) return {};
  const { mode, effort, budgetTokens, show } = reasoning;
  if (show !== null)
    losses.add(fieldOf('show'), 'the chat-completions dialect cannot ask for thoughts to be shown or hidden');
  if (isOff(reasoning)) return { reasoning_effort: 'none' };
  if (budgetTokens !== null) {
    losses.add(fieldOf('budget'), 'the chat-completions dialect takes an effort and no number of tokens');
  }
  const asked = effort ?? (budgetTokens === null ? null : effortOf(budgetTokens)) ?? (mode === 'on' ? 'medium' : null);
  return asked === null ? {} : { reasoning_effort: nearestEffort(asked, limits) };
}

/** The effort that spends about so many tokens. */
function effortOf(budgetTokens: number): Effort {
  if (budgetTokens <= 2048) return 'low';
  return budgetTokens <= 16_384 ? 'medium' : 'high';
}
