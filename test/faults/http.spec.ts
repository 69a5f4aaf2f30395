import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { sendBytes } from '../support/dialect-calls.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface ErrorBody {
  error: { message: string; code: string };
}

const BODY = JSON.stringify({ model: 'gpt-5-4', messages: [{ role: 'user', content: 'hi' }] });
const LENGTH = `Content-Length: ${BODY.length}`;
const CHUNKED = 'Transfer-Encoding: chunked';
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const CHUNKS = `${chunk(BODY)}0\r\n\r\n`;

describe('rude HTTP', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    gateway = await startTestGateway({ OPENAI_API_KEY: 'sk-fake', OPENAI_BASE_URL: `${provider.url}/v1` });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const raw = async (text: string) => (await sendBytes(gateway.port, text)).text;
  /** A chat request that is right but for these lines, with another right behind it on the same connection. */
  const twice = (lines: string, body: string, eol = '\r\n') => {
    const head = (more: string) =>
      [
        'POST /v1/chat/completions HTTP/1.1',
        `Authorization: Bearer ${gateway.token}`,
        'Content-Type: application/json',
        ...(more === '' ? [] : [more]),
        '',
        '',
      ].join(eol);
    return head(lines) + body + head(`Host: localhost\r\n${LENGTH}`) + BODY;
  };

  it('of which nothing is rude is served, one request after the other', async () => {
    for (const [lines, body] of [
      [LENGTH, BODY],
      [CHUNKED, CHUNKS],
    ] as const) {
      const before = provider.seen.length;
      const end = 'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
      const reply = await raw(twice(`Host: localhost\r\n${lines}`, body) + end);
      expect(reply.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 401']);
      expect(provider.seen).toHaveLength(before + 2);
    }
  });

  it.each([
    ['Content-Length with Transfer-Encoding', `${LENGTH}\r\n${CHUNKED}`, CHUNKS],
    ['Transfer-Encoding with Content-Length', `${CHUNKED}\r\n${LENGTH}`, BODY],
    ['two Content-Lengths that differ', `${LENGTH}\r\nContent-Length: 3`, BODY],
    ['two Content-Lengths that agree', `${LENGTH}\r\n${LENGTH}`, BODY],
    ['a list of Content-Lengths', `${LENGTH}, ${BODY.length}`, BODY],
    ['a signed Content-Length', `Content-Length: +${BODY.length}`, BODY],
    ['a negative Content-Length', 'Content-Length: -1', BODY],
    ['a hexadecimal Content-Length', `Content-Length: 0x${BODY.length.toString(16)}`, BODY],
    ['an unknown Transfer-Encoding', 'Transfer-Encoding: xchunked', CHUNKS],
    ['chunked before another encoding', 'Transfer-Encoding: chunked, identity', CHUNKS],
    ['a Transfer-Encoding behind a tab-like control', 'Transfer-Encoding: \x0bchunked', CHUNKS],
    ['a Transfer-Encoding in quotes', 'Transfer-Encoding: "chunked"', CHUNKS],
    ['another encoding before chunked', 'Transfer-Encoding: gzip, chunked', CHUNKS],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked', CHUNKS],
    ['chunked twice in two lines', `${CHUNKED}\r\n${CHUNKED}`, CHUNKS],
    ['no encoding before chunked', 'Transfer-Encoding: identity, chunked', CHUNKS],
    ['nothing before chunked', 'Transfer-Encoding: , chunked', CHUNKS],
    ['a parameter of chunked', 'Transfer-Encoding: chunked;x=1', CHUNKS],
    ['a folded header', `X-A: b\r\n c\r\n${LENGTH}`, BODY],
    ['a folded Transfer-Encoding', `Transfer-Encoding:\r\n chunked\r\n${LENGTH}`, CHUNKS],
    ['a space before the colon', `X-A : b\r\n${LENGTH}`, BODY],
    ['a space before the colon of Transfer-Encoding', `Transfer-Encoding : chunked\r\n${LENGTH}`, CHUNKS],
    ['a NUL in a header', `X-A: b\0c\r\n${LENGTH}`, BODY],
    ['a carriage return in a header', `X-A: b\rc\r\n${LENGTH}`, BODY],
    ['a line feed alone behind a header', `X-A: b\n${LENGTH}`, BODY],
    ['a chunk size that is none', CHUNKED, `zz\r\n${BODY}\r\n0\r\n\r\n`],
    ['a chunk size beyond any number', CHUNKED, `fffffffffffffffff\r\n${BODY}\r\n0\r\n\r\n`],
    ['a signed chunk size', CHUNKED, `+${CHUNKS}`],
    ['a chunk longer than it says', CHUNKED, `2\r\n${BODY}\r\n0\r\n\r\n`],
    ['a chunk that ends in a line feed alone', CHUNKED, CHUNKS.replace('}\r\n', '}\n')],
    ['a flood of chunk extensions', CHUNKED, `2;${'x'.repeat(65_536)}\r\n{}\r\n0\r\n\r\n`],
    ['two Hosts', `Host: evil.example\r\n${LENGTH}`, BODY],
  ])('%s is 400 and the end of the connection: no second request, no provider', async (_, lines, body) => {
    const before = provider.seen.length;
    const { text, closed } = await sendBytes(gateway.port, twice(`Host: localhost\r\n${lines}`, body));
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code: 'invalid_request' } });
    expect(closed).toBe(true);
    expect(provider.seen).toHaveLength(before);
  });

  it.each([
    ['HTTP/1.0 with chunks', '1.0', `${CHUNKED}\r\nConnection: keep-alive`, CHUNKS],
    ['HTTP/1.0 with an encoding and a length', '1.0', `${CHUNKED}\r\n${LENGTH}`, BODY],
    ['HTTP/0.9', '0.9', LENGTH, BODY],
    ['HTTP/1.2', '1.2', LENGTH, BODY],
    ['HTTP/2.0', '2.0', LENGTH, BODY],
    ['HTTP/3.0', '3.0', LENGTH, BODY],
  ])('%s is 400 and the end of the connection', async (_, version, lines, body) => {
    const before = provider.seen.length;
    const request = twice(`Host: localhost\r\n${lines}`, body).replace('HTTP/1.1', `HTTP/${version}`);
    const { text, closed } = await sendBytes(gateway.port, request);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect([closed, provider.seen.length]).toEqual([true, before]);
  });

  it('HTTP/1.0 with a length is served, as health checks send it', async () => {
    const request = `POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer ${gateway.token}\r\n`;
    const reply = await raw(`${request}Content-Type: application/json\r\n${LENGTH}\r\n\r\n${BODY}`);
    expect(reply).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('lines that end in a line feed alone are 400, whatever stands in them', async () => {
    const before = provider.seen.length;
    const { text, closed } = await sendBytes(gateway.port, twice(`Host: localhost\n${LENGTH}`, BODY, '\n'));
    expect([text.slice(0, 13), closed]).toEqual(['HTTP/1.1 400 ', true]);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(provider.seen).toHaveLength(before);
  });

  it.each([
    ['over 16 KiB', `X-Long: ${'a'.repeat(20_000)}`],
    ['of 2,000 headers', Array.from({ length: 2_000 }, () => 'a:b').join('\r\n')],
    ['of 2,000 headers with another Host at the end', `${'a:b\r\n'.repeat(2_000)}Host: evil.example`],
  ])('a header block %s is 431 and the end of the connection', async (_, lines) => {
    const before = provider.seen.length;
    const { text, closed } = await sendBytes(gateway.port, twice(`Host: localhost\r\n${LENGTH}\r\n${lines}`, BODY));
    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expect(text).toMatch(/"code":"headers_too_large"/);
    expect(text).toMatch(/\r\nx-request-id: req_[0-9a-f]{24}\r\n/);
    expect(text.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect([closed, provider.seen.length]).toEqual([true, before]);
  });

  it.each([
    [256, 200],
    [257, 431],
  ])('%i headers are %i', async (count, status) => {
    const lines = ['Host: localhost', 'Connection: close', ...Array.from({ length: count - 2 }, () => 'a: b')];
    expect(await raw(`GET /healthz HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} `),
    );
  });

  it.each([
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', 405, 'method_not_allowed'],
    [
      'an unknown expectation',
      'GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 200-ok\r\n\r\n',
      417,
      'expectation_failed',
    ],
    ['no Host', 'GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'invalid_request'],
  ])('%s is refused in our envelope, with a request id', async (_, text, status, code) => {
    const reply = await raw(text);
    expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(reply).toMatch(/\r\nx-request-id: req_[0-9a-f]{24}\r\n/i);
    expect(JSON.parse(reply.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code } });
  });

  it.each(['http://evil.example/v1/models', 'http://localhost/v1/models', 'v1/models', '*'])(
    'the target %s is 400, whatever the Host is',
    async target => {
      const credential = `Host: localhost\r\nAuthorization: Bearer ${gateway.token}`;
      const reply = await raw(`OPTIONS ${target} HTTP/1.1\r\n${credential}\r\n\r\n`);
      expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it.each([
    ['//v1/models'],
    ['/v1/models/'],
    ['/V1/models'],
    ['/v1/%2e%2e/v1/models'],
    ['/v1%2fmodels'],
    ['/v1/models;x=1'],
    ['/..%5cadmin/models'],
    ['/admin%2fmodels'],
    ['//admin/models'],
    ['/admin//models'],
    ['/ADMIN/models'],
    ['/%61dmin/models'],
    ['/admin/models/'],
    ['/admin;x/models'],
    ['/admin/models;x'],
    ['/v1/../admin/models'],
    ['/v1/%2e%2e/admin/models'],
    ['/v1/..%2fadmin/models'],
    ['/./admin/models'],
    ['/API/v2/projects'],
    ['/api//v2/projects'],
    ['/api/v2%2fprojects'],
    ['/branches/x/admin/models'],
    ['/branches/x/api/v2/projects'],
    ['/nothing/here'],
    ['/v1/models%00'],
    ['/v1/models/%ff'],
    ['/admin/limits/a%00b'],
    ['/admin/limits/%zz'],
    ['/admin/limits/%ED%A0%80'],
  ])('the path %s is a JSON 404', async path => {
    const reply = await raw(
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${gateway.token}\r\n\r\n`,
    );
    expect(reply).toMatch(/^HTTP\/1\.1 404 /);
    expect(JSON.parse(reply.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code: 'route_not_found' } });
  });

  it.each([
    ['br-x-api.evil.com', 403],
    ['br-x-api.c2.us-east-2.aws.neon.tech.evil.com', 403],
    ['br-x-api.neon.tech', 400],
    ['storage.c-2.us-east-2.aws.neon.tech', 400],
    ['br-x-api.ai.c-2.us-west-9.aws.neon.tech', 404],
    ['br-x-api.c2.us-east-2.aws.neon.tech', 403],
    ['BR-X-API.AI.C-2.US-EAST-2.AWS.NEON.TECH.:443', 403],
    ['br-x-api.ai.c-2.us-east-2.aws.neon.tech@evil.com', 403],
  ])('the host %s is %i before anything is looked up', async (host, status) => {
    const reply = await raw(
      `GET /v1/models HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nAuthorization: Bearer ${gateway.token}\r\n\r\n`,
    );
    expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('the branch’s own host serves it, in both published forms and on localhost', async () => {
    const branch = gateway.mainBranchId;
    for (const host of [
      `${branch}-api.ai.c-2.us-east-2.aws.neon.tech`,
      `${branch}-api.c2.us-east-2.aws.neon.tech`,
      `${branch}-api.ai.us-east-1.aws.neon.tech`,
      `${branch}-api.localhost:${gateway.port}`,
    ]) {
      const reply = await raw(
        `GET /v1/models HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nAuthorization: Bearer ${gateway.token}\r\n\r\n`,
      );
      expect([host, reply.slice(0, 12)]).toEqual([host, 'HTTP/1.1 200']);
    }
  });

  it('a branch is addressed by the path too, by its id or by its name', async () => {
    for (const ref of [gateway.mainBranchId, 'main', 'preview%2Ffeature-x', 'preview%2Fsub-branch']) {
      const response = await fetch(`${gateway.baseUrl}/branches/${ref}/v1/models`, {
        headers: { authorization: `Bearer ${gateway.token}` },
      });
      expect([ref, response.status]).toEqual([ref, 200]);
    }
    const staging = await fetch(`${gateway.baseUrl}/branches/staging/v1/models`, {
      headers: { authorization: `Bearer ${gateway.token}` },
    });
    expect(staging.status).toBe(403);
  });

  describe('the token', () => {
    const models = (headers: Record<string, string>) => fetch(`${gateway.baseUrl}/v1/models`, { headers });

    it('may stand in any of the three headers, in any case of the scheme', async () => {
      const { token } = gateway;
      for (const headers of [
        { authorization: `Bearer ${token}` },
        { authorization: `bearer   ${token}` },
        { authorization: `BEARER ${token}` },
        { 'x-api-key': token },
        { 'x-goog-api-key': token },
        { authorization: `Bearer ${token}`, 'x-api-key': token, 'x-goog-api-key': token },
      ] as Record<string, string>[]) {
        expect((await models(headers)).status).toBe(200);
      }
    });

    it('sent twice, differing, malformed or in another scheme is 401 and never 500', async () => {
      const { token } = gateway;
      for (const headers of [
        { authorization: `Bearer ${token}`, 'x-api-key': 'nt_live_other' },
        { 'x-api-key': token, 'x-goog-api-key': 'nt_live_other' },
        { authorization: `Basic ${token}` },
        { authorization: token },
        { authorization: `Bearer ${'a'.repeat(8_192)}` },
        { authorization: `Bearer ${token} ${token}` },
        { authorization: 'Bearer tökén' },
        { authorization: 'Bearer ' },
        {},
      ] as Record<string, string>[]) {
        const response = await models(headers);
        expect(response.status).toBe(401);
        expect(((await response.json()) as ErrorBody).error.message).toBe('invalid or missing credential');
      }
      const doubled = await raw(
        `GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
      expect(doubled).toMatch(/^HTTP\/1\.1 401 /);
    });

    it('that is wrong six times in a row is 401 six times, and a valid one goes on', async () => {
      for (let attempt = 0; attempt < 6; attempt += 1)
        expect((await models({ 'x-api-key': 'nt_live_wrong' })).status).toBe(401);
      expect((await models({ authorization: `Bearer ${gateway.token}` })).status).toBe(200);
    });

    it('that is guessed again and again is 429 with Retry-After, and a valid one behind the same address goes on', async () => {
      let refused: Response | null = null;
      for (let attempt = 0; attempt < 130 && refused === null; attempt += 1) {
        // Who says that they come from elsewhere is not believed.
        const response = await models({ 'x-api-key': `nt_live_${attempt}`, 'x-forwarded-for': `203.0.113.${attempt}` });
        if (response.status === 429) refused = response;
      }
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await models({ authorization: `Bearer ${gateway.token}` })).status).toBe(200);
    });
  });
});
