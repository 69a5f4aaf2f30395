import { Injectable } from '@nestjs/common';
import { ThrottlerGuard, type ThrottlerRequest } from '@nestjs/throttler';
import { GatewayError } from '../errors/gateway-error.js';
import type { Caller } from '../identity/identity.types.js';

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
 */
@Injectable()
export class CredentialThrottlerGuard extends ThrottlerGuard {
  protected override async handleRequest({ context, limit, ttl, blockDuration }: ThrottlerRequest): Promise<boolean> {
    if (limit === 0) return true;
    const request = context.switchToHttp().getRequest<ThrottledRequest>();
    const { totalHits, timeToExpire, isBlocked } = await this.storageService.increment(
      request.caller.credentialId,
      ttl,
      limit,
      blockDuration,
      CREDENTIAL_THROTTLER,
    );
    request.throttle = { limit, remaining: Math.max(0, limit - totalHits), resetSeconds: timeToExpire };
    if (isBlocked) throw refusal(limit, timeToExpire);
    return true;
  }
}

function refusal(limit: number, retryAfterSeconds: number): GatewayError {
  return new GatewayError('quota_exceeded', {
    publicMessage:
      `ai gateway request rate limit exceeded for this credential (${limit} requests per minute). ` +
      'Retry after the current minute resets',
    retryAfterSeconds,
  });
}
