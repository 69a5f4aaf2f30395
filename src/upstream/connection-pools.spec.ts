import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AppConfig } from '../config/app-config.js';
import { ForbiddenAddress } from '../platform/network/guarded-lookup.js';
import { ConnectionPools } from './connection-pools.js';

const ORIGIN = 'https://provider.example';

describe('the pools of connections', () => {
  let pools: ConnectionPools;
  beforeEach(() => {
    pools = new ConnectionPools({
      upstreamConnections: 4,
      privatePlaces: { allow: () => false },
      timeouts: { connectMs: 10_000, firstByteMs: 10_000, idleMs: 10_000 },
    } as unknown as AppConfig);
  });
  afterEach(() => pools.onModuleDestroy());

  it.each([true, false])('are one an origin, trusted: %p', trusted => {
    expect(pools.get(ORIGIN, trusted)).toBe(pools.get(ORIGIN, trusted));
    expect(pools.get(ORIGIN, trusted)).not.toBe(pools.get('https://other.example', trusted));
  });

  it('that are checked are none of those that are not', () => {
    expect(pools.get(ORIGIN, true)).not.toBe(pools.get(ORIGIN, false));
  });

  it('are not made for an address that may not be called, unless who runs the process named it', () => {
    for (let time = 0; time < 2; time += 1) {
      expect(() => pools.get('http://127.0.0.1:9', false)).toThrow(ForbiddenAddress);
      expect(pools.get('http://127.0.0.1:9', true)).toBeDefined();
    }
  });

  it('are closed at the end, even where one of them cannot be', async () => {
    const [one, other] = [pools.get(ORIGIN, true), pools.get(ORIGIN, false)];
    const stuck = jest.spyOn(one, 'destroy').mockImplementation(() => Promise.reject(new Error('it is stuck')));
    await pools.onModuleDestroy();
    expect(other.destroyed).toBe(true);
    stuck.mockRestore();
  });

  describe('to a name', () => {
    let server: Server;
    let origin: string;
    beforeAll(async () => {
      server = createServer((_request, response) => response.end('ok')).listen(0, 'localhost');
      await once(server, 'listening');
      origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => void server.close());

    const ask = async (trusted: boolean) => {
      const { body } = await pools.get(origin, trusted).request({ method: 'GET', path: '/' });
      return body.text();
    };

    it('look where it leads at every connection, unless who runs the process named it', async () => {
      expect(await ask(true)).toBe('ok');
      await expect(ask(false)).rejects.toBeInstanceOf(ForbiddenAddress);
    });
  });
});
