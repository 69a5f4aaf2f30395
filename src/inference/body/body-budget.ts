import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { AnswerHold } from '../../relay/json-relay-rules.js';
import { type BodyOwner, type BudgetLimits, ByteBudget, type ByteHold, type Scope } from './byte-budget.js';

const MAX_SMALL_BODY_BYTES = 262_144;
/** The part of the budget that is kept for small bodies, and the part of it that one of them may be at most. */
const RESERVE = 1 / 16;
const SMALL_BODY = 1 / 64;
/** The part that is kept for what is made of bodies, but no more than some bodies of the largest size. */
const WORK = 1 / 4;
const WORK_BODIES = 4;

const HELD_BY: Readonly<Record<Scope, string>> = {
  credential: 'the requests of this credential hold as much of the gateway’s memory as they may. Retry later',
  organization: 'the requests of this account hold as much of the gateway’s memory as they may. Retry later',
  total: 'the gateway is at its limit of request bytes in memory. Retry later',
};

/** How many bytes of request bodies, and of answers that are rewritten, may be in memory at once. Many large requests together must not end the process. */
@Injectable()
export class BodyBudget {
  private readonly bytes: ByteBudget;

  constructor(config: AppConfig) {
    this.bytes = new ByteBudget(budgetLimits(config));
  }

  get bytesInUse(): number {
    return this.bytes.bytesInUse;
  }

  /** Null owns what is made of somebody's body. */
  hold(owner: BodyOwner | null): ByteHold {
    return this.bytes.hold(owner);
  }

  /** For an answer to somebody's request, while it is held to be rewritten: it counts as a body of his. */
  holdAnswer(owner: BodyOwner): AnswerHold {
    const hold = this.bytes.hold(owner);
    return {
      take: bytes => {
        const full = hold.take(bytes);
        return full === null ? null : noRoom(full);
      },
      release: () => hold.release(),
    };
  }

  /** Calls back each time something was given back, until the callback is taken away. */
  onGiven(callback: () => void): () => void {
    return this.bytes.onGiven(callback);
  }
}

/** A body of the largest size fits into each share, as long as the whole budget has room for one. */
export function budgetLimits(config: AppConfig): BudgetLimits {
  const { bodyBudgetBytes: totalBytes, maxBodyBytes } = config;
  const one = Math.min(maxBodyBytes, totalBytes);
  const reserveBytes = Math.floor(Math.min(totalBytes * RESERVE, totalBytes - one));
  const bodyBytes = Math.max(one, totalBytes - reserveBytes - workBytes(config));
  const share = (percent: number) => Math.max(one, Math.floor((bodyBytes * percent) / 100));
  return {
    totalBytes,
    bodyBytes,
    credentialBytes: share(config.bodyBudgetCredentialPercent),
    organizationBytes: share(config.bodyBudgetOrganizationPercent),
    reserveBytes,
    smallBodyBytes: Math.min(MAX_SMALL_BODY_BYTES, Math.floor(totalBytes * SMALL_BODY)),
  };
}

/** What is kept of the budget for what is made of bodies. */
export function workBytes({ bodyBudgetBytes, maxBodyBytes }: AppConfig): number {
  return Math.floor(Math.min(bodyBudgetBytes * WORK, maxBodyBytes * WORK_BODIES));
}

/** @throws {GatewayError} gateway_busy (503 with Retry-After) where there is no room; then nothing was taken */
export function takeBytes(hold: ByteHold, bytes: number): void {
  const full = hold.take(bytes);
  if (full !== null) throw noRoom(full);
}

function noRoom(full: Scope): GatewayError {
  return new GatewayError('gateway_busy', { publicMessage: HELD_BY[full], retryAfterSeconds: 1 });
}
