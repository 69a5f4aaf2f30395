import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { GatewayError } from '../errors/gateway-error.js';
import { encodeManagementError } from '../errors/management-envelope.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import { describeCause, Log } from '../platform/logging.js';
import { ownLimitHeaders } from './answer-headers.js';
import type { InferenceRequest } from './inference-request.js';
import { ANTHROPIC_MESSAGES, CHAT_COMPLETIONS, GEMINI, type WireDialect } from './wire-dialect.js';

const SERVER_ERROR = 500;

/** Turns every error into HTTP, in the envelope of its route, and logs once what is ours to mend. */
@Catch()
@Injectable()
export class GatewayErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<EdgeRequest & Partial<InferenceRequest>>();
    const response = http.getResponse<Response>();
    const error = asGatewayError(thrown);
    this.note(error, request);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (response.destroyed) return;
    setErrorHeaders(error, request, response);
    const body = Buffer.from(JSON.stringify(encode(error, request)));
    response.statusCode = statusFor(error, request);
    response.setHeader('content-type', 'application/json; charset=utf-8');
    response.setHeader('content-length', body.length);
    response.locals['errorCode'] = error.code;
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private note(error: GatewayError, request: EdgeRequest): void {
    if (error.row.owner !== 'gateway' || error.code === 'gateway_draining') return;
    const fields = { requestId: request.requestId, code: error.code, cause: describeCause(error) };
    if (error.status === SERVER_ERROR) this.log.error('a request failed here', { ...fields, stack: stackOf(error) });
    else this.log.warn('a request could not be served now', fields);
  }
}

function encode(error: GatewayError, request: EdgeRequest): object {
  if (isManagementApi(request)) return encodeManagementError(error, request.requestId);
  return dialectOfPath(request.url).encodeError(error, request.requestId);
}

/** Whose form of an error a path's callers can read; OpenAI's where it is nobody's. */
function dialectOfPath(url: string): WireDialect {
  if (/^\/(?:ai-gateway\/)?anthropic(?:[/?]|$)/.test(url)) return ANTHROPIC_MESSAGES;
  return /^\/(?:v1\/|ai-gateway\/)?gemini\//.test(url) ? GEMINI : CHAT_COMPLETIONS;
}

/** Anthropic's agents know an overloaded provider by this status, and wait (docs/contract.md section 6). */
function statusFor(error: GatewayError, request: EdgeRequest): number {
  const overloaded = error.code === 'upstream_overloaded' && !isManagementApi(request);
  return overloaded && dialectOfPath(request.url) === ANTHROPIC_MESSAGES ? 529 : error.status;
}

function isManagementApi(request: EdgeRequest): boolean {
  return request.originalUrl.startsWith('/api/v2/') || request.originalUrl === '/api/v2';
}

function setErrorHeaders(
  error: GatewayError,
  request: EdgeRequest & Partial<InferenceRequest>,
  response: Response,
): void {
  const sent = new Set<string>();
  const set = (name: string, value: string) => {
    response.appendHeader(name, value);
    sent.add(name.toLowerCase());
  };
  for (const [name, value] of error.headers) set(name, value);
  if (error.retryAfterSeconds !== undefined && !sent.has('retry-after'))
    set('Retry-After', String(error.retryAfterSeconds));
  const told = [...sent].some(name => name.includes('ratelimit-'));
  if (!told) for (const [name, value] of ownLimitHeaders(request)) set(name, value);
  if (request.attempted !== undefined) set('x-bough-upstream', request.attempted.upstream);
  // A body that was not asked for will not come: this connection cannot carry another request.
  if (request.expectsContinue && !request.complete) response.setHeader('connection', 'close');
}

/** Nest's and Express's own errors in our words. */
function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  const status = statusOf(thrown);
  if (status === 404) return new GatewayError('route_not_found', { cause: thrown });
  if (status === 405) return new GatewayError('method_not_allowed', { cause: thrown });
  if (status === 413) return new GatewayError('request_too_large', { cause: thrown });
  if (status === 415) return new GatewayError('unsupported_encoding', { cause: thrown });
  if (status === 401) return new GatewayError('invalid_credential', { cause: thrown });
  if (status === 403) return new GatewayError('insufficient_role', { cause: thrown });
  if (status === 400) return new GatewayError('invalid_request', { cause: thrown });
  return new GatewayError('internal_error', { cause: thrown });
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const status = typeof thrown === 'object' && thrown !== null ? (thrown as { status?: unknown }).status : undefined;
  return typeof status === 'number' ? status : SERVER_ERROR;
}

function stackOf(error: GatewayError): string | undefined {
  return error.cause instanceof Error ? error.cause.stack : error.stack;
}
