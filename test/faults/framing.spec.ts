/** A model that says what would end an answer, or begin another, in the framing of server-sent events: it stays text. */
import { CHAT_CALLS, type DialectCall } from '../support/dialect-calls.js';
import { answerError, answerStream, chatStream, FakeProvider, type Script } from '../support/fake-provider.js';
import type { TestGateway } from '../support/gateway.js';
import { MODELS, startOpenGateway } from '../sdk/harness.js';

const FRAMING =
  'a\n\ndata: [DONE]\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\nevent: response.completed\r\n\r\n' +
  ': comment\nid: 7\nretry: 1\n\u2028\u2029\ufeffdata: {"error":{}}\r\rdata:[DONE]\n\n}]}"\\';
const WORDS = ['Hello ', FRAMING, ' and goodbye'];
const TEXT = WORDS.join('');
const CLAUDE_USAGE = { input_tokens: 12, output_tokens: 5 };
const GEMINI_USAGE = { promptTokenCount: 12, candidatesTokenCount: 5, totalTokenCount: 17 };

type Event = Record<string, unknown>;

const frames = (events: readonly Event[], named: boolean): Buffer[] =>
  events.map(event =>
    Buffer.from(`${named ? `event: ${String(event['type'])}\n` : ''}data: ${JSON.stringify(event)}\n\n`),
  );

const respondedWith = (status: string, output: object[]) => ({
  ...{ id: 'resp_1', object: 'response', created_at: 1, model: 'm', status, output, error: null },
  usage: { input_tokens: 12, output_tokens: 5, total_tokens: 17 },
});
const part = (text: string) => ({ type: 'output_text', text, annotations: [] });
const messageItem = (status: string, content: object[]) => ({
  ...{ type: 'message', id: 'msg_1', role: 'assistant', status, content },
});
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };

