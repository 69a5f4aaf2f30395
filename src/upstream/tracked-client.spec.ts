import { EventEmitter, once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { Connection, TrackedClient } from './tracked-client.js';

describe('what has left over a connection', () => {
  const start = () => {
    const socket = Object.assign(new EventEmitter(), { bytesWritten: 100, writableLength: 40 });
    return { socket, connection: new Connection(socket as unknown as Socket) };
  };

  it('is what was written, without what still waits', () => {
    const { socket, connection } = start();
    expect(connection.bytesOut).toBe(60);
    socket.writableLength = 0;
    expect(connection.bytesOut).toBe(100);
  });

  it.each<[string, unknown[], boolean]>([
    ['error', [Object.assign(new Error('EPIPE'), { syscall: 'write' })], true],
    ['error', [Object.assign(new Error('ECONNRESET'), { syscall: 'read' })], false],
    ['end', [], false],
  ])('is no more once it broke: %s %p, where the last bytes were lost %p', (event, details, writeFailed) => {
    const { socket, connection } = start();
    socket.emit(event, ...details);
    socket.writableLength = 0;
    socket.emit('end');
    expect([connection.bytesOut, connection.writeFailed]).toEqual([60, writeFailed]);
  });
});

describe('a client of one connection', () => {
  let server: Server;
  let origin: URL;
  const opened: TrackedClient[] = [];
  const client = (url = origin) => {
    const made = new TrackedClient(url, { connect: buildConnector({ timeout: 10_000 }) });
    opened.push(made);
    return made;
  };
  beforeAll(async () => {
    server = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => void (await Promise.all(opened.splice(0).map(made => made.destroy()))));
  afterAll(() => void server.close());

  const ask = async (made: TrackedClient) => {
    const { body } = await made.request({ method: 'GET', path: '/' });
    return body.text();
  };

  it('has none before it connects, and keeps the one over which it asks', async () => {
    const made = client();
    expect(made.connection).toBeNull();
    expect(await ask(made)).toBe('ok');
    const { connection } = made;
    expect(connection?.bytesOut).toBeGreaterThan(0);
    await ask(made);
    expect(made.connection).toBe(connection);
  });

  it('has none where it cannot connect', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    await new Promise(resolve => closed.close(resolve));
    const made = client(new URL(`http://127.0.0.1:${port}`));
    await expect(ask(made)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(made.connection).toBeNull();
  });

  it('tells a request who carries it, where that wants to know', async () => {
    const made = client();
    const carriers: TrackedClient[] = [];
    const carriedBy = (carrier: TrackedClient) => void carriers.push(carrier);
    const options = { method: 'GET', path: '/', carriedBy } as const;
    await new Promise<void>((resolve, reject) => {
      made.dispatch(options, {
        onRequestStart: () => undefined,
        onResponseStart: () => undefined,
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(),
        onResponseError: (_controller, error) => reject(error),
      });
    });
    expect(carriers).toEqual([made]);
  });
});
