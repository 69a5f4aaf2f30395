import type { EmbeddingCreateParams } from 'openai7/resources/embeddings';
import type { AskedRequest } from '#sandbox';
import { getModel } from '../../../packages/sandbox/src/model.js';
import { RequestRefusal } from '#sandbox';
import { MAX_TOKEN_ID } from '../../../packages/sandbox/src/compose/tokenizer.js';
import { type Check, integer, isJsonObject, list, oneOf, shape, text } from './wire-checks.js';
import { MAX_DIMENSIONS } from '../../../packages/sandbox/src/dialects/embedding-vector.js';

const MAX_INPUTS = 150;
const MAX_TOKENS = 32_768;

/** A checked request, its inputs in one list: texts, or the ids of their tokens. */
export interface EmbeddingsRequest {
  model: string;
  inputs: string[] | number[][];
  dimensions: number;
  isBase64: boolean;
}

const inputText = text({ min: 1 });
const tokenIds = list(integer(0, MAX_TOKEN_ID), { min: 1, max: MAX_TOKENS });

const input: Check = (value, path) => {
  if (!Array.isArray(value)) return inputText(value, path);
  if (typeof value[0] === 'number') return tokenIds(value, path);
  list(Array.isArray(value[0]) ? tokenIds : inputText, { min: 1, max: MAX_INPUTS })(value, path);
};

const checkShape = shape(
  {
    input,
    model: text({ min: 1, max: 256 }),
    dimensions: integer(1, MAX_DIMENSIONS),
    encoding_format: oneOf('float', 'base64'),
    user: text(),
  } satisfies Record<keyof EmbeddingCreateParams, Check>,
  ['input', 'model'],
);

/** Checks a request as OpenAI would. Throws `RequestRefusal`: 404 for the model, 400 for the rest. */
export function checkEmbeddingsRequest({ body, findModel }: AskedRequest): EmbeddingsRequest {
  if (!isJsonObject(body)) refuse('body', 'Expected the request body to be a JSON object.');
  if (typeof body['model'] !== 'string' || body['model'] === '') refuse('model', 'You must provide a model parameter.');
  getModel(body['model'], 'embeddings', findModel, 400);
  checkShape(body, '');
  const { model, input: given, dimensions, encoding_format: format } = body as unknown as EmbeddingCreateParams;
  return { model, inputs: listOf(given), dimensions: dimensions ?? MAX_DIMENSIONS, isBase64: format === 'base64' };
}

function refuse(param: string, message: string): never {
  throw new RequestRefusal(400, message, { param, code: 'missing_required_parameter' });
}

/** What was checked has elements of one kind. */
function listOf(given: EmbeddingCreateParams['input']): string[] | number[][] {
  if (typeof given === 'string') return [given];
  return typeof given[0] === 'number' ? [given as number[]] : (given as string[] | number[][]);
}
