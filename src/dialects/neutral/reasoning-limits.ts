import { asList, isCount, isObject, type JsonObject } from '../../json/value.js';
import type { LossList } from '../wire/loss-list.js';
import { EFFORTS } from './efforts.js';
import type { Effort, ReasoningLimits, ReasoningRequest } from './neutral.types.js';

/** @param capabilities of a model in the catalog; null where they say nothing of thinking */
export function reasoningLimitsOf(capabilities: Readonly<Record<string, unknown>>): ReasoningLimits | null {
  const options = asList(capabilities['reasoning_options']).flatMap((option): JsonObject[] =>
    isObject(option) ? [option] : [],
  );
  if (capabilities['reasoning'] === false) return { thinks: false, efforts: null, budget: null, toggles: false };
  if (options.length === 0) return null;
  const { values } = options.find(({ type }) => type === 'effort') ?? {};
  const { min, max } = options.find(({ type }) => type === 'budget_tokens') ?? {};
  const efforts = EFFORTS.filter(effort => asList(values).includes(effort));
  return {
    thinks: true,
    efforts: efforts.length === 0 ? null : efforts,
    budget: isCount(min) && isCount(max) && min <= max ? { min, max } : null,
    toggles: options.some(({ type }) => type === 'toggle'),
  };
}

/** How a target is told how much to think. */
export interface Measure {
  /** it is told one of both, this one where the caller gives both */
  readonly by: 'effort' | 'budget';
  /** how thinking is turned off: with the effort `none`, or with a word of its own */
  readonly off: 'by effort' | 'by switch';
}

/**
 * What a caller wants of the model's thinking, as far as the model can be told that; what had to change is named. An effort
 * becomes the nearest one that the model takes (of two, the lower), a budget the nearest number of tokens.
 */
export function fitReasoning(
  wanted: ReasoningRequest | null,
  limits: ReasoningLimits | null | undefined,
  measure: Measure,
  losses: LossList,
): ReasoningRequest | null {
  const reasoning = inOneMeasure(wanted, measure, losses);
  if (reasoning === null || limits == null) return reasoning;
  if (!limits.thinks) return withoutThinking(reasoning, losses);
  if (isOff(reasoning) && !canTurnOff(limits, measure)) return leastThinking(reasoning, limits, losses);
  return fitBudget(fitEffort(reasoning, limits, losses), limits, losses);
}

/** Of an effort and a number of tokens a target is told one; that the other is not told is named. */
function inOneMeasure(wanted: ReasoningRequest | null, { by }: Measure, losses: LossList): ReasoningRequest | null {
  if (wanted === null || isOff(wanted) || wanted.effort === null || wanted.budgetTokens === null) return wanted;
  const [told, other] =
    by === 'effort' ? (['an effort', 'budget'] as const) : (['a number of tokens', 'effort'] as const);
  losses.add(fieldOf(other), `this model is told how much to think by ${told}, which is given too`);
  return by === 'effort' ? { ...wanted, budgetTokens: null } : { ...wanted, effort: null };
}

/** The nearest effort that a model takes, of two the lower; never none at all. */
export function nearestEffort(effort: Effort, limits: ReasoningLimits | null | undefined): Effort {
  const efforts = limits?.efforts ?? [];
  if (effort === 'none' || efforts.includes(effort)) return effort;
  const wanted = EFFORTS.indexOf(effort);
  const distance = (other: Effort) => Math.abs(EFFORTS.indexOf(other) - wanted);
  const [nearest] = efforts.filter(other => other !== 'none').toSorted((one, other) => distance(one) - distance(other));
  return nearest ?? effort;
}

/** The nearest budget that a model takes. @param tokens more than none */
export function nearestBudget(tokens: number, limits: ReasoningLimits | null | undefined): number {
  const budget = limits?.budget ?? null;
  return budget === null ? tokens : Math.max(budget.min, Math.min(budget.max, tokens));
}

export function isOff({ mode, effort, budgetTokens }: ReasoningRequest): boolean {
  return mode === 'off' || effort === 'none' || budgetTokens === 0;
}

function canTurnOff({ efforts, budget, toggles }: ReasoningLimits, { off }: Measure): boolean {
  if (efforts?.includes('none') === true) return true;
  if (off === 'by effort') return efforts === null;
  return toggles || budget?.min === 0;
}

function withoutThinking(reasoning: ReasoningRequest, losses: LossList): null {
  const { mode, effort, budgetTokens } = reasoning;
  const aspect = effort !== null ? 'effort' : budgetTokens !== null ? 'budget' : 'mode';
  const wanted = mode !== null || effort !== null || budgetTokens !== null;
  if (wanted && !isOff(reasoning)) losses.add(fieldOf(aspect), 'this model does not think');
  return null;
}

function leastThinking(reasoning: ReasoningRequest, limits: ReasoningLimits, losses: LossList): ReasoningRequest {
  losses.add(offField(reasoning), 'this model always thinks; it is asked to think as little as it can');
  const [effort = null] = limits.efforts ?? [];
  const budgetTokens = effort === null ? (limits.budget?.min ?? null) : null;
  return { ...reasoning, mode: effort === null ? 'on' : null, effort, budgetTokens };
}

function fitEffort(reasoning: ReasoningRequest, limits: ReasoningLimits, losses: LossList): ReasoningRequest {
  if (reasoning.effort === null) return reasoning;
  const effort = nearestEffort(reasoning.effort, limits);
  if (effort === reasoning.effort) return reasoning;
  losses.add(fieldOf('effort'), `this model does not take it; "${effort}" is the nearest that it takes`);
  return { ...reasoning, effort };
}

function fitBudget(reasoning: ReasoningRequest, limits: ReasoningLimits, losses: LossList): ReasoningRequest {
  if (reasoning.budgetTokens === null || reasoning.budgetTokens === 0) return reasoning;
  const budgetTokens = nearestBudget(reasoning.budgetTokens, limits);
  if (budgetTokens === reasoning.budgetTokens) return reasoning;
  losses.add(
    fieldOf('budget'),
    `this model takes ${budgetTokens} tokens at ${budgetTokens === limits.budget?.max ? 'most' : 'least'}`,
  );
  return { ...reasoning, budgetTokens };
}

const NAMES = {
  mode: 'reasoning.mode',
  effort: 'reasoning.effort',
  budget: 'reasoning.budget_tokens',
  show: 'reasoning.summary',
} as const;

/** The neutral name of what says that a caller wants no thinking. */
export function offField(reasoning: ReasoningRequest): string {
  if (reasoning.mode === 'off') return fieldOf('mode');
  return fieldOf(reasoning.effort === 'none' ? 'effort' : 'budget');
}

/** The neutral name of a part of what a caller wants of thinking. */
export function fieldOf(aspect: keyof typeof NAMES): string {
  return NAMES[aspect];
}
