import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CreateEmbeddingResponse } from 'openai7/resources/embeddings';
import type { Endpoint } from '../endpoint.js';
import { countTextTokens } from '../prompt-tokens.js';
import { decodeTokens } from '../tokenizer.js';
import { reportedUsage } from '../usage-fault.js';
import { embedText } from './embedding-vector.js';
import { checkEmbeddingsRequest } from './embeddings-request.js';

/** OpenAI's embeddings. */
export const answerEmbeddings: Endpoint = async asked => {
  const { model, inputs, dimensions, isBase64 } = checkEmbeddingsRequest(asked);
  const data: Array<{ object: 'embedding'; index: number; embedding: number[] | string }> = [];
  for (const [index, input] of inputs.entries()) {
    const vector = embedText(typeof input === 'string' ? input : await decodeTokens(input), dimensions);
    data.push({ object: 'embedding', index, embedding: isBase64 ? packed(vector) : vector });
    await nextTurn();
  }
  const promptTokens = await tokensOf(inputs);
  const answer = { choices: [], promptTokens, completionTokens: 0, reasoningTokens: 0 };
  const usage = reportedUsage(answer, asked.plan.usage);
  const whole = (): object => ({
    object: 'list' satisfies CreateEmbeddingResponse['object'],
    data,
    model,
    ...(usage && { usage: { prompt_tokens: usage.input, total_tokens: usage.input } }),
  });
  return { tokens: 0, whole, stream: null };
};

async function tokensOf(inputs: string[] | number[][]): Promise<number> {
  const texts = inputs.filter(input => typeof input === 'string');
  const ids = inputs.reduce((sum, input) => sum + (typeof input === 'string' ? 0 : input.length), 0);
  return ids + (await countTextTokens(texts));
}

/** Four bytes a number, the least one first. */
function packed(vector: readonly number[]): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, 4 * index);
  return bytes.toString('base64');
}
