import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { Metrics } from '../../platform/metrics.js';
import { pathOf } from '../../platform/http/edge.middleware.js';
import { type Hit, MinuteWindowStorage } from '../../platform/throttling/minute-window.storage.js';
import type { InferenceRequest } from '../inference-request.js';

const THROTTLER = 'token-counts';
const MINUTE_MS = 60_000;

/** How often a credential may have tokens counted. Counting is free, so no other limit knows of it. Before the body is read. */
@Injectable()
export class CountThrottlerGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly windows: MinuteWindowStorage,
    private readonly metrics: Metrics,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const limit = this.config.credentialTokenCountsPerMinute;
    const request = context.switchToHttp().getRequest<InferenceRequest>();
    if (limit === 0 || !isCount(request)) return true;
    const hit = this.windows.take(THROTTLER, request.caller.credentialId, MINUTE_MS, limit);
    return hit instanceof Promise ? hit.then(counted => this.judge(limit, counted)) : this.judge(limit, hit);
  }

  private judge(limit: number, { totalHits, resetSeconds }: Hit): boolean {
    if (totalHits <= limit) return true;
    this.metrics.tokenCounts.inc({ outcome: 'refused' });
    throw new GatewayError('quota_exceeded', {
      publicMessage:
        `ai gateway token count limit exceeded for this credential (${limit} counts per minute). ` +
        'Retry after the current minute resets',
      retryAfterSeconds: resetSeconds,
    });
  }
}

/** One path of Gemini both generates and counts, so what the path says decides. */
function isCount({ url, pathFields }: InferenceRequest): boolean {
  return pathFields === undefined ? pathOf(url).endsWith('/count_tokens') : pathFields.action === 'countTokens';
}
