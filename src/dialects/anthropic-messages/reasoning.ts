import type { MessageParam, OutputConfig, ThinkingConfigParam } from 'anthropic-sdk/resources/messages';
import type { JsonObject } from '../../json/value.js';
import type { Effort, ReasoningLimits, ReasoningRequest } from '../neutral/neutral.types.js';
import { fieldOf, fitReasoning, isOff, nearestBudget, nearestEffort } from '../neutral/reasoning-limits.js';
import { REQUEST } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';

const THINKING_KEYS = new Set(['type', 'budget_tokens', 'display']);
const EFFORT_WORDS = ['low', 'medium', 'high', 'xhigh', 'max'] as const satisfies Effort[];

export function decodeReasoning(wire: JsonObject, losses: LossList): ReasoningRequest | null {
  const effort = decodeEffort(wire);
  const thinking = REQUEST.findObject(wire, 'thinking');
  if (thinking === null) {
    return effort === null ? null : { mode: null, effort, budgetTokens: null, show: null };
  }
  losses.addUnknown(thinking, THINKING_KEYS, 'thinking');
  const reasoning = {
    mode: decodeMode(thinking, losses),
    effort,
    budgetTokens: REQUEST.findInteger(thinking, 'budget_tokens', 0, 'thinking'),
    // Who thinks within a budget is shown the thoughts, unless it says otherwise.
    show: decodeDisplay(thinking, losses) ?? (thinking['type'] === 'enabled' ? ('auto' as const) : null),
  };
  if (Object.values(reasoning).every(value => value === null)) return null;
  return reasoning;
}

function decodeMode(thinking: JsonObject, losses: LossList): ReasoningRequest['mode'] {
  switch (thinking['type']) {
    case 'enabled':
      return 'on';
    case 'adaptive':
      return 'adaptive';
    case 'disabled':
      return 'off';
    default:
      losses.add('thinking.type', 'other dialects know no such way to think');
      return null;
  }
}

function decodeDisplay(thinking: JsonObject, losses: LossList): ReasoningRequest['show'] {
  switch (thinking['display']) {
    case undefined:
    case null:
      return null;
    case 'summarized':
      return 'auto';
    case 'omitted':
      return 'none';
    default:
      losses.add('thinking.display', 'other dialects know no such way to show thoughts');
      return null;
  }
}

function decodeEffort(wire: JsonObject): Effort | null {
  const config = REQUEST.findObject(wire, 'output_config') ?? {};
  return REQUEST.findOneOf(config, 'effort', EFFORT_WORDS, 'output_config');
}

export interface EncodedThinking {
  /** null where nothing is to be said */
  readonly thinking: ThinkingConfigParam | null;
  readonly effort: OutputConfig['effort'] | null;
}

export interface ThinkingTarget {
  readonly adaptiveThinking: boolean;
  readonly limits: ReasoningLimits | null | undefined;
  readonly maxTokens: number;
  readonly messages: readonly MessageParam[];
}

const NOTHING: EncodedThinking = { thinking: null, effort: null };

/** The API takes no smaller budget. */
const LEAST_BUDGET = 1024;

const BUDGETS = {
  none: 1024,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 16384,
  xhigh: 32768,
  max: 32768,
} satisfies Record<Effort, number>;

export function encodeThinking(
  wanted: ReasoningRequest | null,
  target: ThinkingTarget,
  losses: LossList,
): EncodedThinking {
  const reasoning = fitReasoning(
    wanted,
    target.limits,
    { by: target.adaptiveThinking ? 'effort' : 'budget', off: 'by switch' },
    losses,
  );
  if (reasoning === null) return NOTHING;
  const { mode, effort, budgetTokens } = reasoning;
  if (isOff(reasoning)) return encodeOff(reasoning, target, losses);
  if (mode === null && effort === null && budgetTokens === null) return encodeShowAlone(reasoning, target, losses);
  return target.adaptiveThinking ? encodeAdaptive(reasoning, target, losses) : encodeBudget(reasoning, target, losses);
}

