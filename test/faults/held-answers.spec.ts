/** An answer that is held until it can be translated takes memory, and says beforehand how much. */
import { BodyBudget } from '../../src/inference/body/body-budget.js';
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'claude-sonnet-4-6';
const MEBIBYTE = 1_048_576;
const CAP = 8 * MEBIBYTE;
const LARGE = 2 * MEBIBYTE;

const answerOf = (content: string) =>
  JSON.stringify({
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 11, completion_tokens: 7 },
  });

describe('answers that are held until they are whole', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      BOUGH_MAX_BODY_BYTES: String(MEBIBYTE),
      BOUGH_BODY_BUDGET_BYTES: String(CAP),
      BOUGH_MAX_ANSWER_BYTES: String(CAP),
    });
    const { status } = await gateway.manage('POST', '/admin/upstreams', {
      ...{ name: 'other', kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: 'sk-fake' },
      routes: [{ model: MODEL }, { model: 'gpt-5-4' }],
    });
    expect(status).toBe(201);
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const bytesInUse = () => gateway.bough.app.get(BodyBudget, { strict: false }).bytesInUse;
  const messages = [{ role: 'user', content: 'hi' }];
  const ask = (signal?: AbortSignal) =>
    fetch(`${gateway.baseUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, max_tokens: 100, messages }),
      ...(signal === undefined ? {} : { signal }),
    });

  /** Sends all of an answer but its end, which comes when it is released. */
  const unfinished = () => {
    const text = answerOf('x'.repeat(LARGE));
    const ends: (() => void)[] = [];
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(text.slice(0, -1));
      ends.push(() => response.end(text.slice(-1)));
    };
    return () => ends.forEach(end => end());
  };
  const held = () => eventually(() => bytesInUse() > LARGE, 'the answer is held');

  it('are counted: where the share of their caller is full, the next large one is 503, and a small one is not', async () => {
    const release = unfinished();
    const first = ask();
    await held();
    const second = await ask();
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(await second.json()).toMatchObject({ type: 'error', error: { message: expect.stringContaining('memory') } });
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(answerOf('small'));
    };
    expect((await ask()).status).toBe(200);

    release();
    expect(await (await first).text()).toContain('x'.repeat(LARGE));
    await eventually(() => bytesInUse() === 0, 'all is given back');
  });

  it('give back what they held when their caller leaves, and when they break', async () => {
    unfinished();
    const caller = new AbortController();
    const left = ask(caller.signal).catch(() => null);
    await held();
    caller.abort();
    await left;
    await eventually(() => bytesInUse() === 0, 'all is given back');

    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(answerOf('x'.repeat(LARGE)).slice(0, -1), () => response.socket?.resetAndDestroy());
    };
    expect((await ask()).status).toBe(502);
    await eventually(() => bytesInUse() === 0, 'all is given back');
  });

  const told =
    (type: string, bytes: number): Script =>
    (_, response) => {
      response.writeHead(200, { 'content-type': type, 'content-length': String(bytes) });
      response.flushHeaders();
    };

  it.each([
    ['translated', '/anthropic/v1/messages', { model: MODEL, max_tokens: 9, messages }, 'application/json'],
    ['passed through', '/v1/chat/completions', { model: 'gpt-5-4', messages }, 'application/json'],
    ['streamed', '/v1/chat/completions', { model: 'gpt-5-4', messages, stream: true }, 'text/event-stream'],
  ])('are refused unread where they say that they are too long: %s', async (_, path, body, type) => {
    provider.script = told(type, CAP + 1);
    const aborted = provider.aborted;
    const response = await gateway.chat(body, {}, path);
    expect(response.status).toBe(502);
    expect(await response.text()).toContain('larger than this gateway passes on');
    await eventually(() => provider.aborted > aborted, 'the provider is stopped');
  });

  it('are read where they say that they are just as long as may be', async () => {
    const text = answerOf('x'.repeat(CAP - answerOf('').length));
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) });
      response.end(text);
    };
    const response = await gateway.chat({ model: 'gpt-5-4', messages });
    expect((await response.text()).length).toBe(CAP);
  });
});
