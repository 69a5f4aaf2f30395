import { isSaid, type JsonObject } from '../../json/value.js';
import { EFFORTS } from '../neutral/efforts.js';
import type { Effort, ReasoningLimits, ReasoningRequest } from '../neutral/neutral.types.js';
import { fieldOf, fitReasoning, isOff, nearestEffort } from '../neutral/reasoning-limits.js';
import { REQUEST } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';

export function decodeReasoning(wire: JsonObject, losses: LossList): ReasoningRequest | null {
  const reasoning = REQUEST.findObject(wire, 'reasoning');
  if (reasoning === null) return null;
  losses.addUnknown(reasoning, new Set(['effort', 'summary', 'generate_summary']), 'reasoning');
  const effort = REQUEST.findOneOf(reasoning, 'effort', EFFORTS, 'reasoning');
  const field = isSaid(reasoning['summary']) ? 'summary' : 'generate_summary';
  const show = REQUEST.findOneOf(reasoning, field, ['auto', 'concise', 'detailed'], 'reasoning');
  if (effort === null && show === null) return null;
  return { mode: effort === 'none' ? 'off' : null, effort, budgetTokens: null, show };
}

export function encodeReasoning(
  asked: ReasoningRequest | null,
  limits: ReasoningLimits | null | undefined,
  losses: LossList,
): JsonObject {
  const reasoning = fitReasoning(asked, limits, { by: 'effort', off: 'by effort' }, losses);
  if (reasoning === null) return {};
  const { mode, effort, budgetTokens, show } = reasoning;
  const off = isOff(reasoning);
  if (budgetTokens !== null && !off) {
    losses.add(fieldOf('budget'), 'this dialect takes an effort and no number of tokens');
  }
  const byBudget = budgetTokens === null ? null : effortOf(budgetTokens);
  const wanted = off ? 'none' : (effort ?? byBudget ?? (mode === 'on' ? 'medium' : null));
  // A caller who gives a thinking budget sees the thoughts in other dialects; here they must be asked for.
  const shown = show ?? (mode === 'on' ? 'auto' : null);
  const fields: JsonObject = {
    ...(wanted !== null && { effort: nearestEffort(wanted, limits) }),
    ...(shown !== null && shown !== 'none' && !off && { summary: shown }),
  };
  return Object.keys(fields).length === 0 ? {} : { reasoning: fields };
}

/** The effort that spends about so many tokens. */
function effortOf(budgetTokens: number): Effort {
  if (budgetTokens <= 2_048) return 'low';
  return budgetTokens <= 8_192 ? 'medium' : 'high';
}
