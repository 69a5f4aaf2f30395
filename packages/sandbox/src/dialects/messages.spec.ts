import Anthropic from 'anthropic-sdk';
import Anthropic0 from 'anthropic-sdk-0';
import { checkStrictly } from '../../../../test/support/sandbox-checks/strict.js';
import type { SandboxModel } from '../model.js';
import { type SandboxServer, startSandboxServer } from '../server.js';

const API_KEY = 'sandbox-test-key';
const MODELS: SandboxModel[] = [
  { id: 'claude-sonnet-4-6', maxOutputTokens: 64_000 },
  {
    id: 'gpt-5-mini',
    maxOutputTokens: null,
    dialects: new Set(['chat_completions']),
  },
];
const ASK = {
  model: 'claude-sonnet-4-6',
  max_tokens: 2000,
  messages: [{ role: 'user' as const, content: 'What is Neon?' }],
};
const THINKING = { type: 'enabled' as const, budget_tokens: 1024 };
const WEATHER = {
  name: 'get_weather',
  description: 'Current weather of a place',
  input_schema: {
    type: 'object' as const,
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
    required: ['city', 'unit'],
    additionalProperties: false,
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

const HEADERS = {
  authorization: `Bearer ${API_KEY}`,
  'anthropic-version': '2023-06-01',
  'content-type': 'application/json',
};

function post(body: unknown, headers: Record<string, string> = {}, path = '/v1/messages'): Promise<Response> {
  const sent = Object.entries({ ...HEADERS, ...headers }).filter(([, value]) => value !== '');
  return fetch(`${server.url}/anthropic${path}`, { method: 'POST', headers: sent, body: JSON.stringify(body) });
}

interface WireEvent {
  event: string;
  data: Record<string, unknown> & { type: string; index?: number; delta?: { type?: string; partial_json?: string } };
}

async function eventsOf(body: object): Promise<WireEvent[]> {
  const text = await (await post({ ...body, stream: true })).text();
  return text
    .split('\n\n')
    .filter(Boolean)
    .map(event => {
      const [, name, json] = /^event: (.+)\ndata: (.+)$/.exec(event) ?? [];
      return { event: name, data: JSON.parse(json) };
    });
}

describe.each([
  ['anthropic 1', Anthropic],
  ['anthropic 0', Anthropic0],
])('called with the SDK %s', (_, Sdk) => {
  // The two majors share the part of their interface used here.
  const client = () =>
    new (Sdk as typeof Anthropic)({
      apiKey: null,
      authToken: API_KEY,
      baseURL: `${server.url}/anthropic`,
      maxRetries: 0,
    });

  it('answers sensibly, and the same question the same way', async () => {
    const first = await client().messages.create(ASK);
    const again = await client().messages.create(ASK);

    expect(first.content).toEqual([{ type: 'text', text: expect.stringMatching(/^Neon is a serverless Postgres/) }]);
    expect(again.content).toEqual(first.content);
    expect(first).toMatchObject({ type: 'message', role: 'assistant', model: ASK.model, stop_reason: 'end_turn' });
    expect(first.id).toMatch(/^msg_/);
    expect(first._request_id).toMatch(/^req_/);
  });

  it('streams the message it would answer whole', async () => {
    const whole = await client().messages.create(ASK);
    const streamed = await client().messages.stream(ASK).finalMessage();

    expect(streamed.content).toEqual(whole.content);
    expect(streamed.stop_reason).toBe('end_turn');
    expect(streamed.usage).toEqual(whole.usage);
  });

  it('counts the tokens of a prompt as its answer does, system and tools included', async () => {
    const prompt = { system: 'Be brief.', tools: [WEATHER], messages: ASK.messages, model: ASK.model };
    const count = await client().messages.countTokens(prompt);
    const bare = await client().messages.countTokens({ messages: ASK.messages, model: ASK.model });
    const answer = await client().messages.create({ ...prompt, max_tokens: 5 });

    expect(count.input_tokens).toBe(answer.usage.input_tokens);
    expect(count.input_tokens).toBeGreaterThan(bare.input_tokens + 30);
  });

  it.each([true, false])('calls a tool and then answers from its result (streamed: %p)', async isStreamed => {
    const send = (body: Anthropic.MessageCreateParamsNonStreaming): Promise<Anthropic.Message> =>
      isStreamed ? client().messages.stream(body).finalMessage() : client().messages.create(body);
    const messages: Anthropic.MessageParam[] = [
      { role: 'user', content: 'call get_weather {"city": "Paris", "unit": "celsius"}' },
    ];
    const request = { ...ASK, tools: [WEATHER] };
    const first = await send({ ...request, messages });
    const calls = first.content.filter(block => block.type === 'tool_use');

    expect(first.stop_reason).toBe('tool_use');
    expect(calls.map(call => call.input)).toEqual([{ city: 'Paris', unit: 'celsius' }]);
    const results = calls.map(call => ({
      type: 'tool_result' as const,
      tool_use_id: call.id,
      content: [{ type: 'text' as const, text: `${(call.input as { city: string }).city} is sunny` }],
    }));
    messages.push({ role: 'assistant', content: first.content }, { role: 'user', content: results });
    const second = await send({ ...request, messages });
    expect(second.stop_reason).toBe('end_turn');
    expect(second.content).toMatchObject([{ type: 'text', text: expect.stringContaining('Paris is sunny') }]);
  });

  it.each([
    ['enabled', THINKING, 'call get_weather'],
    ['adaptive', { type: 'adaptive' as const }, 'call get_weather'],
    ['enabled, its words omitted', { ...THINKING, display: 'omitted' as const }, 'call get_weather'],
    ['redacted', THINKING, 'call get_weather {"city": "redacted thinking", "unit": "celsius"}'],
  ])('thinks (%s) in two turns of a tool loop, streamed and whole alike', async (kind, thinking, content) => {
    const request = { ...ASK, thinking, tools: [WEATHER] };
    const messages: Anthropic.MessageParam[] = [{ role: 'user', content }];
    const whole = await client().messages.create({ ...request, messages });
    const streamed = await client()
      .messages.stream({ ...request, messages })
      .finalMessage();

    expect(streamed.content).toEqual(whole.content);
    expect(whole.content.map(block => block.type)).toEqual([
      kind === 'redacted' ? 'redacted_thinking' : 'thinking',
      'tool_use',
    ]);
    const [thought, call] = whole.content;
    if (thought.type === 'thinking') {
      expect(thought.thinking.length > 0).toBe(!kind.includes('omitted'));
      expect(thought.signature).not.toBe('');
    }
    if (call.type !== 'tool_use') throw new Error('expected a call');
    messages.push(
      { role: 'assistant', content: streamed.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'hot' }] },
    );
    const second = await client().messages.create({ ...request, messages });
    expect(second.content.at(-1)).toMatchObject({ type: 'text', text: expect.stringContaining('hot') });
  });

  it('reports its refusals and its faults as the errors of the SDK', async () => {
    const refused = client().messages.create({ ...ASK, model: 'claude-9' });
    await expect(refused).rejects.toBeInstanceOf(Sdk.NotFoundError);
    const limited = client().messages.create(ASK, {
      headers: { 'x-bough-sandbox-fault': 'status=429; retry-after=1' },
    });
    await expect(limited).rejects.toBeInstanceOf(Sdk.RateLimitError);
    const broken = client()
      .messages.stream(ASK, { headers: { 'x-bough-sandbox-fault': 'error-event=3; message=enough' } })
      .finalMessage();
    await expect(broken).rejects.toThrow('enough');
  });
});

