import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { GatewayError } from '../errors/gateway-error.js';

/** How many bytes of request bodies may be in memory at once. Many large requests together must not end the process. */
@Injectable()
export class BodyBudget {
  private used = 0;

  constructor(private readonly config: AppConfig) {}

  get bytesInUse(): number {
    return this.used;
  }

  /** @throws {GatewayError} gateway_busy (503 with Retry-After); then nothing was taken */
  take(bytes: number): void {
    if (this.used + bytes > this.config.bodyBudgetBytes)
      throw new GatewayError('gateway_busy', { retryAfterSeconds: 1 });
    this.used += bytes;
  }

  give(bytes: number): void {
    this.used -= bytes;
  }
}
