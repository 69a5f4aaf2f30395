import type { LeasePool } from './lease-pool.js';
import type { CounterReport, LeaseAnswer, LeaseStore } from './lease.types.js';

/** So many requests are judged in one call; more wait for the next. */
const MAX_REQUESTS = 500;

/** A request that waits for the store: what it needs beyond what is at hand. */
interface Waiting {
  readonly needs: readonly LeaseNeed[];
  readonly resolve: (refusedBy: LeasePool | null) => void;
  readonly reject: (error: unknown) => void;
}

export interface LeaseNeed {
  readonly pool: LeasePool;
  readonly amount: number;
}

/**
 * Speaks with the store for all requests of this replica: one call at a time, and whoever comes meanwhile is judged
 * together in the next. A call whose outcome is not known is repeated under its number before anything else is said.
 */
export class LeaseDesk {
  private waiting: Waiting[] = [];
  private calling: Promise<void> | null = null;
  private sequence = 0;
  /** of the call whose outcome is not known */
  private inDoubt: ReadonlySet<LeasePool> | null = null;
  /** monotonic milliseconds of the last call that succeeded: so long our leases are known to hold */
  private renewedAt = -Infinity;

  constructor(
    private readonly store: LeaseStore,
    private readonly replica: string,
    private readonly ttlMs: number,
    private readonly monotonicMs: () => number,
    private readonly everything: () => Iterable<LeasePool>,
  ) {}

  /** Whether what is at hand may be spent. A fifth of the time is left for clocks and calls that take long. */
  get valid(): boolean {
    return this.monotonicMs() - this.renewedAt < this.ttlMs * 0.8;
  }

  /** Whether it is time to speak, if only to say that we live. */
  get due(): boolean {
    return this.monotonicMs() - this.renewedAt >= this.ttlMs / 3;
  }

  /**
   * Takes all of the needs, or none of them.
   * @returns null, or the first pool whose counter had not enough
   * @throws what the store throws; then nothing was taken
   */
  ask(needs: readonly LeaseNeed[]): Promise<LeasePool | null> {
    return new Promise((resolve, reject) => {
      for (const { pool } of needs) pool.pin();
      this.waiting.push({ needs, resolve, reject });
      this.start(() => []);
    });
  }

  /** Reports these pools, and keeps the lease alive even where there is nothing to report. Never rejects. */
  async report(pools: () => readonly LeasePool[]): Promise<void> {
    await this.calling;
    this.start(pools);
    await this.calling;
  }

  private start(reporting: () => readonly LeasePool[]): void {
    this.calling ??= this.callUntilDone(reporting).finally(() => {
      this.calling = null;
      if (this.waiting.length > 0) this.start(() => []);
    });
  }

  private async callUntilDone(reporting: () => readonly LeasePool[]): Promise<void> {
    // Whoever asks in this tick is part of the first call already.
    await Promise.resolve();
    await this.call(this.waiting.splice(0, MAX_REQUESTS), reporting());
  }

  private async call(asking: readonly Waiting[], reporting: readonly LeasePool[]): Promise<void> {
    const repeated = this.inDoubt !== null;
    const asked = sumByPool(asking);
    // Taken for dead meanwhile, we may have lost what running requests hold: the store hears of all of it.
    const lapsed = this.monotonicMs() - this.renewedAt >= this.ttlMs ? this.everything() : [];
    const pools = [...new Set([...asked.keys(), ...reporting, ...lapsed, ...(this.inDoubt ?? [])])].toSorted(byKey);
    const places = new Map(pools.map((pool, index) => [pool, index]));
    if (!repeated) this.sequence += 1;
    const reports = pools.map(pool => pool.report(asked.get(pool) ?? null, repeated));
    const needs = asking.map(request =>
      request.needs.map(({ pool, amount }) => [places.get(pool) ?? 0, amount] as const),
    );
    const began = this.monotonicMs();
    this.doubt(pools);
    try {
      const answer = await this.store.lease(this.replica, this.sequence, this.ttlMs, reports, needs);
      this.doubt(null);
      this.renewedAt = began;
      deliver(pools, reports, asking, answer);
    } catch (error) {
      for (const { reject } of asking) reject(error);
    } finally {
      for (const { pool } of asking.flatMap(request => request.needs)) pool.unpin();
    }
  }

  private doubt(pools: readonly LeasePool[] | null): void {
    for (const pool of pools ?? []) pool.pin();
    for (const pool of this.inDoubt ?? []) pool.unpin();
    this.inDoubt = pools === null ? null : new Set(pools);
  }
}

function deliver(
  pools: readonly LeasePool[],
  reports: readonly CounterReport[],
  asking: readonly Waiting[],
  { granted, refusedBy, left }: LeaseAnswer,
): void {
  pools.forEach((pool, index) =>
    pool.confirm(granted[index] ?? 0, reports[index]?.cap === null ? null : (left[index] ?? 0)),
  );
  asking.forEach(({ needs, resolve }, index) => {
    const refused = refusedBy[index] ?? -1;
    if (refused >= 0) {
      resolve(pools[refused] ?? null);
      return;
    }
    for (const { pool, amount } of needs) {
      pool.free -= amount;
      pool.reserve(amount);
    }
    resolve(null);
  });
}

function sumByPool(asking: readonly Waiting[]): ReadonlyMap<LeasePool, number> {
  const sums = new Map<LeasePool, number>();
  for (const { needs } of asking) {
    for (const { pool, amount } of needs) sums.set(pool, (sums.get(pool) ?? 0) + amount);
  }
  return sums;
}

/** One order for all replicas, so that no two calls wait for each other. */
function byKey(one: LeasePool, other: LeasePool): number {
  if (one.identity.key !== other.identity.key) return one.identity.key < other.identity.key ? -1 : 1;
  return one.window.begin - other.window.begin;
}
