import type { ThinkingConfig, ThinkingLevel } from 'genai3';
import type { JsonObject } from '../../json/value.js';
import type { Effort, NeutralRequest, OutputFormat, ReasoningRequest } from '../neutral/neutral.types.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeSchema } from './schema.js';
import { READER } from './wire-fields.js';

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

/** Google's `generationConfig`, without what was not said. @throws {RequestFieldError} */
export function encodeGeneration(request: NeutralRequest, thinkingLevels: boolean, losses: LossList): JsonObject {
  const { logprobs, reasoning } = request;
  const thinking = reasoning === null ? {} : encodeThinking(reasoning, thinkingLevels, losses);
  const said = {
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    candidateCount: request.candidates === 1 ? null : request.candidates,
    maxOutputTokens: request.maxOutputTokens,
    stopSequences: request.stop.length === 0 ? null : request.stop,
    responseLogprobs: logprobs === null ? null : true,
    logprobs: logprobs === null || logprobs.top === 0 ? null : logprobs.top,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    seed: request.seed,
    ...encodeOutput(request.output, losses),
    thinkingConfig: Object.keys(thinking).length === 0 ? null : thinking,
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null)) as JsonObject;
}

function encodeOutput(output: OutputFormat | null, losses: LossList): JsonObject {
  if (output === null) return {};
  if (output.type === 'json') return { responseMimeType: 'application/json' };
  if (output.description !== null) losses.add('output.description', 'Gemini takes no description beside a schema');
  READER.carried(output.schema, 'output.schema');
  return { responseMimeType: 'application/json', responseJsonSchema: encodeSchema(output.schema) };
}

function encodeThinking(reasoning: ReasoningRequest, levels: boolean, losses: LossList): JsonObject {
  const off = reasoning.mode === 'off' || reasoning.effort === 'none';
  const depth = levels ? encodeLevel(reasoning, off, losses) : encodeBudget(reasoning, off);
  if (reasoning.show === 'concise' || reasoning.show === 'detailed') {
    losses.add('reasoning.show', 'Gemini shows its thoughts or not, at no length of choice');
  }
  // A model that does not think refuses to be asked for its thoughts.
  if (reasoning.show === null || off) return depth;
  return { ...depth, includeThoughts: reasoning.show !== 'none' };
}

function encodeBudget({ mode, effort, budgetTokens }: ReasoningRequest, off: boolean): JsonObject {
  if (off) return thinkingConfig({ thinkingBudget: BUDGETS.none });
  if (budgetTokens !== null) return thinkingConfig({ thinkingBudget: budgetTokens });
  if (effort !== null) return thinkingConfig({ thinkingBudget: BUDGETS[effort] });
  return mode === null ? {} : thinkingConfig({ thinkingBudget: ADAPTIVE });
}

function encodeLevel({ effort, budgetTokens }: ReasoningRequest, off: boolean, losses: LossList): JsonObject {
  if (off || effort === 'none') {
    losses.add('reasoning.effort', 'this model always thinks; it was asked to think as little as it can');
    return { thinkingLevel: LEVELS.minimal };
  }
  if (effort !== null) {
    if (effort === 'xhigh' || effort === 'max')
      losses.add('reasoning.effort', 'the highest level of this model is high');
    return { thinkingLevel: LEVELS[effort] };
  }
  if (budgetTokens === null) return {};
  losses.add('reasoning.budgetTokens', 'this model thinks by levels; the budget became the nearest one');
  return { thinkingLevel: LEVELS[effortOf(budgetTokens)] };
}

function effortOf(budgetTokens: number): 'minimal' | 'low' | 'medium' | 'high' {
  if (budgetTokens <= BUDGETS.minimal) return 'minimal';
  if (budgetTokens < BUDGETS.medium / 2) return 'low';
  return budgetTokens < BUDGETS.high * 0.75 ? 'medium' : 'high';
}

function thinkingConfig(config: Pick<ThinkingConfig, 'thinkingBudget'>): JsonObject {
  return { ...config } as JsonObject;
}
