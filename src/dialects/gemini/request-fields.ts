import { type JsonField, JsonSyntaxError, type ScannedObject, scanObject } from '../../json/scan.js';
import { readInteger, readString } from '../../json/splice.js';
import { refusedNames, suspectsOf } from '../refuse-fields.js';
import { MENTIONS } from '../mentions.js';
import { RequestFieldError } from '../request-field-error.js';
import { requireCount } from '../wire/request-scan.js';

const CONFIGS = ['generationConfig', 'generation_config'] as const;
/** A count of tokens may be asked of a whole request, which then names its model again. */
const WRAPPERS = ['generateContentRequest', 'generate_content_request'] as const;
const MODEL: ReadonlySet<string> = new Set(['model']);
/** Google takes either spelling of every name; all other fields pass unseen. */
const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  ...CONFIGS,
  ...WRAPPERS,
  'model',
  // what may cost more than the plain tokens
  'serviceTier',
  'service_tier',
  'tools',
  ...refusedNames('gemini_generate_content'),
]);
const SUSPECTS = suspectsOf('gemini_generate_content');
const LIMITS = ['maxOutputTokens', 'max_output_tokens'] as const;
const COUNTS = ['candidateCount', 'candidate_count'] as const;
const CONFIG_FIELDS: ReadonlySet<string> = new Set([...LIMITS, ...COUNTS]);

/** Model and stream stand in the path, not in the body. */
export interface GeminiRequest {
  readonly scanned: ScannedObject;
  /** for one candidate; null where it is not given */
  readonly maxOutputTokens: number | null;
  /** How many candidates are asked for: 1 when absent. */
  readonly candidates: number;
  /** where the body says the model that the path says */
  readonly repeatedModels: readonly JsonField[];
}

/**
 * Reads what the gateway must know of a request, without parsing the rest: not even a schema in the generation config,
 * however large. An explicit null counts as absent. Of two spellings the larger value counts: what is reserved must cover
 * either.
 *
 * Throws `JsonSyntaxError` for a body that is no acceptable JSON object, `RequestFieldError` for a field of a wrong type.
 */
export function readGeminiRequest(body: Buffer): GeminiRequest {
  const whole = scanObject(body, REQUEST_FIELDS, { suspects: SUSPECTS, words: MENTIONS });
  let maxOutputTokens: number | null = null;
  let candidates: number | null = null;
  for (const name of CONFIGS) {
    const field = whole.fields.get(name);
    if (field === undefined || field.kind === 'null') continue;
    if (field.kind !== 'object') throw new RequestFieldError(name, `${name} must be an object`);
    const config = scanConfig(body, field);
    maxOutputTokens = largest(maxOutputTokens, config, LIMITS, name, 0);
    candidates = largest(candidates, config, COUNTS, name, 1);
  }
  const repeated = repeatedModels(body, whole);
  return { scanned: whole, maxOutputTokens, candidates: candidates ?? 1, repeatedModels: repeated };
}

function repeatedModels(body: Buffer, { fields }: ScannedObject): JsonField[] {
  const own = fields.get('model');
  const places = own === undefined ? [] : [own];
  for (const name of WRAPPERS) {
    const wrapper = fields.get(name);
    if (wrapper?.kind !== 'object') continue;
    const inner = scanned(body, wrapper, name, MODEL).fields.get('model');
    const { start } = wrapper;
    if (inner !== undefined) places.push({ ...inner, start: start + inner.start, end: start + inner.end });
  }
  return places;
}

interface ScannedConfig {
  readonly bytes: Buffer;
  readonly fields: ReadonlyMap<string, JsonField>;
}

function scanConfig(body: Buffer, field: JsonField): ScannedConfig {
  return scanned(body, field, 'generationConfig', CONFIG_FIELDS);
}

function scanned(body: Buffer, field: JsonField, name: string, watched: ReadonlySet<string>): ScannedConfig {
  const bytes = body.subarray(field.start, field.end);
  try {
    return { bytes, fields: scanObject(bytes, watched).fields };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    // The body is valid JSON, so a field of ours stands there twice, or in a disguise.
    throw new RequestFieldError(name, `${name} must hold each field once, plainly written`);
  }
}

function largest(
  before: number | null,
  config: ScannedConfig,
  names: readonly string[],
  parent: string,
  least: 0 | 1,
): number | null {
  let found = before;
  for (const name of names) {
    const field = config.fields.get(name);
    if (field === undefined || field.kind === 'null') continue;
    const count = requireCount(readCount(config.bytes, field), `${parent}.${name}`, least);
    found = Math.max(found ?? 0, count);
  }
  return found;
}

/** Google's JSON lets an integer stand in quotes. */
function readCount(bytes: Buffer, field: JsonField): number | null {
  if (field.kind !== 'string') return readInteger(bytes, field);
  const text = readString(bytes, field);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
