import { request as httpRequest } from 'node:http';
import { ActiveStreams } from '../../src/relay/active-streams.js';
import { answerError, chatStream, FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

interface LedgerRow {
  readonly request_id: string;
  readonly status: string;
  readonly http_status: number;
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly estimated: boolean;
  readonly cost_nano_usd: string;
}

const CHAT = '/v1/chat/completions';
const MESSAGES = '/anthropic/v1/messages';
const RESPONSES = '/openai/v1/responses';
const GPT = 'gpt-5-4';
const CLAUDE = 'claude-sonnet-4-6';
/** asked in the Responses dialect, too */
const NATIVE = 'gpt-5-5';
const MESSAGE = [{ role: 'user', content: 'Tell me a story.' }];
/** as every request here bounds its answer */
const BOUND = 900;
const WORDS = Array.from({ length: 2_000 }, (_, index) => (index % 2 === 0 ? 'river ' : 'stone '));

const chat = (model: string, stream = true) => ({ model, stream, max_completion_tokens: BOUND, messages: MESSAGE });
const claude = (stream = true) => ({ model: CLAUDE, stream, max_tokens: BOUND, messages: MESSAGE });
const responses = (stream = false) => ({ model: NATIVE, stream, max_output_tokens: BOUND, input: 'Tell me a story.' });

const named = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const messageStart = (input: number) =>
  named('message_start', {
    message: {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'c',
      content: [],
      usage: { input_tokens: input, output_tokens: 1 },
    },
  });
const block = (delta: object, content_block: object) =>
  named('content_block_start', { index: 0, content_block }) + named('content_block_delta', { index: 0, delta });
const textBlock = (text: string) => block({ type: 'text_delta', text }, { type: 'text', text: '' });

/** Says a text and then nothing more. */
const begun =
  (text: string): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text);
  };
const whole =
  (text: string, type = 'application/json'): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(text);
  };

