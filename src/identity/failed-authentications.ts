import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { MinuteWindowStorage } from '../platform/throttling/minute-window.storage.js';

const MINUTE_MS = 60_000;
const THROTTLER = 'failed-authentication';

/**
 * Slows down who tries tokens. What failed is counted, and an address that failed too often has nothing looked up for it
 * that is not known here already: a guess then costs no statement.
 */
@Injectable()
export class FailedAuthentications {
  constructor(
    private readonly config: AppConfig,
    private readonly storage: MinuteWindowStorage,
  ) {}

  /**
   * Counts a failure of an address; an IPv6 network of 64 bits is one address, because one host has all of it.
   * @throws {GatewayError} too_many_failed_authentications (429) beyond the configured failures a minute
   */
  count(address: string): void {
    const limit = this.config.failedAuthenticationsPerMinute;
    const { totalHits, resetSeconds } = this.storage.hit(THROTTLER, normalizeIp(address), MINUTE_MS);
    if (totalHits > limit) throw tooMany(resetSeconds);
  }

  /**
   * Before a token is looked up that nobody here has seen to be valid.
   * @throws {GatewayError} too_many_failed_authentications (429) where an address has failed as often as it may
   */
  refuseGuesses(address: string): void {
    const limit = this.config.failedAuthenticationsPerMinute;
    const { totalHits, resetSeconds } = this.storage.hits(THROTTLER, normalizeIp(address), MINUTE_MS);
    if (totalHits >= limit) throw tooMany(resetSeconds);
  }
}

function tooMany(retryAfterSeconds: number): GatewayError {
  return new GatewayError('too_many_failed_authentications', { retryAfterSeconds });
}
