import type { DecodedRequest } from '../neutral/codec.js';
import type {
  Effort,
  Json,
  JsonObject,
  NeutralRequest,
  OutputFormat,
  ReasoningRequest,
  Tool,
  ToolChoice,
} from '../neutral/neutral.types.js';
import { decodeCacheMark } from '../wire/cache-mark.js';
import { isSaid, LossList, NOT_TRANSLATED, REQUEST } from '../wire/field-reader.js';
import { decodeMessages, decodeSystem } from './decode-content.js';

const EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'xhigh', 'max']);
const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'system',
  'max_tokens',
  'stream',
  'tools',
  'tool_choice',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
]);
const TOOL_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'name',
  'description',
  'input_schema',
  'strict',
  'cache_control',
]);

export function decodeMessagesRequest(wire: JsonObject): DecodedRequest {
  const losses = new LossList();
  const { choice, parallel } = decodeChoice(wire);
  const request: NeutralRequest = {
    model: REQUEST.name(wire['model'], 'model'),
    stream: REQUEST.findBoolean(wire, 'stream') ?? false,
    streamUsage: true,
    instructions: decodeSystem(wire, losses),
    turns: decodeMessages(wire, losses),
    tools: REQUEST.list(wire, 'tools').map((tool, index) => decodeTool(tool, `tools[${index}]`, losses)),
    toolChoice: choice,
    parallelToolCalls: parallel,
    output: decodeOutput(wire, losses),
    maxOutputTokens:
      REQUEST.findInteger(wire, 'max_tokens', 0) ??
      REQUEST.refuse('max_tokens', 'is required: how many tokens to generate'),
    temperature: REQUEST.findNumber(wire, 'temperature'),
    topP: REQUEST.findNumber(wire, 'top_p'),
    topK: REQUEST.findInteger(wire, 'top_k', 0) || null,
    stop: REQUEST.list(wire, 'stop_sequences').map((text, index) => REQUEST.string(text, `stop_sequences[${index}]`)),
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    candidates: 1,
    logprobs: null,
    reasoning: decodeReasoning(wire, losses),
    serviceTier: decodeTier(wire),
    user: decodeUser(wire, losses),
    metadata: null,
    verbosity: null,
    promptCacheKey: null,
  };
  losses.addUnknown(wire, FIELDS);
  return { request, losses: losses.losses };
}

function decodeTool(value: Json, path: string, losses: LossList): Tool {
  const tool = REQUEST.object(value, path);
  const name = REQUEST.name(tool['name'], `${path}.name`);
  const type = REQUEST.findString(tool, 'type', path) ?? 'custom';
  if (type !== 'custom') {
    return { type: 'vendor', dialect: 'anthropic_messages', name: type, wire: REQUEST.carried(tool, path) };
  }
  losses.addUnknown(tool, TOOL_FIELDS, path);
  return {
    type: 'function',
    name,
    description: REQUEST.findString(tool, 'description', path),
    parameters: REQUEST.carried(REQUEST.object(tool['input_schema'], `${path}.input_schema`), `${path}.input_schema`),
    strict: REQUEST.findBoolean(tool, 'strict', path),
    ...decodeCacheMark(tool, path, losses),
  };
}

function decodeChoice(wire: JsonObject): { readonly choice: ToolChoice | null; readonly parallel: boolean | null } {
  const choice = REQUEST.findObject(wire, 'tool_choice');
  if (choice === null) return { choice: null, parallel: null };
  const alone = REQUEST.findBoolean(choice, 'disable_parallel_tool_use', 'tool_choice');
  return { choice: readChoice(choice), parallel: alone === null ? null : !alone };
}

function readChoice(choice: JsonObject): ToolChoice {
  switch (choice['type']) {
    case 'auto':
    case 'none':
      return { type: choice['type'] };
    case 'any':
      return { type: 'required' };
    case 'tool':
      return { type: 'tool', name: REQUEST.name(choice['name'], 'tool_choice.name') };
    default:
      return REQUEST.refuse('tool_choice.type', 'must be auto, any, tool or none');
  }
}

function decodeOutput(wire: JsonObject, losses: LossList): OutputFormat | null {
  const config = REQUEST.findObject(wire, 'output_config') ?? {};
  losses.addUnknown(config, new Set(['effort', 'format']), 'output_config');
  const path = isSaid(config['format']) ? 'output_config.format' : 'output_format';
  const format = REQUEST.findObject(config, 'format', 'output_config') ?? REQUEST.findObject(wire, 'output_format');
  if (format === null) return null;
  if (format['type'] !== 'json_schema') REQUEST.refuse(`${path}.type`, 'must be json_schema');
  const schema = REQUEST.carried(REQUEST.object(format['schema'], `${path}.schema`), `${path}.schema`);
  return { type: 'schema', name: null, description: null, schema, strict: null };
}

function decodeReasoning(wire: JsonObject, losses: LossList): ReasoningRequest | null {
  const config = REQUEST.findObject(wire, 'output_config') ?? {};
  const effort = REQUEST.findString(config, 'effort', 'output_config');
  if (effort !== null && !EFFORTS.has(effort)) {
    REQUEST.refuse('output_config.effort', 'must be low, medium, high, xhigh or max');
  }
  const thinking = REQUEST.findObject(wire, 'thinking');
  if (thinking === null) {
    return effort === null ? null : { mode: null, effort: effort as Effort, budgetTokens: null, show: null };
  }
  losses.addUnknown(thinking, new Set(['type', 'budget_tokens', 'display']), 'thinking');
  const show = thinking['type'] === 'disabled' ? null : thinking['display'] === 'omitted' ? 'none' : 'auto';
  const asked = { effort: effort as Effort | null, budgetTokens: null, show } as const;
  switch (thinking['type']) {
    case 'disabled':
      return { ...asked, mode: 'off' };
    case 'adaptive':
      return { ...asked, mode: 'adaptive' };
    case 'enabled':
      return { ...asked, mode: 'on', budgetTokens: REQUEST.findInteger(thinking, 'budget_tokens', 1, 'thinking') };
    default:
      return REQUEST.refuse('thinking.type', 'must be enabled, disabled or adaptive');
  }
}

/** The two of this dialect, in the words that the others have for them. */
function decodeTier(wire: JsonObject): string | null {
  const tier = REQUEST.findString(wire, 'service_tier');
  return tier === 'standard_only' ? 'default' : tier;
}

function decodeUser(wire: JsonObject, losses: LossList): string | null {
  const metadata = REQUEST.findObject(wire, 'metadata');
  if (metadata === null) return null;
  for (const name of Object.keys(metadata)) {
    if (name !== 'user_id' && isSaid(metadata[name])) losses.add(`metadata.${name}`, NOT_TRANSLATED);
  }
  return REQUEST.findString(metadata, 'user_id', 'metadata');
}