/** What each kind of provider answers, whole and streamed. */
const PROVIDERS: Readonly<Record<string, { kind: string; base: string; whole: object; stream: readonly Buffer[] }>> = {
  'chat completions': {
    kind: 'openai-compatible',
    base: '/v1',
    whole: {
      ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm' },
      choices: [{ index: 0, message: { role: 'assistant', content: TEXT }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
    },
    stream: [chatStream(WORDS)],
  },
  responses: {
    kind: 'openai',
    base: '/v1',
    whole: respondedWith('completed', [messageItem('completed', [part(TEXT)])]),
    stream: frames(
      [
        { type: 'response.created', response: respondedWith('in_progress', []) },
        { type: 'response.output_item.added', output_index: 0, item: messageItem('in_progress', []) },
        { type: 'response.content_part.added', ...place, part: part('') },
        ...WORDS.map(delta => ({ type: 'response.output_text.delta', ...place, delta })),
        { type: 'response.output_text.done', ...place, text: TEXT },
        { type: 'response.content_part.done', ...place, part: part(TEXT) },
        { type: 'response.output_item.done', output_index: 0, item: messageItem('completed', [part(TEXT)]) },
        { type: 'response.completed', response: respondedWith('completed', [messageItem('completed', [part(TEXT)])]) },
      ].map((event, number) => ({ ...event, sequence_number: number })),
      true,
    ),
  },
  messages: {
    kind: 'anthropic',
    base: '',
    whole: {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', stop_sequence: null },
      content: [{ type: 'text', text: TEXT }],
      usage: CLAUDE_USAGE,
    },
    stream: frames(
      [
        {
          type: 'message_start',
          message: {
            ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [] },
            ...{ stop_reason: null, stop_sequence: null, usage: { input_tokens: 12, output_tokens: 1 } },
          },
        },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        ...WORDS.map(text => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: CLAUDE_USAGE },
        { type: 'message_stop' },
      ],
      true,
    ),
  },
  gemini: {
    kind: 'gemini',
    base: '',
    whole: {
      candidates: [{ content: { role: 'model', parts: [{ text: TEXT }] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: GEMINI_USAGE,
    },
    stream: frames(
      WORDS.map((text, at) => ({
        candidates: [
          { content: { role: 'model', parts: [{ text }] }, index: 0, ...(at === 2 ? { finishReason: 'STOP' } : {}) },
        ],
        ...(at === 2 ? { usageMetadata: GEMINI_USAGE } : {}),
      })),
      false,
    ),
  },
};

describe('the framing of events in what a model says', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startOpenGateway();
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const ask = async ({ dialect, path, streamPath, body }: DialectCall, model: string, stream: boolean) => {
    const byPath = dialect === 'gemini_generate_content';
    const asked = { ...body(model, FRAMING), ...(stream && !byPath ? { stream: true } : {}) };
    const response = await gateway.chat(asked, {}, (stream ? streamPath : path).replace('%', model));
    return { status: response.status, text: await response.text() };
  };
  const use = async (kind: string, baseUrl: string, model: string) => {
    const upstream = { name: 'framing', kind, base_url: baseUrl, secret: 'test-key', routes: [{ model }] };
    const { status, body } = await gateway.manage<{ id: string }>('POST', '/admin/upstreams', upstream);
    expect(status).toBe(201);
    return () => gateway.manage('DELETE', `/admin/upstreams/${body.id}`);
  };

  describe.each(Object.entries(PROVIDERS))('and a provider of %s does', (_, { kind, base, whole, stream }) => {
    const model =
      { 'openai-compatible': MODELS.open, openai: MODELS.gpt, anthropic: MODELS.claude, gemini: MODELS.gemini }[kind] ??
      '';
    // OpenAI itself is asked for chat completions by callers that speak them.
    const calls = CHAT_CALLS.filter(({ dialect }) => kind !== 'openai' || dialect !== 'chat_completions');

    it.each(calls)('stays text in $dialect, whole and streamed', async call => {
      const forget = await use(kind, provider.url + base, model);
      provider.script = answerError(200, whole);
      const answer = await ask(call, model, false);
      expect([answer.status, textOf(call, [JSON.parse(answer.text) as Event])]).toEqual([200, TEXT]);

      provider.script = answerStream(stream);
      const { text } = await ask(call, model, true);
      const events = eventsOf(text);
      expect(textOf(call, events)).toBe(TEXT);
      expect(terminalsOf(text)).toEqual(TERMINALS[call.dialect]);
      await forget();
    });
  });

  it.each(CHAT_CALLS)('stays text in $dialect where the built-in provider says it', async call => {
    const model =
      { openai_responses: MODELS.gpt, anthropic_messages: MODELS.claude }[call.dialect as string] ?? MODELS.gemini;
    const { status, text } = await ask(
      { ...call, body: each => call.body(each, `Reply with exactly: ${FRAMING}`) },
      model,
      true,
    );
    expect(status).toBe(200);
    expect(terminalsOf(text)).toEqual(TERMINALS[call.dialect]);
  });

  it('stays text in embeddings, where it can only stand in the name of the model', async () => {
    const forget = await use('openai-compatible', `${provider.url}/v1`, MODELS.embedding);
    const data = [{ object: 'embedding', index: 0, embedding: [0.5] }];
    const answer = { object: 'list', data, model: FRAMING, usage: { prompt_tokens: 1, total_tokens: 1 } };
    provider.script = answerError(200, answer);
    const response = await gateway.chat({ model: MODELS.embedding, input: FRAMING }, {}, '/v1/embeddings');
    expect([response.status, await response.json()]).toEqual([200, answer]);
    await forget();
  });

  it('stays text where a provider says it in an error within its stream', async () => {
    const forget = await use('openai-compatible', `${provider.url}/v1`, MODELS.open);
    const first = chatStream(['Hello']).toString().split('\n\n')[0] ?? '';
    const script: Script = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`${first}\n\n`);
      response.end(`data: ${JSON.stringify({ error: { message: FRAMING, code: FRAMING } })}\n\n`);
    };
    for (const call of CHAT_CALLS) {
      provider.script = script;
      const text = await readAll(gateway, call);
      expect([call.dialect, terminalsOf(text)]).toEqual([call.dialect, []]);
      for (const event of eventsOf(text)) expect(typeof event).toBe('object');
    }
    await forget();
  });
});

/** What ends an answer well, in each dialect; each once, and none of those that the text names. */
const TERMINALS: Readonly<Record<string, readonly string[]>> = {
  chat_completions: ['data: [DONE]'],
  anthropic_messages: ['event: message_stop'],
  openai_responses: ['event: response.completed'],
  gemini_generate_content: [],
};

function terminalsOf(text: string): string[] {
  return text.match(/^(data: ?\[DONE\]|event: (message_stop|response\.completed))$/gm) ?? [];
}

/** Every event's data, read as a client reads lines; what is no JSON is a fault. */
function eventsOf(text: string): Event[] {
  return text
    .split(/\r\n|\r|\n/)
    .filter(line => line.startsWith('data:') && line !== 'data: [DONE]')
    .map(line => JSON.parse(line.slice(5)) as Event);
}

/** The words of a whole answer or of all events of a stream. */
function textOf({ dialect }: DialectCall, events: readonly Event[]): string {
  const paths: Readonly<Record<string, RegExp>> = {
    chat_completions: /^choices\.\d+\.(delta|message)\.content$/,
    anthropic_messages: /^(delta|content\.\d+)\.text$/,
    openai_responses: events.length === 1 ? /^output\.\d+\.content\.\d+\.text$/ : /^delta$/,
    gemini_generate_content: /^candidates\.\d+\.content\.parts\.\d+\.text$/,
  };
  return events.flatMap(event => textsAt(event, '', paths[dialect] ?? /^$/)).join('');
}

function textsAt(value: unknown, path: string, wanted: RegExp): string[] {
  if (typeof value === 'string') return wanted.test(path) ? [value] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsAt(item, path === '' ? key : `${path}.${key}`, wanted));
}

/** As much as comes before the connection breaks. */
async function readAll(gateway: TestGateway, { streamPath, body, dialect }: DialectCall): Promise<string> {
  const byPath = dialect === 'gemini_generate_content';
  const asked = { ...body(MODELS.open), ...(byPath ? {} : { stream: true }) };
  const response = await gateway.chat(asked, {}, streamPath.replace('%', MODELS.open));
  let text = '';
  try {
    for await (const chunk of response.body ?? []) text += Buffer.from(chunk as Uint8Array).toString();
  } catch {
    // That it breaks is what the caller is to see.
  }
  return text;
}