describe('who asks, pays', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ANTHROPIC_API_KEY: 'sk-fake',
      ANTHROPIC_BASE_URL: provider.url,
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '0',
      BOUGH_FIRST_BYTE_TIMEOUT_MS: '1500',
      BOUGH_IDLE_TIMEOUT_MS: '1500',
      BOUGH_DISCONNECT_DRAIN_MS: '5000',
    });
    const upstream = { name: 'openai-itself', kind: 'openai', base_url: provider.url, secret: 'sk-fake' };
    const routes = [{ model: NATIVE, upstream_model: 'gpt-5.5' }];
    expect((await gateway.manage('POST', '/admin/upstreams', { ...upstream, routes })).status).toBe(201);
  });
  /** the records of the tests before */
  let former = new Set<string>();
  beforeEach(async () => {
    former = new Set((await rows()).map(({ request_id }) => request_id));
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const rows: () => Promise<LedgerRow[]> = () =>
    gateway.sql<LedgerRow & Record<string, unknown>>("SELECT * FROM usage_records WHERE status <> 'refused'");

  /** Asks, and leaves once the provider was asked and what it said so far holds `until`; null stays to the end. */
  const ask = (path: string, body: object, until: string | null) =>
    new Promise<number | null>((resolve, reject) => {
      const text = JSON.stringify(body);
      const asked = provider.seen.length;
      const headers = { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' };
      const request = httpRequest(gateway.baseUrl + path, { method: 'POST', agent: false, headers });
      let left = false;
      const leave = () => {
        left = true;
        request.destroy();
        resolve(null);
      };
      request.on('error', error => {
        if (!left) reject(error);
      });
      request.on('response', response => {
        let said = '';
        response.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (until !== null && until !== '' && said.includes(until)) leave();
        });
        response.on('error', () => resolve(response.statusCode ?? 0));
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      request.end(text);
      if (until === '') eventually(() => provider.seen.length > asked, 'the provider is asked').then(leave, reject);
    });

  /** The one that has come since the last. */
  const record = async () => {
    const isNew = ({ request_id }: LedgerRow) => !former.has(request_id);
    const row = await eventually(async () => (await rows()).find(isNew), 'the record', 15_000);
    former.add(row.request_id);
    return row;
  };

  const charged = async (path: string, body: object, until: string | null): Promise<LedgerRow> => {
    await ask(path, body, until);
    return record();
  };

  const story = messageStart(20) + textBlock(WORDS.join(''));

  describe('for what was streamed, where no last word came', () => {
    it.each([
      ['text of Claude', MESSAGES, claude(), story, 'stone', 20],
      [
        'its thinking',
        MESSAGES,
        claude(),
        messageStart(20) +
          block({ type: 'thinking_delta', thinking: WORDS.join('') }, { type: 'thinking', thinking: '' }),
        'stone',
        20,
      ],
      [
        'its arguments',
        MESSAGES,
        claude(),
        messageStart(20) +
          block(
            { type: 'input_json_delta', partial_json: WORDS.join('') },
            { type: 'tool_use', id: 't', name: 'f', input: {} },
          ),
        'stone',
        20,
      ],
      ['text of Claude as chat', CHAT, chat(CLAUDE), story, 'stone', 20],
      [
        'text of a chat',
        CHAT,
        chat(GPT),
        chatStream(WORDS)
          .toString()
          .split(
            'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},',
          )[0] ?? '',
        'stone',
        null,
      ],
      [
        'text of a Responses stream',
        RESPONSES,
        responses(true),
        WORDS.map(delta => named('response.output_text.delta', { delta })).join(''),
        'stone',
        null,
      ],
    ])('%s', async (_, path, body, text, until, input) => {
      for (const leaves of [true, false]) {
        provider.script = begun(text);
        const row = await charged(path, body, leaves ? until : null);

        // A caller who stays sees the idle timeout.
        expect(row).toMatchObject({ status: leaves ? 'client_disconnected' : 'upstream_timeout', estimated: true });
        if (input !== null) expect(row.input_tokens).toBe(String(input));
        expect(Number(row.input_tokens)).toBeGreaterThan(0);
        expect(Number(row.output_tokens)).toBeGreaterThanOrEqual(2_000);
        expect(Number(row.output_tokens)).toBeLessThanOrEqual(2_010);
      }
    });

    it('and for the silence before it, of a model that reasons', async () => {
      const [role = '', word = ''] = chatStream(['stone '])
        .toString()
        .split(/(?<=\n\n)/);
      provider.script = async (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        for (const event of [role, ': thinking\n\n', ': thinking\n\n', word]) {
          response.write(event);
          await new Promise(resolve => setTimeout(resolve, 900));
        }
      };
      const row = await charged(CHAT, chat(GPT), 'stone');

      // 2.7 seconds, of which two are free.
      expect(Number(row.output_tokens)).toBeGreaterThanOrEqual(60);
      expect(Number(row.output_tokens)).toBeLessThanOrEqual(BOUND + 2);
    });

    it('Claude’s input and placeholder, where it breaks off behind its start, translated or not', async () => {
      for (const [path, body] of [
        [MESSAGES, claude()],
        [CHAT, chat(CLAUDE)],
      ] as const) {
        provider.script = (_, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.write(messageStart(8_000), () => response.socket?.resetAndDestroy());
        };
        expect(await charged(path, body, null)).toMatchObject({
          input_tokens: '8000',
          output_tokens: '1',
          estimated: true,
          cost_nano_usd: '24015000',
        });
      }
    });
  });

  describe('for the last word, where the provider still says it', () => {
    const usage = {
      prompt_tokens: 9,
      completion_tokens: 60_000,
      total_tokens: 60_009,
      completion_tokens_details: { reasoning_tokens: 59_990 },
    };
    const [said = '', last = ''] = chatStream(['Hello'], usage)
      .toString()
      .split(/(?=data: [^\n]*"choices":\[\],)/);

    /** Says the first part, and the second once the caller has left. */
    const inTwo = (type: string, first: string, second: string) => {
      let leave: () => void = () => undefined;
      const left = new Promise<void>(resolve => {
        leave = resolve;
      });
      provider.script = async (_, response) => {
        response.writeHead(200, { 'content-type': type });
        response.write(first);
        await left;
        if (type === 'application/json') response.end(second);
        else response.write(second);
      };
      return leave;
    };

    it('behind the reason to end, after its caller left', async () => {
      const release = inTwo('text/event-stream', said, last.replace('data: [DONE]\n\n', ''));
      await ask(CHAT, chat(GPT), '"finish_reason":"stop"');
      release();

      expect(await record()).toMatchObject({
        ...{ status: 'client_disconnected', input_tokens: '9', output_tokens: '60000', estimated: false },
      });
    });

    it('behind the last text of a Responses stream', async () => {
      const counted = { input_tokens: 9, output_tokens: 60_000 };
      const text = named('response.output_text.delta', { delta: 'Hello' }) + named('response.output_text.done');
      const release = inTwo('text/event-stream', text, named('response.completed', { response: { usage: counted } }));
      await ask(RESPONSES, responses(true), 'output_text.done');
      release();

      expect(await record()).toMatchObject({ input_tokens: '9', output_tokens: '60000', estimated: false });
    });

    it('in the rest of a long answer that is not streamed', async () => {
      const text = JSON.stringify({ choices: [{ message: { content: 'q'.repeat(5_000_000) } }], usage });
      const release = inTwo('application/json', text.slice(0, 4_900_000), text.slice(4_900_000));
      await ask(CHAT, chat(GPT, false), 'qqq');
      release();

      expect(await record()).toMatchObject({ input_tokens: '9', output_tokens: '60000', estimated: false });
    });

    it('in an answer that cannot be translated', async () => {
      const counted = { input_tokens: 31, output_tokens: 7 };
      provider.script = whole(JSON.stringify({ type: 'message', content: 'no list', usage: counted }));
      const row = await charged(CHAT, chat(CLAUDE, false), null);

      expect(row).toMatchObject({ http_status: 502, input_tokens: '31', output_tokens: '7', estimated: false });
    });
  });

  describe('for what was reserved, where work may have been done unseen', () => {
    it.each<[string, string, object, Script, string | null, string]>([
      ['a caller leaves before an answer', CHAT, chat(GPT, false), () => undefined, '', 'client_disconnected'],
      ['a caller leaves before a stream', CHAT, chat(GPT), () => undefined, '', 'client_disconnected'],
      [
        'a caller leaves a stream whose model thinks in silence',
        CHAT,
        chat(GPT),
        begun(chatStream([]).toString().split('\n\n')[0] + '\n\n'),
        'assistant',
        'client_disconnected',
      ],
      ['the first byte does not come in time', CHAT, chat(GPT), () => undefined, null, 'upstream_timeout'],
      [
        'an answer breaks off',
        CHAT,
        chat(GPT, false),
        whole('{"choices":[{"message":{"content":"Hel'),
        null,
        'upstream_error',
      ],
      [
        'an answer is no answer',
        CHAT,
        chat(CLAUDE, false),
        whole('{"type":"message","content":"no list"}'),
        null,
        'upstream_error',
      ],
      [
        'a page comes in the place of an answer',
        CHAT,
        chat(GPT, false),
        whole('<html>', 'text/html'),
        null,
        'upstream_error',
      ],
      ['a page comes in the place of a stream', CHAT, chat(GPT), whole('<html>', 'text/html'), null, 'upstream_error'],
      [
        'the answer is a notice of work to come',
        RESPONSES,
        responses(),
        whole('{"id":"r","object":"response","status":"queued","output":[]}'),
        null,
        'completed',
      ],
      [
        'the connection breaks without an answer',
        CHAT,
        chat(GPT, false),
        (_, response) => response.socket?.resetAndDestroy() as undefined,
        null,
        'upstream_error',
      ],
    ])('%s', async (_, path, body, script, until, status) => {
      provider.script = script;
      const before = provider.seen.length;
      const row = await charged(path, body, until);

      expect(row).toMatchObject({ status, output_tokens: String(BOUND), estimated: true });
      expect(Number(row.input_tokens)).toBeGreaterThan(0);
      expect(Number(row.cost_nano_usd)).toBeGreaterThan(BOUND * 10_000);
      expect(provider.seen.length).toBe(before + 1);
    });
  });

  describe('nothing, where the provider refused', () => {
    it.each([400, 401, 404, 429, 500, 503, 529])('with %i', async status => {
      provider.script = answerError(status, {});
      expect(await charged(CHAT, chat(GPT, false), null)).toMatchObject({
        input_tokens: '0',
        output_tokens: '0',
        estimated: false,
        cost_nano_usd: '0',
      });
    });
  });

  it('for a failed response what it says, and the ledger says that it failed', async () => {
    const usage = { input_tokens: 40, output_tokens: 11, total_tokens: 51 };
    provider.script = whole(JSON.stringify({ id: 'r', object: 'response', status: 'failed', output: [], usage }));

    expect(await charged(RESPONSES, responses(), null)).toMatchObject({
      status: 'upstream_error',
      http_status: 200,
      input_tokens: '40',
      output_tokens: '11',
      estimated: false,
    });
  });

  it.each([
    [{ prompt_tokens: 9e15, completion_tokens: 1 }],
    [{ prompt_tokens: 5, completion_tokens: 9e15 }],
    [{ prompt_tokens: 1e9, completion_tokens: 1e9 }],
  ])('an estimate, where the provider’s count is beyond what the model can do: %p', async usage => {
    provider.script = whole(JSON.stringify({ choices: [{ message: { content: WORDS.join('') } }], usage }));
    const row = await charged(CHAT, chat(GPT, false), null);

    expect(row).toMatchObject({ status: 'completed', estimated: true });
    expect(Number(row.input_tokens)).toBeLessThan(100);
    expect(Number(row.output_tokens)).toBeGreaterThanOrEqual(2_000);
    expect(Number(row.output_tokens)).toBeLessThan(2_010);
  });
});

describe('the total time', () => {
  it('runs once, for the head and the answer behind it', async () => {
    const provider = await FakeProvider.start();
    const gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_TOTAL_TIMEOUT_MS: '2000',
    });
    const [, event = ''] = chatStream(['word '])
      .toString()
      .split(/(?<=\n\n)/);
    provider.script = async (_, response) => {
      // Almost all of the time goes before the head.
      await new Promise(resolve => setTimeout(resolve, 1_700));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      while (!response.destroyed) {
        response.write(event);
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    };
    const text = await (await gateway.chat(chat(GPT))).text().catch(() => '');

    // 6 in what is left of it, 40 in a time of its own.
    expect(text.split('word ').length - 1).toBeLessThan(25);
    await eventually(() => provider.aborted > 0, 'the provider is stopped');
    await gateway.stop();
    await provider.stop();
  });
});

