import type { Effort, JsonObject, Loss, OutputFormat, ReasoningRequest } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { checkNumbers, findCount, findString, getObject, loseUnknown } from './wire-value.js';

const THINKING_KEYS = new Set(['type', 'budget_tokens', 'display']);
const OUTPUT_KEYS = new Set(['effort', 'format']);
const EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max'] satisfies Effort[]);

export function decodeReasoning(wire: JsonObject, losses: Loss[]): ReasoningRequest | null {
  const effort = decodeEffort(wire);
  const thinking = wire['thinking'] == null ? null : getObject(wire['thinking'], 'thinking');
  if (thinking === null) {
    return effort === null ? null : { mode: null, effort, budgetTokens: null, show: null };
  }
  loseUnknown(thinking, THINKING_KEYS, 'thinking', losses);
  const reasoning = {
    mode: decodeMode(thinking, losses),
    effort,
    budgetTokens: findCount(thinking['budget_tokens'], 'thinking.budget_tokens'),
    // Who thinks within a budget is shown the thoughts, unless it says otherwise.
    show: decodeDisplay(thinking, losses) ?? (thinking['type'] === 'enabled' ? ('auto' as const) : null),
  };
  return Object.values(reasoning).every(value => value === null) ? null : reasoning;
}

function decodeMode(thinking: JsonObject, losses: Loss[]): ReasoningRequest['mode'] {
  switch (thinking['type']) {
    case 'enabled':
      return 'on';
    case 'adaptive':
      return 'adaptive';
    case 'disabled':
      return 'off';
    default:
      losses.push({ field: 'thinking.type', reason: 'other dialects know no such way to think' });
      return null;
  }
}

function decodeDisplay(thinking: JsonObject, losses: Loss[]): ReasoningRequest['show'] {
  switch (thinking['display']) {
    case undefined:
    case null:
      return null;
    case 'summarized':
      return 'auto';
    case 'omitted':
      return 'none';
    default:
      losses.push({ field: 'thinking.display', reason: 'other dialects know no such way to show thoughts' });
      return null;
  }
}

function decodeEffort(wire: JsonObject): Effort | null {
  const effort = wire['output_config'] == null ? null : getObject(wire['output_config'], 'output_config')['effort'];
  const text = findString(effort, 'output_config.effort');
  if (text === null) return null;
  if (EFFORTS.has(text)) return text as Effort;
  throw new RequestFieldError('output_config.effort', 'output_config.effort must be low, medium, high, xhigh or max');
}

/** `output_format` is the older place of `output_config.format`. */
export function decodeOutput(wire: JsonObject, losses: Loss[]): OutputFormat | null {
  const config = wire['output_config'] == null ? {} : getObject(wire['output_config'], 'output_config');
  loseUnknown(config, OUTPUT_KEYS, 'output_config', losses);
  const path = config['format'] == null ? 'output_format' : 'output_config.format';
  const value = config['format'] ?? wire['output_format'];
  if (value == null) return null;
  const format = getObject(value, path);
  if (format['type'] !== 'json_schema') throw new RequestFieldError(`${path}.type`, `${path}.type must be json_schema`);
  checkNumbers(format['schema'], `${path}.schema`);
  const schema = getObject(format['schema'], `${path}.schema`);
  return { type: 'schema', name: null, description: null, schema, strict: null };
}
