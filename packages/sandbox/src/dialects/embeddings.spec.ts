import OpenAI6 from 'openai6';
import OpenAI7 from 'openai7';
import { checkStrictly } from '../../../../test/support/sandbox-checks/strict.js';
import type { SandboxModel } from '../model.js';
import { type SandboxServer, startSandboxServer } from '../server.js';
import { tokenPieces } from '../compose/tokenizer.js';

type Answer = OpenAI7.CreateEmbeddingResponse;

const API_KEY = 'sandbox-test-key';
const MODEL = 'qwen3-embedding-0-6b';
const NOBODYS = { maxOutputTokens: null };
const MODELS: SandboxModel[] = [
  { id: MODEL, ...NOBODYS, dialects: new Set(['embeddings']) },
  { id: 'gpt-5-mini', ...NOBODYS, dialects: new Set(['chat_completions']) },
];

let server: SandboxServer;

beforeAll(async () => {
  server = await startSandboxServer({
    apiKey: API_KEY,
    models: id => MODELS.find(model => model.id === id) ?? null,
    check: checkStrictly,
  });
});

afterAll(() => server.close());

function post(body: object, fault = '', path = '/v1/embeddings'): Promise<Response> {
  return fetch(server.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
      'x-bough-sandbox-fault': fault,
    },
    body: JSON.stringify({ model: MODEL, ...body }),
  });
}

async function embed(body: object): Promise<Answer> {
  const response = await post(body);
  expect(response.status).toBe(200);
  return response.json() as Promise<Answer>;
}

async function vectorsOf(...input: string[]): Promise<number[][]> {
  return (await embed({ input })).data.map(({ embedding }) => embedding);
}

/** The cosine, for vectors of length 1. */
function likeness(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * right[index], 0);
}

describe.each([
  ['openai 6', OpenAI6],
  ['openai 7', OpenAI7],
])('called with the SDK %s', (_, Sdk) => {
  // The two majors share the part of their interface used here.
  const client = () => new (Sdk as typeof OpenAI7)({ apiKey: API_KEY, baseURL: `${server.url}/v1`, maxRetries: 0 });

  it('gives the same numbers in base64, which the SDK asks for, and as they are', async () => {
    const input = ['a first text', 'and another'];
    const packed = await client().embeddings.create({ model: MODEL, input });
    const plain = await client().embeddings.create({ model: MODEL, input, encoding_format: 'float' });

    expect(packed).toMatchObject({ object: 'list', model: MODEL, usage: plain.usage });
    for (const [index, { embedding }] of plain.data.entries()) {
      expect(packed.data[index]).toMatchObject({ object: 'embedding', index });
      expect(packed.data[index].embedding).toHaveLength(1024);
      expect(likeness(packed.data[index].embedding, embedding)).toBeCloseTo(1, 5);
      expect(packed.data[index].embedding[7]).toBeCloseTo(embedding[7], 6);
    }
  });
});

