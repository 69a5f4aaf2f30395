import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { errorForm } from '../inference/error-form.js';
import { RefusalLog } from '../inference/refusal-log.service.js';
import { requestLog } from '../inference/request-log.js';
import { GatewayErrorFilter } from '../inference/gateway-error.filter.js';
import { DirectRoutes, type Step } from '../platform/http/direct-routes.js';
import { edgeMiddleware, pathOf, requestIdHeaders } from '../platform/http/edge.middleware.js';
import type { GatewayExpressAdapter } from '../platform/http/express.adapter.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import { IdSource } from '../platform/id-source.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { Log } from '../platform/logging.js';
import { Metrics } from '../platform/metrics.js';

type Next = (error?: unknown) => void;

/** What stands before Nest's routes: naming and logging. No body is read here: that is for what stands behind a route's guards. */
export function prepareHttp(app: NestExpressApplication, adapter: GatewayExpressAdapter, config: AppConfig): void {
  const lifecycle = app.get(Lifecycle);
  const steps: Step[] = [
    edgeMiddleware(app.get(IdSource), config.trustedProxies),
    requestLog(app.get(Log), app.get(Metrics), app.get(RefusalLog, { strict: false })),
    (_: EdgeRequest, response: ServerResponse, next: Next) => {
      if (lifecycle.draining) response.setHeader('connection', 'close');
      next();
    },
  ];
  if (config.managementPort !== null) steps.push(onePortEach);
  for (const step of steps) app.use(step);
  const errors = app.get(GatewayErrorFilter, { strict: false });
  adapter.direct = new DirectRoutes(app, steps, (error, request, response) => errors.answer(error, request, response));
  watchServer(adapter.server(), app.get(IdSource));
}

const NO_TUNNEL = new GatewayError('method_not_allowed', {
  headers: [['allow', 'DELETE, GET, HEAD, PATCH, POST, PUT']],
});

/** What the parser refuses before it is a request. */
export function watchServer(server: Server, ids: IdSource): void {
  server.on('clientError', (error: ClientError, socket: Socket) => answerUnreadable(error, socket, ids));
  // A tunnel is no route of ours; Node would close the connection without a word.
  server.on('connect', (_request, socket) => refuse(NO_TUNNEL, socket, ids, '/'));
}

const BOTH_PORTS = new Set(['/healthz', '/readyz']);
const MANAGEMENT_PATH = /^\/(api|admin|metrics|docs|docs-json)(\/|$)/;

/** With a port of its own the control plane is no route of the data plane's port, and the other way round. */
function onePortEach(request: EdgeRequest, _response: ServerResponse, next: Next): void {
  const path = pathOf(request.url);
  const isManagement = MANAGEMENT_PATH.test(path);
  const { onManagementPort = false } = request.socket as ManagementSocket;
  const isOpen = BOTH_PORTS.has(path) || isManagement === onManagementPort;
  next(isOpen ? undefined : new GatewayError('route_not_found'));
}

/** Marks the connections of the control plane's own port. */
export function markManagementPort(server: Server): void {
  server.on('connection', (socket: ManagementSocket) => {
    socket.onManagementPort = true;
  });
}

type ManagementSocket = Socket & { onManagementPort?: boolean };

type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer };
/** Node keeps the parser of a connection, and what it has read of a request, at the socket. */
type ParsedSocket = Socket & { readonly parser?: { incoming?: { url?: string } | null; _url?: string } | null };
const MAX_TARGET_BYTES = 4_096;

/** What the HTTP parser refuses never becomes a request; it is answered all the same, in our envelope. */
function answerUnreadable(error: ClientError, socket: ParsedSocket, ids: IdSource): void {
  // Garbage behind a request whose answer runs: an answer to it would stand in the midst of the other.
  if (error.code === 'ECONNRESET' || !socket.writable || hasRunningAnswer(socket)) {
    socket.destroy();
    return;
  }
  refuse(new GatewayError(codeOf(error), { publicMessage: messageOf(error) }), socket, ids, targetOf(error, socket));
}

function refuse(failure: GatewayError, socket: Duplex, ids: IdSource, target: string): void {
  const requestId = ids.requestId();
  const form = errorForm(failure, target, requestId);
  const body = JSON.stringify(form.body);
  const own = requestIdHeaders(target).map(name => [name, requestId] as const);
  const headers = [...own, ...failure.headers].map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${form.status} ${STATUS_CODES[form.status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n${headers.join('')}connection: close\r\n\r\n${body}`,
  );
}

/** What was asked for, as far as the parser came, or as the bytes say that it refused; '/' where neither tells. */
function targetOf({ rawPacket }: ClientError, { parser }: ParsedSocket): string {
  const begun = parser?.incoming?.url ?? (parser?._url || null);
  if (begun !== null) return begun;
  const line = rawPacket?.toString('latin1', 0, MAX_TARGET_BYTES) ?? '';
  return /^[A-Z]+ (\S+)/.exec(line)?.[1] ?? '/';
}

/** Node keeps the answer that a socket is sending at the socket itself. */
function hasRunningAnswer(socket: Socket & { readonly _httpMessage?: ServerResponse | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}

function codeOf({ code }: NodeJS.ErrnoException): 'headers_too_large' | 'request_timeout' | 'invalid_request' {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'invalid_request';
}

function messageOf(error: NodeJS.ErrnoException): string | undefined {
  return codeOf(error) === 'invalid_request' ? 'the request is not valid HTTP/1.1' : undefined;
}
