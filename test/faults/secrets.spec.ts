import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Log } from '../../src/platform/logging.js';
import { answerChat, answerError, answerStream, chatStream, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const CANARIES = {
  providerKey: 'sk-canary-of-the-provider',
  storedKey: 'sk-canary-that-is-stored',
  prompt: 'canary-words-of-a-prompt',
  answer: 'canary-words-of-an-answer',
  masterKey: 'canary-master-key-that-is-long-enough',
  cookie: 'canary-cookie',
};

describe('secrets', () => {
  let lines = '';
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        lines += chunk.toString();
        done();
      },
    });
    gateway = await startTestGateway(
      {
        OPENAI_API_KEY: CANARIES.providerKey,
        OPENAI_BASE_URL: `${provider.url}/v1`,
        BOUGH_MASTER_KEY: CANARIES.masterKey,
        BOUGH_FIRST_BYTE_TIMEOUT_MS: '300',
        LOG_LEVEL: 'trace',
      },
      new Log(pino({ level: 'trace' }, sink)),
    );
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const ask = async (body: object, headers: Record<string, string> = {}) => {
    const response = await gateway.chat(body, { cookie: CANARIES.cookie, ...headers });
    return response.text();
  };
  const prompt = (model: string, stream = false) => ({
    model,
    stream,
    messages: [{ role: 'user', content: CANARIES.prompt }],
  });

  it('appear in no log line, no metric and no error, whatever goes wrong, at the finest level', async () => {
    const errors: string[] = [];
    provider.script = answerChat(CANARIES.answer);
    expect(await ask(prompt('gpt-5-4'))).toContain(CANARIES.answer);
    for (const status of [400, 401, 403, 404, 429, 500, 503, 302]) {
      provider.script = answerError(status, {
        error: { message: `key ${CANARIES.providerKey} at https://x, ${CANARIES.storedKey}` },
      });
      errors.push(await ask(prompt('gpt-5-4', status % 2 === 0)));
    }
    provider.script = (_, response) => void response.socket?.resetAndDestroy();
    errors.push(await ask(prompt('gpt-5-4')));
    provider.script = () => undefined;
    errors.push(await ask(prompt('gpt-5-4')));
    errors.push(await ask({ model: 'nope', messages: CANARIES.prompt }));
    errors.push(await ask(prompt('gpt-5-4'), { authorization: `Bearer ${gateway.token}wrong` }));
    const upstream = await gateway.manage<{ id: string }>('POST', '/admin/upstreams', {
      name: 'stored',
      kind: 'openai-compatible',
      base_url: 'http://127.0.0.1:9/v1',
      secret: CANARIES.storedKey,
      routes: [{ model: 'kimi-k3' }],
    });
    expect(upstream.status).toBe(201);
    errors.push(await ask(prompt('kimi-k3')), JSON.stringify(upstream.body));
    for (const path of ['/admin/upstreams', '/admin/models', '/admin/limits', '/admin/usage?group_by=credential']) {
      errors.push(JSON.stringify((await gateway.manage('GET', path)).body));
    }
    errors.push(await (await fetch(`${gateway.baseUrl}/metrics`)).text());
    errors.push(await (await fetch(`${gateway.baseUrl}/docs-json`)).text());
    await eventually(() => lines.split('"msg":"request"').length > 20, 'the lines are written');

    const secrets = [CANARIES.providerKey, CANARIES.storedKey, CANARIES.masterKey, CANARIES.cookie];
    for (const secret of [...secrets, CANARIES.prompt, CANARIES.answer, gateway.token, gateway.managementKey]) {
      expect([secret, lines.includes(secret)]).toEqual([secret, false]);
      expect([secret, errors.some(text => text.includes(secret))]).toEqual([secret, false]);
    }
  });

  describe('of any upstream, however they are written', () => {
    // Shaped like no key that is known, so nothing but knowing it finds it.
    const stored = 'plain/words+of=the~other';
    const keys = [CANARIES.providerKey, stored];
    const written = keys.flatMap(key => [
      key,
      JSON.stringify(key).slice(1, -1).replaceAll('/', '\\/'),
      encodeURIComponent(key),
      Buffer.from(`user:${key}`).toString('base64'),
      Buffer.from(key).toString('hex'),
      `${key.slice(0, 16)}…`,
    ]);
    // Of base64 only what the key alone decides can be known.
    const parts = written.map(form => form.slice(8, 20));
    beforeAll(async () => {
      const { status } = await gateway.manage('POST', '/admin/upstreams', {
        ...{ name: 'another', kind: 'openai-compatible', base_url: 'http://127.0.0.1:9/v1', secret: stored },
      });
      expect(status).toBe(201);
    });
    beforeEach(() => {
      lines = '';
    });
    const expectNone = (text: string) => {
      for (const part of parts) expect([part, text.includes(part), lines.includes(part)]).toEqual([part, false, false]);
    };

    it('are in no error that a provider tells', async () => {
      for (const form of written) {
        provider.script = answerError(400, { error: { message: `it is ${form} that was sent` } });
        const text = await ask(prompt('gpt-5-4'));
        expect(text).toMatch(/it is .*\[redacted\].* that was sent/);
        expectNone(text);
      }
    });

    it('are in no error within an answer, whole or in a stream, whose other words stay', async () => {
      for (const form of written) {
        const error = { message: `it is ${form} that was sent`, code: 'x' };
        provider.script = answerError(200, { error, usage: null });
        expectNone(await ask(prompt('gpt-5-4')));
        const events = [
          ...chatStream(['Hello ']).toString().split('\n\n').slice(0, 2),
          `data: ${JSON.stringify({ error })}`,
        ];
        const bytes = Buffer.from(`${events.join('\n\n')}\n\n`);
        const middle = bytes.length - 20;
        provider.script = answerStream([bytes.subarray(0, middle), bytes.subarray(middle)]);
        const text = await readCut(
          await gateway.chat({ ...prompt('gpt-5-4', true), stream_options: { include_usage: true } }),
        );
        expect(text).toContain('Hello ');
        expect(text).toContain('[redacted]');
        expectNone(text);
      }
    });

    it('are in no header of an answer', async () => {
      const told = { 'x-ratelimit-limit-requests': CANARIES.providerKey, 'x-request-id': `id-${CANARIES.providerKey}` };
      for (const script of [answerChat('well', told), answerError(429, {}, told)]) {
        provider.script = script;
        const response = await gateway.chat(prompt('gpt-5-4'));
        await response.text();
        expectNone(JSON.stringify([...response.headers]));
      }
    });
  });

  it('lie in the database hashed or encrypted only', async () => {
    const tables = await gateway.sql<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    expect(tables.length).toBeGreaterThan(8);
    let dump = '';
    for (const { name } of tables) {
      const rows = await gateway.sql<{ row: string }>(`SELECT row_to_json(t)::text AS row FROM "${name}" t`);
      dump += rows.map(({ row }) => row).join('\n');
    }
    const hex = (text: string) => Buffer.from(text).toString('hex');
    for (const secret of [
      gateway.token,
      gateway.managementKey,
      CANARIES.storedKey,
      CANARIES.masterKey,
      CANARIES.prompt,
    ]) {
      expect(dump.includes(secret) || dump.includes(hex(secret))).toBe(false);
    }
  });
});

/** What came of a stream until its connection was broken, as that of a failed one is. */
async function readCut(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response.body ?? []) chunks.push(chunk);
  } catch {
    // What came before counts.
  }
  return Buffer.concat(chunks).toString();
}
