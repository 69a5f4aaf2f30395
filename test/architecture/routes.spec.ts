/** The list of every route and who may enter. Opening one changes `test/golden/routes.txt`, and a reviewer sees it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Router } from 'express';
import { listRoutes, reachable } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const GOLDEN = join(__dirname, '..', 'golden', 'routes.txt');

describe('the routes', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000' });
  });
  afterAll(() => gateway.stop());

  it('each declare who may enter', () => {
    const routes = listRoutes(gateway.bough.app);
    expect(routes.length).toBeGreaterThan(5);
    expect(routes.filter(route => route.audience === 'UNDECLARED')).toEqual([]);
  });

  it('are exactly those of the reviewed list', () => {
    const text = `${listRoutes(gateway.bough.app)
      .map(({ method, path, audience }) => `${audience.padEnd(24)}${method.padEnd(7)}${path}`)
      .join('\n')}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('include whatever Express really serves', () => {
    const known = new Set(listRoutes(gateway.bough.app).map(({ method, path }) => `${method} ${path}`));
    const served = servedRoutes(gateway.bough.app.getHttpAdapter().getInstance() as { router: Router });
    expect(served.length).toBeGreaterThan(known.size / 2);
    expect(served.filter(route => !known.has(route))).toEqual([]);
  });

  it('refuse a stranger everywhere but at the public ones', async () => {
    for (const route of listRoutes(gateway.bough.app).filter(({ audience }) => audience !== 'public')) {
      const response = await fetch(gateway.baseUrl + reachable(route.path), {
        method: route.method,
        headers: { 'content-type': 'application/json' },
        ...(route.method === 'GET' || route.method === 'HEAD' ? {} : { body: '{}' }),
      });
      expect([route.method, route.path, response.status]).toEqual([route.method, route.path, 401]);
    }
  });

  it('refuse the other kind of credential: a gateway token manages nothing, a management key calls no model', async () => {
    for (const route of listRoutes(gateway.bough.app).filter(({ audience }) => audience !== 'public')) {
      const wrong = route.audience === 'inference' ? gateway.managementKey : gateway.token;
      const response = await fetch(gateway.baseUrl + reachable(route.path), {
        method: route.method,
        headers: { authorization: `Bearer ${wrong}`, 'content-type': 'application/json' },
        ...(route.method === 'GET' || route.method === 'HEAD' ? {} : { body: '{}' }),
      });
      expect([route.method, route.path, response.status]).toEqual([route.method, route.path, 401]);
    }
  });
});

/** Method and path of everything that Express would answer; a route for HEAD comes with its GET. */
function servedRoutes({ router }: { router: Router }): string[] {
  return router.stack.flatMap(layer => {
    const { route } = layer as { route?: { path: unknown; methods: Record<string, boolean> } };
    if (route === undefined || typeof route.path !== 'string' || route.path === '*') return [];
    const methods = Object.keys(route.methods).filter(method => method !== 'head');
    return methods.map(method => `${method.toUpperCase()} ${route.path as string}`);
  });
}
