import { request as httpRequest } from 'node:http';
import { Ajv } from 'ajv';
import OpenAI6 from 'openai6';
import OpenAI7 from 'openai7';
import { checkStrictly } from '../../../test/support/sandbox-checks/strict.js';
import type { SandboxModel } from './model.js';
import { type SandboxServer, startSandboxServer } from './server.js';

const API_KEY = 'sandbox-test-key';
const MODELS: SandboxModel[] = [
  { id: 'gpt-5-mini', maxOutputTokens: 4096 },
  { id: 'claude-sonnet-4-6', maxOutputTokens: null },
];
const ASK = { model: 'gpt-5-mini', messages: [{ role: 'user' as const, content: 'What is Neon?' }] };
const WEATHER_TOOL = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Current weather of a place',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['city', 'unit'],
      additionalProperties: false,
    },
  },
};

let server: SandboxServer;

beforeAll(async () => {
  server = await startSandboxServer({
    apiKey: API_KEY,
    models: id => MODELS.find(model => model.id === id) ?? null,
    check: checkStrictly,
  });
});

afterAll(() => server.close());

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function errorOf(response: Response): Promise<Record<string, unknown>> {
  return ((await response.json()) as { error: Record<string, unknown> }).error;
}

describe.each([
  ['openai 6', OpenAI6],
  ['openai 7', OpenAI7],
])('called with the SDK %s', (_, Sdk) => {
  // The two majors share the part of their interface used here.
  const client = () => new (Sdk as typeof OpenAI7)({ apiKey: API_KEY, baseURL: `${server.url}/v1`, maxRetries: 0 });

  it('answers sensibly, and the same question the same way', async () => {
    const first = await client().chat.completions.create(ASK);
    const again = await client().chat.completions.create(ASK);

    expect(first.choices[0].message.content).toMatch(/^Neon is a serverless Postgres/);
    expect(again.choices[0].message).toEqual(first.choices[0].message);
    expect(first).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-5-mini',
      choices: [{ finish_reason: 'stop' }],
    });
    expect(first.id).toMatch(/^chatcmpl-/);
    expect(Math.abs(first.created - Date.now() / 1000)).toBeLessThan(60);
    const usage = first.usage;
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
    expect(usage?.prompt_tokens_details?.cached_tokens).toBe(0);
  });

  it('streams the same text it would answer whole: role first, then tokens, a finish and the usage asked for', async () => {
    const whole = await client().chat.completions.create(ASK);
    const stream = await client().chat.completions.create({
      ...ASK,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI7.Chat.Completions.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);

    expect(chunks[0].choices[0].delta).toEqual({ role: 'assistant', content: '', refusal: null });
    const text = chunks.map(chunk => chunk.choices[0]?.delta.content ?? '').join('');
    expect(text).toBe(whole.choices[0].message.content);
    expect(chunks.at(-2)?.choices[0].finish_reason).toBe('stop');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every(chunk => chunk.usage === null)).toBe(true);
    expect(chunks).toHaveLength((whole.usage?.completion_tokens ?? 0) + 3);
  });

  it('calls a tool that is asked for and then answers from its result', async () => {
    const messages: OpenAI7.Chat.Completions.ChatCompletionMessageParam[] = [
      { role: 'user', content: 'call get_weather {"city": "Paris", "unit": "celsius"}' },
    ];
    const request = { model: 'gpt-5-mini', tools: [WEATHER_TOOL] };
    const first = await client().chat.completions.create({ ...request, messages });
    const call = first.choices[0].message.tool_calls?.[0];

    expect(first.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    if (call?.type !== 'function') throw new Error('expected a function call');
    expect(call.function.name).toBe('get_weather');
    expect(JSON.parse(call.function.arguments)).toEqual({ city: 'Paris', unit: 'celsius' });

    messages.push(first.choices[0].message, { role: 'tool', tool_call_id: call.id, content: '21 degrees and sunny' });
    const second = await client().chat.completions.create({ ...request, messages });
    expect(second.choices[0].finish_reason).toBe('stop');
    expect(second.choices[0].message.content).toContain('21 degrees and sunny');
  });

  it('streams a tool call with its arguments in pieces', async () => {
    const runner = client().chat.completions.stream({
      model: 'gpt-5-mini',
      tools: [WEATHER_TOOL],
      messages: [{ role: 'user', content: 'call get_weather {"city": "Paris", "unit": "celsius"}' }],
    });
    const indices = new Set<number>();
    let pieces = 0;
    for await (const chunk of runner) {
      for (const call of chunk.choices[0]?.delta.tool_calls ?? []) {
        indices.add(call.index);
        pieces++;
      }
    }
    const final = await runner.finalChatCompletion();

    expect([...indices]).toEqual([0]);
    expect(pieces).toBeGreaterThan(6);
    const [call] = final.choices[0].message.tool_calls ?? [];
    expect(call.type === 'function' && JSON.parse(call.function.arguments)).toEqual({ city: 'Paris', unit: 'celsius' });
    expect(final.choices[0].finish_reason).toBe('tool_calls');
  });

  it('answers to a JSON schema with a value that fits it', async () => {
    const schema = {
      type: 'object',
      properties: {
        title: { type: 'string', maxLength: 40 },
        steps: { type: 'array', minItems: 2, maxItems: 4, items: { $ref: '#/$defs/step' } },
      },
      required: ['title', 'steps'],
      additionalProperties: false,
      $defs: {
        step: { type: 'object', properties: { minutes: { type: 'integer', minimum: 1 } }, required: ['minutes'] },
      },
    };
    const answer = await client().chat.completions.create({
      ...ASK,
      response_format: { type: 'json_schema', json_schema: { name: 'plan', strict: true, schema } },
    });
    const validate = new Ajv({ strict: false }).compile(schema);

    expect(validate(JSON.parse(answer.choices[0].message.content ?? ''))).toBe(true);
  });
});

