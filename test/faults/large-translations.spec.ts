import { BodyBudget } from '../../src/inference/body/body-budget.js';
import { LOOP_PACE } from '../../src/platform/loop-pace.js';
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'claude-sonnet-4-6';
const answer =
  (content: string): Script =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1,
        model: MODEL,
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
      }),
    );
  };

describe('large translations', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start(answer('well'));
    gateway = await startTestGateway({
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
    });
    const { status } = await gateway.manage('POST', '/admin/upstreams', {
      ...{ name: 'other', kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: 'sk-fake' },
      routes: [{ model: MODEL }],
    });
    expect(status).toBe(201);
  });
  beforeEach(() => {
    provider.script = answer('well');
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const bytesInUse = () => gateway.bough.app.get(BodyBudget, { strict: false }).bytesInUse;
  const ask = (content: unknown, extra: object = {}, init: RequestInit = {}) =>
    fetch(`${gateway.baseUrl}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, max_tokens: 100, messages: [{ role: 'user', content }], ...extra }),
      ...init,
    });

  it('reach the provider whole, and their answers come in the caller’s dialect', async () => {
    const text = 'Grüße 😀 '.repeat(200_000);
    const reply = await ask(text, { top_k: 5 });
    expect(reply.status).toBe(200);
    expect(await reply.json()).toMatchObject({
      type: 'message',
      content: [{ type: 'text', text: 'well' }],
      usage: { input_tokens: 11, output_tokens: 7 },
    });
    expect(reply.headers.get('x-bough-losses')).toContain('top_k');
    const sent = JSON.parse(provider.last.body.toString()) as { messages: { content: unknown }[] };
    expect(JSON.stringify(sent.messages.at(-1)?.content)).toContain(text);
    await eventually(() => bytesInUse() === 0, 'the budget is whole again');
  });

  it('take the caller’s bytes along without a copy, unless another target may be asked for them', async () => {
    const text = 'words '.repeat(200_000);
    const copies = jest.spyOn(LOOP_PACE, 'room');
    expect((await ask(text)).status).toBe(200);
    expect(copies).not.toHaveBeenCalled();
    const failing = await FakeProvider.start((_, response) => void response.writeHead(503).end('{}'));
    const created = await gateway.manage('POST', '/admin/upstreams', {
      ...{ name: 'first', kind: 'openai-compatible', base_url: `${failing.url}/v1`, secret: 'sk-fake' },
      routes: [{ model: MODEL, priority: 1 }],
    });
    expect(created.status).toBe(201);
    try {
      expect((await ask(text)).status).toBe(200);
      expect(copies).toHaveBeenCalled();
      const [first, second] = [failing, provider].map(({ last }) => last.body.toString());
      expect(first?.includes(text)).toBe(true);
      expect(second === first).toBe(true);
    } finally {
      copies.mockRestore();
      await gateway.manage('DELETE', `/admin/upstreams/${(created.body as { id: string }).id}`);
      await failing.stop();
    }
    await eventually(() => bytesInUse() === 0, 'the budget is whole again');
  });

  it('leave no work on the event loop that grows with the body: neither parsing nor writing, of requests and answers', async () => {
    const texts = Array.from({ length: 20_000 }, (_, index) => ({ type: 'text', text: `${index} `.repeat(20) }));
    const body = JSON.stringify({ model: MODEL, max_tokens: 9, messages: [{ role: 'user', content: texts }] });
    const large = Buffer.from(JSON.stringify({ choices: [{ message: { content: 'x'.repeat(900_000) } }] }));
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(large);
    };
    const parse = jest.spyOn(JSON, 'parse');
    const stringify = jest.spyOn(JSON, 'stringify');
    try {
      const reply = await ask('', {}, { body });
      await reply.arrayBuffer();
      expect(reply.status).toBe(200);
      const lengths = [
        ...parse.mock.calls.map(([text]) => String(text).length),
        ...stringify.mock.results.map(({ value }) => String(value).length),
      ];
      expect(Math.max(...lengths)).toBeLessThan(524_288);
    } finally {
      parse.mockRestore();
      stringify.mockRestore();
    }
  });

  it('of answers are whole too', async () => {
    const text = 'é'.repeat(1_000_000);
    provider.script = answer(text);
    const reply = await ask('hi');
    const { content } = (await reply.json()) as { content: { text: string }[] };
    expect(content[0]?.text === text).toBe(true);
    const [row] = await eventually(async () => {
      const found = await gateway.sql<{ output_tokens: string; estimated: boolean }>(
        'SELECT output_tokens, estimated FROM usage_records WHERE request_id = $1',
        [reply.headers.get('x-request-id')],
      );
      return found.length === 1 && found;
    }, 'the usage record');
    expect([Number(row?.output_tokens), row?.estimated]).toEqual([7, false]);
  });

  it('that cannot be said are refused by the field, as small ones are', async () => {
    const bad = [
      { type: 'text', text: 'x'.repeat(600_000) },
      { type: 'text', text: 5 },
    ];
    const [large, small] = await Promise.all([
      ask(bad),
      ask([
        { type: 'text', text: 'x' },
        { type: 'text', text: 5 },
      ]),
    ]);
    expect(large.status).toBe(400);
    const { error } = (await large.json()) as { error: object };
    expect(error).toEqual(((await small.json()) as { error: object }).error);
    await eventually(() => bytesInUse() === 0, 'the budget is whole again');
  });

  it('that need more memory than a thread has are refused alone, and the next one is translated', async () => {
    // Thirty megabytes of small objects are a gigabyte in memory.
    const hostile = `{"model":"${MODEL}","max_tokens":1,"messages":[{"role":"user","content":[${'{"type":"a","b":[{},{}]},'.repeat(1_200_000)}{}]}]}`;
    const [refused, next] = await Promise.all([ask('', {}, { body: hostile }), ask('x'.repeat(600_000))]);
    expect([400, 503]).toContain(refused.status);
    expect(next.status).toBe(200);
    await eventually(() => bytesInUse() === 0, 'the budget is whole again');
  });

  it('of callers who leave give back what they hold, and the others have their turn', async () => {
    const leaving = new AbortController();
    const text = 'x'.repeat(4_000_000);
    const left = Array.from({ length: 8 }, () => ask(text, {}, { signal: leaving.signal }).catch(() => 'left'));
    await eventually(() => bytesInUse() > 8_000_000, 'they are here', 20_000);
    const stays = ask('y'.repeat(600_000));
    leaving.abort();
    expect((await stays).status).toBe(200);
    expect(new Set(await Promise.all(left))).toEqual(new Set(['left']));
    await eventually(() => bytesInUse() === 0, 'the budget is whole again', 20_000);
  });
});
