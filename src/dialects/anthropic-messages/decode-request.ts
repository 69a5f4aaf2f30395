import type { Json, JsonObject } from '../../json/value.js';
import type { DecodedRequest } from '../neutral/codec.js';
import type { NeutralRequest, OutputFormat } from '../neutral/neutral.types.js';
import { REQUEST } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';
import { decodeMessages, decodeTexts } from './decode-turns.js';
import { decodeReasoning } from './reasoning.js';
import { decodeRequestTier } from './service-tier.js';
import { decodeToolChoice, decodeTools } from './tools.js';

const REQUEST_KEYS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'system',
  'stream',
  'stop_sequences',
  'temperature',
  'top_p',
  'top_k',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'metadata',
  'service_tier',
]);
const METADATA_KEYS: ReadonlySet<string> = new Set(['user_id']);

/** @throws {RequestFieldError} */
export function decodeRequest(wire: JsonObject): DecodedRequest {
  const losses = new LossList();
  losses.addUnknown(wire, REQUEST_KEYS, '');
  const conversation = decodeMessages(wire['messages'], losses);
  const system = wire['system'] == null ? [] : decodeTexts(wire['system'], 'system', losses);
  const request: NeutralRequest = {
    model: REQUEST.string(wire['model'], 'model'),
    stream: REQUEST.findBoolean(wire, 'stream') ?? false,
    // This dialect's streams always tell their usage.
    streamUsage: true,
    instructions: [...system, ...conversation.instructions],
    turns: conversation.turns,
    tools: decodeTools(wire['tools'], losses),
    ...decodeToolChoice(wire['tool_choice']),
    output: decodeOutput(wire, losses),
    maxOutputTokens: getMaxTokens(wire),
    temperature: REQUEST.findNumber(wire, 'temperature'),
    topP: REQUEST.findNumber(wire, 'top_p'),
    topK: REQUEST.findInteger(wire, 'top_k', 0),
    stop: decodeStop(wire['stop_sequences']),
    seed: null,
    frequencyPenalty: null,
    presencePenalty: null,
    candidates: 1,
    logprobs: null,
    reasoning: decodeReasoning(wire, losses),
    serviceTier: decodeRequestTier(REQUEST.findString(wire, 'service_tier')),
    user: decodeUser(wire['metadata'], losses),
    metadata: null,
    verbosity: null,
    promptCacheKey: null,
  };
  return { request, losses: losses.losses };
}

function getMaxTokens(wire: JsonObject): number {
  const limit = REQUEST.findInteger(wire, 'max_tokens', 0);
  if (limit === null) REQUEST.refuse('max_tokens', 'is required');
  return limit;
}

function decodeStop(value: Json | undefined): readonly string[] {
  if (value == null) return [];
  return REQUEST.array(value, 'stop_sequences').map((entry, index) =>
    REQUEST.string(entry, `stop_sequences[${index}]`),
  );
}

function decodeUser(value: Json | undefined, losses: LossList): string | null {
  if (value == null) return null;
  const metadata = REQUEST.object(value, 'metadata');
  losses.addUnknown(metadata, METADATA_KEYS, 'metadata');
  return REQUEST.findString(metadata, 'user_id', 'metadata');
}

const OUTPUT_KEYS = new Set(['effort', 'format']);

/** `output_format` is the older place of `output_config.format`. */
function decodeOutput(wire: JsonObject, losses: LossList): OutputFormat | null {
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
