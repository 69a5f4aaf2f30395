/** The list of every door and who may enter. Opening one changes `test/golden/routes.txt`, and a reviewer sees it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Router } from 'express';
import { listDoors, reachable } from '../support/doors.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const GOLDEN = join(__dirname, '..', 'golden', 'routes.txt');

describe('the routes', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000' });
  });
  afterAll(() => gateway.stop());

  it('each declare who may enter', () => {
    const doors = listDoors(gateway.bough.app);
    expect(doors.length).toBeGreaterThan(5);
    expect(doors.filter(door => door.audience === 'UNDECLARED')).toEqual([]);
  });

  it('are exactly those of the reviewed list', () => {
    const text = `${listDoors(gateway.bough.app)
      .map(({ method, path, audience }) => `${audience.padEnd(24)}${method.padEnd(7)}${path}`)
      .join('\n')}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('include whatever Express really serves', () => {
    const known = new Set(listDoors(gateway.bough.app).map(({ method, path }) => `${method} ${path}`));
    const served = servedDoors(gateway.bough.app.getHttpAdapter().getInstance() as { router: Router });
    expect(served.length).toBeGreaterThan(known.size / 2);
    expect(served.filter(door => !known.has(door))).toEqual([]);
  });

  it('refuse a stranger everywhere but at the public ones', async () => {
    for (const door of listDoors(gateway.bough.app).filter(({ audience }) => audience !== 'public')) {
      const response = await fetch(gateway.baseUrl + reachable(door.path), {
        method: door.method,
        headers: { 'content-type': 'application/json' },
        ...(door.method === 'GET' || door.method === 'HEAD' ? {} : { body: '{}' }),
      });
      expect([door.method, door.path, response.status]).toEqual([door.method, door.path, 401]);
    }
  });

  it('refuse the other kind of credential: a gateway token manages nothing, a management key calls no model', async () => {
    for (const door of listDoors(gateway.bough.app).filter(({ audience }) => audience !== 'public')) {
      const wrong = door.audience === 'inference' ? gateway.managementKey : gateway.token;
      const response = await fetch(gateway.baseUrl + reachable(door.path), {
        method: door.method,
        headers: { authorization: `Bearer ${wrong}`, 'content-type': 'application/json' },
        ...(door.method === 'GET' || door.method === 'HEAD' ? {} : { body: '{}' }),
      });
      expect([door.method, door.path, response.status]).toEqual([door.method, door.path, 401]);
    }
  });
});

/** Method and path of everything that Express would answer; a route for HEAD comes with its GET. */
function servedDoors({ router }: { router: Router }): string[] {
  return router.stack.flatMap(layer => {
    const { route } = layer as { route?: { path: unknown; methods: Record<string, boolean> } };
    if (route === undefined || typeof route.path !== 'string' || route.path === '*') return [];
    const methods = Object.keys(route.methods).filter(method => method !== 'head');
    return methods.map(method => `${method.toUpperCase()} ${route.path as string}`);
  });
}
