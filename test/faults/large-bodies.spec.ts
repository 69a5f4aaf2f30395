import { BodyBudget } from '../../src/inference/body/body-budget.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'gpt-5-mini';

describe('a body of several megabytes', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start((_, response) => {
      const message = { role: 'assistant', content: 'well' };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          ...{ id: 'x', object: 'chat.completion', created: 1, model: MODEL },
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
        }),
      );
    });
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
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const send = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json', ...headers },
      body,
    });
  const errorOf = async (body: string) => {
    const reply = await send(body);
    return [reply.status, (await reply.json()) as object];
  };
  const long = '"Grüße\\n😀 '.repeat(300_000).replaceAll('"', '');
  const messages = (text: string) => `[{"role":"user","content":"${text}"}]`;

  it('is scanned in a thread and not on the event loop, and reaches the provider byte for byte', async () => {
    const scan = jest.spyOn(DESCRIPTORS.chat_completions, 'readRequest');
    try {
      for (const text of ['short', long]) {
        const reply = await send(`{"messages":${messages(text)},"model":"${MODEL}","temperature":1e0}`);
        expect(reply.status).toBe(200);
        expect(
          provider.last.body.toString() === `{"messages":${messages(text)},"model":"${MODEL}","temperature":1e0}`,
        ).toBe(true);
      }
      expect(scan).toHaveBeenCalledTimes(1);
    } finally {
      scan.mockRestore();
    }
    const inUse = () => gateway.bough.app.get(BodyBudget, { strict: false }).bytesInUse;
    await eventually(() => inUse() === 0, 'the budget is whole again');
  });

  it.each([
    ['a megabyte of values', 1_000_000],
    ['several megabytes of them', 3_000_000],
  ])('of %s is parsed for a suspicious word in the thread, and refused or sent as before', async (_, bytes) => {
    const list = `{"a":"${'b'.repeat(91)}"},`.repeat(bytes / 100);
    const parse = jest.spyOn(JSON, 'parse');
    try {
      const bodyOf = (tools: string) =>
        `{"model":"${MODEL}","metadata":{"a":"file_search"},"list":[${list}0],"messages":[],"tools":[${tools}]}`;
      const passed = await send(bodyOf('{"type":"function","function":{"name":"file_id"}}'));
      expect(passed.status).toBe(200);
      const [status, { error }] = (await errorOf(bodyOf('{"type":"mcp"}'))) as [number, { error: { param: string } }];
      expect([status, error.param]).toEqual([400, 'tools[0]']);
      expect(Math.max(...parse.mock.calls.map(([text]) => String(text).length))).toBeLessThan(65_536);
    } finally {
      parse.mockRestore();
    }
  });

  it.each([
    ['names two models', (text: string) => `{"model":"a","messages":${messages(text)},"model":"${MODEL}"}`],
    ['ends too early', (text: string) => `{"model":"${MODEL}","messages":${messages(text)}`],
    [
      'has a field of another type',
      (text: string) => `{"model":"${MODEL}","messages":${messages(text)},"stream":"yes"}`,
    ],
    ['names no model of the catalog', (text: string) => `{"model":"nope","messages":${messages(text)}}`],
    [
      'holds a field that may not pass',
      (text: string) => `{"model":"${MODEL}","messages":${messages(text)},"store":true}`,
    ],
  ])('that %s is refused in the words of a small one', async (_, bodyOf) => {
    const [small, large] = [await errorOf(bodyOf('short')), await errorOf(bodyOf(long))];
    const plain = (answer: unknown) => JSON.stringify(answer).replaceAll(/req_\w+|at byte \d+|position \d+/g, '…');
    expect(small[0]).toBe(400);
    expect(plain(large)).toBe(plain(small));
  });
});
