/** What of a caller's headers goes on to a provider, whichever kind it is of, and what becomes of line breaks. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { STORED_KIND_NAMES, type StoredKind as Kind } from '../../src/providers/kinds.js';
import { Log } from '../../src/platform/logging.js';
import { CHAT_CALLS, DIALECT_CALLS, askRaw, sendBytes } from '../support/dialect-calls.js';
import { answerChat, answerError, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';
import { serviceAccountKey } from '../support/provider-calls.js';

const SECRET = 'test-provider-key';
const MODEL = 'claude-haiku-4-5';
const GOOGLE = 'gemini-3-5-flash';
const EMBEDDING = 'qwen3-embedding-0-6b';
const TRANSPORT = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];
const CALLERS = ['accept', 'content-type', 'user-agent'];
const VERSION = 'anthropic-version';
const AWS = ['x-amz-date', 'x-amz-content-sha256', 'x-amz-security-token', 'x-amz-user-agent'];

/** How each kind is authenticated against, and what it may see besides what all of them may. */
const KINDS: Readonly<Record<Kind, { base?: string; extra?: object; own: readonly string[]; flags?: true }>> = {
  databricks: { own: ['authorization'], flags: true },
  openai: { own: ['authorization'] },
  'azure-openai': { base: '/openai/v1', own: ['api-key'] },
  'openai-compatible': { own: ['authorization'] },
  anthropic: { own: ['x-api-key'], flags: true },
  gemini: { own: ['x-goog-api-key'] },
  vertex: { base: '/v1/projects/test-project/locations/us-central1', own: ['authorization'] },
  bedrock: { extra: { client_id: 'AKIATEST' }, own: ['authorization', ...AWS] },
};
/** Which of the embedding models' providers there are. */
const EMBEDS: readonly Kind[] = ['databricks', 'openai', 'azure-openai', 'openai-compatible'];

/** Everything that callers were seen to send, or would like to. */
const RUDE = {
  accept: 'application/json',
  'user-agent': 'test-agent/1',
  'anthropic-version': '2023-06-01',
  'anthropic-beta': 'canary-flag',
  'openai-beta': 'canary',
  'openai-organization': 'canary',
  'x-databricks-org-id': 'canary',
  'x-databricks-azure-sp-management-token': 'canary',
  'x-goog-user-project': 'canary',
  'x-goog-api-client': 'canary',
  'x-amz-target': 'canary',
  'x-bough-sandbox-fault': 'status=500',
  'x-stainless-lang': 'canary',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-host': 'canary.example',
  forwarded: 'for=canary',
  cookie: 'session=canary',
  'proxy-authorization': 'Basic canary',
  'proxy-connection': 'keep-alive',
  te: 'trailers',
  upgrade: 'canary',
  'keep-alive': 'timeout=5',
  expect: '100-continue',
  referer: 'https://canary.example',
  origin: 'https://canary.example',
  range: 'bytes=0-1',
  'if-none-match': '"canary"',
  traceparent: '00-canary',
  'x-custom': 'canary',
};

