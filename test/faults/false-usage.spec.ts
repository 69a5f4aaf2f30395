/** Providers that count wrongly, late, twice or not at all: what is charged, against a second account of what it must be. */
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const WORDS = 'river stone '.repeat(100);
/** 200 words, and what their quotes may add. */
const SEEN = [200, 206] as const;
/** in nano-dollars a token, from the catalog */
const PRICES = {
  'gpt-5-4': [2_500n, 15_000n],
  'claude-haiku-4-5': [1_000n, 5_000n],
  'gemini-2-5-flash': [300n, 2_500n],
} as const;
type Model = keyof typeof PRICES;

interface Dialect {
  readonly model: Model;
  readonly path: (stream: boolean) => string;
  readonly body: (text: string, stream: boolean) => object;
  readonly usage: (input: unknown, output: unknown) => object;
  readonly whole: (usage: unknown) => string;
  /** each usage stands where its provider would say it last; `first` before the text */
  readonly stream: (last: readonly unknown[], first?: unknown) => string;
}

const sse = (events: readonly object[], end = '') =>
  events
    .map(event => ('type' in event ? `event: ${String(event.type)}\n` : '') + `data: ${JSON.stringify(event)}\n\n`)
    .join('') + end;
const chunk = (choices: readonly object[], usage?: unknown) => ({
  ...{ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices },
  ...(usage !== undefined && { usage }),
});
const message = (content: readonly object[], usage: unknown) => ({
  ...{
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage,
  },
});
const candidate = (parts: readonly object[], usage: unknown, finish = true) => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(finish && { finishReason: 'STOP' }) }],
  ...(usage !== undefined && { usageMetadata: usage }),
});
const OUTPUT = [
  {
    id: 'm',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: WORDS, annotations: [] }],
  },
];
const response = (usage: unknown) => ({
  id: 'r',
  object: 'response',
  created_at: 1,
  status: 'completed',
  model: 'm',
  output: OUTPUT,
  usage,
});

const DIALECTS: Readonly<Record<string, Dialect>> = {
  chat: {
    model: 'gpt-5-4',
    path: () => '/v1/chat/completions',
    body: (content, stream) => ({ model: 'gpt-5-4', stream, messages: [{ role: 'user', content }] }),
    usage: (prompt_tokens, completion_tokens) => ({ prompt_tokens, completion_tokens }),
    whole: usage =>
      JSON.stringify({
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'm',
        usage,
        choices: [{ index: 0, message: { role: 'assistant', content: WORDS }, finish_reason: 'stop' }],
      }),
    stream: (last, first) =>
      sse(
        [
          chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], first),
          chunk([{ index: 0, delta: { content: WORDS }, finish_reason: null }]),
          chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
          ...last.map(usage => chunk([], usage)),
        ],
        'data: [DONE]\n\n',
      ),
  },
  messages: {
    model: 'claude-haiku-4-5',
    path: () => '/anthropic/v1/messages',
    body: (content, stream) => ({
      model: 'claude-haiku-4-5',
      stream,
      max_tokens: 900,
      messages: [{ role: 'user', content }],
    }),
    usage: (input_tokens, output_tokens) => ({ input_tokens, output_tokens }),
    whole: usage => JSON.stringify(message([{ type: 'text', text: WORDS }], usage)),
    stream: (last, first) =>
      sse([
        { type: 'message_start', message: { ...message([], first), stop_reason: null } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: WORDS } },
        { type: 'content_block_stop', index: 0 },
        ...(last.length === 0 ? [undefined] : last).map(usage => ({
          type: 'message_delta',
          delta: { stop_reason: 'end_turn' },
          usage,
        })),
        { type: 'message_stop' },
      ]),
  },
  responses: {
    model: 'gpt-5-4',
    path: () => '/openai/v1/responses',
    body: (input, stream) => ({ model: 'gpt-5-4', stream, input }),
    usage: (input_tokens, output_tokens) => ({ input_tokens, output_tokens }),
    whole: usage => JSON.stringify(response(usage)),
    stream: (last, first) =>
      sse([
        { type: 'response.created', response: { ...response(first), status: 'in_progress', output: [] } },
        { type: 'response.output_text.delta', item_id: 'm', output_index: 0, content_index: 0, delta: WORDS },
        { type: 'response.completed', response: response(last[0]) },
      ]),
  },
  gemini: {
    model: 'gemini-2-5-flash',
    path: stream => `/gemini/v1beta/models/gemini-2-5-flash:${stream ? 'streamGenerateContent' : 'generateContent'}`,
    body: text => ({ contents: [{ role: 'user', parts: [{ text }] }] }),
    usage: (promptTokenCount, candidatesTokenCount) => ({ promptTokenCount, candidatesTokenCount }),
    whole: usage => JSON.stringify(candidate([{ text: WORDS }], usage)),
    stream: (last, first) =>
      sse([
        candidate([{ text: WORDS }], first, false),
        ...(last.length === 0 ? [undefined] : last).map(usage => candidate([{ text: '' }], usage)),
      ]),
  },
};

