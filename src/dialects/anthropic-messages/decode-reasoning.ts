import type { LossList } from '../wire/loss-list.js';
import { REQUEST } from '../wire/field-reader.js';
import type { JsonObject } from '../../json/value.js';
import type { Effort, OutputFormat, ReasoningRequest } from '../neutral/neutral.types.js';

const THINKING_KEYS = new Set(['type', 'budget_tokens', 'display']);
const OUTPUT_KEYS = new Set(['effort', 'format']);
const EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max'] satisfies Effort[]);

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
  return Object.values(reasoning).every(value => value === null) ? null : reasoning;
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
  const text = REQUEST.findString(config, 'effort', 'output_config');
  if (text === null) return null;
  if (EFFORTS.has(text)) return text as Effort;
  REQUEST.refuse('output_config.effort', 'must be low, medium, high, xhigh or max');
}

/** `output_format` is the older place of `output_config.format`. */
export function decodeOutput(wire: JsonObject, losses: LossList): OutputFormat | null {
  const config = REQUEST.findObject(wire, 'output_config') ?? {};
  losses.addUnknown(config, OUTPUT_KEYS, 'output_config');
  const path = config['format'] == null ? 'output_format' : 'output_config.format';
  const value = config['format'] ?? wire['output_format'];
  if (value == null) return null;
  const format = REQUEST.object(value, path);
  if (format['type'] !== 'json_schema') REQUEST.refuse(`${path}.type`, 'must be json_schema');
  const schema = REQUEST.carried(REQUEST.object(format['schema'], `${path}.schema`), `${path}.schema`);
  return { type: 'schema', name: null, description: null, schema, strict: null };
}
