import { setImmediate as nextTurn } from 'node:timers/promises';
import { countTextTokens } from '../compose/prompt-tokens.js';
import { decodeTokens, MAX_TOKEN_ID } from '../compose/tokenizer.js';
import { reportedUsage } from '../faults/usage-fault.js';
import { asNumber, asTexts, type JsonObject } from '../json.js';
import { getModel } from '../model.js';
import { RequestRefusal } from '../wire/request-refusal.js';
import { embedText, MAX_DIMENSIONS } from './embedding-vector.js';
import type { Endpoint } from './endpoint.js';

const MAX_INPUTS = 150;
const MAX_TOKENS = 32_768;

/** OpenAI's embeddings. */
export const answerEmbeddings: Endpoint = async ({ body, findModel, plan }) => {
  getModel(body['model'], 'embeddings', findModel, 400);
  const inputs = inputsOf(body);
  const dimensions = Math.min(Math.max(1, Math.trunc(asNumber(body['dimensions']) ?? MAX_DIMENSIONS)), MAX_DIMENSIONS);
  const data: object[] = [];
  for (const [index, input] of inputs.entries()) {
    const vector = embedText(typeof input === 'string' ? input : await decodeTokens(input), dimensions);
    const embedding = body['encoding_format'] === 'base64' ? packed(vector) : vector;
    data.push({ object: 'embedding', index, embedding });
    await nextTurn();
  }
  const ids = inputs.reduce((sum, input) => sum + (typeof input === 'string' ? 0 : input.length), 0);
  const promptTokens = ids + (await countTextTokens(asTexts(inputs)));
  const usage = reportedUsage({ choices: [], promptTokens, completionTokens: 0, reasoningTokens: 0 }, plan.usage);
  const whole = (): object => ({
    object: 'list',
    data,
    model: body['model'],
    ...(usage && { usage: { prompt_tokens: usage.input, total_tokens: usage.input } }),
  });
  return { tokens: 0, whole, stream: null };
};

/** A text, a list of texts, the ids of one text's tokens, or a list of such. */
function inputsOf({ input }: JsonObject): Array<string | number[]> {
  const listed: unknown[] = !Array.isArray(input) || isTokens(input) ? [input] : input;
  const inputs = listed.filter(one => isText(one) || isTokens(one));
  if (inputs.length === listed.length && inputs.length > 0 && inputs.length <= MAX_INPUTS) return inputs;
  const message = `'input' must be 1 to ${MAX_INPUTS} texts that are not empty, or lists of token ids.`;
  throw new RequestRefusal(400, message, { param: 'input', code: 'invalid_value' });
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTokens(value: unknown): value is number[] {
  const isId = (id: unknown) => typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= MAX_TOKEN_ID;
  return Array.isArray(value) && value.length > 0 && value.length <= MAX_TOKENS && value.every(isId);
}

/** Four bytes a number, the least one first. */
function packed(vector: readonly number[]): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString('base64');
}