/** What a provider says, by where it says it, and the last word that is one: null where there is none. */
type Lie = readonly [
  name: string,
  last: readonly unknown[],
  first: unknown,
  truth: readonly [number | null, number | null] | null,
];

/** @param zeros what zeros on both sides stand for */
function liesOf({ usage }: Dialect, zeros: Lie[3]): Lie[] {
  const none = null;
  const broken: [string, unknown, unknown][] = [
    ['negative input', -9, 50],
    ['negative output', 9, -50],
    ['fractions', 9.5, 50],
    ['text', '9', '50'],
    ['beyond what numbers hold', 9, 2 ** 60],
    ['beyond what the model can do', 1e12, 50],
    ['lists', [9], [50]],
    ['objects', {}, {}],
    ['yes and no', true, false],
  ];
  return [
    ['the truth', [usage(9, 50)], undefined, [9, 50]],
    ['all zeros', [usage(0, 0)], undefined, zeros],
    ['nothing', [], undefined, none],
    ['null', [null], undefined, none],
    ['a text', ['9'], undefined, none],
    ['a list', [[usage(9, 50)]], undefined, none],
    ['an empty object', [{}], undefined, none],
    ['the words of nobody', [{ tokens_in: 9, tokens_out: 50 }], undefined, none],
    ['a usage within the usage', [{ usage: usage(9, 50) }], undefined, none],
    ['input alone', [usage(9, undefined)], undefined, [9, null]],
    ['output zero behind words', [usage(9, 0)], undefined, [9, null]],
    ...broken.map(([name, input, output]): Lie => [name, [usage(input, output)], undefined, none]),
  ];
}

/** Only streams can say it in several places. */
function streamLiesOf({ usage }: Dialect): Lie[] {
  return [
    ['the truth twice', [usage(9, 50), usage(9, 50)], undefined, [9, 50]],
    ['null behind the truth', [usage(9, 50), null], undefined, [9, 50]],
    ['the truth behind null', [null, usage(9, 50)], undefined, [9, 50]],
    ['a placeholder before the text, and the truth', [usage(9, 50)], usage(9, 1), [9, 50]],
    ['a placeholder before the text alone', [], usage(9, 1), [9, null]],
    ['null before the text, and nothing', [], null, null],
  ];
}
interface Row {
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly cost_nano_usd: string;
  readonly estimated: boolean;
  readonly status: string;
}