describe('an answer', () => {
  const complete = async (fields: object): Promise<Anthropic.Message> => {
    const response = await post({ ...ASK, ...fields });
    expect(response.status).toBe(200);
    return response.json() as Promise<Anthropic.Message>;
  };
  const say = (content: unknown) => ({ messages: [{ role: 'user', content }] });

  it('names the stop sequence it ended before', async () => {
    const answer = await complete({ ...say('repeat: one two three'), stop_sequences: ['nine', ' three'] });
    expect(answer).toMatchObject({
      content: [{ text: 'one two' }],
      stop_reason: 'stop_sequence',
      stop_sequence: ' three',
    });
  });

  it('is cut to exactly max_tokens, the thought included', async () => {
    const answer = await complete({ ...say('Explain indexes in detail'), max_tokens: 7 });
    expect(answer).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 7 } });
    const thinking = await complete({ ...say('Explain indexes'), thinking: { type: 'adaptive' }, max_tokens: 7 });
    expect(thinking.usage).toMatchObject({ output_tokens: 7, output_tokens_details: { thinking_tokens: 7 } });
    expect(thinking.content.map(block => block.type)).toEqual(['thinking']);
  });

  it('is empty for a limit of nothing', async () => {
    expect(await complete({ max_tokens: 0 })).toMatchObject({ content: [], stop_reason: 'max_tokens' });
  });

  it('counts the tokens of its thought as output', async () => {
    const plain = await complete({});
    const thinking = await complete({ thinking: THINKING });
    const reasoning = thinking.usage.output_tokens_details?.thinking_tokens ?? 0;
    expect(reasoning).toBeGreaterThan(10);
    expect(thinking.usage.output_tokens).toBe(plain.usage.output_tokens + reasoning);
  });

  it('fits the schema of output_config', async () => {
    const schema = { type: 'object', properties: { count: { type: 'integer', minimum: 3 } }, required: ['count'] };
    const answer = await complete({ output_config: { format: { type: 'json_schema', schema } } });
    const [block] = answer.content;
    expect(JSON.parse(block.type === 'text' ? block.text : '').count).toBeGreaterThanOrEqual(3);
  });

  it('calls the only tool that is left, and none when told so', async () => {
    const tools = { tools: [WEATHER], ...say('Weather in Paris and Tokyo') };
    const types = async (choice: object) =>
      (await complete({ ...tools, tool_choice: choice })).content.map(block => block.type);
    expect(await types({ type: 'tool', name: 'get_weather' })).toEqual(['tool_use']);
    expect(await types({ type: 'any', disable_parallel_tool_use: true })).toEqual(['tool_use']);
    expect(await types({ type: 'none' })).toEqual(['text']);
  });

  it('accepts the tools that Anthropic defines and the caller runs', async () => {
    const tools = [{ type: 'bash_20250124', name: 'bash' }];
    const answer = await complete({ ...say('call bash {"command": "ls"}'), tools });
    expect(answer.content).toMatchObject([{ type: 'tool_use', name: 'bash', input: { command: 'ls' } }]);
  });

  const pixel = { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' };
  const pdf = { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQK' };

  it.each([
    ['an image', [{ type: 'image', source: pixel }], 700],
    ['an image by its address', [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }], 700],
    ['a PDF', [{ type: 'document', source: pdf, title: 'Terms' }], 1000],
    [
      'a text',
      [{ type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'moss '.repeat(300) } }],
      290,
    ],
    [
      'a search result',
      [{ type: 'search_result', source: 's', title: 't', content: [{ type: 'text', text: 'moss '.repeat(300) }] }],
      290,
    ],
  ])('counts %s in the prompt', async (_, blocks, least) => {
    const bare = await complete(say('Look'));
    const answer = await complete(say([...blocks, { type: 'text', text: 'Look' }]));
    expect(answer.usage.input_tokens - bare.usage.input_tokens).toBeGreaterThan(least);
  });

  it('counts an image in the result of a tool', async () => {
    const loop = (content: unknown) => ({
      messages: [
        { role: 'user', content: 'x' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'f', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content }] },
      ],
    });
    const bare = await complete(loop('a picture'));
    const shown = await complete(
      loop([
        { type: 'image', source: pixel },
        { type: 'text', text: 'a picture' },
      ]),
    );
    expect(shown.usage.input_tokens - bare.usage.input_tokens).toBeGreaterThan(700);
    expect(shown.content).toMatchObject([{ text: expect.stringContaining('f returned: a picture') }]);
  });
});

