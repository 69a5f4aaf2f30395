/** The list of every door and who may enter. Opening one changes `test/golden/routes.txt`, and a reviewer sees it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import type { Router } from 'express';
import { Access, type Audience } from '../../src/identity/access.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const GOLDEN = join(__dirname, '..', 'golden', 'routes.txt');

const OPENAPI_PATHS = [
  '/docs',
  '/docs/',
  '/docs/LICENSE',
  '/docs/index.html',
  '/docs/swagger-ui-init.js',
  '/docs/docs/swagger-ui-init.js',
  '/docs-json',
  '/docs-yaml',
];

interface Door {
  readonly method: string;
  readonly path: string;
  readonly audience: Audience | 'UNDECLARED';
  readonly handler: string;
}

describe('the routes', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000' });
  });
  afterAll(() => gateway.stop());

  it('each declare who may enter', () => {
    const doors = listDoors(gateway);
    expect(doors.length).toBeGreaterThan(5);
    expect(doors.filter(door => door.audience === 'UNDECLARED')).toEqual([]);
  });

  it('are exactly those of the reviewed list', () => {
    const text = `${listDoors(gateway)
      .map(({ method, path, audience }) => `${audience.padEnd(24)}${method.padEnd(7)}${path}`)
      .join('\n')}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('include whatever Express really serves', () => {
    const known = new Set(listDoors(gateway).map(({ method, path }) => `${method} ${path}`));
    const served = servedDoors(gateway.bough.app.getHttpAdapter().getInstance() as { router: Router });
    expect(served.length).toBeGreaterThan(known.size / 2);
    expect(served.filter(door => !known.has(door))).toEqual([]);
  });

  it('refuse a stranger everywhere but at the public ones', async () => {
    for (const door of listDoors(gateway).filter(({ audience }) => audience !== 'public')) {
      const path = door.path.replaceAll(/:[a-z_]+/gi, 'x');
      const response = await fetch(gateway.baseUrl + path, {
        method: door.method,
        headers: { 'content-type': 'application/json' },
        ...(door.method === 'GET' || door.method === 'HEAD' ? {} : { body: '{}' }),
      });
      expect([door.method, door.path, response.status]).toEqual([door.method, door.path, 401]);
    }
  });

  it('refuse the other kind of credential: a gateway token manages nothing, a management key calls no model', async () => {
    for (const door of listDoors(gateway).filter(({ audience }) => audience !== 'public')) {
      const wrong = door.audience === 'inference' ? gateway.managementKey : gateway.token;
      const response = await fetch(gateway.baseUrl + door.path.replaceAll(/:[a-z_]+/gi, 'x'), {
        method: door.method,
        headers: { authorization: `Bearer ${wrong}`, 'content-type': 'application/json' },
        ...(door.method === 'GET' || door.method === 'HEAD' ? {} : { body: '{}' }),
      });
      expect([door.method, door.path, response.status]).toEqual([door.method, door.path, 401]);
    }
  });
});

function listDoors(gateway: TestGateway): Door[] {
  const { app } = gateway.bough;
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  const doors: Door[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, (...args: unknown[]) => unknown>;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name];
        const method = handler === undefined ? undefined : Reflect.getMetadata(METHOD_METADATA, handler);
        if (handler === undefined || method === undefined) continue;
        const audience = reflector.getAllAndOverride(Access, [handler, metatype]) ?? 'UNDECLARED';
        for (const prefix of paths(metatype)) {
          for (const path of paths(handler)) {
            doors.push({
              method: RequestMethod[method as number] ?? '',
              path: join('/', prefix, path).replace(/(.)\/$/, '$1'),
              audience,
              handler: name,
            });
          }
        }
      }
    }
  }
  // The pages about the control plane are no controller's.
  for (const path of OPENAPI_PATHS) {
    doors.push({ method: 'GET', path, audience: 'public', handler: 'OpenAPI' });
  }
  return doors.sort((left, right) => `${left.path} ${left.method}`.localeCompare(`${right.path} ${right.method}`));
}

function paths(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return path === undefined ? ['/'] : Array.isArray(path) ? path : [path];
}

/** Method and path of everything that Express would answer; a route for HEAD comes with its GET. */
function servedDoors({ router }: { router: Router }): string[] {
  return router.stack.flatMap(layer => {
    const { route } = layer as { route?: { path: unknown; methods: Record<string, boolean> } };
    if (route === undefined || typeof route.path !== 'string' || route.path === '*') return [];
    const methods = Object.keys(route.methods).filter(method => method !== 'head');
    return methods.map(method => `${method.toUpperCase()} ${route.path as string}`);
  });
}