describe('what is charged where a provider counts wrongly', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  const answers = new Map<string, { readonly text: string; readonly stream: boolean }>();
  const script: Script = (seen, reply) => {
    const answer = answers.get(/case-\d+/.exec(seen.body.toString())?.[0] ?? '');
    reply.writeHead(200, { 'content-type': answer?.stream === true ? 'text/event-stream' : 'application/json' });
    reply.end(answer?.text);
  };
  beforeAll(async () => {
    provider = await FakeProvider.start(script);
    gateway = await startTestGateway({
      ...{ OPENAI_API_KEY: 'k', OPENAI_BASE_URL: `${provider.url}/v1` },
      ...{ ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: provider.url },
      ...{ GEMINI_API_KEY: 'k', GEMINI_BASE_URL: provider.url },
      ...{ BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0' },
      ...{ BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '1000', BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0' },
    });
    const upstream = { name: 'openai-itself', kind: 'openai', base_url: provider.url, secret: 'sk-fake' };
    const { status } = await gateway.manage('POST', '/admin/upstreams', {
      ...upstream,
      routes: [{ model: 'gpt-5-4' }],
    });
    expect(status).toBe(201);
    await (await import('../../src/metering/tokenizer.js')).loadTokenizer();
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  /** Asks them all, and gives what the ledger says of each. */
  const rowsOf = async (asked: readonly { dialect: Dialect; stream: boolean; text: string }[]) => {
    const ids: string[] = [];
    for (const { dialect, stream, text } of asked) {
      const name = `case-${answers.size + 1}`;
      answers.set(name, { text, stream });
      const reply = await gateway.chat(dialect.body(`${name} hello`, stream), {}, dialect.path(stream));
      await reply.text();
      expect(reply.status).toBe(200);
      ids.push(reply.headers.get('x-request-id') ?? '');
    }
    const rows = await eventually(
      async () => {
        const found = await gateway.sql<Row & { request_id: string }>(
          'SELECT * FROM usage_records WHERE request_id = ANY($1)',
          [ids],
        );
        return found.length === ids.length && found;
      },
      'the records',
      15_000,
    );
    return ids.map(id => rows.find(row => row.request_id === id) as Row);
  };

  it.each(
    Object.keys(DIALECTS).flatMap(
      name =>
        [
          [name, false],
          [name, true],
        ] as [string, boolean][],
    ),
  )(
    'is its last word, or else the text that was seen: %s, streamed: %s',
    async (name, stream) => {
      const dialect = DIALECTS[name] as Dialect;
      // A stream of Messages begins with zeros, and bridges leave them there; elsewhere an answer may be free.
      const lies = [
        ...liesOf(dialect, name === 'messages' && stream ? null : [0, 0]),
        ...(stream && name !== 'responses' ? streamLiesOf(dialect) : []),
      ];
      const text = ([, last, first]: Lie) => (stream ? dialect.stream(last, first) : dialect.whole(last[0]));
      const rows = await rowsOf(lies.map(lie => ({ dialect, stream, text: text(lie) })));

      const [perInput, perOutput] = PRICES[dialect.model];
      for (const [index, [lie, , , truth]] of lies.entries()) {
        const row = rows[index] as Row;
        const [input, output] = [Number(row.input_tokens), Number(row.output_tokens)];
        const [saidInput = null, saidOutput = null] = truth ?? [];
        const told = {
          input: saidInput ?? (input > 0 && input < 100 ? 'likely' : input),
          output: saidOutput ?? (output >= SEEN[0] && output <= SEEN[1] ? 'seen' : output),
        };
        expect({ lie, status: row.status, estimated: row.estimated, ...told, cost: row.cost_nano_usd }).toEqual({
          ...{ lie, status: 'completed', estimated: saidInput === null || saidOutput === null },
          ...{ input: saidInput ?? 'likely', output: saidOutput ?? 'seen' },
          cost: (BigInt(input) * perInput + BigInt(output) * perOutput).toString(),
        });
        expect([lie, saidInput ?? input, saidOutput ?? output]).toEqual([lie, input, output]);
      }
    },
    60_000,
  );

  it('is what the limits count, to the nano-dollar', async () => {
    const sum = async () =>
      (await gateway.sql<{ sum: string }>('SELECT sum(cost_nano_usd) FROM usage_records'))[0]?.sum;
    const spend = async () => {
      const path = `/admin/limits/effective?branch=${gateway.mainBranchId}`;
      const { body } = await gateway.manage<{ limits: { kind: string; used: string }[] }>('GET', path);
      return body.limits.find(({ kind }) => kind === 'spend_per_day');
    };
    const nano = (usd = '') => BigInt(Math.round(Number(usd) * 1e9)).toString();
    let told: unknown;
    await eventually(
      async () => {
        const limit = await spend();
        told = { ledger: await sum(), limit };
        return nano(limit?.used) === (await sum());
      },
      () => JSON.stringify(told),
      20_000,
    );
  });
});
