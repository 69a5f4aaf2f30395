import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  NotFoundException,
  type NestInterceptor,
  RequestMethod,
  type Type,
} from '@nestjs/common';
import {
  GUARDS_METADATA,
  HTTP_CODE_METADATA,
  INTERCEPTORS_METADATA,
  METHOD_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { ModulesContainer, Reflector } from '@nestjs/core';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { pathOf } from './edge.middleware.js';
import type { EdgeRequest } from './gateway-request.js';

/**
 * Marks a controller whose POST routes are answered straight from the server's listener, past Express and Nest's router.
 * What it declares stays what runs: the same guards in the same order, the same interceptor, the same handler.
 */
export const Direct = Reflector.createDecorator<true>();

/** An interceptor that also works without observables. */
export interface AroundHandler {
  around(request: unknown, run: () => Promise<unknown>): Promise<unknown>;
}

type Interceptor = NestInterceptor & Partial<AroundHandler>;
type Handler = (...args: readonly unknown[]) => Promise<unknown>;

interface DirectRoute {
  readonly controller: Type;
  readonly method: Handler;
  readonly instance: object;
  readonly guards: readonly CanActivate[];
  readonly around: AroundHandler | null;
  /** which of request and response each parameter is */
  readonly args: readonly ('request' | 'response')[];
  readonly status: number;
}

/** Where the instances of guards and interceptors are. */
interface Instances {
  get<Instance>(type: Type<Instance>, options: { strict: false }): Instance;
}

/** As Express calls it; what it passes on is an error or nothing. */
export type Step = (request: never, response: never, next: (error?: unknown) => void) => void;

type Refuse = (error: unknown, request: EdgeRequest, response: ServerResponse) => void;

/** The marked routes of an application. A path with a parameter is matched by what stands before it. */
export class DirectRoutes {
  private readonly exact = new Map<string, DirectRoute>();
  private readonly prefixes: [string, DirectRoute][] = [];

  /**
   * @param steps what runs before any route, in order
   * @param refuse answers with an error
   * @throws {Error} for a marked controller that needs more of Nest than is done here
   */
  constructor(
    instances: Instances,
    private readonly steps: readonly Step[],
    private readonly refuse: Refuse,
  ) {
    for (const module of instances.get(ModulesContainer, { strict: false }).values()) {
      for (const { metatype, instance } of module.controllers.values()) {
        if (typeof metatype !== 'function' || !Reflect.hasMetadata(Direct.KEY, metatype)) continue;
        for (const route of routesOf(metatype as Type, instance as object, instances)) this.add(route);
      }
    }
  }

  /** Answers a request of a marked route. False for any other: it was not touched. */
  answer(incoming: IncomingMessage, response: ServerResponse): boolean {
    if (incoming.method !== 'POST' || this.find(withoutBranch(pathOf(incoming.url ?? ''))) === null) return false;
    const request = incoming as EdgeRequest;
    request.originalUrl = request.url;
    request.isUnnamed = true;
    for (const step of this.steps) {
      const failure = runStep(step, request, response);
      if (failure === undefined) continue;
      if (failure !== STOPPED) this.refuse(failure, request, response);
      return true;
    }
    void this.run(request, response);
    return true;
  }

  private async run(request: EdgeRequest, response: ServerResponse): Promise<void> {
    try {
      const route = this.find(pathOf(request.url));
      // A branch that cannot be read stays in the path.
      if (route === null) throw new NotFoundException();
      const context = new DirectContext(route, request, response);
      for (const guard of route.guards) {
        const passed = guard.canActivate(context as unknown as ExecutionContext);
        if (passed !== true && (await passed) !== true) throw new ForbiddenException();
      }
      response.statusCode = route.status;
      if (route.around === null) await handle(route, request, response);
      else await route.around.around(request, () => handle(route, request, response));
    } catch (error) {
      this.refuse(error, request, response);
    }
  }

  private add(route: readonly [path: string, DirectRoute]): void {
    const [path, declared] = route;
    const parameter = path.indexOf(':');
    if (parameter < 0) this.exact.set(path, declared);
    else if (path.indexOf('/', parameter) < 0) this.prefixes.push([path.slice(0, parameter), declared]);
    else throw new Error(`${path}: only the last segment of a direct route may be a parameter`);
  }

  private find(path: string): DirectRoute | null {
    const exact = this.exact.get(path);
    if (exact !== undefined) return exact;
    for (const [prefix, route] of this.prefixes) {
      if (path.length > prefix.length && path.startsWith(prefix) && path.indexOf('/', prefix.length) < 0) return route;
    }
    return null;
  }
}

const STOPPED = Symbol('a step has answered, or will not');

function runStep(step: Step, request: EdgeRequest, response: ServerResponse): unknown {
  let outcome: unknown = STOPPED;
  step(request as never, response as never, error => (outcome = error));
  return outcome;
}

const BRANCH = '/branches/';

function withoutBranch(path: string): string {
  if (!path.startsWith(BRANCH)) return path;
  const end = path.indexOf('/', BRANCH.length);
  return end < 0 ? path : path.slice(end);
}

function handle(
  { instance, method, args }: DirectRoute,
  request: EdgeRequest,
  response: ServerResponse,
): Promise<unknown> {
  return method.apply(
    instance,
    args.map(arg => (arg === 'request' ? request : response)),
  );
}

/** Of Nest's context, what our guards ask for. */
class DirectContext {
  constructor(
    private readonly route: DirectRoute,
    private readonly request: EdgeRequest,
    private readonly response: ServerResponse,
  ) {}

  getClass(): Type {
    return this.route.controller;
  }

  getHandler(): Handler {
    return this.route.method;
  }

  switchToHttp(): this {
    return this;
  }

  getRequest(): EdgeRequest {
    return this.request;
  }

  getResponse(): ServerResponse {
    return this.response;
  }
}

function routesOf(controller: Type, instance: object, instances: Instances): (readonly [string, DirectRoute])[] {
  const routes: (readonly [string, DirectRoute])[] = [];
  const prototype = controller.prototype as Record<string, Handler>;
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const method = prototype[name];
    if (method === undefined || Reflect.getMetadata(METHOD_METADATA, method) !== RequestMethod.POST) continue;
    const around = interceptorsOf(controller, method, instances);
    const route: DirectRoute = {
      controller,
      method,
      instance,
      guards: enhancers<CanActivate>(GUARDS_METADATA, controller, method).map(type =>
        instances.get(type, { strict: false }),
      ),
      around,
      args: argsOf(controller, name),
      status: (Reflect.getMetadata(HTTP_CODE_METADATA, method) as number | undefined) ?? 201,
    };
    const paths = Reflect.getMetadata(PATH_METADATA, method) as string | readonly string[];
    for (const path of [paths].flat()) routes.push([`/${path}`, route]);
  }
  return routes;
}

