import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { type BodyOwner, type BudgetLimits, ByteBudget, type ByteHold, type Scope } from './byte-budget.js';

const MAX_SMALL_BODY_BYTES = 262_144;
/** The part of the budget that is kept for small bodies, and the part of it that one of them may be at most. */
const RESERVE = 1 / 16;
const SMALL_BODY = 1 / 64;

const HELD_BY: Readonly<Record<Scope, string>> = {
  credential: 'the requests of this credential hold as much of the gateway’s memory as they may. Retry later',
  organization: 'the requests of this account hold as much of the gateway’s memory as they may. Retry later',
  total: 'the gateway is at its limit of request bytes in memory. Retry later',
};

/** How many bytes of request bodies may be in memory at once. Many large requests together must not end the process. */
@Injectable()
export class BodyBudget {
  private readonly bytes: ByteBudget;

  constructor(config: AppConfig) {
    this.bytes = new ByteBudget(budgetLimits(config));
  }

  get bytesInUse(): number {
    return this.bytes.bytesInUse;
  }

  hold(owner: BodyOwner): ByteHold {
    return this.bytes.hold(owner);
  }
}

/** A body of the largest size fits into each share, as long as the whole budget has room for one. */
export function budgetLimits(config: AppConfig): BudgetLimits {
  const { bodyBudgetBytes: totalBytes, maxBodyBytes } = config;
  const atLeastOne = (bytes: number) => Math.floor(Math.max(bytes, Math.min(maxBodyBytes, totalBytes)));
  const share = (percent: number) => atLeastOne((totalBytes * percent) / 100);
  return {
    totalBytes,
    credentialBytes: share(config.bodyBudgetCredentialPercent),
    organizationBytes: share(config.bodyBudgetOrganizationPercent),
    reserveBytes: totalBytes - atLeastOne(totalBytes * (1 - RESERVE)),
    smallBodyBytes: Math.min(MAX_SMALL_BODY_BYTES, Math.floor(totalBytes * SMALL_BODY)),
  };
}

/** @throws {GatewayError} gateway_busy (503 with Retry-After) where there is no room; then nothing was taken */
export function takeBytes(hold: ByteHold, bytes: number): void {
  const full = hold.take(bytes);
  if (full !== null) throw new GatewayError('gateway_busy', { publicMessage: HELD_BY[full], retryAfterSeconds: 1 });
}
