import type { ServerResponse } from 'node:http';
import { totalTokensOf } from '../dialects/token-counts.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import type { Log } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import { nanoToUsd } from '../platform/nano-usd.js';
import { withoutTokens } from '../platform/token-words.js';
import { lastSent } from './attempt.js';
import type { InferenceRequest } from './inference-request.js';
import type { RefusalLog } from './refusal-log.service.js';

const QUIET_PATHS = new Set(['/healthz', '/readyz', '/metrics']);
type LoggedRequest = EdgeRequest & Partial<InferenceRequest>;

/**
 * One line and a few counters for every request, when its answer is over; and for one that was refused, a record. None of
 * them holds a token or a body.
 */
export function requestLog(log: Log, metrics: Metrics, refusals: RefusalLog) {
  return (request: LoggedRequest, response: ServerResponse, next: () => void): void => {
    response.on('close', () => {
      const durationMs = performance.now() - request.arrivedAt;
      if (request.address !== undefined) {
        count(request, response, metrics, durationMs / 1000);
        if (request.errorCode !== undefined) refusals.note(request, statusOf(response), durationMs);
      }
      if (log.isEnabled('info')) write(request, response, log, durationMs);
    });
    next();
  };
}

function count(request: LoggedRequest, response: ServerResponse, metrics: Metrics, seconds: number): void {
  const dialect = request.dialect ?? 'none';
  const code = request.errorCode ?? 'ok';
  metrics.requests.add(1, dialect, request.model?.id ?? 'none', String(statusOf(response)), code);
  metrics.duration.observe({ dialect, stream: String(request.wire?.stream ?? false) }, seconds);
}

function write(request: LoggedRequest, response: ServerResponse, log: Log, durationMs: number): void {
  const path = request.originalUrl.split('?', 1)[0] ?? '';
  if (QUIET_PATHS.has(path)) return;
  log.info('request', {
    requestId: request.requestId,
    method: request.method,
    path: withoutTokens(path.slice(0, 512)),
    status: statusOf(response),
    code: request.errorCode,
    durationMs: Math.round(durationMs * 10) / 10,
    credential: request.caller?.shortId,
    branch: request.branch?.id,
    dialect: request.dialect,
    model: request.model?.id,
    upstream: (request.work && lastSent(request.work.attempts))?.target.upstream.name,
    stream: request.wire?.stream,
    ...workOf(request),
    client: request.clientAddress,
  });
}

/** What was done for it, where an upstream was asked. */
function workOf({ work }: LoggedRequest): object | undefined {
  if (work === undefined || work.attempts.length === 0) return undefined;
  const { attempts, record } = work;
  const asked = attempts.at(-1);
  return {
    attempts: attempts.length,
    upstreamStatus: asked?.status ?? undefined,
    firstTokenMs: record?.firstTokenMs ?? undefined,
    tokens: record && totalTokensOf(record.tokens),
    costUsd: record && nanoToUsd(record.costNanoUsd),
  };
}

/** 499, nginx's number, where the caller left before the head of an answer. */
function statusOf(response: ServerResponse): number {
  return response.headersSent || response.writableFinished ? response.statusCode : 499;
}
