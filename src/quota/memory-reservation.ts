import type { Clock } from '../platform/clock.js';
import type { LimitKind } from './limit.types.js';
import { wholeSeconds } from './quota-refusal.js';
import type { QuotaPlan } from './quota-plan.js';
import type { Consumption, Reservation } from './quota.types.js';
import type { WindowCounter } from './window-counters.js';

export const MINUTE_MS = 60_000;

/** What was added to the counters of a plan, and in which windows. */
interface Taken {
  /** minutes since 1970 UTC */
  readonly minute: number;
  /** days since 1970 UTC */
  readonly day: number;
  readonly tokens: number;
  /** nano-dollars */
  readonly spend: number;
}

/** A reservation in the counters of this process. */
export class MemoryReservation implements Reservation {
  private settled = false;

  constructor(
    private readonly plan: QuotaPlan,
    private readonly taken: Taken,
    private readonly clock: Clock,
  ) {}

  settle({ tokens, costNanoUsd }: Consumption): void {
    if (this.settled) return;
    this.settled = true;
    correct(this.plan.tokens, this.taken.minute, amount(tokens) - this.taken.tokens);
    correct(this.plan.spend, this.taken.day, amount(Number(costNanoUsd)) - this.taken.spend);
  }

  headers(): readonly (readonly [string, string])[] {
    return limitHeaders(this.plan, this.clock.now());
  }
}

/** `X-Ratelimit-*` of the tightest limits of a plan as they are now, for the kinds that have any. */
export function limitHeaders(plan: QuotaPlan, now: number): readonly (readonly [string, string])[] {
  return [
    ...triple('Requests', tightest(plan, 'requests_per_minute', now), now),
    ...triple('Tokens', tightest(plan, 'tokens_per_minute', now), now),
  ];
}

function correct(counters: readonly WindowCounter[], window: number, difference: number): void {
  for (const counter of counters) counter.correct(window, difference);
}

/** A count that is none would spoil every counter that it is added to, for the rest of the window. */
export function amount(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}

function tightest(plan: QuotaPlan, kind: LimitKind, now: number): { cap: number; remaining: number } | null {
  const minute = Math.floor(now / MINUTE_MS);
  let found: { cap: number; remaining: number } | null = null;
  for (const { kind: limitKind, cap, counter } of plan.limits) {
    if (limitKind !== kind) continue;
    const remaining = Math.max(0, cap - counter.takenIn(minute));
    if (found === null || remaining < found.remaining) found = { cap, remaining };
  }
  return found;
}

function triple(unit: string, limit: { cap: number; remaining: number } | null, now: number): [string, string][] {
  if (limit === null) return [];
  return [
    [`X-Ratelimit-Limit-${unit}`, String(limit.cap)],
    [`X-Ratelimit-Remaining-${unit}`, String(limit.remaining)],
    [`X-Ratelimit-Reset-${unit}`, `${wholeSeconds(MINUTE_MS - (now % MINUTE_MS))}s`],
  ];
}
