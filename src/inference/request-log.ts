import type { NextFunction, Request, Response } from 'express';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import type { Log } from '../platform/logging.js';
import type { Metrics } from '../platform/metrics.js';
import type { InferenceRequest } from './inference-request.js';

const QUIET_PATHS = new Set(['/healthz', '/readyz', '/metrics']);
/** Some caller will put a token where a branch or a model belongs. */
const SECRETS = /\b(n(?:api|t|sk)_)\w+/g;

/** One line and a few counters for every request, when its answer is over. Neither holds a token or a body. */
export function requestLog(log: Log, metrics: Metrics) {
  return (incoming: Request, response: Response, next: NextFunction): void => {
    const request = incoming as EdgeRequest & Partial<InferenceRequest>;
    response.once('close', () => {
      const durationMs = performance.now() - request.arrivedAt;
      if (request.address !== undefined) count(request, response, metrics, durationMs / 1000);
      if (log.isEnabled('info')) write(request, response, log, durationMs);
    });
    next();
  };
}

function count(
  request: EdgeRequest & Partial<InferenceRequest>,
  response: Response,
  metrics: Metrics,
  seconds: number,
): void {
  const dialect = request.dialect ?? 'none';
  const code = (response.locals['errorCode'] as string | undefined) ?? 'ok';
  metrics.requests.inc({ dialect, model: request.model?.id ?? 'none', status: statusOf(response), code });
  metrics.duration.observe({ dialect, stream: String(request.wire?.stream ?? false) }, seconds);
}

function write(
  request: EdgeRequest & Partial<InferenceRequest>,
  response: Response,
  log: Log,
  durationMs: number,
): void {
  const path = request.originalUrl.split('?', 1)[0] ?? '';
  if (QUIET_PATHS.has(path)) return;
  log.info('request', {
    requestId: request.requestId,
    method: request.method,
    path: path.slice(0, 512).replace(SECRETS, '$1[redacted]'),
    status: statusOf(response),
    code: response.locals['errorCode'] as string | undefined,
    durationMs: Math.round(durationMs * 10) / 10,
    credential: request.caller?.shortId,
    branch: request.branch?.id,
    dialect: request.dialect,
    model: request.model?.id,
    upstream: request.attempted?.upstream,
    stream: request.wire?.stream,
    client: request.clientAddress,
  });
}

/** 499, nginx's number, where the caller left before the head of an answer. */
function statusOf(response: Response): number {
  return response.headersSent || response.writableFinished ? response.statusCode : 499;
}