function interceptorsOf(controller: Type, method: Handler, instances: Instances): AroundHandler | null {
  const [type, another] = enhancers<Interceptor>(INTERCEPTORS_METADATA, controller, method);
  if (type === undefined) return null;
  const interceptor = instances.get(type, { strict: false });
  if (another !== undefined || interceptor.around === undefined)
    throw new Error(`${controller.name}: a direct route may have one interceptor, and it must have \`around\``);
  return interceptor as AroundHandler;
}

/** Of the controller first, then of the method, as Nest runs them. */
function enhancers<Instance>(key: string, controller: Type, method: Handler): Type<Instance>[] {
  const of = (target: object) => (Reflect.getMetadata(key, target) as Type<Instance>[] | undefined) ?? [];
  return [...of(controller), ...of(method)];
}

type Argument = 'request' | 'response';

const ARGUMENTS = new Map<number, Argument>([
  [RouteParamtypes.REQUEST, 'request'],
  [RouteParamtypes.RESPONSE, 'response'],
]);

function argsOf(controller: Type, method: string): Argument[] {
  const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Record<string, object>;
  const args: Argument[] = [];
  for (const key of Object.keys(declared)) {
    const [kind = -1, index = -1] = key.split(':').map(Number);
    const argument = ARGUMENTS.get(kind);
    if (argument === undefined)
      throw new Error(`${controller.name}.${method}: a direct route takes the request and the response alone`);
    args[index] = argument;
  }
  return args;
}
