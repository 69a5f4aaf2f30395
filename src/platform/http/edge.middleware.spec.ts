import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { GatewayError } from '../../errors/gateway-error.js';
import { IdSource } from '../id-source.js';
import { edgeMiddleware } from './edge.middleware.js';
import type { EdgeRequest } from './gateway-request.js';

interface Seen {
  readonly url: string;
  readonly pathBranch: string | null;
  readonly clientAddress: string;
  readonly requestId: string;
  readonly refused: string | null;
}

describe('the edge', () => {
  let server: Server;
  let proxies: readonly string[];
  beforeEach(async () => {
    proxies = [];
    server = createServer((request, response) => {
      const edge = edgeMiddleware(new IdSource(), proxies);
      edge(request as EdgeRequest, response, (error?: unknown) => {
        const { url, pathBranch, clientAddress, requestId } = request as EdgeRequest;
        const refused = error instanceof GatewayError ? error.publicMessage : null;
        response.end(JSON.stringify({ url, pathBranch, clientAddress, requestId, refused } satisfies Seen));
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  const raw = (lines: readonly string[]) =>
    new Promise<{ text: string; seen: Seen }>((resolve, reject) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      const chunks: Buffer[] = [];
      socket.on('data', chunk => chunks.push(chunk));
      socket.on('error', reject);
      socket.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ text, seen: JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1)) as Seen });
      });
      socket.write([...lines, 'Connection: close', '', ''].join('\r\n'), 'latin1');
    });
  const get = async (target: string, ...headers: string[]) =>
    (await raw([`GET ${target} HTTP/1.1`, 'Host: gateway', ...headers])).seen;

  it('names each request, in the answer too', async () => {
    const [one, other] = [await raw(['GET / HTTP/1.1', 'Host: x']), await raw(['GET / HTTP/1.1', 'Host: x'])];
    expect(one.seen.requestId).toMatch(/^req_[0-9a-f]{24}$/);
    expect(one.text).toContain(`x-request-id: ${one.seen.requestId}\r\n`);
    expect(other.seen.requestId).not.toBe(one.seen.requestId);
  });

  it.each([
    ['/v1/models', '/v1/models', null],
    ['/branches/br-a-b/v1/models', '/v1/models', 'br-a-b'],
    ['/branches/br-a-b/v1/models?x=1', '/v1/models?x=1', 'br-a-b'],
    ['/branches/feature%2Flogin/v1/models', '/v1/models', 'feature/login'],
    ['/branches/%E2%9C%93/v1/models', '/v1/models', '✓'],
    ['/branches/a/branches/b/v1/models', '/branches/a/branches/b/v1/models', null],
    ['/branches/a/metrics', '/branches/a/metrics', null],
    ['/branches/a/docs-json', '/branches/a/docs-json', null],
    ['/branches/a/healthz', '/branches/a/healthz', null],
    ['/branches/%2e%2e/v1/models', '/v1/models', '..'],
  ])('%s is read as %s on branch %s', async (target, url, pathBranch) => {
    expect(await get(target)).toMatchObject({ url, pathBranch, refused: null });
  });

  it.each([
    ['without a branch', '/branches//v1/models'],
    ['without a path behind it', '/branches/br-a'],
    ['with its slash in the query only', '/branches/br-a?x=/v1/models'],
    ['with a line break', '/branches/a%0d%0ab/v1/models'],
    ['that is very long', `/branches/${'a'.repeat(257)}/v1/models`],
    ['before the control plane', '/branches/br-a/api/v2/projects'],
    ['before the administration', '/branches/br-a/admin/models'],
    ['in another case', '/Branches/br-a/v1/models'],
  ])('a prefix %s is left in the path, which no route knows', async (_, target) => {
    expect(await get(target)).toMatchObject({ url: target, pathBranch: null, refused: null });
  });

  it.each([
    '/v1/%zz',
    '/v1/%',
    '/v1/%ff',
    '/v1/%00',
    '/v1/a%00b?x=1',
    '/%ED%A0%80',
    '/v1/%C0%AF',
    '/branches/%zz/v1/models',
    '/branches/%ff/v1/models',
    '/branches/a%00/v1/models',
    '/branches/%ED%B0%80/v1/models',
  ])('the path %s, which stands for no text that could be a name, is found nowhere', async target => {
    expect(await get(target)).toMatchObject({ url: target, pathBranch: null, refused: 'not found' });
  });

  it('what stands behind a question mark is no part of the path', async () => {
    expect(await get('/v1/models?x=%00%zz')).toMatchObject({ refused: null });
  });

  it('what two parsers might read differently is refused', async () => {
    const twice = await raw(['GET / HTTP/1.1', 'Host: a', 'hOSt: b']);
    expect(twice.seen.refused).toBe('the Host header was sent more than once');
    for (const target of ['http://evil.example/v1/models', '*']) {
      const method = target === '*' ? 'OPTIONS' : 'GET';
      const { seen } = await raw([`${method} ${target} HTTP/1.1`, 'Host: gateway']);
      expect(seen).toMatchObject({ refused: 'the request target must be a path', pathBranch: null });
    }
  });

  describe('the caller’s address', () => {
    it('is the peer, whatever the caller says, when no proxy is trusted', async () => {
      expect((await get('/', 'X-Forwarded-For: 6.6.6.6', 'Forwarded: for=6.6.6.6')).clientAddress).toBe('127.0.0.1');
    });

    it('is the peer when the peer is not the trusted proxy', async () => {
      proxies = ['10.0.0.0/8', '::1'];
      expect((await get('/', 'X-Forwarded-For: 6.6.6.6')).clientAddress).toBe('127.0.0.1');
    });

    it.each([
      ['203.0.113.7', '203.0.113.7'],
      ['6.6.6.6, 203.0.113.7', '203.0.113.7'],
      ['6.6.6.6, 203.0.113.7, 10.1.2.3', '203.0.113.7'],
      ['6.6.6.6,203.0.113.7 ,  10.1.2.3', '203.0.113.7'],
      ['2001:db8::7', '2001:db8::7'],
      ['::ffff:203.0.113.7', '203.0.113.7'],
      ['::FFFF:203.0.113.7', '203.0.113.7'],
      // Some proxies write the port too.
      ['6.6.6.6, 203.0.113.7:51234', '203.0.113.7'],
      ['6.6.6.6, [2001:db8::7]:51234', '2001:db8::7'],
      ['6.6.6.6, [2001:db8::7]', '2001:db8::7'],
      // What the nearest hop says cannot be read: nothing further away may be believed.
      ['6.6.6.6, unknown', '127.0.0.1'],
      ['6.6.6.6, ', '127.0.0.1'],
      ['10.1.2.3', '127.0.0.1'],
      ['', '127.0.0.1'],
    ])('behind trusted proxies, %j means %s', async (forwarded, address) => {
      proxies = ['127.0.0.0/8', '10.0.0.0/8'];
      expect((await get('/', `X-Forwarded-For: ${forwarded}`)).clientAddress).toBe(address);
    });

    it('is found in several lines as in one', async () => {
      proxies = ['127.0.0.1'];
      const seen = await get('/', 'X-Forwarded-For: 6.6.6.6', 'X-Forwarded-For: 203.0.113.7');
      expect(seen.clientAddress).toBe('203.0.113.7');
    });
  });
});