describe('a shutdown', () => {
  it('waits for an answer whose caller has left, as for a stream, and bills what it says at its end', async () => {
    const provider = await FakeProvider.start();
    const gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_DRAIN_MS: '60000',
      BOUGH_DISCONNECT_DRAIN_MS: '60000',
    });
    const active = gateway.bough.app.get(ActiveStreams, { strict: false });
    const text = JSON.stringify({
      choices: [{ message: { role: 'assistant', content: 'Hello' } }],
      usage: { prompt_tokens: 9, completion_tokens: 600 },
    });
    let goOn: () => void = () => undefined;
    const shutdown = new Promise<void>(resolve => {
      goOn = resolve;
    });
    provider.script = async (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(text.slice(0, 30));
      await shutdown;
      response.end(text.slice(30));
    };
    const caller = new AbortController();
    const asked = fetch(`${gateway.baseUrl}${CHAT}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(chat(GPT, false)),
      signal: caller.signal,
    }).catch(() => undefined);
    // How much of an answer has come shows only in what happens when its caller leaves.
    await eventually(() => provider.seen.length > 0, 'the provider is asked');
    await new Promise(resolve => setTimeout(resolve, 300));
    caller.abort();
    await asked;
    await eventually(() => active.count > 0, 'the answer is waited for');

    const stopped = gateway.bough.stop();
    await eventually(
      async () => !(await fetch(`${gateway.baseUrl}/readyz`).catch(() => ({ ok: false }))).ok,
      'the end',
    );
    goOn();
    await stopped;
    expect(await gateway.sql("SELECT * FROM usage_records WHERE status <> 'refused'")).toEqual([
      expect.objectContaining({ status: 'client_disconnected', estimated: false, output_tokens: '600' }),
    ]);
    await gateway.stop();
    await provider.stop();
  });
});
