import { isSaid, type JsonObject } from '../../json/value.js';
import type { Effort, ReasoningRequest } from '../neutral/neutral.types.js';
import { REQUEST } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';

const EFFORTS: ReadonlySet<string> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

const SHOWN: ReadonlySet<string> = new Set(['auto', 'concise', 'detailed']);

export function decodeReasoning(wire: JsonObject, losses: LossList): ReasoningRequest | null {
  const reasoning = REQUEST.findObject(wire, 'reasoning');
  if (reasoning === null) return null;
  losses.addUnknown(reasoning, new Set(['effort', 'summary', 'generate_summary']), 'reasoning');
  const effort = REQUEST.findString(reasoning, 'effort', 'reasoning');
  if (effort !== null && !EFFORTS.has(effort)) {
    REQUEST.refuse('reasoning.effort', 'must be none, minimal, low, medium, high, xhigh or max');
  }
  const field = isSaid(reasoning['summary']) ? 'summary' : 'generate_summary';
  const shown = REQUEST.findString(reasoning, field, 'reasoning');
  if (shown !== null && !SHOWN.has(shown)) {
    REQUEST.refuse(`reasoning.${field}`, 'must be auto, concise or detailed');
  }
  if (effort === null && shown === null) return null;
  const mode = effort === 'none' ? ('off' as const) : null;
  return { mode, effort: effort as Effort | null, budgetTokens: null, show: shown as ReasoningRequest['show'] };
}

export function encodeReasoning(reasoning: ReasoningRequest | null, losses: LossList): JsonObject {
  if (reasoning === null) return {};
  const { mode, effort, budgetTokens, show } = reasoning;
  if (budgetTokens !== null && effort === null && mode !== 'off') {
    losses.add('reasoning.budget_tokens', 'this dialect takes an effort and no number of tokens');
  }
  const byBudget = budgetTokens === null ? null : effortOf(budgetTokens);
  const wanted = mode === 'off' ? 'none' : (effort ?? byBudget ?? (mode === 'on' ? 'medium' : null));
  // Whoever asked for thoughts within a budget sees them elsewhere; here they must be asked for.
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