/** Without thinking the effort still says how much is written, to the models that know it. */
function encodeOff(reasoning: ReasoningRequest, target: ThinkingTarget, losses: LossList): EncodedThinking {
  const { effort } = reasoning;
  const thinking = { type: 'disabled' as const };
  if (effort === null || effort === 'none') return { thinking, effort: null };
  if (target.adaptiveThinking) return { thinking, effort: toEffort(effort) };
  losses.add(fieldOf('effort'), 'the model knows no effort');
  return { thinking, effort: null };
}

/** How thoughts are shown can only be told to a model that is told to think. */
function encodeShowAlone(reasoning: ReasoningRequest, target: ThinkingTarget, losses: LossList): EncodedThinking {
  if (reasoning.show === null) return NOTHING;
  if (target.adaptiveThinking) return encodeAdaptive(reasoning, target, losses);
  losses.add(fieldOf('show'), 'the model shows its thoughts only when it is told how much to think');
  return NOTHING;
}

function encodeAdaptive(reasoning: ReasoningRequest, { limits }: ThinkingTarget, losses: LossList): EncodedThinking {
  const { effort, budgetTokens, show } = reasoning;
  const display = show === null ? {} : { display: show === 'none' ? ('omitted' as const) : ('summarized' as const) };
  const thinking = { type: 'adaptive' as const, ...display };
  if (effort !== null) return { thinking, effort: toEffort(effort) };
  if (budgetTokens === null) return { thinking, effort: null };
  losses.add(fieldOf('budget'), 'the model takes an effort; the one nearest is asked for');
  return { thinking, effort: toEffort(nearestEffort(effortOf(budgetTokens), limits)) };
}

function encodeBudget(reasoning: ReasoningRequest, target: ThinkingTarget, losses: LossList): EncodedThinking {
  const { maxTokens, messages } = target;
  if (maxTokens <= LEAST_BUDGET) {
    losses.add('reasoning', `no thinking fits into ${LEAST_BUDGET} tokens of output or less`);
    return NOTHING;
  }
  if (continuesWithoutThought(messages)) {
    losses.add('reasoning', 'the turn that goes on began without a thought that this vendor signed');
    return NOTHING;
  }
  const budget = fitBudget(reasoning, target);
  if (reasoning.budgetTokens !== null && budget !== reasoning.budgetTokens) {
    losses.add(fieldOf('budget'), `it must be ${LEAST_BUDGET} or more and less than max_tokens`);
  }
  // These models show their thoughts unless they are told not to.
  const display = reasoning.show === 'none' ? { display: 'omitted' as const } : {};
  return { thinking: { type: 'enabled', budget_tokens: budget, ...display }, effort: null };
}

/** A budget of the caller's own may take all but one token; one that was made up leaves half of them to the answer. */
function fitBudget({ effort, budgetTokens }: ReasoningRequest, { maxTokens, limits }: ThinkingTarget): number {
  const wanted =
    budgetTokens === null
      ? Math.min(nearestBudget(BUDGETS[effort ?? 'medium'], limits), Math.floor(maxTokens / 2))
      : Math.min(budgetTokens, maxTokens - 1);
  return Math.max(LEAST_BUDGET, wanted);
}

/**
 * A loop of calls and results is one turn, which must begin with a thought when thinking is on, and thoughts cannot be made
 * up. The messages alternate here.
 */
function continuesWithoutThought(messages: readonly MessageParam[]): boolean {
  let at = messages.length - 1;
  let first: MessageParam | undefined;
  while (hasBlock(messages[at], 'tool_result')) {
    first = messages[at - 1];
    at -= 2;
  }
  if (first === undefined || typeof first.content === 'string') return false;
  const type = first.content[0]?.type;
  return type !== 'thinking' && type !== 'redacted_thinking';
}

function hasBlock(message: MessageParam | undefined, type: string): boolean {
  const content = message?.content ?? '';
  return typeof content !== 'string' && content.some(block => block.type === type);
}

function toEffort(effort: Effort): NonNullable<OutputConfig['effort']> {
  return effort === 'minimal' || effort === 'none' ? 'low' : effort;
}

function effortOf(budget: number): Effort {
  if (budget < BUDGETS.medium) return 'low';
  if (budget < BUDGETS.high) return 'medium';
  return budget < BUDGETS.xhigh ? 'high' : 'xhigh';
}
