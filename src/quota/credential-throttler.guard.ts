import { type ExecutionContext, Injectable } from '@nestjs/common';
import { ThrottlerGuard } from '@nestjs/throttler';
import { GatewayError } from '../errors/gateway-error.js';
import type { Caller } from '../identity/identity.types.js';
import type { Hit, MinuteWindowStorage } from '../platform/throttling/minute-window.storage.js';

/** The name of the throttler that counts a credential's requests. */
export const CREDENTIAL_THROTTLER = 'credential';

/** What is left to a credential in this minute, for the headers of the answer. */
export interface ThrottleState {
  readonly limit: number;
  readonly remaining: number;
  /** whole seconds to the next minute */
  readonly resetSeconds: number;
}

/** A request that has passed the guard. Without a limit there is no `throttle`. */
export interface ThrottledRequest {
  readonly caller: Caller;
  throttle?: ThrottleState;
}

/**
 * How often: requests per calendar minute and credential, over all routes together. Stands behind the guard that knows the
 * caller. Writes no headers, because the answer has only one set of them and the quota's may be tighter.
 *
 * The throttler's own way looks its rules up in the route's metadata for each request; ours has one rule for all routes.
 */
@Injectable()
export class CredentialThrottlerGuard extends ThrottlerGuard {
  override canActivate(context: ExecutionContext): Promise<boolean> {
    const [rule] = this.throttlers;
    const { limit, ttl } = rule as { limit: number; ttl: number };
    if (limit === 0) return PASSED;
    const request = context.switchToHttp().getRequest<ThrottledRequest>();
    const windows = this.storageService as MinuteWindowStorage;
    const hit = windows.take(CREDENTIAL_THROTTLER, request.caller.credentialId, ttl, limit);
    return hit instanceof Promise ? hit.then(counted => judge(request, limit, counted)) : judge(request, limit, hit);
  }
}

function judge(request: ThrottledRequest, limit: number, { totalHits, resetSeconds }: Hit): Promise<boolean> {
  request.throttle = { limit, remaining: Math.max(0, limit - totalHits), resetSeconds };
  return totalHits > limit ? Promise.reject(refusal(limit, resetSeconds)) : PASSED;
}

const PASSED = Promise.resolve(true);

function refusal(limit: number, retryAfterSeconds: number): GatewayError {
  return new GatewayError('quota_exceeded', {
    publicMessage:
      `ai gateway request rate limit exceeded for this credential (${limit} requests per minute). ` +
      'Retry after the current minute resets',
    retryAfterSeconds,
  });
}
