import type { JsonObject } from '../../json/value.js';
import type { Effort, NeutralRequest, OutputFormat, ReasoningRequest } from '../neutral/neutral.types.js';
import type { LossList } from '../wire/loss-list.js';
import { decodeSchema } from './schema.js';
import { READER, WireFields } from './wire-fields.js';

/** What of a neutral request stands in Google's `generationConfig`. */
export type Generation = Pick<
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

const LEVELS: Readonly<Record<string, Effort>> = { MINIMAL: 'minimal', LOW: 'low', MEDIUM: 'medium', HIGH: 'high' };

/** @throws {RequestFieldError} */
export function decodeGeneration(request: WireFields, losses: LossList): Generation {
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

function decodeReasoning(config: WireFields, losses: LossList): ReasoningRequest | null {
  const thinking = config.message('thinkingConfig');
  if (thinking === null) return null;
  const budget = thinking.integer('thinkingBudget', -1);
  const effort = decodeLevel(thinking);
  const shown = thinking.boolean('includeThoughts');
  thinking.loseRest(losses);
  return {
    mode: budget === null ? null : modeOf(budget),
    effort,
    budgetTokens: budget !== null && budget > 0 ? budget : null,
    show: shown === null ? null : shown ? 'auto' : 'none',
  };
}

function modeOf(budget: number): 'off' | 'on' | 'adaptive' {
  if (budget === 0) return 'off';
  return budget === -1 ? 'adaptive' : 'on';
}

function decodeLevel(thinking: WireFields): Effort | null {
  const level = thinking.constant('thinkingLevel');
  if (level === null) return null;
  const effort = Object.hasOwn(LEVELS, level) ? LEVELS[level] : undefined;
  if (effort !== undefined) return effort;
  READER.refuse(thinking.at('thinkingLevel'), 'must be minimal, low, medium or high');
}
