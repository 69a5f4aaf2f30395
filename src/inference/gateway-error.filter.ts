import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { GatewayError } from '../errors/gateway-error.js';
import { logEntryOf } from '../errors/log-entry.js';
import { namingSupport } from '../errors/support-contact.js';
import { AppConfig } from '../config/app-config.js';
import { nameAnswer } from '../platform/http/edge.middleware.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import { describeCause, Log } from '../platform/logging.js';
import { ownLimitHeaders } from './answer-headers.js';
import { lastSent } from './attempt.js';
import { errorForm } from './error-form.js';
import type { InferenceRequest } from './inference-request.js';

const SERVER_ERROR = 500;

/** A request of any route, as far as its guards came. */
type RefusedRequest = EdgeRequest & Partial<Pick<InferenceRequest, 'work' | 'throttle'>>;

/** Turns every error into HTTP, in the envelope of its route, and logs once what is ours to fix. */
@Catch()
@Injectable()
export class GatewayErrorFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly config: AppConfig,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(thrown, http.getRequest<RefusedRequest>(), http.getResponse<ServerResponse>());
  }

  /** Answers with an error, or breaks off an answer that has begun. */
  answer(thrown: unknown, request: RefusedRequest, response: ServerResponse): void {
    const error = asGatewayError(thrown, request.originalUrl);
    this.note(error, request);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (response.destroyed) return;
    nameAnswer(request, response);
    setErrorHeaders(error, request, response);
    const told = namingSupport(error, this.config.supportContact);
    const form = errorForm(told, request.originalUrl, request.requestId);
    const body = Buffer.from(JSON.stringify(form.body));
    response.statusCode = form.status;
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', body.length);
    request.errorCode = error.code;
    request.errorMessage = told.publicMessage;
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  /** What an upstream did is in the log already, where it was asked. */
  private note(error: GatewayError, request: EdgeRequest): void {
    if (error.row.owner === 'upstream') return;
    const { level, message } = logEntryOf(error);
    if (level === 'debug' && !this.log.isEnabled(level)) return;
    const { code, internal } = error;
    // A parser's own words may be the caller's.
    const told = error.row.owner === 'caller' ? { detail: internal } : { cause: describeCause(error) };
    const fields = { requestId: request.requestId, code, ...told };
    this.log[level](message, level === 'error' ? { ...fields, stack: stackOf(error) } : fields);
  }
}

function setErrorHeaders(error: GatewayError, request: RefusedRequest, response: ServerResponse): void {
  const sent = new Set<string>();
  const set = (name: string, value: string) => {
    response.appendHeader(name, value);
    sent.add(name.toLowerCase());
  };
  for (const [name, value] of error.headers) set(name, value);
  // The envelope holds the provider's code, which its vendor's tools know.
  if (error.providerCode !== undefined) set('x-bough-error-code', error.code);
  if (error.retryAfterSeconds !== undefined && !sent.has('retry-after'))
    set('Retry-After', String(error.retryAfterSeconds));
  const told = [...sent].some(name => name.includes('ratelimit-'));
  if (!told) for (const [name, value] of ownLimitHeaders(request)) set(name, value);
  const asked = request.work === undefined ? null : lastSent(request.work.attempts);
  if (asked !== null) set('x-bough-upstream', asked.target.upstream.name);
  // A body that was not asked for, or was given up, will not come: this connection cannot carry another request.
  const givenUp = request.expectsContinue || error.code === 'request_timeout';
  if (givenUp && !request.complete) response.setHeader('connection', 'close');
}

/** Former paths, and what they are called now. */
const RENAMED: ReadonlyMap<string, string> = new Map([['/admin/secrets/reseal', '/admin/secrets/rewrap']]);

/** Nest's and Express's own errors in our words. */
function asGatewayError(thrown: unknown, url: string): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const status = statusOf(thrown);
  if (status === 404) return routeNotFound(thrown, url);
  if (status === 405) return new GatewayError('method_not_allowed', { cause: thrown });
  if (status === 413) return new GatewayError('request_too_large', { cause: thrown });
  if (status === 415) return new GatewayError('unsupported_encoding', { cause: thrown });
  if (status === 401) return new GatewayError('invalid_credential', { cause: thrown });
  if (status === 403) return new GatewayError('insufficient_role', { cause: thrown });
  if (status === 400) return new GatewayError('invalid_request', { cause: thrown });
  return new GatewayError('internal_error', { cause: thrown });
}

function routeNotFound(cause: unknown, url: string): GatewayError {
  const [path = ''] = url.split('?', 1);
  const now = RENAMED.get(path);
  return new GatewayError('route_not_found', {
    cause,
    ...(now !== undefined && { publicMessage: `${path} is called ${now} now` }),
  });
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const status = typeof thrown === 'object' && thrown !== null ? (thrown as { status?: unknown }).status : undefined;
  return typeof status === 'number' ? status : SERVER_ERROR;
}

function stackOf(error: GatewayError): string | undefined {
  return error.cause instanceof Error ? error.cause.stack : error.stack;
}