describe('a caller’s headers', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  let lines = '';
  beforeAll(async () => {
    provider = await FakeProvider.start();
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        lines += chunk.toString();
        done();
      },
    });
    const unlimited = { BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0' };
    gateway = await startTestGateway(unlimited, new Log(pino({ level: 'debug', base: null }, sink)));
    const dialects = CHAT_CALLS.map(({ dialect }) => dialect);
    for (const model of [MODEL, GOOGLE]) await gateway.manage('PATCH', `/admin/models/${model}`, { dialects });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const use = async (kind: Kind) => {
    const vertex = {
      secret: Buffer.from(serviceAccountKey({ token_uri: `${provider.url}/token` })).toString('base64'),
    };
    const models = [MODEL, GOOGLE, ...(EMBEDS.includes(kind) ? [EMBEDDING] : [])];
    // Anthropic has no Gemini, and Google's own API no Claude.
    const served = models.filter(
      model => !(kind === 'anthropic' && model === GOOGLE) && !(kind === 'gemini' && model === MODEL),
    );
    const { status, body } = await gateway.manage<{ id: string }>('POST', '/admin/upstreams', {
      ...{ name: `rude-${kind}`, kind, base_url: provider.url + (KINDS[kind].base ?? ''), secret: SECRET },
      ...(kind === 'vertex' ? vertex : KINDS[kind].extra),
      routes: served.map(model => ({ model, upstream_model: `house-${model}` })),
    });
    expect([kind, status, body]).toEqual([kind, 201, expect.anything()]);
    return { served, forget: () => gateway.manage('DELETE', `/admin/upstreams/${body.id}`) };
  };

  it.each(Object.keys(KINDS) as Kind[])(
    'go on to %s by a list, in every dialect, and the caller’s token with none of them',
    async kind => {
      const { served, forget } = await use(kind);
      const { own, flags = false } = KINDS[kind];
      const allowed = new Set([...TRANSPORT, ...CALLERS, ...own, VERSION, ...(flags ? ['anthropic-beta'] : [])]);
      provider.script = (seen, response, raw) =>
        seen.path === '/token'
          ? answerError(200, { access_token: 'ya29.test', expires_in: 3_600 })(seen, response, raw)
          : answerError(400, { error: { message: 'no' } })(seen, response, raw);
      let asked = 0;
      for (const { dialect, path, streamPath, body } of DIALECT_CALLS) {
        for (const model of served.filter(each => (each === EMBEDDING) === (dialect === 'embeddings'))) {
          for (const stream of dialect === 'embeddings' ? [false] : [false, true]) {
            const target = (stream ? streamPath : path).replace('%', model);
            const byPath = dialect === 'gemini_generate_content';
            const { token } = gateway;
            const before = provider.seen.length;
            const reply = await askRaw(gateway.port, {
              path: byPath ? `${target}${stream ? '&' : '?'}key=${token}` : target,
              headers: {
                ...RUDE,
                ...{ authorization: `Bearer ${token}`, 'x-api-key': token, 'x-goog-api-key': token },
                connection: 'keep-alive, x-api-key, x-custom',
              },
              body: { ...body(model), ...(stream && !byPath ? { stream: true } : {}) },
            });
            expect([kind, dialect, model, reply.status, reply.text]).toEqual([
              kind,
              dialect,
              model,
              400,
              expect.any(String),
            ]);
            const seen = provider.seen.slice(before).filter(request => request.path !== '/token');
            expect(seen).toHaveLength(1);
            asked += 1;
            const [{ headers, path: where, body: sent }] = seen as [(typeof seen)[0]];
            const strange = Object.keys(headers).filter(name => !allowed.has(name));
            expect([kind, dialect, strange]).toEqual([kind, dialect, []]);
            const everything = JSON.stringify([headers, where]) + sent.toString();
            expect(everything).not.toContain(token);
            expect(everything.replace('"anthropic-beta":"canary-flag"', '')).not.toContain('canary');
            // A key in an address would stand in every log on the way.
            expect(where).not.toMatch(/key=|test-provider-key|ya29/);
            expect([headers['user-agent'], headers['connection']]).toEqual(['test-agent/1', 'keep-alive']);
            expect(own.some(name => headers[name] !== undefined)).toBe(true);
            expect([headers['accept-encoding'], headers['host']]).toEqual(['identity', new URL(provider.url).host]);
          }
        }
      }
      expect(asked).toBeGreaterThan(7);
      await forget();
    },
  );

  it('are known for every kind of provider that there is', () => {
    expect(Object.keys(KINDS)).toEqual([...STORED_KIND_NAMES]);
  });

  describe('and line breaks in what they send', () => {
    const BREAK = 'a\r\nx-injected: 1\r\n\r\n{"level":60,"msg":"injected"}\n\u2028\u0000\u001b[31m';

    it('add no header and no line of the log, wherever they stand', async () => {
      const { forget } = await use('openai-compatible');
      provider.script = answerChat();
      const replies: [string, string][] = [];
      const head = (path: string, more: string[], body: string) =>
        [
          `POST ${path} HTTP/1.1`,
          'Host: localhost',
          'Connection: close',
          `Authorization: Bearer ${gateway.token}`,
          'Content-Type: application/json',
          `Content-Length: ${Buffer.byteLength(body)}`,
          ...more,
          '',
          body,
        ].join('\r\n');
      const send = async (what: string, path: string, body: object) => {
        const text = JSON.stringify(body);
        const { text: reply } = await sendBytes(gateway.port, Buffer.from(head(path, [], text)));
        replies.push([what, reply]);
      };
      for (const { path, body, dialect } of CHAT_CALLS) {
        const [where, part] = [path.replace('%', MODEL), path.replace('%', encodeURIComponent(BREAK))];
        await send(`a model of ${dialect}`, part, { ...body(BREAK) });
        await send(`a user of ${dialect}`, where, {
          ...body(MODEL),
          user: BREAK,
          metadata: { user_id: BREAK, [BREAK]: BREAK },
        });
        // A translation names the fields that it loses, in a header.
        await send(`a field of ${dialect}`, where, {
          ...body(MODEL),
          [BREAK]: 1,
          tools: [{ type: BREAK, name: BREAK }],
        });
        await send(`text of ${dialect}`, where, { ...body(MODEL, BREAK) });
        await send(`a branch of ${dialect}`, `/branches/${encodeURIComponent(BREAK)}${where}`, body(MODEL));
        await send(`an address of ${dialect}`, `${where}?x=${encodeURIComponent(BREAK)}`, body(MODEL));
      }
      for (const [what, reply] of replies) {
        const status = Number(reply.slice(9, 12));
        expect([what, status, status >= 200 && status !== 500 && status < 503]).toEqual([what, status, true]);
        expect([what, /^x-injected/im.test(reply)]).toEqual([what, false]);
        expect([what, reply.match(/HTTP\/1\.1 /g)?.length]).toEqual([what, 1]);
      }
      expect(replies.filter(([, reply]) => reply.startsWith('HTTP/1.1 200')).length).toBeGreaterThan(4);
      expect(replies.some(([, reply]) => /^x-bough-losses: .*\?/m.test(reply))).toBe(true);
      await eventually(() => (lines.match(/"msg":"request"/g) ?? []).length >= replies.length, 'the lines are written');
      for (const line of lines.trimEnd().split('\n')) {
        expect(JSON.parse(line)).toMatchObject({ level: expect.any(Number) });
        expect(JSON.parse(line)).not.toMatchObject({ msg: 'injected' });
      }
      await forget();
    });
  });
});
