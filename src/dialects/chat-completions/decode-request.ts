import { isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { DecodedRequest } from '../neutral/codec.js';
import type { NeutralRequest, OutputFormat } from '../neutral/neutral.types.js';
import { REQUEST } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';
import { decodeMessages } from './decode-turns.js';
import { decodeReasoning } from './reasoning.js';
import { decodeToolChoice, decodeTools } from './tools.js';

const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'functions',
  'tool_choice',
  'function_call',
  'parallel_tool_calls',
  'response_format',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'frequency_penalty',
  'presence_penalty',
  'n',
  'logprobs',
  'top_logprobs',
  'reasoning_effort',
  'reasoning',
  'thinking',
  'service_tier',
  'user',
  'safety_identifier',
  'metadata',
  'verbosity',
  'prompt_cache_key',
]);

/** Fields without a counterpart, and what they say where they say nothing. */
const SAYS_NOTHING: ReadonlyMap<string, (value: Json) => boolean> = new Map<string, (value: Json) => boolean>([
  ['store', value => value === false],
  ['modalities', value => Array.isArray(value) && value.every(modality => modality === 'text')],
  ['logit_bias', value => isObject(value) && Object.keys(value).length === 0],
  ['prompt_cache_options', value => isObject(value) && isDefaultCaching(value)],
]);

export function decodeChatRequest(wire: JsonObject): DecodedRequest {
  const losses = new LossList();
  const model = REQUEST.name(wire['model'], 'model');
  const { instructions, turns } = decodeMessages(wire, losses);
  const request: NeutralRequest = {
    model,
    stream: REQUEST.findBoolean(wire, 'stream') ?? false,
    streamUsage: decodeStreamUsage(wire, losses),
    instructions,
    turns,
    tools: decodeTools(wire, losses),
    toolChoice: decodeToolChoice(wire),
    parallelToolCalls: REQUEST.findBoolean(wire, 'parallel_tool_calls'),
    output: decodeOutput(wire, losses),
    maxOutputTokens: decodeMaxTokens(wire, losses),
    ...decodeSampling(wire),
    logprobs: decodeLogprobsWish(wire, losses),
    reasoning: decodeReasoning(wire, losses),
    serviceTier: REQUEST.findString(wire, 'service_tier'),
    user: decodeUser(wire, losses),
    metadata: REQUEST.findStrings(wire, 'metadata'),
    verbosity: REQUEST.findString(wire, 'verbosity'),
    promptCacheKey: REQUEST.findString(wire, 'prompt_cache_key'),
  };
  noteUntranslated(wire, losses);
  return { request, losses: losses.losses };
}

type Sampling = Pick<
  NeutralRequest,
  'temperature' | 'topP' | 'topK' | 'stop' | 'seed' | 'frequencyPenalty' | 'presencePenalty' | 'candidates'
>;

function decodeSampling(wire: JsonObject): Sampling {
  return {
    temperature: REQUEST.findNumber(wire, 'temperature'),
    topP: REQUEST.findNumber(wire, 'top_p'),
    topK: decodeTopK(wire),
    stop: decodeStop(wire),
    seed: REQUEST.findInteger(wire, 'seed', Number.MIN_SAFE_INTEGER),
    // Zero is no penalty, everywhere; some vendors refuse the field even so.
    frequencyPenalty: REQUEST.findNumber(wire, 'frequency_penalty') || null,
    presencePenalty: REQUEST.findNumber(wire, 'presence_penalty') || null,
    candidates: REQUEST.findInteger(wire, 'n', 1) ?? 1,
  };
}

/** vLLM's own: -1 and 0 say that every token is considered. */
function decodeTopK(wire: JsonObject): number | null {
  const topK = REQUEST.findInteger(wire, 'top_k', -1);
  return topK === null || topK < 1 ? null : topK;
}

function decodeStop(wire: JsonObject): string[] {
  const stop = wire['stop'];
  if (!isSaid(stop)) return [];
  if (typeof stop === 'string') return [stop];
  if (!Array.isArray(stop)) return REQUEST.refuse('stop', 'must be a string or an array of strings');
  return (stop as readonly Json[]).map((text, index) => REQUEST.string(text, `stop[${index}]`));
}

function decodeMaxTokens(wire: JsonObject, losses: LossList): number | null {
  const older = REQUEST.findInteger(wire, 'max_tokens', 0);
  const newer = REQUEST.findInteger(wire, 'max_completion_tokens', 0);
  if (older !== null && newer !== null && older !== newer) {
    losses.add('max_tokens', 'differs from max_completion_tokens, which holds');
  }
  return newer ?? older;
}

function decodeLogprobsWish(wire: JsonObject, losses: LossList): { readonly top: number } | null {
  const top = REQUEST.findInteger(wire, 'top_logprobs', 0) ?? 0;
  if (REQUEST.findBoolean(wire, 'logprobs') === true) return { top };
  if (top > 0) losses.add('top_logprobs', 'says nothing without logprobs');
  return null;
}

function decodeUser(wire: JsonObject, losses: LossList): string | null {
  const user = REQUEST.findString(wire, 'user');
  const safety = REQUEST.findString(wire, 'safety_identifier');
  if (user !== null && safety !== null && user !== safety) {
    losses.add('user', 'differs from safety_identifier, which holds');
  }
  return safety ?? user;
}

const STREAM_FIELDS: ReadonlySet<string> = new Set(['include_usage', 'include_obfuscation']);

/** `include_obfuscation` pads the events of OpenAI's own streams; there are none to pad here. */
function decodeStreamUsage(wire: JsonObject, losses: LossList): boolean {
  const options = REQUEST.findObject(wire, 'stream_options');
  if (options === null) return false;
  losses.addUnknown(options, STREAM_FIELDS, 'stream_options');
  return REQUEST.findBoolean(options, 'include_usage', 'stream_options') ?? false;
}

const SCHEMA_FIELDS: ReadonlySet<string> = new Set(['name', 'description', 'schema', 'strict']);

function decodeOutput(wire: JsonObject, losses: LossList): OutputFormat | null {
  const format = REQUEST.findObject(wire, 'response_format');
  if (format === null) return null;
  switch (format['type']) {
    case 'text':
      return null;
    case 'json_object':
      return { type: 'json' };
    case 'json_schema': {
      const path = 'response_format.json_schema';
      const described = REQUEST.object(format['json_schema'], path);
      losses.addUnknown(described, SCHEMA_FIELDS, path);
      const schema = REQUEST.findObject(described, 'schema', path) ?? {};
      return {
        type: 'schema',
        name: REQUEST.findString(described, 'name', path),
        description: REQUEST.findString(described, 'description', path),
        schema: REQUEST.carried(schema, `${path}.schema`),
        strict: REQUEST.findBoolean(described, 'strict', path) ?? false,
      };
    }
    default:
      return REQUEST.refuse('response_format.type', 'must be text, json_object or json_schema');
  }
}

function noteUntranslated(wire: JsonObject, losses: LossList): void {
  const silent = [...SAYS_NOTHING].filter(([key, saysNothing]) => isSaid(wire[key]) && saysNothing(wire[key]));
  losses.addUnknown(wire, new Set([...FIELDS, ...silent.map(([key]) => key)]));
}

function isDefaultCaching({ mode, ttl, ...others }: JsonObject): boolean {
  const usual = (value: Json | undefined, usually: string): boolean => !isSaid(value) || value === usually;
  return usual(mode, 'implicit') && usual(ttl, '30m') && Object.keys(others).length === 0;
}
