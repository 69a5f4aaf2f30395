import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { DecodedRequest } from '../neutral/codec.js';
import type { NeutralRequest, OutputFormat } from '../neutral/neutral.types.js';
import { REQUEST } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';
import { decodeConversation } from './decode-turns.js';
import { decodeReasoning } from './reasoning.js';
import { ToolNames } from './tool-namespaces.js';
import { decodeToolChoice, decodeTools } from './tools.js';

const KEEPS_NOTHING = 'is not supported: this gateway keeps no responses; send the whole conversation in input';
const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'text',
  'max_output_tokens',
  'temperature',
  'top_p',
  'top_logprobs',
  'include',
  'reasoning',
  'metadata',
  'user',
  'safety_identifier',
  'service_tier',
  'prompt_cache_key',
]);
/** Understood, or of no meaning where nothing is kept. */
const SILENT_INCLUDES: ReadonlySet<Json> = new Set(['reasoning.encrypted_content', 'message.output_text.logprobs']);

export function decodeResponsesRequest(wire: JsonObject): DecodedRequest {
  const losses = new LossList();
  refuseState(wire);
  const text = REQUEST.findObject(wire, 'text') ?? {};
  const names = new ToolNames(wire);
  const request: NeutralRequest = {
    model: REQUEST.name(wire['model'], 'model'),
    stream: REQUEST.findBoolean(wire, 'stream') ?? false,
    streamUsage: true,
    ...decodeConversation(wire, names, losses),
    tools: decodeTools(wire, names, losses),
    toolChoice: decodeToolChoice(wire, names, losses),
    parallelToolCalls: REQUEST.findBoolean(wire, 'parallel_tool_calls'),
    output: decodeFormat(text),
    maxOutputTokens: REQUEST.findInteger(wire, 'max_output_tokens', 0),
    temperature: REQUEST.findNumber(wire, 'temperature'),
    topP: REQUEST.findNumber(wire, 'top_p'),
    topK: null,
    stop: [],
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    candidates: 1,
    logprobs: decodeLogprobs(wire),
    reasoning: decodeReasoning(wire, losses),
    serviceTier: REQUEST.findString(wire, 'service_tier'),
    user: REQUEST.findString(wire, 'safety_identifier') ?? REQUEST.findString(wire, 'user'),
    metadata: decodeMetadata(wire),
    verbosity: REQUEST.findString(text, 'verbosity', 'text'),
    promptCacheKey: REQUEST.findString(wire, 'prompt_cache_key'),
  };
  noteUntranslated(wire, text, losses);
  return { request, losses: losses.losses };
}

/** What would need an answer of before, or one that is fetched later. */
function refuseState(wire: JsonObject): void {
  for (const field of ['previous_response_id', 'conversation', 'prompt'] as const) {
    if (isSaid(wire[field])) REQUEST.refuse(field, KEEPS_NOTHING);
  }
  if (REQUEST.findBoolean(wire, 'background') === true) REQUEST.refuse('background', KEEPS_NOTHING);
}

function decodeFormat(text: JsonObject): OutputFormat | null {
  const format = REQUEST.findObject(text, 'format', 'text');
  if (format === null || format['type'] === 'text') return null;
  if (format['type'] === 'json_object') return { type: 'json' };
  if (format['type'] !== 'json_schema') {
    return REQUEST.refuse('text.format.type', 'must be text, json_object or json_schema');
  }
  const path = 'text.format';
  return {
    type: 'schema',
    name: REQUEST.findString(format, 'name', path),
    description: REQUEST.findString(format, 'description', path),
    schema: REQUEST.carried(REQUEST.findObject(format, 'schema', path) ?? {}, `${path}.schema`),
    strict: REQUEST.findBoolean(format, 'strict', path) ?? false,
  };
}

function decodeLogprobs(wire: JsonObject): { readonly top: number } | null {
  const top = REQUEST.findInteger(wire, 'top_logprobs', 0);
  const included = REQUEST.list(wire, 'include').includes('message.output_text.logprobs');
  return included || (top ?? 0) > 0 ? { top: top ?? 0 } : null;
}

/** An empty one says nothing. */
function decodeMetadata(wire: JsonObject): Readonly<Record<string, string>> | null {
  const metadata = REQUEST.findStrings(wire, 'metadata');
  return metadata !== null && Object.keys(metadata).length > 0 ? metadata : null;
}

function noteUntranslated(wire: JsonObject, text: JsonObject, losses: LossList): void {
  const silent = ['store', 'truncation', 'background'].filter(name => saysNothing(name, wire[name]));
  losses.addUnknown(wire, new Set([...FIELDS, ...silent]));
  losses.addUnknown(text, new Set(['format', 'verbosity']), 'text');
  for (const [index, wanted] of REQUEST.list(wire, 'include').entries()) {
    if (!SILENT_INCLUDES.has(wanted)) losses.add(`include[${index}]`, 'has no counterpart in other dialects');
  }
}

function saysNothing(name: string, value: Json | undefined): boolean {
  return value === false || (name === 'truncation' && value === 'disabled') || (isObject(value) && name === 'store');
}
