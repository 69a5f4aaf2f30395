/** How strangers' requests are read, and what they read of what was wrong: the same in every dialect, as far as they get. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Log } from '../../src/platform/logging.js';
import { askRaw, DIALECT_CALLS, type DialectCall, sendBytes } from '../support/dialect-calls.js';
import { type Route, listRoutes } from '../support/routes.js';
import { answerError, FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

/** As much of an answer as the gateway looks for, in any dialect. */
const ANYTHING = { ok: true, data: [{ index: 0, embedding: [0.5] }] };
const answerAnything = answerError(200, ANYTHING);
type Form = 'openai' | 'anthropic' | 'gemini';

const pathOf = ({ path, model }: DialectCall) => path.replace('%', model);

/** Whose form a body has, told by what only that form has. */
function formOf(text: string): Form {
  const body = JSON.parse(text) as { type?: string; error: { status?: string; param?: unknown } };
  if (body.type === 'error') return 'anthropic';
  return typeof body.error.status === 'string' ? 'gemini' : 'openai';
}

describe('first words', () => {
  let lines: string[] = [];
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerAnything);
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        lines.push(...chunk.toString().split('\n').filter(Boolean));
        done();
      },
    });
    gateway = await startTestGateway(
      {
        DATABRICKS_HOST: provider.url,
        DATABRICKS_TOKEN: 'dapi-fake',
        BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
        BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
        BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      },
      new Log(pino({ level: 'debug', base: null }, sink)),
    );
  });
  beforeEach(() => {
    lines = [];
    provider.script = answerAnything;
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const bearer = () => ({ authorization: `Bearer ${gateway.token}` });
  const ask = (call: DialectCall, body: object | string, headers: Record<string, string> = {}) =>
    askRaw(gateway.port, { path: pathOf(call), body, headers: { ...bearer(), ...headers } });

  describe.each(DIALECT_CALLS)('in $dialect', call => {
    it.each(['1', 'null', '"x"', 'true', '[]', ''])(
      '%j is told that an object is wanted, not that it is no JSON',
      async body => {
        const reply = await ask(call, body);
        expect(reply.status).toBe(400);
        expect(reply.error.message).toMatch(/^the request body must be a JSON object, but .* was found$/);
        expect(reply.text).not.toContain('invalid_json');
      },
    );

    it.each(['application/json', 'application/json; charset=UTF-8', 'application/vnd.api+json', 'Application/X+JSON'])(
      'a body sent as %s goes on as application/json',
      async contentType => {
        const reply = await ask(call, call.body(call.model), { 'content-type': contentType });
        expect([reply.status, reply.text]).toEqual([200, JSON.stringify(ANYTHING)]);
        expect(provider.last.headers['content-type']).toBe('application/json');
      },
    );

    it.each(['text/plain', 'application/json; charset=utf-16', 'multipart/form-data; boundary=x'])(
      'a body sent as %s is refused before anybody is asked, and the header is named',
      async contentType => {
        const before = provider.seen.length;
        const reply = await ask(call, call.body(call.model), { 'content-type': contentType });
        expect([reply.status, reply.error.message]).toEqual([400, expect.stringContaining('Content-Type')]);
        expect(provider.seen).toHaveLength(before);
      },
    );

    it('a field that must not pass is refused in its form before anybody is asked, and named', async () => {
      const before = provider.seen.length;
      const reply = await ask(call, { ...call.body(call.model), api_base: 'http://127.0.0.1:1' });
      expect([reply.status, reply.error.message]).toEqual([400, expect.stringMatching(/^api_base is not supported: /)]);
      expect(provider.seen).toHaveLength(before);
      expect(levels()).toEqual(['debug a request was refused']);
    });

    it.each([400, 406, 415, 422])('a provider’s %i is about the request: 400, and no warning', async status => {
      provider.script = answerError(status, { error: { message: 'not like this' } });
      const reply = await ask(call, call.body(call.model));
      expect([reply.status, reply.error.message]).toEqual([400, expect.stringContaining('not like this')]);
      expect(levels()).toEqual(['info an upstream refused a request']);
    });

    it('what a caller did wrong is in the log, but as no warning', async () => {
      await ask(call, '{');
      await ask(call, call.body('no-such-model'), {});
      await askRaw(gateway.port, { path: pathOf(call), body: '{}', headers: { authorization: 'Bearer nt_live_x' } });
      expect(levels().every(line => line === 'debug a request was refused')).toBe(true);
      expect(levels().length).toBeGreaterThan(1);
    });
  });

  const levels = (): string[] =>
    lines
      .map(line => JSON.parse(line) as { level: number; msg: string })
      .filter(({ msg }) => !['request', 'answer'].includes(msg) && /refus|fail|serve/.test(msg))
      .map(({ level, msg }) => `${level === 20 ? 'debug' : level === 30 ? 'info' : 'warn'} ${msg}`);

  describe('a count of tokens that is made here', () => {
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }];
    it.each([
      [
        '/anthropic/v1/messages/count_tokens',
        { model: 'claude-haiku-4-5', messages: [{ role: 'user', content: 'hi' }] },
      ],
      ['/ai-gateway/gemini/v1/models/gemini-3-5-flash:countTokens', { contents }],
    ])('answers %s with 200', async (path, body) => {
      const before = provider.seen.length;
      const reply = await askRaw(gateway.port, { path, body, headers: bearer() });
      expect([reply.status, reply.headers['x-bough-estimated']]).toEqual([200, 'true']);
      expect(provider.seen).toHaveLength(before);
    });
  });

  it('a POST of the data plane that is answered is answered 200, as its vendor does', async () => {
    const posts = listRoutes(gateway.bough.app).filter(
      ({ audience, method }: Route) => audience === 'inference' && method === 'POST',
    );
    expect(posts.length).toBeGreaterThan(15);
    for (const { path } of posts) {
      const call = DIALECT_CALLS.find(({ dialect }) => dialect === dialectOf(path)) as DialectCall;
      for (const action of path.endsWith(':call') ? ['generateContent', 'countTokens'] : ['']) {
        const target = path.replace(':call', `${call.model}:${action}`);
        const reply = await askRaw(gateway.port, { path: target, body: call.body(call.model), headers: bearer() });
        expect([target, reply.status]).toEqual([target, 200]);
      }
    }
  });

  describe('what fails before it has a route', () => {
    const BELOW: [string, Form][] = [
      ['/v1/chat/completions', 'openai'],
      ['/openai/v1/responses', 'openai'],
      ['/nothing', 'openai'],
      ['/anthropic/v1/messages', 'anthropic'],
      ['/anthropic/nothing', 'anthropic'],
      ['/ai-gateway/anthropic/v1/messages', 'anthropic'],
      ['/branches/br-x/anthropic/v1/messages', 'anthropic'],
      ['/branches/br-x/ai-gateway/anthropic/nothing', 'anthropic'],
      ['/branches//anthropic/v1/messages', 'anthropic'],
      ['/gemini/v1beta/models/x:generateContent', 'gemini'],
      ['/v1/gemini/v1/models/x:generateContent', 'gemini'],
      ['/ai-gateway/gemini/nothing', 'gemini'],
      ['/branches/br-x/gemini/v1beta/models/x:y', 'gemini'],
    ];
    const RUDE: [string, (path: string) => string, number][] = [
      ['two hosts', path => `POST ${path} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`, 400],
      ['no host', path => `POST ${path} HTTP/1.1\r\n\r\n`, 400],
      [
        'an unknown expectation',
        path => `POST ${path} HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 0\r\n\r\n`,
        417,
      ],
      ['too many headers', path => `POST ${path} HTTP/1.1\r\nHost: a\r\n${'x: y\r\n'.repeat(300)}\r\n`, 431],
      ['too large a header', path => `POST ${path} HTTP/1.1\r\nHost: a\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`, 431],
      ['a header that is none', path => `POST ${path} HTTP/1.1\r\nHost: a\r\nx y\r\n\r\n`, 400],
      [
        'two lengths',
        path => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`,
        400,
      ],
      ['an address in absolute form', path => `POST http://a${path} HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
      ['an address without a host', path => `POST http://[::1${path} HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ];
    it.each(
      RUDE.flatMap(([what, request, status]) => BELOW.map(([path, form]) => ({ what, path, form, request, status }))),
    )('$what below $path has the form of $form', async ({ path, form, request, status }) => {
      const { text } = await sendBytes(
        gateway.port,
        request(path).replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n'),
      );
      const [head = '', body = ''] = text.split('\r\n\r\n');
      expect([Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), formOf(body)]).toEqual([status, form]);
      expect(head).toMatch(/\r\nx-request-id: \S+/i);
      expect(/\r\nrequest-id: \S+/i.test(head)).toBe(form === 'anthropic');
    });

    it.each(BELOW)('an unknown path or method at %s has the form of %s', async (path, form) => {
      for (const method of ['DELETE', 'PATCH', 'GET']) {
        const reply = await askRaw(gateway.port, { method, path, headers: bearer() });
        expect([method, reply.status >= 400, formOf(reply.text)]).toEqual([method, true, form]);
      }
    });
  });
});

function dialectOf(path: string): string {
  if (path.includes('anthropic')) return 'anthropic_messages';
  if (path.includes('gemini')) return 'gemini_generate_content';
  if (path.endsWith('responses')) return 'openai_responses';
  return path.endsWith('embeddings') ? 'embeddings' : 'chat_completions';
}