describe('an answer', () => {
  type Completion = OpenAI7.Chat.Completions.ChatCompletion;
  const complete = async (fields: Record<string, unknown>): Promise<Completion> => {
    const response = await post({ ...ASK, ...fields });
    expect(response.status).toBe(200);
    return response.json() as Promise<Completion>;
  };
  const say = (content: unknown) => ({ messages: [{ role: 'user', content }] });

  it('is exactly what the prompt asks to repeat', async () => {
    const answer = await complete(say('Reply with exactly: nonce-42 <|endoftext|> 🎉'));
    expect(answer.choices[0].message.content).toBe('nonce-42 <|endoftext|> 🎉');
  });

  it('has as many different choices as n asks for', async () => {
    const answer = await complete({ ...say('Tell me about rivers'), n: 5 });
    expect(new Set(answer.choices.map(choice => choice.message.content)).size).toBe(5);
    expect(answer.choices.map(choice => choice.index)).toEqual([0, 1, 2, 3, 4]);
  });

  it('streams every choice of n', async () => {
    const response = await post({ ...ASK, n: 3, stream: true });
    const events = (await response.text()).split('\n\n').filter(Boolean);
    expect(events.at(-1)).toBe('data: [DONE]');
    const finishes = events
      .slice(0, -1)
      .map(event => JSON.parse(event.slice(6)).choices[0])
      .filter(choice => choice.finish_reason !== null);
    expect(finishes.map(choice => choice.index).toSorted()).toEqual([0, 1, 2]);
  });

  it('ends before a stop sequence', async () => {
    const answer = await complete({ ...say('repeat: one two three four'), stop: ['four', ' three'] });
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'one two' } });
  });

  it.each(['max_tokens', 'max_completion_tokens'])('is cut to exactly %s with finish_reason length', async field => {
    const answer = await complete({ ...say('Explain indexes in detail'), [field]: 7 });
    expect(answer.choices[0].finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBe(7);
  });

  it('changes with the seed, and repeats with it', async () => {
    const texts = await Promise.all([1, 2, 1].map(seed => complete({ ...say('Describe moss'), seed })));
    const [first, second, again] = texts.map(answer => answer.choices[0].message.content);
    expect(second).not.toBe(first);
    expect(again).toBe(first);
  });

  it('is long when asked to explain and short when asked a short question', async () => {
    const long = await complete(say('Explain branching in Postgres.'));
    const short = await complete(say('What colour is moss?'));
    expect(long.choices[0].message.content?.split('\n\n')).toHaveLength(3);
    expect(short.usage?.completion_tokens).toBeLessThan(80);
    expect(short.choices[0].message.content).toContain('moss');
  });

  it('carries log probabilities, one for each token, when asked', async () => {
    const answer = await complete({ logprobs: true, top_logprobs: 2 });
    const content = answer.choices[0].logprobs?.content ?? [];
    expect(content.map(entry => entry.token).join('')).toBe(answer.choices[0].message.content);
    expect(content[0].top_logprobs).toHaveLength(2);
    expect(content[0].logprob).toBeLessThanOrEqual(0);
  });

  it('is some JSON object for json_object', async () => {
    const answer = await complete({ response_format: { type: 'json_object' } });
    expect(JSON.parse(answer.choices[0].message.content ?? '')).toEqual(expect.any(Object));
  });

  it('calls the named function whatever the prompt says, and none when the choice is none', async () => {
    const choice = { type: 'function', function: { name: 'get_weather' } };
    const named = await complete({ tools: [WEATHER_TOOL], tool_choice: choice });
    const none = await complete({ ...say('weather in Rome'), tools: [WEATHER_TOOL], tool_choice: 'none' });
    expect(named.choices[0].message.tool_calls).toHaveLength(1);
    expect(none.choices[0].message.tool_calls).toBeUndefined();
  });

  it('speaks the older function_call form to those who offer functions', async () => {
    const answer = await complete({ functions: [WEATHER_TOOL.function], function_call: { name: 'get_weather' } });
    expect(answer.choices[0].finish_reason).toBe('function_call');
    expect(answer.choices[0].message.function_call?.name).toBe('get_weather');
  });

  it('calls custom tools with text', async () => {
    const tools = [{ type: 'custom', custom: { name: 'run_sql' } }];
    const answer = await complete({ ...say('call run_sql select 1'), tools });
    expect(answer.choices[0].message.tool_calls).toMatchObject([
      { type: 'custom', custom: { name: 'run_sql', input: 'select 1' } },
    ]);
  });

  it('counts an image as a flat cost, however large its data is', async () => {
    const image = (size: number) => ({
      type: 'image_url',
      image_url: { url: `data:image/png;base64,${'A'.repeat(size)}` },
    });
    const small = await complete(say([{ type: 'text', text: 'Look' }, image(10)]));
    const large = await complete(say([{ type: 'text', text: 'Look' }, image(1_000_000)]));
    expect(large.usage?.prompt_tokens).toBe(small.usage?.prompt_tokens);
    expect(large.usage?.prompt_tokens).toBeGreaterThan(700);
  });

  it('accepts a body of 32 MiB and estimates its tokens', async () => {
    const words = 'all work and no play '.repeat(1_590_000);
    const answer = await complete({ ...say(words), max_tokens: 5 });
    expect(answer.usage?.prompt_tokens).toBeGreaterThan(7_000_000);
  });

  it('keeps concurrent callers apart', async () => {
    const nonces = Array.from({ length: 50 }, (_, index) => `nonce-${index}`);
    const answers = await Promise.all(nonces.map(nonce => complete(say(`repeat: ${nonce}`))));
    expect(answers.map(answer => answer.choices[0].message.content)).toEqual(nonces);
  });
});

