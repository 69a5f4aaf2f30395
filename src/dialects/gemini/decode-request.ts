import type { JsonObject } from '../../json/value.js';
import type { DecodedRequest } from '../neutral/codec.js';
import type { NeutralRequest, OutputFormat } from '../neutral/neutral.types.js';
import { LossList } from '../wire/loss-list.js';
import { decodeContents, decodeInstructions } from './decode-turns.js';
import { decodeReasoning } from './reasoning.js';
import { decodeSchema } from './schema.js';
import { decodeServiceTier } from './service-tier.js';
import { decodeToolChoice, decodeTools } from './tools.js';
import { READER, WireFields } from './wire-fields.js';

/** These hold a part of the conversation that nobody but Google can read: an answer without it would be one to another question. */
const ELSEWHERE = ['cachedContent', 'continuationToken'] as const;

/**
 * Reads a GenerateContent request. Model and stream stand in Google's path; the caller of this has put them into the object,
 * as `model` and `stream`.
 */
export function decodeGeminiRequest(wire: JsonObject): DecodedRequest {
  const losses = new LossList();
  const fields = new WireFields(wire, '');
  const model = fields.string('model') ?? '';
  const stream = fields.boolean('stream') === true;
  for (const name of ELSEWHERE) {
    if (fields.has(name)) READER.refuse(fields.at(name), 'names content that only Google can read');
  }
  const instructions = decodeInstructions(fields, losses);
  const request = {
    model,
    stream,
    streamUsage: true,
    instructions,
    turns: decodeContents(fields, instructions, losses),
    tools: decodeTools(fields, losses),
    toolChoice: decodeToolChoice(fields, losses),
    parallelToolCalls: null,
    ...decodeGeneration(fields, losses),
    serviceTier: decodeServiceTier(fields.string('serviceTier') ?? ''),
    user: null,
    metadata: fields.stringMap('labels'),
    verbosity: null,
    promptCacheKey: null,
  };
  fields.loseRest(losses);
  return { request, losses: losses.losses };
}

/** What of a neutral request stands in Google's `generationConfig`. */
type Generation = Pick<
  NeutralRequest,
  | 'output'
  | 'maxOutputTokens'
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'stop'
  | 'seed'
  | 'frequencyPenalty'
  | 'presencePenalty'
  | 'candidates'
  | 'logprobs'
  | 'reasoning'
>;

/** @throws {RequestFieldError} */
function decodeGeneration(request: WireFields, losses: LossList): Generation {
  const config = request.message('generationConfig') ?? new WireFields({}, 'generationConfig');
  const generation = {
    output: decodeOutput(config, losses),
    maxOutputTokens: config.integer('maxOutputTokens', 0),
    temperature: config.number('temperature'),
    topP: config.number('topP'),
    topK: config.integer('topK', 0),
    stop: config.strings('stopSequences'),
    seed: config.integer('seed', Number.MIN_SAFE_INTEGER),
    frequencyPenalty: config.number('frequencyPenalty'),
    presencePenalty: config.number('presencePenalty'),
    candidates: config.integer('candidateCount', 1) ?? 1,
    logprobs: decodeLogprobs(config, losses),
    reasoning: decodeReasoning(config, losses),
  };
  loseModalities(config, losses);
  config.loseRest(losses);
  return generation;
}

function decodeLogprobs(config: WireFields, losses: LossList): { readonly top: number } | null {
  const wanted = config.boolean('responseLogprobs') === true;
  const top = config.integer('logprobs', 0);
  if (wanted) return { top: top ?? 0 };
  if (top !== null) losses.add(config.at('logprobs'), 'it only means something beside responseLogprobs');
  return null;
}

function loseModalities(config: WireFields, losses: LossList): void {
  const modalities = config.strings('responseModalities');
  if (modalities.some(modality => modality.toUpperCase() !== 'TEXT')) losses.add(config.at('responseModalities'));
}

function decodeOutput(config: WireFields, losses: LossList): OutputFormat | null {
  const json = isJson(config, 'responseMimeType');
  const schema = config.carried('responseSchema');
  // REST pages spell the second with an underscore before it, too.
  const jsonSchema = config.carried('responseJsonSchema') ?? config.carried('_responseJsonSchema');
  if (schema !== null && jsonSchema !== null) {
    READER.refuse(config.path, 'must not hold both responseSchema and responseJsonSchema');
  }
  const formats = decodeFormats(config, losses);
  if (schema !== null) return schemaOutput(decodeSchema(schema));
  if (jsonSchema !== null) return schemaOutput(jsonSchema);
  return json ? { type: 'json' } : formats;
}

/** The newer field, a list with an entry for each modality. */
function decodeFormats(config: WireFields, losses: LossList): OutputFormat | null {
  let output: OutputFormat | null = null;
  for (const format of config.messages('responseFormat')) {
    const text = format.message('text');
    if (text !== null) {
      const json = isJson(text, 'mimeType');
      const schema = text.carried('schema');
      output = schema === null ? (json ? { type: 'json' } : null) : schemaOutput(schema);
      text.loseRest(losses);
    }
    format.loseRest(losses);
  }
  return output;
}

function isJson(fields: WireFields, name: string): boolean {
  const mediaType = fields.string(name)?.toLowerCase().replace('_', '/') ?? '';
  if (mediaType === '' || mediaType === 'text/plain') return false;
  if (mediaType === 'application/json') return true;
  READER.refuse(fields.at(name), 'must be text/plain or application/json');
}

function schemaOutput(schema: JsonObject): OutputFormat {
  return { type: 'schema', name: null, description: null, schema, strict: null };
}
