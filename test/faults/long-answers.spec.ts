import { answerChat, FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const CLAUDE = 'claude-sonnet-4-6';
const GEMINI = 'gemini-2-5-flash';
const CAP = 5 * 1_048_576;
const SENTENCE = 'some words of an answer that does not end. ';
const PIECE = SENTENCE.repeat(1_000);
/** Nine words and a full stop. */
const TOKENS_PER_BYTE = 10 / SENTENCE.length;

/** A JSON answer of so many bytes. */
const answerOf =
  (bytes: number): Script =>
  (_, response) => {
    const around = JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: '' } }] }).length;
    const content = PIECE.repeat(Math.ceil(bytes / PIECE.length)).slice(0, bytes - around);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content } }] }));
  };

/** A stream that goes on until somebody stops it. */
const endless: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const delta = { role: 'assistant', content: PIECE };
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta }] };
  const event = `data: ${JSON.stringify(chunk)}\n\n`;
  const more = () => {
    while (!response.destroyed && response.write(event));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
};

describe('answers that are longer than the gateway passes on', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_MAX_ANSWER_BYTES: String(CAP),
    });
    const { status } = await gateway.manage('POST', '/admin/upstreams', {
      ...{ name: 'other', kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: 'sk-fake' },
      routes: ['gpt-5-4', CLAUDE, GEMINI].map(model => ({ model })),
    });
    expect(status).toBe(201);
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const record = (response: Response) =>
    eventually(async () => {
      const [row] = await gateway.sql('SELECT * FROM usage_records WHERE request_id = $1', [
        response.headers.get('x-request-id'),
      ]);
      return row;
    }, 'the usage record');
  /** All that came until the connection was broken, and whether it was. */
  const readAll = async (response: Response) => {
    let text = '';
    try {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        text += Buffer.from(chunk).toString('latin1');
      }
      return { text, broken: false };
    } catch {
      return { text, broken: true };
    }
  };
  const MESSAGES = [{ role: 'user', content: 'hi' }];
  const chat = () => gateway.chat({ model: 'gpt-5-4', messages: MESSAGES });

  it('of exactly so many bytes pass', async () => {
    provider.script = answerOf(CAP);
    const response = await chat();
    expect((await response.text()).length).toBe(CAP);
    expect(await record(response)).toMatchObject({ status: 'completed' });
  });

  it('of one byte more are broken off, never ended cleanly, and billed for the text that was seen', async () => {
    provider.script = answerOf(CAP + 1);
    const response = await chat();
    const { text, broken } = await readAll(response);
    expect(broken).toBe(true);
    expect(text.length).toBeLessThanOrEqual(CAP);
    const row = await record(response);
    expect(row).toMatchObject({ status: 'truncated', estimated: true });
    expect(Number(row['output_tokens'])).toBeGreaterThan(CAP * TOKENS_PER_BYTE * 0.9);
    expect(Number(row['output_tokens'])).toBeLessThan(CAP * TOKENS_PER_BYTE * 1.1);
  });

  const PAID = { prompt_tokens: 40, completion_tokens: 7 };
  const FALSE = { prompt_tokens: 1, completion_tokens: 1 };
  const saying = (before: object, after: object, quoted = '') => {
    const content = PIECE.repeat(Math.ceil((CAP * 0.9) / PIECE.length)) + quoted;
    return JSON.stringify({ ...before, choices: [{ index: 0, message: { role: 'assistant', content } }], ...after });
  };
  it.each<[string, string]>([
    ['at the end', saying({}, { usage: PAID })],
    ['in front', saying({ usage: PAID }, {})],
    ['in front, and a quoted one behind it', saying({ usage: PAID }, {}, JSON.stringify({ usage: FALSE }))],
    ['in front, and a nested one behind it', saying({ usage: PAID }, { meta: { usage: FALSE } })],
    ['in front, and its name behind it', saying({ usage: PAID }, { name: 'usage' })],
    ['twice, of which the last counts', saying({ usage: FALSE }, { usage: PAID })],
    ['far from either end', saying({}, { usage: PAID, padding: 'x'.repeat(100_000) })],
  ])('are paid by what they say of themselves %s', async (_, text) => {
    provider.script = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text);
    };
    const response = await chat();
    expect((await response.text()).length).toBe(text.length);
    expect(await record(response)).toMatchObject({
      ...{ status: 'completed', estimated: false, input_tokens: '40', output_tokens: '7' },
    });
  });

  it('are paid by the text that was seen where they say nothing, or only deeper', async () => {
    for (const text of [saying({}, {}), saying({}, { meta: { usage: FALSE } })]) {
      provider.script = (_seen, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(text);
      };
      const response = await chat();
      await response.text();
      const row = await record(response);
      expect(row).toMatchObject({ status: 'completed', estimated: true });
      expect(Number(row['output_tokens'])).toBeGreaterThan(CAP * TOKENS_PER_BYTE * 0.8);
    }
  });

  it('are broken off where they are no whole object at their end', async () => {
    provider.script = (_seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(saying({ usage: PAID }, {}).slice(0, -1));
    };
    const response = await chat();
    expect((await readAll(response)).broken).toBe(true);
    const row = await record(response);
    expect(row).toMatchObject({ status: 'truncated', estimated: true, input_tokens: '40' });
    expect(Number(row['output_tokens'])).toBeGreaterThan(CAP * TOKENS_PER_BYTE * 0.8);
  });

  it('are 502 where nothing was sent yet, because they are translated', async () => {
    provider.script = answerOf(CAP + 1);
    const response = await gateway.chat(
      { model: CLAUDE, max_tokens: 9, messages: MESSAGES },
      {},
      '/anthropic/v1/messages',
    );
    expect(response.status).toBe(502);
    expect(await response.text()).toContain('larger than this gateway passes on');
  });

  it.each([
    ['/v1/chat/completions', { messages: MESSAGES, stream: true }, 'data: {"error":'],
    ['/anthropic/v1/messages', { messages: MESSAGES, stream: true, max_tokens: 9 }, 'event: error\n'],
    ['/openai/v1/responses', { input: 'hi', stream: true }, 'event: error\n'],
    [
      '/gemini/v1beta/models/gemini-2-5-flash:streamGenerateContent?alt=sse',
      { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] },
      'data: {"error":',
    ],
  ])('as streams end with the error event of %s, and their provider is stopped', async (path, body, event) => {
    provider.script = endless;
    const aborted = provider.aborted;
    const model = path.startsWith('/anthropic') ? CLAUDE : 'gpt-5-4';
    const sent = path.startsWith('/gemini') ? body : { model, ...body };
    const response = await gateway.chat(sent, {}, path);
    expect(response.status).toBe(200);
    const { text, broken } = await readAll(response);
    expect(broken).toBe(true);
    const last = text.slice(text.lastIndexOf(event));
    expect(last.startsWith(event)).toBe(true);
    expect(last).toContain('larger than this gateway passes on');
    const row = await record(response);
    expect(row).toMatchObject({ status: 'truncated', estimated: true });
    expect(Number(row['output_tokens'])).toBeGreaterThan(CAP / 20);
    await eventually(() => provider.aborted > aborted, 'the provider is stopped');
  });

  it('leave the gateway as it was', async () => {
    provider.script = answerChat();
    expect((await chat()).status).toBe(200);
  });
});
