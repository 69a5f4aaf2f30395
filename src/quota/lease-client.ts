import type { Clock } from '../platform/clock.js';
import { within } from '../platform/within.js';
import type { LeasePool } from './lease-pool.js';
import type { LeaseAnswer, LeaseStore } from './lease.types.js';

/** So many requests are judged in one call; more wait for the next. */
const MAX_REQUESTS = 500;
/** A request waits no longer for the store. The call may still succeed: its outcome is in doubt then. */
const CALL_MS = 3_000;
/** A replica speaks at least so often: what it holds is as fresh as that when the store goes away. */
const MAX_SILENCE_MS = 5_000;
/** A part of every time is left for clocks and calls that take long. */
const USED_PART = 0.8;

/** A request that waits for the store: what it needs beyond what is in reserve. */
interface Waiting {
  readonly needs: readonly LeaseNeed[];
  /** it was refused, and what is free here may help: that goes into the call */
  readonly whole: boolean;
  readonly resolve: (refusedBy: LeasePool | null) => void;
  readonly reject: (error: unknown) => void;
}

interface Reporting {
  readonly pools: () => readonly LeasePool[];
  readonly resolve: () => void;
}

/** How long a replica's leases last that does not speak. */
export interface LeaseTimes {
  /** its places among running requests */
  readonly ttlMs: number;
  /** so much longer last its requests, tokens and money */
  readonly graceMs: number;
}

export interface LeaseNeed {
  readonly pool: LeasePool;
  readonly amount: number;
}

/**
 * Speaks with the store for all requests of this replica: one call at a time, and what comes meanwhile is judged
 * together in the next. A call whose outcome is not known is repeated under its number before anything else is said.
 */
export class LeaseClient {
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
    private readonly times: LeaseTimes,
    private readonly clock: Clock,
    private readonly everything: () => Iterable<LeasePool>,
  ) {}

  /** Whether places in reserve may be taken: they are free for others when this replica is taken for dead. */
  get placesHold(): boolean {
    return !this.haveLapsed(this.renewedAt);
  }

  /** Whether requests, tokens and money in reserve may be spent: nobody else gets them for as long as the grace lasts. */
  get countsHold(): boolean {
    const { ttlMs, graceMs } = this.times;
    return this.clock.monotonicMs() - this.renewedAt < (ttlMs + graceMs) * USED_PART;
  }

  /** Whether it is time to speak, if only to say that we live. */
  get due(): boolean {
    return this.clock.monotonicMs() - this.renewedAt >= Math.min(this.times.ttlMs / 3, MAX_SILENCE_MS);
  }

  /**
   * Takes all of the needs, or none of them.
   * @returns null, or the first pool whose counter had not enough
   * @throws what the store throws; then nothing was taken
   */
  ask(needs: readonly LeaseNeed[]): Promise<LeasePool | null> {
    return new Promise((resolve, reject) => {
      for (const { pool } of needs) pool.pin();
      this.waiting.push({ needs, whole: false, resolve, reject });
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
    // Anyone who asks in this tick is part of the first call already.
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
    const whole = new Set(asking.flatMap(request => (request.whole ? request.needs.map(({ pool }) => pool) : [])));
    const reports = pools.map(pool => pool.report(asked.get(pool) ?? null, whole.has(pool), repeated));
    const needs = asking.map(request =>
      request.needs.map(({ pool, amount }) => [places.get(pool) ?? 0, amount] as const),
    );
    const began = this.clock.monotonicMs();
    this.keepInDoubt(pools);
    try {
      const call = { sequence: this.sequence, attempt: this.attempt };
      const lease = this.store.lease(this.replica, call, this.times.ttlMs, reports, needs);
      const answer = await within(CALL_MS, 'the lease store', lease);
      this.keepInDoubt(null);
      if (answer.now !== null) this.clock.observe(answer.now, began, this.clock.monotonicMs());
      if (this.haveLapsed(began)) throw new Error('the lease was over before it was answered');
      this.renewedAt = began;
      pools.forEach((pool, index) => {
        pool.confirm(
          answer.granted[index] ?? 0,
          reports[index]?.cap === null ? null : (answer.left[index] ?? 0),
          repeated,
        );
      });
      this.deliver(pools, asking, answer);
    } catch (error) {
      for (const pool of pools) pool.doubt();
      for (const { reject } of asking) reject(error);
    } finally {
      for (const pool of pools) pool.endCall();
      for (const { pool } of asking.flatMap(request => request.needs)) pool.unpin();
    }
  }

  private deliver(pools: readonly LeasePool[], asking: readonly Waiting[], { refusedBy }: LeaseAnswer): void {
    asking.forEach((request, index) => {
      const place = refusedBy[index] ?? -1;
      const refused = pools[place];
      if (place < 0 || refused === undefined) {
        for (const { pool, amount } of request.needs) {
          pool.free -= amount;
          pool.reserve(amount);
        }
        request.resolve(null);
        return;
      }
      if (request.whole || !request.needs.some(need => need.pool === refused && refused.mayHelp(need.amount))) {
        request.resolve(refused);
        return;
      }
      for (const { pool } of request.needs) pool.pin();
      this.waiting.push({ ...request, whole: true });
    });
  }

  /**
   * After a silence we may have been taken for dead: what others may have now is not in reserve any more, and the store hears
   * again of all that running requests hold.
   */
  private recallLapsed(): readonly LeasePool[] {
    if (this.placesHold) return [];
    const { countsHold } = this;
    const lapsed = [...this.everything()].filter(pool => pool.isPlaces || !countsHold);
    for (const pool of lapsed) pool.recall(pool.cap);
    return lapsed;
  }

  private haveLapsed(since: number): boolean {
    return this.clock.monotonicMs() - since >= this.times.ttlMs * USED_PART;
  }

  private keepInDoubt(pools: readonly LeasePool[] | null): void {
    for (const pool of pools ?? []) pool.pin();
    for (const pool of this.inDoubt ?? []) pool.unpin();
    this.inDoubt = pools === null ? null : new Set(pools);
  }
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