describe('a vector', () => {
  it('has length 1 and depends on nothing but its text', async () => {
    const [first, other, again] = await vectorsOf('one text', 'another text', 'one text');
    expect(likeness(first, first)).toBeCloseTo(1, 4);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('is nearer to texts of the same words and to words of the same letters', async () => {
    const [text, near, far] = await vectorsOf(
      'How do database indexes work?',
      'An index makes a database work fast.',
      'Moss grows on wet stones.',
    );
    expect(likeness(text, near)).toBeGreaterThan(likeness(text, far) + 0.2);
    const [word, plural, stranger] = await vectorsOf('branch', 'branches', 'tokyo');
    expect(likeness(word, plural)).toBeGreaterThan(likeness(word, stranger) + 0.2);
  });

  it('tells texts of the same words in another order apart', async () => {
    const [text, turned] = await vectorsOf('dog bites man', 'man bites dog');
    expect(likeness(text, turned)).toBeGreaterThan(0.9);
    expect(turned).not.toEqual(text);
  });

  it.each([1, 32, 512])('of %i dimensions is the beginning of the whole one, at length 1', async dimensions => {
    const input = 'How do database indexes work?';
    const { embedding } = (await embed({ input, dimensions })).data[0];
    const [whole] = await vectorsOf(input);
    expect(embedding).toHaveLength(dimensions);
    expect(likeness(embedding, embedding)).toBeCloseTo(1, 4);
    const start = whole.slice(0, dimensions);
    expect(likeness(embedding, start) / Math.sqrt(likeness(start, start))).toBeCloseTo(1, 3);
  });

  it('exists for texts without a word', async () => {
    const vectors = await vectorsOf('!?', '…', '🎉');
    expect(vectors.map(vector => Number(likeness(vector, vector).toFixed(3)))).toEqual([1, 1, 1]);
  });
});

describe('an answer', () => {
  it('counts the tokens of all inputs', async () => {
    const tokens = async (...input: string[]) => (await embed({ input })).usage;
    const [one, two, both] = [await tokens('a few words'), await tokens('x'), await tokens('a few words', 'x')];
    expect(one).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    expect(both.prompt_tokens).toBe(one.prompt_tokens + two.prompt_tokens);
  });

  it('is the same for a text and for the ids of its tokens, one list of them or many', async () => {
    const text = 'hello world';
    const ids = [24912, 2375];
    expect((await tokenPieces(text)).map(piece => piece.text)).toEqual(['hello', ' world']);
    const plain = await embed({ input: text });
    expect(await embed({ input: ids })).toEqual(plain);
    const many = await embed({ input: [ids, [2375]] });
    expect(many.data[0]).toEqual(plain.data[0]);
    expect(many.usage.prompt_tokens).toBe(3);
  });

  it('takes 150 inputs and refuses one more', async () => {
    const inputs = Array.from({ length: 150 }, (_, index) => `text ${index}`);
    expect((await embed({ input: inputs })).data.map(({ index }) => index)).toEqual(inputs.map((_, index) => index));
    expect((await post({ input: [...inputs, 'x'] })).status).toBe(400);
  });

  it.each([
    ['missing', undefined],
    ['zero', { prompt_tokens: 0, total_tokens: 0 }],
    ['negative', { prompt_tokens: -5, total_tokens: -5 }],
  ])('with usage=%s says so', async (fault, usage) => {
    const answer = (await (await post({ input: 'x' }, `usage=${fault}`)).json()) as Partial<Answer>;
    expect(answer.usage).toEqual(usage);
  });

  it('suffers faults as every other', async () => {
    expect((await post({ input: 'x' }, 'status=503')).status).toBe(503);
  });
});

describe('a refusal', () => {
  it.each<[string, object]>([
    ['input', {}],
    ['input', { input: '' }],
    ['input', { input: [] }],
    ['input[1]', { input: ['x', ''] }],
    ['input[1]', { input: ['x', 5] }],
    ['input[1]', { input: [5, 'x'] }],
    ['input[0]', { input: [-1] }],
    ['input[0]', { input: [200_000] }],
    ['input[0]', { input: [[]] }],
    ['input', { input: { text: 'x' } }],
    ['input', { input: new Array(32_769).fill(1) }],
    ['dimensions', { input: 'x', dimensions: 0 }],
    ['dimensions', { input: 'x', dimensions: 1025 }],
    ['encoding_format', { input: 'x', encoding_format: 'int8' }],
    ['stream', { input: 'x', stream: true }],
  ])('names %s where it may not stand so (%#)', async (param, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param } });
  });

  it('meets unknown models, models of other dialects here, and this model elsewhere', async () => {
    expect((await post({ input: 'x', model: 'gpt-9' })).status).toBe(404);
    expect((await post({ input: 'x', model: 'gpt-5-mini' })).status).toBe(400);
    const chat = await post({ messages: [{ role: 'user', content: 'x' }] }, '', '/v1/chat/completions');
    expect(await chat.json()).toMatchObject({ error: { param: 'model', code: 'model_not_supported' } });
  });
});
