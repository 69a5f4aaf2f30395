import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { FAULT_HEADER } from './fault-directives.js';
import { type SandboxServer, startSandboxServer } from '../server.js';

const API_KEY = 'sandbox-test-key';
const QUESTION = 'What is Neon?';

/** What the faults of a dialect are to be told by. */
interface DialectCase {
  path: string;
  body: object;
  /** The same request, streamed. */
  streamPath: string;
  streamBody: object;
  headers: Record<string, string>;
  /** What an answer with this status looks like; the message is `as you wish`. */
  envelope: (status: number) => object;
  /** The report of a failure inside the stream, with the message `enough`. */
  failure: object;
  /** A stream that ends with this was whole. */
  isTerminal: (data: Data) => boolean;
  /** Says why the answer ended. */
  isFinish: (data: Data) => boolean;
  textOf: (data: Data) => string;
  usageOf: (data: Data) => Usage | undefined;
  /** Where the usage stands in the JSON of a whole answer. */
  usageField: string;
  /** The events, from the end where negative, that tell the whole usage. */
  usagePlaces: Record<'always' | 'first' | 'middle' | 'duplicate' | 'everywhere', number[]>;
}

/** Any JSON: the dialects have nothing in common that a type could tell. */
type Data = ReturnType<typeof JSON.parse>;

interface Usage {
  input: number;
  output: number;
}

const tokenUsage = (usage: Data): Usage | undefined =>
  usage && { input: usage.input_tokens, output: usage.output_tokens };

const MESSAGES_BODY = { model: 'any', max_tokens: 4000, messages: [{ role: 'user', content: QUESTION }] };

const CASES: Record<string, DialectCase> = {
  anthropic_messages: {
    path: '/anthropic/v1/messages',
    body: MESSAGES_BODY,
    streamPath: '/anthropic/v1/messages',
    streamBody: { ...MESSAGES_BODY, stream: true },
    headers: { 'anthropic-version': '2023-06-01' },
    envelope: status => ({
      type: 'error',
      error: {
        type:
          {
            400: 'invalid_request_error',
            401: 'authentication_error',
            429: 'rate_limit_error',
            529: 'overloaded_error',
          }[status] ?? 'api_error',
        message: 'as you wish',
      },
      request_id: expect.stringMatching(/^req_/),
    }),
    failure: { type: 'error', error: { type: 'api_error', message: 'enough' } },
    isTerminal: data => data.type === 'message_stop',
    isFinish: data => data.type === 'message_delta' && data.delta.stop_reason !== null,
    textOf: data => data.delta?.text ?? '',
    usageOf: data => tokenUsage(data.message?.usage ?? data.usage),
    usageField: 'usage',
    usagePlaces: { always: [-2], first: [0], middle: [4], duplicate: [4, -2], everywhere: [0, 4, -2] },
  },
};

CASES['gemini_generate_content'] = {
  path: '/gemini/v1beta/models/any:generateContent',
  body: { contents: [{ role: 'user', parts: [{ text: QUESTION }] }] },
  streamPath: '/gemini/v1beta/models/any:streamGenerateContent?alt=sse',
  streamBody: { contents: [{ role: 'user', parts: [{ text: QUESTION }] }] },
  headers: {},
  envelope: status => ({
    error: {
      code: status,
      message: 'as you wish',
      status:
        { 400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 429: 'RESOURCE_EXHAUSTED', 503: 'UNAVAILABLE' }[status] ??
        'INTERNAL',
    },
  }),
  failure: { error: { code: 500, message: 'enough', status: 'INTERNAL' } },
  isTerminal: data => data.candidates?.[0].finishReason !== undefined,
  isFinish: data => data.candidates?.[0].finishReason !== undefined,
  textOf: data => data.candidates?.[0].content.parts[0].text ?? '',
  usageOf: ({ usageMetadata: usage }) => usage && { input: usage.promptTokenCount, output: usage.candidatesTokenCount },
  usageField: 'usageMetadata',
  usagePlaces: { always: [-1], first: [0], middle: [1], duplicate: [1, -1], everywhere: [0, 1, -1] },
};

