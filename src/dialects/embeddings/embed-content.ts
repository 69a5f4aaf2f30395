import { scanObject } from '../../json/scan.js';
import { asList, asObject, isCount, isList, isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import type { PathFields } from '../descriptor.js';
import { EMBED, EMBED_MANY } from '../gemini/paths.js';
import type { Loss } from '../neutral/neutral.types.js';
import { parseRequest } from '../reading.js';
import { bareModel } from '../refused-values.js';
import { RequestFieldError } from '../request-field-error.js';
import { fieldPath } from '../wire/field-reader.js';
import { LossList } from '../wire/loss-list.js';
import { MAX_INPUTS } from './input.js';
import type { VectorForm } from './vector-form.js';

/** Google's request for vectors, in OpenAI's words. */
interface EmbedContent {
  readonly body: Buffer;
  readonly form: VectorForm;
  /** what OpenAI's request has no word for, each named once */
  readonly losses: readonly Loss[];
}

/** One text to embed, and the path of the object that it stood in; '' for the body. */
interface Wish {
  readonly at: string;
  readonly wish: JsonObject;
}

const SAID_ELSEWHERE = new Set(['model', 'content', 'outputDimensionality', 'output_dimensionality']);

/**
 * Reads `embedContent` or `batchEmbedContents`. The parts of one content are one text, a line each.
 * @throws {RequestFieldError} for what is no text, for two lengths of vectors, and for another model than the path's
 * @throws {JsonSyntaxError} for a body that is no acceptable JSON object
 */
export function readEmbedContent(body: Buffer, { model, action }: PathFields): EmbedContent {
  scanObject(body, new Set());
  const wishes = wishesOf(parseRequest(body), action);
  for (const { at, wish } of wishes) requireModel(wish['model'], model, fieldPath(at, 'model'));
  const dimensions = dimensionsOf(wishes);
  const input = wishes.map(({ at, wish }) => textOf(wish['content'], fieldPath(at, 'content')));
  const said = { model, input, ...(dimensions === null ? {} : { dimensions }), encoding_format: 'float' };
  return {
    body: Buffer.from(JSON.stringify(said)),
    form: action === EMBED_MANY ? EMBED_MANY : EMBED,
    losses: lossesOf(wishes),
  };
}

/** OpenAI's answer as Google's. What is no answer of vectors is left as it is. */
export function encodeEmbedAnswer(answer: JsonObject, form: VectorForm): JsonObject | null {
  const { data, usage } = answer;
  if (!isList(data)) return null;
  const vectors = inOrder(data).map(item => ({ values: asObject(item)?.['embedding'] ?? [] }));
  const tokens = asObject(usage)?.['prompt_tokens'];
  const counted: JsonObject = typeof tokens === 'number' ? { usageMetadata: { promptTokenCount: tokens } } : {};
  return form === EMBED ? { embedding: vectors[0] ?? { values: [] }, ...counted } : { embeddings: vectors, ...counted };
}

/** OpenAI numbers the vectors by their texts; Google's have nothing but their order. */
function inOrder(data: readonly Json[]): readonly Json[] {
  const indexOf = (item: Json) => asObject(item)?.['index'];
  if (!data.every(item => isCount(indexOf(item)))) return data;
  return data.toSorted((one, other) => Number(indexOf(one)) - Number(indexOf(other)));
}

function wishesOf(body: JsonObject, action: string): Wish[] {
  if (action === EMBED) return [{ at: '', wish: body }];
  const requests = asList(body['requests']);
  if (requests.length === 0) throw new RequestFieldError('requests', 'requests must be a list that is not empty');
  if (requests.length > MAX_INPUTS) {
    const message = `requests must hold at most ${MAX_INPUTS} items, got ${requests.length}`;
    throw new RequestFieldError('requests', message);
  }
  return requests.map((wish, index) => {
    const at = `requests[${index}]`;
    if (!isObject(wish)) throw new RequestFieldError(at, `${at} must be an object`);
    return { at, wish };
  });
}

function requireModel(said: Json | undefined, model: string, path: string): void {
  if (!isSaid(said) || (typeof said === 'string' && bareModel(said) === bareModel(model))) return;
  throw new RequestFieldError(path, `${path} must be the model of the path`);
}

/** One length holds for all vectors of a request. */
function dimensionsOf(wishes: readonly Wish[]): number | null {
  let found: number | null | undefined;
  for (const { at, wish } of wishes) {
    const path = fieldPath(at, 'outputDimensionality');
    const said = wish['outputDimensionality'] ?? wish['output_dimensionality'] ?? null;
    if (said !== null && !(Number.isSafeInteger(said) && (said as number) >= 1))
      throw new RequestFieldError(path, `${path} must be a positive integer`);
    if (found !== undefined && found !== said)
      throw new RequestFieldError(path, `${path} must be the same in all requests`);
    found = said as number | null;
  }
  return found ?? null;
}

function textOf(content: Json | undefined, path: string): string {
  // Google's SDKs write a text alone as one of a content's forms.
  const parts = typeof content === 'string' ? [{ text: content }] : partsOf(content, path);
  const lines = parts.map((part, index) => {
    const text = asObject(part)?.['text'];
    if (typeof text === 'string') return text;
    const at = `${path}.parts[${index}]`;
    throw new RequestFieldError(at, `${at} must have a text: these models embed nothing else`);
  });
  const text = lines.join('\n');
  if (text.trim() === '') throw new RequestFieldError(path, `${path} must not be empty`);
  return text;
}

function partsOf(content: Json | undefined, path: string): readonly Json[] {
  const parts = asObject(content)?.['parts'];
  const list = isObject(parts) ? [parts] : asList(parts);
  if (list.length === 0) throw new RequestFieldError(path, `${path} must have parts`);
  return list;
}

function lossesOf(wishes: readonly Wish[]): readonly Loss[] {
  const losses = new LossList();
  const named = new Set(SAID_ELSEWHERE);
  for (const { at, wish } of wishes) {
    for (const [name, value] of Object.entries(wish)) {
      if (named.has(name) || !isSaid(value)) continue;
      named.add(name);
      losses.add(fieldPath(at, name), 'these models are not asked with it');
    }
  }
  return losses.losses;
}
