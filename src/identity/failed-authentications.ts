import { Injectable } from '@nestjs/common';
import { normalizeIp } from '@nestjs/throttler';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';
import { MinuteWindowStorage } from '../platform/throttling/minute-window.storage.js';

const MINUTE_MS = 60_000;

/** Slows down whoever tries tokens. Called for failures only, so a valid token behind the same address is not affected. */
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
    const { totalHits, resetSeconds } = this.storage.hit('failed-authentication', normalizeIp(address), MINUTE_MS);
    if (totalHits > limit) {
      throw new GatewayError('too_many_failed_authentications', { retryAfterSeconds: resetSeconds });
    }
  }
}