CASES['openai_responses'] = {
  path: '/v1/responses',
  body: { model: 'any', input: QUESTION },
  streamPath: '/v1/responses',
  streamBody: { model: 'any', input: QUESTION, stream: true },
  headers: {},
  envelope: status => ({
    error: {
      message: 'as you wish',
      type:
        { 400: 'invalid_request_error', 401: 'authentication_error', 429: 'rate_limit_error' }[status] ??
        'server_error',
      param: null,
      code: { 401: 'invalid_api_key', 429: 'rate_limit_exceeded' }[status] ?? null,
    },
  }),
  failure: { type: 'error', code: 'server_error', message: 'enough', param: null, sequence_number: 2 },
  isTerminal: data => data.type === 'response.completed',
  isFinish: data => data.type === 'response.completed',
  textOf: data => (data.type === 'response.output_text.delta' ? data.delta : ''),
  usageOf: data => tokenUsage(data.response?.usage ?? data.usage),
  usageField: 'usage',
  usagePlaces: { always: [-1], first: [0], middle: [5], duplicate: [5, -1], everywhere: [0, 5, -1] },
};

let server: SandboxServer;
const open = new Set<Socket>();

beforeAll(async () => {
  const model = { id: 'any', maxOutputTokens: null };
  server = await startSandboxServer({ apiKey: API_KEY, models: () => model });
});

afterEach(() => {
  for (const socket of open) socket.destroy();
  open.clear();
});

afterAll(() => server.close());

