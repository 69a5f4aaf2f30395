import { join } from 'node:path';
import { type INestApplication, RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { Access, type Audience } from '../../src/identity/access.js';

/** A route, and who may enter. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly audience: Audience | 'UNDECLARED';
  /** the class that its body is checked against, where it takes one */
  readonly bodyType?: Type;
}

const OPENAPI_PATHS = [
  '/docs',
  '/docs/',
  '/docs/LICENSE',
  '/docs/index.html',
  '/docs/swagger-ui-init.js',
  '/docs/docs/swagger-ui-init.js',
  '/docs-json',
];

/** Every route of the program, by its controllers' metadata, in the order of the paths. */
export function listRoutes(app: INestApplication): Route[] {
  const reflector = app.get(Reflector);
  const scanner = new MetadataScanner();
  const routes: Route[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const controller = metatype as Type;
      const prototype = metatype.prototype as Record<string, (...args: unknown[]) => unknown>;
      for (const name of scanner.getAllMethodNames(prototype)) {
        const handler = prototype[name];
        const method = handler === undefined ? undefined : Reflect.getMetadata(METHOD_METADATA, handler);
        if (handler === undefined || method === undefined) continue;
        const audience = reflector.getAllAndOverride(Access, [handler, metatype]) ?? 'UNDECLARED';
        for (const prefix of paths(metatype)) {
          for (const path of paths(handler)) {
            routes.push({
              method: RequestMethod[method as number] ?? '',
              path: join('/', prefix, path).replace(/(.)\/$/, '$1'),
              audience,
              bodyType: bodyTypeOf(controller, name),
            });
          }
        }
      }
    }
  }
  // The pages about the control plane are no controller's.
  for (const path of OPENAPI_PATHS) routes.push({ method: 'GET', path, audience: 'public' });
  return routes.sort((left, right) => `${left.path} ${left.method}`.localeCompare(`${right.path} ${right.method}`));
}

function bodyTypeOf(controller: Type, name: string): Type | undefined {
  const places = Object.keys((Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as object);
  const place = places.find(key => key.startsWith(`${RouteParamtypes.BODY}:`));
  const types = Reflect.getMetadata('design:paramtypes', controller.prototype as object, name) as Type[] | undefined;
  return place === undefined ? undefined : types?.[Number(place.split(':')[1])];
}

function paths(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return path === undefined ? ['/'] : Array.isArray(path) ? path : [path];
}

/** A path with something in the place of its parameters that the route does not refuse for its form. */
export function reachable(path: string): string {
  const named = (segment: string) => (segment.startsWith(':') ? 'x' : segment);
  return path
    .split('/')
    .map(segment => (segment === ':call' ? 'some-model:generateContent' : named(segment)))
    .join('/');
}
