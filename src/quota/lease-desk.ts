import type { LeasePool } from './lease-pool.js';
import type { LeaseAnswer, LeaseStore } from './lease.types.js';

/** So many requests are judged in one call; more wait for the next. */
const MAX_REQUESTS = 500;
/** A request waits no longer for the store. The call may still succeed: its outcome is in doubt then. */
const CALL_MS = 3_000;

/** A request that waits for the store: what it needs beyond what is at hand. */
interface Waiting {
  readonly needs: readonly LeaseNeed[];
  readonly resolve: (refusedBy: LeasePool | null) => void;
  readonly reject: (error: unknown) => void;
}

interface Reporting {
  readonly pools: () => readonly LeasePool[];
  readonly resolve: () => void;
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
  private reporting: Reporting[] = [];
  private sequence = 0;
  private attempt = 0;
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
    return !this.hasLapsed(this.renewedAt);
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
      this.start();
    });
  }

  /** Reports these pools, and keeps the lease alive even where there is nothing to report. Never rejects. */
  report(pools: () => readonly LeasePool[]): Promise<void> {
    return new Promise(resolve => {
      this.reporting.push({ pools, resolve });
      this.start();
    });
  }

  private start(): void {
    this.calling ??= this.callOnce().finally(() => {
      this.calling = null;
      if (this.waiting.length + this.reporting.length > 0) this.start();
    });
  }

  private async callOnce(): Promise<void> {
    // Whoever asks in this tick is part of the first call already.
    await Promise.resolve();
    const reporting = this.reporting.splice(0);
    await this.call(
      this.waiting.splice(0, MAX_REQUESTS),
      reporting.flatMap(({ pools }) => pools()),
    );
    for (const { resolve } of reporting) resolve();
  }

  private async call(asking: readonly Waiting[], reporting: readonly LeasePool[]): Promise<void> {
    const repeated = this.inDoubt !== null;
    const asked = sumByPool(asking);
    const pools = [...new Set([...asked.keys(), ...reporting, ...this.recallLapsed(), ...(this.inDoubt ?? [])])];
    pools.sort(byKey);
    const places = new Map(pools.map((pool, index) => [pool, index]));
    if (!repeated) this.sequence += 1;
    this.attempt += 1;
    const reports = pools.map(pool => pool.report(asked.get(pool) ?? null, repeated));
    const needs = asking.map(request =>
      request.needs.map(({ pool, amount }) => [places.get(pool) ?? 0, amount] as const),
    );
    const began = this.monotonicMs();
    this.keepInDoubt(pools);
    try {
      const call = { sequence: this.sequence, attempt: this.attempt };
      const answer = await within(CALL_MS, this.store.lease(this.replica, call, this.ttlMs, reports, needs));
      this.keepInDoubt(null);
      if (this.hasLapsed(began)) throw new Error('the lease was over before it was answered');
      this.renewedAt = began;
      pools.forEach((pool, index) => {
        pool.confirm(
          answer.granted[index] ?? 0,
          reports[index]?.cap === null ? null : (answer.left[index] ?? 0),
          repeated,
        );
      });
      deliver(pools, asking, answer);
    } catch (error) {
      for (const pool of pools) pool.doubt();
      for (const { reject } of asking) reject(error);
    } finally {
      for (const pool of pools) pool.endCall();
      for (const { pool } of asking.flatMap(request => request.needs)) pool.unpin();
    }
  }

  /**
   * After a silence we may have been taken for dead: nothing is at hand any more, and the store hears again of all that
   * running requests hold.
   */
  private recallLapsed(): readonly LeasePool[] {
    if (this.valid) return [];
    const all = [...this.everything()];
    for (const pool of all) pool.recall(pool.cap);
    return all;
  }

  private hasLapsed(since: number): boolean {
    return this.monotonicMs() - since >= this.ttlMs * 0.8;
  }

  private keepInDoubt(pools: readonly LeasePool[] | null): void {
    for (const pool of pools ?? []) pool.pin();
    for (const pool of this.inDoubt ?? []) pool.unpin();
    this.inDoubt = pools === null ? null : new Set(pools);
  }
}

function deliver(pools: readonly LeasePool[], asking: readonly Waiting[], { refusedBy }: LeaseAnswer): void {
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

/** @throws {Error} when the call takes longer */
async function within<Value>(ms: number, call: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the lease store did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One order for all replicas, so that no two calls wait for each other. */
function byKey(one: LeasePool, other: LeasePool): number {
  if (one.identity.key !== other.identity.key) return one.identity.key < other.identity.key ? -1 : 1;
  return one.window.begin - other.window.begin;
}
