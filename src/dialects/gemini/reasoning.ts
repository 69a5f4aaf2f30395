import type { ThinkingConfig, ThinkingLevel } from 'genai3';
import type { JsonObject } from '../../json/value.js';
import type { EncodeRequestOptions } from '../neutral/codec.js';
import type { Effort, ReasoningLimits, ReasoningRequest } from '../neutral/neutral.types.js';
import { fieldOf, fitReasoning, nearestBudget, nearestEffort, offField } from '../neutral/reasoning-limits.js';
import type { LossList } from '../wire/loss-list.js';
import { READER, WireFields } from './wire-fields.js';

const EFFORTS: Readonly<Record<string, Effort>> = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' };

export function decodeReasoning(config: WireFields, losses: LossList): ReasoningRequest | null {
  const thinking = config.message('thinkingConfig');
  if (thinking === null) return null;
  const budget = thinking.integer('thinkingBudget', -1);
  const effort = decodeLevel(thinking);
  const shown = thinking.boolean('includeThoughts');
  thinking.loseRest(losses);
  const reasoning: ReasoningRequest = {
    mode: budget === null ? null : modeOf(budget),
    effort,
    budgetTokens: budget !== null && budget > 0 ? budget : null,
    show: shown === null ? null : shown ? 'auto' : 'none',
  };
  return reasoning;
}

function modeOf(budget: number): 'off' | 'on' | 'adaptive' {
  if (budget === 0) return 'off';
  return budget === -1 ? 'adaptive' : 'on';
}

function decodeLevel(thinking: WireFields): Effort | null {
  const level = thinking.constant('thinkingLevel');
  if (level === null) return null;
  const effort = Object.hasOwn(EFFORTS, level) ? EFFORTS[level] : undefined;
  if (effort !== undefined) return effort;
  READER.refuse(thinking.at('thinkingLevel'), 'must be minimal, low, medium or high');
}

type Level = `${ThinkingLevel}`;

const LEVELS: Readonly<Record<Exclude<Effort, 'none'>, Level>> = {
  minimal: 'MINIMAL',
  low: 'LOW',
  medium: 'MEDIUM',
  high: 'HIGH',
  xhigh: 'HIGH',
  max: 'HIGH',
};

const BUDGETS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 512,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
};

/** Google's sign for a budget that the model chooses itself. */
const ADAPTIVE = -1;

type Limits = ReasoningLimits | null | undefined;

export function encodeThinking(
  wanted: ReasoningRequest,
  { thinkingLevels, reasoning: limits }: EncodeRequestOptions,
  losses: LossList,
): JsonObject {
  const reasoning = fitReasoning(
    wanted,
    limits,
    { by: thinkingLevels ? 'effort' : 'budget', off: 'by switch' },
    losses,
  );
  if (reasoning === null) return {};
  const off = reasoning.mode === 'off' || reasoning.effort === 'none';
  const depth = thinkingLevels ? encodeLevel(reasoning, off, limits, losses) : encodeBudget(reasoning, off, limits);
  if (reasoning.show === 'concise' || reasoning.show === 'detailed') {
    losses.add(fieldOf('show'), 'Gemini shows its thoughts or not, at no length of choice');
  }
  // A model that does not think refuses to be asked for its thoughts.
  if (reasoning.show === null || off) return depth;
  return { ...depth, includeThoughts: reasoning.show !== 'none' };
}

function encodeBudget({ mode, effort, budgetTokens }: ReasoningRequest, off: boolean, limits: Limits): JsonObject {
  if (off) return thinkingConfig({ thinkingBudget: BUDGETS.none });
  if (budgetTokens !== null) return thinkingConfig({ thinkingBudget: budgetTokens });
  if (effort !== null) return thinkingConfig({ thinkingBudget: nearestBudget(BUDGETS[effort], limits) });
  return mode === null ? {} : thinkingConfig({ thinkingBudget: ADAPTIVE });
}

function encodeLevel(reasoning: ReasoningRequest, off: boolean, limits: Limits, losses: LossList): JsonObject {
  const { effort, budgetTokens } = reasoning;
  if (off || effort === 'none') {
    losses.add(offField(reasoning), 'this model always thinks; it was asked to think as little as it can');
    return { thinkingLevel: LEVELS.minimal };
  }
  if (effort !== null) {
    if (effort === 'xhigh' || effort === 'max')
      losses.add(fieldOf('effort'), 'the highest level of this model is high');
    return { thinkingLevel: LEVELS[effort] };
  }
  if (budgetTokens === null) return {};
  losses.add(fieldOf('budget'), 'this model thinks by levels; the budget became the nearest one');
  return { thinkingLevel: levelOf(nearestEffort(effortOf(budgetTokens), limits)) };
}

function effortOf(budgetTokens: number): 'minimal' | 'low' | 'medium' | 'high' {
  if (budgetTokens <= BUDGETS.minimal) return 'minimal';
  if (budgetTokens < BUDGETS.medium / 2) return 'low';
  return budgetTokens < BUDGETS.high * 0.75 ? 'medium' : 'high';
}

function levelOf(effort: Effort): Level {
  return effort === 'none' ? LEVELS.minimal : LEVELS[effort];
}

function thinkingConfig(config: Pick<ThinkingConfig, 'thinkingBudget'>): JsonObject {
  return { ...config } as JsonObject;
}
