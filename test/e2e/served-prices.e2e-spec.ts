/**
 * What is paid beside plain tokens, from the provider's answer to the ledger: each cost was worked out by hand from the seed's
 * prices, in nano-dollars. Native and translated, whole and streamed.
 */
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const ASK = [{ role: 'user', content: 'hi' }];

const json =
  (body: object): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
const sse =
  (events: readonly object[], tail = ''): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events) {
      const { type } = event as { type?: string };
      response.write(`${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(event)}\n\n`);
    }
    response.end(tail);
  };

const CHAT_USAGE = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 };
const chatAnswer = (extra: object) => ({
  ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm', usage: CHAT_USAGE, ...extra },
  choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
});
const chunk = (extra: object, delta: object = {}, finish: string | null = null) => ({
  ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm' },
  choices: [{ index: 0, delta, finish_reason: finish }],
  ...extra,
});
const chatStream = (first: object, last: object) =>
  sse(
    [chunk(first, { content: 'yes' }), chunk({}, {}, 'stop'), chunk({ choices: [], usage: CHAT_USAGE, ...last })],
    'data: [DONE]\n\n',
  );
const message = (usage: object) => ({
  ...{ id: 'msg', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', stop_sequence: null, usage },
  content: [{ type: 'text', text: 'yes' }],
});
const messageStream = (start: object, delta: object) =>
  sse([
    { type: 'message_start', message: { ...message(start), content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'yes' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: delta },
    { type: 'message_stop' },
  ]);
const TEXT_ITEM = {
  ...{ type: 'message', id: 'm', status: 'completed', role: 'assistant' },
  content: [{ type: 'output_text', text: 'yes', annotations: [] }],
};
const responseOf = (extra: object, items: readonly object[] = []) => ({
  ...{ id: 'r', object: 'response', created_at: 1, status: 'completed', model: 'm', output: [...items, TEXT_ITEM] },
  usage: { input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100 },
  ...extra,
});
const responseStream = (response: object) =>
  sse([
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_text.delta', item_id: 'm', output_index: 0, content_index: 0, delta: 'yes' },
    { type: 'response.completed', response },
  ]);
const gemini = (usage: object, candidate: object = {}) => ({
  candidates: [{ content: { role: 'model', parts: [{ text: 'yes' }] }, finishReason: 'STOP', ...candidate }],
  usageMetadata: { promptTokenCount: 1_000, candidatesTokenCount: 100, totalTokenCount: 1_100, ...usage },
});
const SEARCHES = { groundingMetadata: { webSearchQueries: ['one', 'two', 'one', ' '] } };

const CHAT = '/v1/chat/completions';
const MESSAGES = '/anthropic/v1/messages';
const RESPONSES = '/openai/v1/responses';
const CLAUDE = { input_tokens: 1_000, output_tokens: 100 };
const CODE = { type: 'code_interpreter', container: { type: 'auto' } };
const SEARCH_CALLS = [
  { type: 'web_search_call', id: 'w1', status: 'completed', action: { type: 'search', query: 'a' } },
  { type: 'web_search_call', id: 'w2', status: 'completed', action: { type: 'open_page', url: 'http://a' } },
  { type: 'web_search_call', id: 'w3', status: 'completed', action: { type: 'search', query: 'b' } },
];
const CODE_CALLS = ['a', 'a', 'b'].map((container, index) => ({
  ...{ type: 'code_interpreter_call', id: `i${index}`, status: 'completed', code: '1', outputs: [] },
  container_id: container,
}));
const IMAGES = {
  image_gen: {
    ...{ input_tokens: 50, output_tokens: 200, total_tokens: 250 },
    input_tokens_details: { text_tokens: 20, image_tokens: 30 },
  },
  web_search: { num_requests: 1 },
};

/** What is asked, how the provider answers, what the ledger says of it, and what that costs. */
const CASES: readonly [string, string, object, Script, object, bigint][] = [
  // gpt-5-4: 1,000 × 2,500 + 100 × 15,000 = 4,000,000; priority is twice that, flex a half.
  ['chat, plain', CHAT, { model: 'gpt-5-4' }, json(chatAnswer({ service_tier: 'default' })), {}, 4_000_000n],
  [
    'chat, priority',
    CHAT,
    { model: 'gpt-5-4' },
    json(chatAnswer({ service_tier: 'priority' })),
    { served: { service_tier: 'priority' } },
    8_000_000n,
  ],
  [
    'chat, flex, streamed, told with the first event only',
    CHAT,
    { model: 'gpt-5-4', stream: true },
    chatStream({ service_tier: 'flex' }, {}),
    { served: { service_tier: 'flex' } },
    2_000_000n,
  ],
  [
    'chat, asked for priority and served as usual, streamed with usage',
    CHAT,
    { model: 'gpt-5-4', stream: true, stream_options: { include_usage: true }, service_tier: 'priority' },
    chatStream({ service_tier: 'default' }, { service_tier: 'default' }),
    {},
    4_000_000n,
  ],
  [
    'chat, a search that was asked for and that no chat answer counts',
    CHAT,
    { model: 'gpt-5-4', web_search_options: {} },
    json(chatAnswer({})),
    { web_searches: 1 },
    14_000_000n,
  ],
  // No price is known: 1,000 × 15,000 + 100 × 75,000, as BOUGH_UNPRICED_* say.
  [
    'chat, a model whose price is not known',
    CHAT,
    { model: 'grok-4-6' },
    json(chatAnswer({})),
    { unpriced: true },
    22_500_000n,
  ],
  // gpt-5-nano has no price for priority: 1,000 × 50 + 100 × 400 = 90,000, and twice that until it has one.
  [
    'chat, priority that nobody asked for and no price names',
    CHAT,
    { model: 'gpt-5-nano' },
    json(chatAnswer({ service_tier: 'priority' })),
    { served: { service_tier: 'priority' }, unpriced: true },
    180_000n,
  ],
  // claude-sonnet-4-6: 1,000 × 3,000 + 100 × 15,000 = 4,500,000; a search is 10,000,000; inference in the US is 1.1 times.
  [
    'Messages, three searches',
    MESSAGES,
    { model: 'claude-sonnet-4-6' },
    json(message({ ...CLAUDE, server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 } })),
    { web_searches: 3 },
    34_500_000n,
  ],
  [
    'Messages, three searches, streamed',
    MESSAGES,
    { model: 'claude-sonnet-4-6', stream: true },
    messageStream({ ...CLAUDE, output_tokens: 1 }, { ...CLAUDE, server_tool_use: { web_search_requests: 3 } }),
    { web_searches: 3 },
    34_500_000n,
  ],
  [
    'Messages, in the US, told at the beginning of the stream',
    MESSAGES,
    { model: 'claude-sonnet-4-6', stream: true, inference_geo: 'us' },
    messageStream({ ...CLAUDE, output_tokens: 1, inference_geo: 'us', service_tier: 'standard' }, CLAUDE),
    { served: { inference_geo: 'us' } },
    4_950_000n,
  ],
  // claude-opus-4-6: 1,000 × 5,000 + 100 × 25,000 = 7,500,000; fast is 6 times, in the US 1.1 times that.
  [
    'Messages, fast and in the US',
    MESSAGES,
    { model: 'claude-opus-4-6', speed: 'fast' },
    json(message({ ...CLAUDE, speed: 'fast', inference_geo: 'us', service_tier: 'standard' })),
    { served: { speed: 'fast', inference_geo: 'us' } },
    49_500_000n,
  ],
  [
    'chat, translated from Messages: fast, with a search',
    CHAT,
    { model: 'claude-opus-4-6' },
    json(message({ ...CLAUDE, speed: 'fast', server_tool_use: { web_search_requests: 1 } })),
    { served: { speed: 'fast' }, web_searches: 1 },
    55_000_000n,
  ],
  [
    'chat, translated from a stream of Messages: in the US, with a search',
    CHAT,
    { model: 'claude-sonnet-4-6', stream: true },
    messageStream({ ...CLAUDE, inference_geo: 'us' }, { ...CLAUDE, server_tool_use: { web_search_requests: 1 } }),
    { served: { inference_geo: 'us' }, web_searches: 1 },
    14_950_000n,
  ],
  [
    'Responses, priority with two searches and a page that was opened',
    RESPONSES,
    { model: 'gpt-5-4', tools: [{ type: 'web_search' }] },
    json(responseOf({ service_tier: 'priority' }, SEARCH_CALLS)),
    { served: { service_tier: 'priority' }, web_searches: 2 },
    28_000_000n,
  ],
  // Two containers are 60,000,000.
  [
    'Responses, code in two containers, streamed',
    RESPONSES,
    { model: 'gpt-5-4', stream: true, tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
    responseStream(responseOf({ service_tier: 'default' }, CODE_CALLS)),
    { code_containers: 2 },
    64_000_000n,
  ],
  // 20 × 5,000 + 30 × 10,000 + 200 × 40,000 = 8,400,000, and the vendor's own count of searches, 1: 10,000,000.
  [
    'Responses, the image tool, with the vendor’s own count of searches',
    RESPONSES,
    { model: 'gpt-5-4', stream: true },
    responseStream(responseOf({ tool_usage: IMAGES }, SEARCH_CALLS)),
    { image_text_tokens: 20, image_input_tokens: 30, image_output_tokens: 200, web_searches: 1 },
    22_400_000n,
  ],
  // gemini-3-1-pro: 1,000 × 2,000 + 100 × 12,000 = 3,200,000; two queries are 28,000,000; priority is 1.8 times.
  [
    'Gemini, two searches',
    '/gemini/v1beta/models/gemini-3-1-pro:generateContent',
    {},
    json(gemini({}, SEARCHES)),
    { web_searches: 2 },
    31_200_000n,
  ],
  [
    'Gemini, priority by Vertex AI’s word, streamed, with searches in an event of their own',
    '/gemini/v1beta/models/gemini-3-1-pro:streamGenerateContent?alt=sse',
    {},
    sse([
      gemini({ trafficType: 'ON_DEMAND_PRIORITY' }, { finishReason: undefined, ...SEARCHES }),
      gemini({ trafficType: 'ON_DEMAND_PRIORITY' }),
    ]),
    { served: { service_tier: 'priority' }, web_searches: 2 },
    33_760_000n,
  ],
  // gemini-2-5-flash: 1,000 × 300 + 100 × 2,500 = 550,000; a grounded request is 35,000,000 however often it searched.
  [
    'Gemini 2.5, a grounded request, flex',
    '/gemini/v1beta/models/gemini-2-5-flash:generateContent',
    { serviceTier: 'flex', tools: [{ googleSearch: {} }] },
    json(gemini({ serviceTier: 'flex' }, SEARCHES)),
    { served: { service_tier: 'flex' }, web_searches: 2 },
    35_275_000n,
  ],
];

describe('what is paid beside plain tokens', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      ...{ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: provider.url },
      ...{ GEMINI_API_KEY: 'k', GEMINI_BASE_URL: provider.url },
    });
    const { status } = await gateway.manage('POST', '/admin/upstreams', {
      ...{ name: 'vendor', kind: 'openai', base_url: `${provider.url}/v1`, secret: 'k' },
      routes: ['gpt-5-4', 'gpt-5-nano', 'gpt-5-mini', 'grok-4-6'].map(model => ({ model })),
    });
    expect(status).toBe(201);
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const ask = (path: string, fields: object) => {
    const words = path.startsWith('/gemini')
      ? { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }
      : path === RESPONSES
        ? { input: 'hi' }
        : { messages: ASK, max_tokens: 200 };
    return gateway.chat({ ...words, ...fields }, {}, path);
  };
  const lastRecord = async (id: string) =>
    eventually(async () => {
      const [row] = await gateway.sql<Record<string, unknown>>('SELECT * FROM usage_records WHERE request_id = $1', [
        id,
      ]);
      return row;
    }, 'a record in the ledger');

  it.each(CASES)('is in the ledger, to the nano-dollar: %s', async (_, path, fields, script, told, cost) => {
    provider.script = script;
    const response = await ask(path, fields);
    const text = await response.text();
    expect([response.status, text]).toEqual([200, expect.any(String)]);
    const row = await lastRecord(response.headers.get('x-request-id') ?? '');

    const counts = Object.keys(row).filter(name => /_searches|_containers|^image_/.test(name));
    const said = Object.fromEntries([...counts.map(name => [name, Number(row[name])]), ['served', row['served']]]);
    expect({ ...said, unpriced: row['unpriced'], estimated: row['estimated'], cost: row['cost_nano_usd'] }).toEqual({
      ...Object.fromEntries(counts.map(name => [name, 0])),
      ...{ served: null, unpriced: false, estimated: false, cost: cost.toString(), ...told },
    });
  });

  it.each<[string, string, object, string]>([
    ['chat, a tier', CHAT, { model: 'gpt-5-nano', service_tier: 'priority' }, 'service_tier'],
    ['chat, a tier by its other name', CHAT, { model: 'gpt-5-nano', service_tier: 'fast' }, 'service_tier'],
    ['chat, a search', CHAT, { model: 'llama-4-maverick', web_search_options: {} }, 'web_search_options'],
    ['Messages, a speed', MESSAGES, { model: 'claude-haiku-4-5', speed: 'fast' }, 'speed'],
    ['Messages, a place', MESSAGES, { model: 'claude-haiku-4-5', inference_geo: 'us' }, 'inference_geo'],
    ['Responses, a tier', RESPONSES, { model: 'gpt-5-4', service_tier: 'ultrafast' }, 'service_tier'],
    [
      'Gemini, a tier',
      '/gemini/v1beta/models/gemini-3-6-flash:generateContent',
      { service_tier: 'priority' },
      'service_tier',
    ],
  ])('is refused where it was asked for and has no price, naming the field and the fix: %s', async (_, ...asked) => {
    const [path, fields, field] = asked;
    const before = provider.seen.length;
    const response = await ask(path, fields);

    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(`'${field}'`)]);
    expect(provider.seen).toHaveLength(before);
  });

  it.each(['auto', 'default', null])('passes where the plain way is asked for: service_tier %j', async tier => {
    provider.script = json(chatAnswer({}));

    expect((await ask(CHAT, { model: 'gpt-5-nano', service_tier: tier })).status).toBe(200);
  });

  it('is taken out and named where the model’s policy is to adapt, with the tools that have a price left', async () => {
    await gateway.manage('PATCH', '/admin/models/gpt-5-mini', {
      ...{ parameter_policy: 'adapt', pricing: { input: 1, output: 1, fees: { code_container: 1 } } },
    });
    provider.script = json(responseOf({}));
    const own = { type: 'function', name: 'web_search', parameters: {} };
    const response = await ask(RESPONSES, {
      ...{ model: 'gpt-5-mini', service_tier: 'priority' },
      tools: [{ type: 'web_search' }, own, CODE],
    });

    expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
    expect(response.headers.get('x-bough-losses')).toBe('service_tier, tools');
    const sent = JSON.parse(provider.seen.at(-1)?.body.toString() ?? '') as Record<string, unknown>;
    expect(sent['tools']).toEqual([own, CODE]);
    expect(sent).not.toHaveProperty('service_tier');
  });

  it('is priced again by a correction, as a request is priced', async () => {
    provider.script = json(message({ ...CLAUDE, speed: 'fast', server_tool_use: { web_search_requests: 3 } }));
    await gateway.manage('PATCH', '/admin/models/claude-opus-4-5', { parameter_policy: 'pass' });
    const response = await ask(MESSAGES, { model: 'claude-opus-4-5', speed: 'fast' });
    // No price for fast: 7,500,000 × 2, and three searches for 30,000,000.
    expect(await lastRecord(response.headers.get('x-request-id') ?? '')).toMatchObject({ cost_nano_usd: '45000000' });
    const { body } = await gateway.manage('POST', '/admin/models/claude-opus-4-5/price-corrections', {
      ...{ from: new Date(Date.now() - 3_600_000).toISOString(), note: 'fast has a price' },
      pricing: {
        ...{ input: 5, output: 25, fees: { web_search: 20 } },
        modifiers: [{ field: 'speed', value: 'fast', multiplier: 3 }],
      },
    });

    // 7,500,000 × 3 + 60,000,000 = 82,500,000.
    expect(body).toMatchObject({ adjusted_requests: 1, delta_nano_usd: '37500000' });
  });

  it('shows in reports and in the catalog what has no price', async () => {
    const { body } = await gateway.manage<{ usage: { model: string; requests: number; unpriced_requests: number }[] }>(
      'GET',
      '/admin/usage?group_by=model',
    );
    const unpriced = Object.fromEntries(body.usage.map(({ model, unpriced_requests: count }) => [model, count]));
    expect(unpriced).toMatchObject({ 'grok-4-6': 1, 'gpt-5-nano': 1, 'gpt-5-4': 0 });
    for (const [model, expected] of [
      ['grok-4-6', true],
      ['gte-large-en', true],
      ['gpt-5-4', false],
    ] as const) {
      const shown = await gateway.manage<{ unpriced: boolean }>('GET', `/admin/models/${model}`);
      expect([model, shown.body.unpriced]).toEqual([model, expected]);
    }
  });

  it('holds limits for a model without a price', async () => {
    const limit = { scope_type: 'project', scope_id: gateway.projectId, kind: 'spend_per_day', usd: '0.000001' };
    expect((await gateway.manage('PUT', '/admin/limits', limit)).status).toBe(200);

    for (const model of ['grok-4-6', 'inkling', 'claude-opus-5-5']) {
      expect([model, (await ask(CHAT, { model })).status]).toEqual([model, 429]);
    }
  });
});