describe('the server', () => {
  const get = (path: string, method = 'GET') =>
    fetch(server.url + path, { method, headers: { authorization: `Bearer ${API_KEY}` } });

  it.each(['Bearer wrong', 'Basic c2FuZGJveA==', ''])('refuses the authorization %p with 401', async authorization => {
    const response = await post(ASK, { authorization });
    expect(response.status).toBe(401);
    expect(await errorOf(response)).toMatchObject({ type: 'authentication_error', code: 'invalid_api_key' });
  });

  it('answers 404 to an unknown model and names it', async () => {
    const response = await post({ ...ASK, model: 'gpt-9' });
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({
      code: 'model_not_found',
      message: expect.stringContaining('gpt-9'),
    });
  });

  it('answers 400 to a field it does not know and names it', async () => {
    const response = await post({ ...ASK, thinking: { type: 'enabled' } });
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toEqual({
      message: "Unknown parameter: 'thinking'.",
      type: 'invalid_request_error',
      param: 'thinking',
      code: 'unknown_parameter',
    });
  });

  it('answers 404 to unknown routes and 405 to wrong methods, in JSON', async () => {
    expect(await errorOf(await get('/v1/completions'))).toMatchObject({ code: 'unknown_url' });
    const wrong = await get('/v1/chat/completions');
    expect(wrong.status).toBe(405);
    expect(await errorOf(wrong)).toMatchObject({ code: 'method_not_supported' });
  });

  it.each(['', '{"model":', '{"model": NaN}'])('answers 400 to the malformed body %p', async body => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: 'invalid_json' });
  });

  it.each([
    ['in one object', ':1,'],
    ['with space before the colons', ' : 1,'],
    ['in objects of their own', ':{},'],
  ])('answers 400 to a body of more than 100,000 keys %s, before it is parsed', async (_, rest) => {
    const parse = jest.spyOn(JSON, 'parse');
    const keys = Array.from({ length: 100_001 }, (__, index) => `"k${index}"${rest}`).join('');
    const response = await post(`{${keys}"last":1}`);
    expect(response.status).toBe(400);
    expect(parse.mock.calls.filter(([text]) => String(text).length > 1_000)).toEqual([]);
    parse.mockRestore();
    expect(await errorOf(response)).toMatchObject({ code: 'object_above_max_properties' });
  });

  it('takes as many colons in a text as somebody likes', async () => {
    const content = `${'a": "b\\" :'.repeat(60_000)} Reply with exactly: ok`;
    expect((await post({ ...ASK, messages: [{ role: 'user', content }] })).status).toBe(200);
  });

  it('answers 400 to a body that is JSON but no object', async () => {
    expect((await post('[]')).status).toBe(400);
    expect((await post('null')).status).toBe(400);
  });

  it('answers 415 to other content types', async () => {
    expect((await post(ASK, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  it('answers 413 above 33 MiB without reading the body', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
      const sent = httpRequest(`${server.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...headers, 'content-length': 34 * 1024 * 1024 },
      });
      sent.on('response', response => {
        resolve(response.statusCode);
        sent.destroy();
      });
      sent.on('error', reject);
      sent.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it('stays responsive while it counts a prompt that is hard to tokenize', async () => {
    const hard = post({ ...ASK, messages: [{ role: 'user', content: '汉'.repeat(200_000) }] });
    const order: string[] = [];
    const light = post({ ...ASK, model: 'none' });
    const answered = await Promise.all([
      hard.finally(() => order.push('hard')),
      light.finally(() => order.push('light')),
    ]);
    expect(answered.map(({ status }) => status)).toEqual([200, 404]);
    expect(order).toEqual(['light', 'hard']);
  });

  it('breaks off what is being answered when it closes', async () => {
    const other = await startSandboxServer({ apiKey: API_KEY, models: () => MODELS[0] });
    const pending = fetch(`${other.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${API_KEY}`,
        'content-type': 'application/json',
        'x-bough-sandbox-fault': 'hang',
      },
      body: JSON.stringify(ASK),
    });
    const outcome = pending.then(
      () => 'answered',
      () => 'broken off',
    );
    // The first request has arrived once a second one, sent after it, was answered.
    expect((await fetch(`${other.url}/nowhere`)).status).toBe(404);
    await other.close();
    expect(await outcome).toBe('broken off');
  });
});