describe('a stream', () => {
  it('is the events of the API in their order, each named as its type', async () => {
    const events = await eventsOf({ ...ASK, thinking: THINKING });
    expect(events.every(({ event, data }) => event === data.type)).toBe(true);
    const order = events.map(({ data }) => data.delta?.type ?? data.type);
    expect(order.filter((type, index) => type !== order[index - 1])).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'thinking_delta',
      'signature_delta',
      'content_block_stop',
      'content_block_start',
      'text_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    expect(order.filter(type => type === 'ping')).toHaveLength(1);
  });

  it('tells the input at its start and all of the usage before its end', async () => {
    const events = await eventsOf(ASK);
    const start = events[0].data['message'] as Anthropic.Message;
    const end = events.at(-2)?.data;
    const whole = (await (await post(ASK)).json()) as Anthropic.Message;
    expect(start).toMatchObject({ content: [], stop_reason: null, usage: { output_tokens: 1 } });
    expect(start.usage.input_tokens).toBe(whole.usage.input_tokens);
    expect(end).toMatchObject({
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { input_tokens: whole.usage.input_tokens, output_tokens: whole.usage.output_tokens },
    });
  });

  it('sends the input of a tool in pieces that join to its JSON, behind the thought', async () => {
    const input = { city: 'Paris', unit: 'celsius' };
    const events = await eventsOf({
      ...ASK,
      thinking: THINKING,
      tools: [WEATHER],
      messages: [{ role: 'user', content: `call get_weather ${JSON.stringify(input)}` }],
    });
    const starts = events.filter(({ event }) => event === 'content_block_start');
    expect(starts.map(({ data }) => data.index)).toEqual([0, 1]);
    const pieces = events.filter(({ event, data }) => event === 'content_block_delta' && data.index === 1);
    expect(pieces.length).toBeGreaterThan(3);
    expect(JSON.parse(pieces.map(({ data }) => data.delta?.partial_json).join(''))).toEqual(input);
  });
});

