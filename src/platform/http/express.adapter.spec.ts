import { IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Express, Request, Response } from 'express';
import { GatewayExpressAdapter } from './express.adapter.js';
import type { EdgeRequest } from './gateway-request.js';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

describe('the HTTP server', () => {
  let adapter: GatewayExpressAdapter;
  let server: Server;
  let app: Express;
  beforeEach(async () => {
    adapter = new GatewayExpressAdapter(120_000);
    adapter.initHttpServer({});
    server = adapter.server();
    app = adapter.getInstance<Express>();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  const raw = (text: string, answer: (reply: string) => string | null = () => null) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      let reply = '';
      socket.on('error', reject);
      socket.on('data', chunk => {
        reply += chunk.toString();
        const more = answer(reply);
        if (more !== null) socket.write(more);
      });
      socket.on('close', () => resolve(reply));
      socket.write(text);
    });
  const get = (path: string, ...headers: string[]) =>
    raw([`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', ''].join('\r\n'));

  it('gives requests and responses all that Express gives them', async () => {
    let seen: object = {};
    app.get('/thing', (request: Request, response: Response) => {
      seen = {
        incoming: request instanceof IncomingMessage,
        outgoing: response instanceof ServerResponse,
        app: request.app === app && response.app === app,
        pair: request.res === response && response.req === request,
        path: request.path,
        query: request.query['a'],
        protocol: request.protocol,
        header: request.get('X-Thing'),
        type: request.is('json'),
        fresh: request.fresh,
        ip: request.ip,
      };
      response.status(201).set('x-a', 'b').type('json').json({ ok: true });
    });
    const reply = await get('/thing?a=1', 'X-Thing: t');
    expect(seen).toEqual({
      incoming: true,
      outgoing: true,
      app: true,
      pair: true,
      path: '/thing',
      query: '1',
      protocol: 'http',
      header: 't',
      type: null,
      fresh: false,
      ip: '127.0.0.1',
    });
    expect(reply).toMatch(/^HTTP\/1\.1 201 /);
    expect(reply).toContain('x-a: b\r\n');
    expect(reply).toContain('{"ok":true}');
    expect(reply).not.toMatch(/x-powered-by|etag/i);
  });

  it('builds messages whose prototypes Express finds in place', async () => {
    const own = Object.getPrototypeOf(app.request) as object;
    const before: unknown[] = [];
    const after: unknown[] = [];
    server.prependListener('request', (request, response) => {
      before.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
    });
    app.use((request: Request, response: Response) => {
      after.push(Object.getPrototypeOf(request), Object.getPrototypeOf(response));
      response.end();
    });
    await get('/');
    await get('/again');
    expect(after).toHaveLength(4);
    expect(after).toEqual([app.request, app.response, app.request, app.response]);
    expect(Object.getPrototypeOf(app.request)).toBe(own);
    // On Node 24 a changed prototype costs nothing, so Node's own classes serve there.
    if (NODE_MAJOR < 24) expect(before.every((prototype, index) => prototype === after[index])).toBe(true);
  });

  it('leaves Node’s own classes and other servers alone', () => {
    for (const name of ['json', 'status', 'get', 'app']) {
      expect(name in ServerResponse.prototype).toBe(false);
      expect(name in IncomingMessage.prototype).toBe(false);
    }
    const other = new GatewayExpressAdapter(1);
    other.initHttpServer({});
    expect(other.getInstance<Express>().request).not.toBe(app.request);
  });

  it('tells paths apart by case and by a slash at the end', async () => {
    app.get('/v1/models', (_: Request, response: Response) => response.end('models'));
    expect(await get('/v1/models')).toMatch(/^HTTP\/1\.1 200 /);
    for (const path of ['/V1/models', '/v1/models/', '//v1/models', '/v1//models', '/v1/%6dodels/']) {
      expect(await get(path)).toMatch(/^HTTP\/1\.1 404 /);
    }
  });

  it('bounds headers, and the time for a head and for a body', async () => {
    expect(await get('/', `X-Large: ${'a'.repeat(16_384)}`)).toMatch(/^HTTP\/1\.1 431 /);
    expect(server).toMatchObject({ requestTimeout: 120_000, headersTimeout: 60_000, keepAliveTimeout: 75_000 });
  });

  it('ends a request that does not arrive in its time, even a time shorter than a head’s', async () => {
    const hasty = new GatewayExpressAdapter(200);
    hasty.initHttpServer({});
    const socketClosed = new Promise<string>(resolve => {
      hasty.server().listen(0, '127.0.0.1', () => {
        const socket = connect((hasty.server().address() as AddressInfo).port, '127.0.0.1');
        let reply = '';
        socket.on('data', chunk => (reply += chunk.toString()));
        socket.on('close', () => resolve(reply));
        socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc');
      });
      hasty.getInstance<Express>().use((request: Request) => request.resume());
    });
    expect(await socketClosed).toMatch(/^HTTP\/1\.1 408 /);
    await new Promise(resolve => hasty.server().close(resolve));
  });

  describe('with Expect: 100-continue', () => {
    const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n';

    it('asks for the body only when it is wanted', async () => {
      app.post('/', (request: Request, response: Response) => {
        expect((request as unknown as EdgeRequest).expectsContinue).toBe(true);
        response.writeContinue();
        request.on('data', (chunk: Buffer) => response.end(`got ${chunk.toString()}`));
      });
      let asked = false;
      const reply = await raw(`${head}Connection: close\r\n\r\n`, text => {
        if (asked || !text.startsWith('HTTP/1.1 100 ')) return null;
        asked = true;
        return 'hello';
      });
      expect(reply).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
      expect(reply).toContain('got hello');
    });

    it('closes a connection whose body was not asked for, so that it cannot be taken for a request', async () => {
      const paths: string[] = [];
      app.use((request: Request, response: Response) => {
        paths.push(request.path);
        response.status(413).end();
      });
      const reply = await raw(`${head}\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(reply).toMatch(/^HTTP\/1\.1 413 /);
      expect(reply.toLowerCase()).toContain('connection: close');
      expect(paths).toEqual(['/']);
    });

    it('hands on what else it is asked to expect, for the edge to refuse', async () => {
      app.use((_: Request, response: Response) => void response.status(204).end());
      expect(await get('/', 'Expect: miracles')).toMatch(/^HTTP\/1\.1 204 /);
    });
  });
});
