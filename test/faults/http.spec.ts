import { connect } from 'node:net';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface ErrorBody {
  error: { message: string; code: string };
}

describe('rude HTTP', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());

  /** Sends bytes as they are and returns all that comes back until the connection is closed. */
  const raw = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(gateway.port, '127.0.0.1');
      let received = '';
      const timer = setTimeout(() => socket.destroy(), 3_000);
      socket.on('data', chunk => (received += chunk.toString('latin1')));
      socket.on('error', error => ((error as NodeJS.ErrnoException).code === 'ECONNRESET' ? undefined : reject(error)));
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(received);
      });
      socket.write(text);
    });

  const post = (lines: string, body = '{}') =>
    raw(
      `POST /v1/chat/completions HTTP/1.1\r\nConnection: close\r\nAuthorization: Bearer ${gateway.token}\r\n${lines}\r\n\r\n${body}`,
    );

  it.each([
    ['Content-Length with Transfer-Encoding', 'Host: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked'],
    ['two Content-Lengths', 'Host: localhost\r\nContent-Length: 2\r\nContent-Length: 3'],
    ['an unknown Transfer-Encoding', 'Host: localhost\r\nTransfer-Encoding: xchunked'],
    ['a folded header', 'Host: localhost\r\nX-A: b\r\n c\r\nContent-Length: 2'],
    ['a space before the colon', 'Host: localhost\r\nX-A : b\r\nContent-Length: 2'],
    ['a NUL in a header', 'Host: localhost\r\nX-A: b\0c\r\nContent-Length: 2'],
    ['two Hosts', 'Host: localhost\r\nHost: evil.example\r\nContent-Type: application/json\r\nContent-Length: 2'],
    ['no Host', 'Content-Type: application/json\r\nContent-Length: 2'],
  ])('%s is 400 and parses no second request', async (_, lines) => {
    const reply = await post(lines, '{}GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(reply).toMatch(/valid HTTP|more than once|^$/m);
    expect(reply.match(/^HTTP\/1\.1 /gm)).toHaveLength(1);
  });

  it('a header block over 16 KiB is 431', async () => {
    const reply = await post(`Host: localhost\r\nX-Long: ${'a'.repeat(20_000)}`);
    expect(reply).toMatch(/^HTTP\/1\.1 431 /);
    expect(reply).toMatch(/"code":"headers_too_large"/);
    expect(reply).toMatch(/\r\nx-request-id: req_[0-9a-f]{24}\r\n/);
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

  it('an absolute target is 400', async () => {
    const reply = await raw(
      'GET http://evil.example/v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
  });

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
    ['/branches/x/admin/models'],
    ['/branches/x/api/v2/projects'],
    ['/nothing/here'],
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
      const twice = await raw(
        `GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
      expect(twice).toMatch(/^HTTP\/1\.1 401 /);
    });

    it('that is wrong six times in a row is 401 six times, and a valid one goes on', async () => {
      for (let attempt = 0; attempt < 6; attempt += 1)
        expect((await models({ 'x-api-key': 'nt_live_wrong' })).status).toBe(401);
      expect((await models({ authorization: `Bearer ${gateway.token}` })).status).toBe(200);
    });

    it('that is guessed again and again is 429 with Retry-After, and a valid one behind the same address goes on', async () => {
      let refused: Response | null = null;
      for (let attempt = 0; attempt < 130 && refused === null; attempt += 1) {
        const response = await models({ 'x-api-key': `nt_live_${attempt}` });
        if (response.status === 429) refused = response;
      }
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await models({ authorization: `Bearer ${gateway.token}` })).status).toBe(200);
    });
  });

  it('an answer to a foreign origin carries no CORS permission', async () => {
    const response = await fetch(`${gateway.baseUrl}/v1/models`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
    });
    expect([204, 404]).toContain(response.status);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('a GET on a POST route is a JSON error', async () => {
    const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`);
    expect([404, 405]).toContain(response.status);
    expect(await response.json()).toHaveProperty('error.message');
  });
});