describe.each(Object.entries(CASES))('%s', (_, dialect) => {
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...dialect.headers };

  const ask = (faults: string, isStream = false): Promise<Response> =>
    fetch(server.url + (isStream ? dialect.streamPath : dialect.path), {
      method: 'POST',
      headers: { ...headers, [FAULT_HEADER]: faults },
      body: JSON.stringify(isStream ? dialect.streamBody : dialect.body),
    });

  const linesOf = async (faults: string): Promise<string[]> =>
    (await (await ask(faults, true)).text()).match(/(?<=^data: ).*$/gm) ?? [];

  const dataOf = async (faults: string): Promise<Data[]> => (await linesOf(faults)).map(line => JSON.parse(line));

  const textOf = (events: Data[]): string => events.map(dialect.textOf).join('');

  /** The streamed request over a bare socket, to see what no HTTP client shows. */
  const askRaw = (faults: string): { socket: Socket; received: () => string; ended: Promise<string> } => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    open.add(socket);
    const json = JSON.stringify(dialect.streamBody);
    const lines = Object.entries({ ...headers, [FAULT_HEADER]: faults }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.write(
      `POST ${dialect.streamPath} HTTP/1.1\r\nhost: sandbox\r\n${lines.join('')}` +
        `content-length: ${Buffer.byteLength(json)}\r\nconnection: close\r\n\r\n${json}`,
    );
    const chunks: Buffer[] = [];
    socket.on('data', chunk => chunks.push(chunk));
    const ended = new Promise<string>(resolve => {
      socket.once('end', () => resolve('end'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    });
    return { socket, received: () => Buffer.concat(chunks).toString('latin1'), ended };
  };

  const eventsIn = (received: string): number => received.match(/^data: \{/gm)?.length ?? 0;

  it.each([400, 401, 429, 503, 529])('status=%i answers in the envelope of the vendor', async status => {
    const response = await ask(`status=${status}; message="as you wish"`);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(dialect.envelope(status));
  });

  it('retry-info adds what Google says where others send Retry-After', async () => {
    const body = (await (await ask('status=429; retry-info=34.4s')).json()) as Data;
    expect(body.error.details).toMatchObject([{ retryDelay: '34.4s' }]);
  });

  it('is whole and spells the same text streamed as in JSON', async () => {
    const events = await dataOf('');
    expect(dialect.isTerminal(events.at(-1))).toBe(true);
    expect(events.some(dialect.isFinish)).toBe(true);
    expect(JSON.stringify(await (await ask('')).json())).toContain(JSON.stringify(textOf(events)));
  });

  it.each([0, 1, 5])('cut=%i resets the connection after exactly that many events', async count => {
    const exchange = askRaw(`cut=${count}`);
    expect(await exchange.ended).toBe('ECONNRESET');
    expect(eventsIn(exchange.received())).toBe(count);
  });

  it('cut and end beyond the end stop before the event that makes the stream whole', async () => {
    const exchange = askRaw('cut=1000000');
    expect(await exchange.ended).toBe('ECONNRESET');
    const all = await dataOf('');
    expect(eventsIn(exchange.received())).toBe(all.length - 1);
    expect(await dataOf('end=1000000')).toHaveLength(all.length - 1);
  });

  it('end ends cleanly after that many events', async () => {
    expect(await dataOf('end=3')).toHaveLength(3);
  });

  it('error-event reports a failure the way of the dialect, and ends', async () => {
    const events = await dataOf('error-event=2; message=enough');
    expect(events).toHaveLength(3);
    expect(events[2]).toMatchObject(dialect.failure);
  });

  it('garbage puts broken JSON between good events', async () => {
    const lines = await linesOf('garbage=2');
    expect(() => JSON.parse(lines[2])).toThrow(SyntaxError);
    expect(dialect.isTerminal(JSON.parse(lines.at(-1) ?? ''))).toBe(true);
  });

  it('silence pauses after that many events', async () => {
    const exchange = askRaw('silence=3600000@2');
    while (eventsIn(exchange.received()) < 2) await once(exchange.socket, 'data');
    expect((await ask('')).status).toBe(200);
    expect(eventsIn(exchange.received())).toBe(2);
  });

  it('no-finish never says why the answer ended', async () => {
    const events = await dataOf('no-finish');
    expect(events.some(dialect.isFinish)).toBe(false);
    expect(textOf(events)).toBe(textOf(await dataOf('')));
  });

  it('endless never ends', async () => {
    const exchange = askRaw('endless');
    while (eventsIn(exchange.received()) < 1000) await once(exchange.socket, 'data');
    const lines = exchange.received().match(/(?<=^data: )\{.*\}(?=\n\n)/gm) ?? [];
    expect(lines.some(line => dialect.isFinish(JSON.parse(line)))).toBe(false);
    expect(lines.filter(line => dialect.textOf(JSON.parse(line)) !== '').length).toBeGreaterThan(900);
  });

  it('json-when-stream answers JSON although a stream was asked for', async () => {
    const response = await ask('json-when-stream', true);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.json()).toHaveProperty(dialect.usageField);
  });

  it.each(['drip=500/1'])('%s changes nothing of what arrives', async fault => {
    expect(textOf(await dataOf(fault))).toBe(textOf(await dataOf('')));
  });

  it('truncate announces the cut JSON as if it were whole', async () => {
    const text = await (await ask('truncate')).text();
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('usage=missing leaves it out, streamed or not', async () => {
    expect((await dataOf('usage=missing')).map(dialect.usageOf).filter(Boolean)).toEqual([]);
    expect(await (await ask('usage=missing')).json()).not.toHaveProperty(dialect.usageField);
  });

  it.each([
    ['zero', { input: 0, output: 0 }],
    ['negative', { input: -5, output: -7 }],
    ['huge', { input: 2 ** 60, output: 2 ** 60 }],
  ])('usage=%s says so, streamed or not', async (fault, expected) => {
    const streamed = (await dataOf(`usage=${fault}`)).map(dialect.usageOf).filter(Boolean);
    const whole = (await (await ask(`usage=${fault}`)).json()) as Data;
    expect([streamed.at(-1), dialect.usageOf(whole)]).toEqual([expected, expected]);
  });

  it.each(Object.entries(dialect.usagePlaces))('usage=%s tells all of it there', async (fault, places) => {
    const whole = dialect.usageOf(await (await ask('')).json());
    const events = await dataOf(`usage=${fault}`);
    const told = events.flatMap((data, index) => (dialect.usageOf(data)?.output === whole?.output ? [index] : []));
    expect(told).toEqual(places.map(place => (place < 0 ? events.length + place : place)));
  });

  it('tokens makes the text exactly that long', async () => {
    const body = await (await ask('tokens=500')).json();
    expect(dialect.usageOf(body)?.output).toBe(500);
  });
});

/** How each dialect asks for an answer of a schema. */
const WITH_SCHEMA: Record<string, (schema: object) => object> = {
  anthropic_messages: schema => ({
    ...MESSAGES_BODY,
    tools: [{ name: 'note', input_schema: { type: 'object', ...schema } }],
    tool_choice: { type: 'tool', name: 'note' },
  }),
  gemini_generate_content: schema => ({
    ...CASES['gemini_generate_content'].body,
    generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema },
  }),
  openai_responses: schema => ({
    ...CASES['openai_responses'].body,
    text: { format: { type: 'json_schema', name: 'note', schema: { type: 'object', ...schema } } },
  }),
};

it.each(Object.entries(WITH_SCHEMA))(
  '%s: a schema that asks for too much work is a 400 of the vendor',
  async (name, body) => {
    const items = {
      type: 'array',
      minItems: 1_000,
      items: { enum: Array.from({ length: 5_000 }, (_, at) => `v${at}`) },
    };
    const response = await fetch(server.url + CASES[name].path, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json', ...CASES[name].headers },
      body: JSON.stringify(body({ properties: { items }, required: ['items'] })),
    });
    expect(response.status).toBe(400);
    const { error: expected } = CASES[name].envelope(400) as { error: object };
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(Object.keys(error)).toEqual(expect.arrayContaining(Object.keys(expected)));
    expect(error['message']).toContain('it asks for too much work');
  },
);
