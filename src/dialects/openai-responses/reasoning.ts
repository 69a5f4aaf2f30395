import { isSaid, type JsonObject } from '../../json/value.js';
import { EFFORTS } from '../neutral/efforts.js';
import type { ReasoningRequest } from '../neutral/neutral.types.js';
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

export function encodeReasoning(reasoning: ReasoningRequest | null, losses: LossList): JsonObject {
  if (reasoning === null) return {};
  const { mode, effort, budgetTokens, show } = reasoning;
  if (budgetTokens !== null && effort === null && mode !== 'off') {
    losses.add('reasoning.budget_tokens', 'this dialect takes an effort and no number of tokens');
  }
  const byBudget = budgetTokens === null ? null : effortOf(budgetTokens);
  const wanted = mode === 'off' ? 'none' : (effort ?? byBudget ?? (mode === 'on' ? 'medium' : null));
  // A caller who gives a thinking budget sees the thoughts in other dialects; here they must be asked for.
  const shown = show ?? (mode === 'on' ? 'auto' : null);
  const fields: JsonObject = {
    ...(wanted !== null && { effort: wanted }),
    ...(shown !== null && shown !== 'none' && mode !== 'off' && { summary: shown }),
  };
  return Object.keys(fields).length === 0 ? {} : { reasoning: fields };
}

/** The effort that spends about so many tokens. */
function effortOf(budgetTokens: number): string {
  if (budgetTokens <= 2_048) return 'low';
  return budgetTokens <= 8_192 ? 'medium' : 'high';
}
