import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { GatewayError } from '../../errors/gateway-error.js';
import type { DirectRoutes } from './direct-routes.js';

const HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 60_000;
const CHECK_INTERVAL_MS = 30_000;
const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

/** One entry of Express's list of routes. */
interface Layer {
  readonly route?: { readonly path: unknown; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/**
 * Nest's Express adapter with strict routes and a server of our own making.
 *
 * Express changes the prototype of every request and response. On Node 20 and 22 that makes V8 treat each as a shape of
 * its own, which costs several times the gateway's whole work. There the server builds its messages from classes which
 * carry Express's prototypes from the start. Node 24 needs nothing.
 */
export class GatewayExpressAdapter extends ExpressAdapter {
  /** answers what it can before Express does; null while nothing is, and where a test wants Express alone */
  direct: DirectRoutes | null = null;
  private messages: Partial<ReturnType<typeof prototypeStableMessages>> | null = null;

  constructor(private readonly requestTimeoutMs: number) {
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.enable('case sensitive routing');
    app.enable('strict routing');
    super(app);
  }

  override initHttpServer(_options: NestApplicationOptions): void {
    this.httpServer = this.createServer();
  }

  /** Another server of the same application, for another port. */
  createServer(): Server {
    const app = this.getInstance<Express>();
    this.messages ??= NODE_MAJOR < 24 ? prototypeStableMessages(app) : {};
    const server = createServer(
      {
        ...this.messages,
        maxHeaderSize: HEADER_BYTES,
        headersTimeout: Math.min(HEADERS_TIMEOUT_MS, this.requestTimeoutMs),
        requestTimeout: this.requestTimeoutMs,
        // Node looks for requests that are over their time only so often.
        connectionsCheckingInterval: Math.min(CHECK_INTERVAL_MS, Math.ceil(this.requestTimeoutMs / 4)),
        keepAliveTimeout: 75_000,
        insecureHTTPParser: false,
        // Node's own refusal has neither body nor request id; the edge refuses it in our words.
        requireHostHeader: false,
      },
      (request: IncomingMessage, response: ServerResponse) => {
        if (this.direct?.answer(request, response) !== true) app(readable(request), response);
      },
    );
    // Node would drop the thousandth header and those after it in silence; the edge counts them and refuses.
    server.maxHeadersCount = 0;
    // Asking for the body is left to its reader: a refused caller never has to send 32 MiB.
    server.on('checkContinue', (request, response) => {
      Object.assign(request, { expectsContinue: true });
      server.emit('request', request, response);
    });
    // Any other expectation is refused by the edge, with a body, for the same reason.
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    return server;
  }

  /** What no route takes is 405 where the path has routes of other methods, and 404 only where it has none. */
  override setNotFoundHandler(handler: RequestHandler, prefix?: string): void {
    super.setNotFoundHandler((request: Request, response: Response, next: NextFunction) => {
      const refusal = this.otherMethod(request.path);
      if (refusal === null) void handler(request, response, next);
      else next(refusal);
    }, prefix);
  }

  /** The refusal of a method that a path has not; null for a path that has none. */
  otherMethod(path: string): GatewayError | null {
    const methods = new Set<string>();
    for (const layer of this.getInstance<Express>().router.stack as unknown as Layer[]) {
      const { route } = layer;
      // What takes whatever is left says nothing of a path.
      if (route === undefined || String(route.path).includes('*') || !layer.match(path)) continue;
      for (const method of Object.keys(route.methods)) methods.add(method.toUpperCase());
    }
    if (methods.size === 0) return null;
    if (methods.has('GET')) methods.add('HEAD');
    return new GatewayError('method_not_allowed', { headers: [['allow', [...methods].sort().join(', ')]] });
  }

  server(): Server {
    return this.getHttpServer();
  }
}

const AUTHORITY = /^[a-z]+:\/\/[^/?#]*/i;

/** Express answers itself, before our middleware, where it cannot read the host of an absolute target; the edge refuses all of them. */
function readable(request: IncomingMessage): IncomingMessage {
  if (request.url?.startsWith('/') === false) request.url = request.url.replace(AUTHORITY, 'http://-');
  return request;
}

function prototypeStableMessages(app: Express) {
  class GatewayIncomingMessage extends IncomingMessage {}
  class GatewayServerResponse extends ServerResponse<IncomingMessage> {}
  adopt(GatewayIncomingMessage.prototype, app.request, IncomingMessage.prototype);
  adopt(GatewayServerResponse.prototype, app.response, ServerResponse.prototype);
  // Express sets these prototypes on every message; when they are there already, setting them changes nothing.
  app.request = GatewayIncomingMessage.prototype as unknown as Express['request'];
  app.response = GatewayServerResponse.prototype as unknown as Express['response'];
  return { IncomingMessage: GatewayIncomingMessage, ServerResponse: GatewayServerResponse };
}

/** Copies what Express adds (its application's own prototype and express's), down to but without Node's. */
function adopt(target: object, from: object, end: object): void {
  const layers: object[] = [];
  for (let layer: object | null = from; layer !== null && layer !== end; layer = Object.getPrototypeOf(layer)) {
    layers.unshift(layer);
  }
  for (const layer of layers) Object.defineProperties(target, Object.getOwnPropertyDescriptors(layer));
}