describe('a refusal', () => {
  const refused = async (fields: object, headers: Record<string, string> = {}): Promise<[number, string, string]> => {
    const response = await post({ ...ASK, ...fields }, headers);
    const body = (await response.json()) as { type: string; error: { type: string; message: string } };
    expect(body.type).toBe('error');
    return [response.status, body.error.type, body.error.message];
  };
  const user = (content: unknown) => ({ role: 'user', content });
  const assistant = (...content: unknown[]) => ({ role: 'assistant', content });
  const use = (id: string) => ({ type: 'tool_use', id, name: 'f', input: {} });
  const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: 'done' });
  const text = (words: string) => ({ type: 'text', text: words });

  it.each([
    ['a missing key', { authorization: '' }, 401, 'authentication_error'],
    ['a wrong key', { authorization: 'Bearer wrong' }, 401, 'authentication_error'],
    ['a missing version', { 'anthropic-version': '' }, 400, 'invalid_request_error'],
    ['an unknown version', { 'anthropic-version': '2020-01-01' }, 400, 'invalid_request_error'],
    ['another content type', { 'content-type': 'text/plain' }, 415, 'invalid_request_error'],
  ])('answers %s with its status in the envelope of the vendor', async (_, headers, status, type) => {
    expect((await refused({}, headers)).slice(0, 2)).toEqual([status, type]);
  });

  it('answers 404 to unknown models, to models of other dialects and to unknown routes', async () => {
    expect(await refused({ model: 'claude-9' })).toEqual([404, 'not_found_error', expect.stringContaining('claude-9')]);
    expect((await refused({ model: 'gpt-5-mini' })).slice(0, 2)).toEqual([404, 'not_found_error']);
    const nowhere = await post(ASK, {}, '/v1/complete');
    expect(await nowhere.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
  });

  it.each<[string, object]>([
    ['max_tokens', { max_tokens: undefined }],
    ['max_tokens', { max_tokens: 64_001 }],
    ['max_tokens', { max_tokens: '5' }],
    ['n', { n: 2 }],
    ['messages[0].name', { messages: [{ ...user('x'), name: 'ann' }] }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x' }] }],
    ['messages[0]', { messages: [assistant(text('x'))] }],
    ['messages[0].content', { messages: [user('')] }],
    ['messages[0].content[0].text', { messages: [user([text('')])] }],
    ['messages[0].content[0].type', { messages: [user([{ type: 'image_url', image_url: { url: 'x' } }])] }],
    ['messages[0].content[0].type', { messages: [user([use('a')])] }],
    ['messages[1].content', { messages: [user('x'), { role: 'assistant', content: '' }, user('y')] }],
    ['temperature', { temperature: 1.5 }],
    ['top_p', { temperature: 0.5, top_p: 0.5 }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 1023 } }],
    ['thinking.budget_tokens', { thinking: { type: 'enabled', budget_tokens: 2000 } }],
    ['tool_choice', { thinking: THINKING, tools: [WEATHER], tool_choice: { type: 'any' } }],
    ['temperature', { thinking: THINKING, temperature: 0 }],
    ['tools[0].function', { tools: [{ ...WEATHER, function: {} }] }],
    ['tools[0].type', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['tools', { tools: [WEATHER, WEATHER] }],
    ['tools[0].input_schema.type', { tools: [{ name: 'f', input_schema: {} }] }],
    ['tool_choice', { tool_choice: { type: 'auto' } }],
    ['tool_choice.name', { tools: [WEATHER], tool_choice: { type: 'tool', name: 'other' } }],
    [
      'cache_control',
      { system: Array.from({ length: 5 }, () => ({ ...text('x'), cache_control: { type: 'ephemeral' } })) },
    ],
    ['context_management', { context_management: {} }],
    ['container', { container: 'c1' }],
  ])('names %s where it may not stand so (%#)', async (field, fields) => {
    expect(await refused(fields)).toEqual([400, 'invalid_request_error', expect.stringContaining(field)]);
  });

  it.each<[string, object[]]>([
    ['a result without a call', [user([result('a')])]],
    ['a result for another id', [user('x'), assistant(use('a')), user([result('b')])]],
    ['a second result', [user('x'), assistant(use('a')), user([result('a'), result('a')])]],
    ['a call without its result', [user('x'), assistant(use('a'), use('b')), user([result('a')])]],
    ['a call at the end', [user('x'), assistant(use('a'))]],
    ['words before the results', [user('x'), assistant(use('a')), user([text('so'), result('a')])]],
    [
      'an id that is used twice',
      [user('x'), assistant(use('a')), user([result('a')]), assistant(use('a')), user([result('a')])],
    ],
    ['a last answer that ends with a space', [user('x'), assistant(text('so '))]],
  ])('meets %s', async (_, messages) => {
    expect((await refused({ messages })).slice(0, 2)).toEqual([400, 'invalid_request_error']);
  });

  it('does not mind neighbours of the same role, which count as one', async () => {
    const messages = [user('x'), assistant(use('a')), assistant(use('b')), user([result('b')]), user([result('a')])];
    expect((await post({ ...ASK, messages })).status).toBe(200);
  });

  it('meets thoughts that were changed, forged or left out', async () => {
    const request = { ...ASK, thinking: THINKING, tools: [WEATHER], messages: [user('call get_weather')] };
    const first = (await (await post(request)).json()) as Anthropic.Message;
    const [thought, call] = first.content;
    if (thought.type !== 'thinking' || call.type !== 'tool_use') throw new Error('expected a thought and a call');
    const status = async (...content: unknown[]) => {
      return (
        await post({ ...request, messages: [...request.messages, assistant(...content), user([result(call.id)])] })
      ).status;
    };
    expect(await status(thought, call)).toBe(200);
    expect(await status({ ...thought, thinking: `${thought.thinking} And more.` }, call)).toBe(400);
    expect(await status({ ...thought, signature: `A${thought.signature.slice(1)}` }, call)).toBe(400);
    expect(await status({ type: 'thinking', thinking: thought.thinking }, call)).toBe(400);
    expect(await status({ type: 'redacted_thinking', data: thought.signature }, call)).toBe(400);
    expect(await status(call)).toBe(400);
  });

  it('lets those manage their context who name the feature', async () => {
    const beta = { 'anthropic-beta': 'context-management-2025-06-27' };
    const response = await post({ ...ASK, context_management: { edits: [] } }, beta);
    expect(await response.json()).toMatchObject({ context_management: { applied_edits: [] } });
  });

  it('meets sampling parameters from the version on that has none', async () => {
    expect((await post({ ...ASK, temperature: 1 })).status).toBe(200);
    const [status, , message] = await refused({ temperature: 1 }, { 'anthropic-version': '2026-10-21' });
    expect([status, message]).toEqual([400, expect.stringContaining('temperature')]);
  });

  it('knows no max_tokens where tokens are counted', async () => {
    const response = await post(ASK, {}, '/v1/messages/count_tokens');
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('max_tokens')]);
  });
});
