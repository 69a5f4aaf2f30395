import type { LeaseNeed } from './lease-client.js';
import type { LeasePool } from './lease-pool.js';
import { LIMIT_TABLE, limitKind } from './limit-kinds.js';
import type { PlannedLimit } from './quota-plan.js';
import { wholeSeconds } from './quota-refusal.js';
import type { Consumption, Reservation } from './quota.types.js';

/** A million dollars, or a billion times more tokens than any model reads. */
const MAX_AMOUNT = 1e15;

/** A limit as a request meets it: its counter in the present window, and what the request takes of it. */
export interface TakenLimit extends LeaseNeed {
  readonly limit: PlannedLimit;
}

/** What a request took of this replica's leases. */
export class LeasedReservation implements Reservation {
  private settled = false;
  private ended = false;

  constructor(
    readonly at: number,
    private readonly taken: readonly TakenLimit[],
    private readonly now: () => number,
  ) {}

  settle({ tokens, costNanoUsd }: Consumption): void {
    if (this.settled) return;
    this.settled = true;
    for (const { limit, pool, amount: reserved } of this.taken) {
      if (limitKind(limit.kind).takes === 'place') continue;
      pool.settle(reserved, used(limit, reserved, amount(tokens), amount(Number(costNanoUsd))));
    }
  }

  /** The answer is over. Until then the request holds its place among the concurrent ones. */
  end(): void {
    this.settle({ tokens: 0, costNanoUsd: 0n });
    if (this.ended) return;
    this.ended = true;
    for (const { limit, pool, amount: reserved } of this.taken) {
      if (limitKind(limit.kind).takes === 'place') pool.giveBack(reserved);
    }
  }

  headers(): readonly (readonly [string, string])[] {
    return limitHeaders(this.taken, this.now());
  }
}

function used({ kind }: PlannedLimit, reserved: number, tokens: number, spend: number): number {
  switch (limitKind(kind).takes) {
    case 'cost':
      return spend;
    case 'tokens':
      return tokens;
    case 'request':
    case 'place':
      return reserved;
  }
}

/** A count that is none, or beyond all reason, would spoil every counter that it is added to. */
export function amount(value: number): number {
  return Number.isFinite(value) && value > 0 ? Math.min(Math.ceil(value), MAX_AMOUNT) : 0;
}

/** Requests before tokens, as makers write them. */
const HEADED = LIMIT_TABLE.flatMap(({ name, header }) => (header === null ? [] : [{ name, header }])).toSorted(
  (one, other) => (one.header < other.header ? -1 : 1),
);

/** `X-Ratelimit-*` of the tightest limits as they are now, for the kinds that have any: name, value. */
export function limitHeaders(
  limits: readonly { readonly limit: PlannedLimit; readonly pool: LeasePool }[],
  now: number,
): readonly (readonly [string, string])[] {
  return HEADED.flatMap(({ name, header }) => triple(header, tightest(limits, name), now));
}

function tightest(
  limits: readonly { readonly limit: PlannedLimit; readonly pool: LeasePool }[],
  kind: PlannedLimit['kind'],
): LeasePool | null {
  let found: LeasePool | null = null;
  for (const { limit, pool } of limits) {
    if (limit.kind === kind && (found === null || pool.remaining() < found.remaining())) found = pool;
  }
  return found;
}

function triple(unit: string, pool: LeasePool | null, now: number): [string, string][] {
  if (pool === null) return [];
  return [
    [`X-Ratelimit-Limit-${unit}`, String(pool.cap)],
    [`X-Ratelimit-Remaining-${unit}`, String(Math.max(0, pool.remaining()))],
    [`X-Ratelimit-Reset-${unit}`, `${wholeSeconds((pool.window.end ?? now) - now)}s`],
  ];
}
