import { LeaseDemand } from './lease-demand.js';
import { type CounterIdentity, LeasePool } from './lease-pool.js';
import { type LimitWindow, MINUTE_MS, windowLike } from './limit-window.js';

/** What was used of a minute is told for so long behind its end: another database's clock may open that minute again. */
const LATE_MS = 2 * MINUTE_MS;

/**
 * This replica's part of every counter that it has met: one pool for the present window, one for the next where that is
 * near, and older ones until they are settled and the store knows it.
 */
export class LeasePools {
  private readonly present = new Map<string, LeasePool>();
  private readonly next = new Map<string, LeasePool>();
  private readonly past = new Map<string, LeasePool>();
  private readonly demands = new Map<string, LeaseDemand>();

  get size(): number {
    return this.present.size + this.next.size + this.past.size;
  }

  /** The pool of a counter in a window. The one of an earlier window steps aside: it only waits for its settlements. */
  get(identity: CounterIdentity, window: LimitWindow, cap: number): LeasePool {
    const known = this.present.get(identity.key);
    return known !== undefined && known.window.begin === window.begin ? known : this.enter(identity, window, cap);
  }

  *all(): Iterable<LeasePool> {
    yield* this.current();
    yield* this.past.values();
  }

  /** Those of the present windows and of the next. */
  *current(): Iterable<LeasePool> {
    yield* this.present.values();
    yield* this.next.values();
  }

  /**
   * Follows the windows of counters that requests are expected for, whether or not one comes: a window that begins within
   * `aheadMs` is leased from before it begins.
   */
  advance(now: number, aheadMs: number): void {
    for (const [key, { identity, window, cap, isWanted }] of this.present) {
      if (window.end === null || !isWanted) continue;
      const present = window.end <= now ? this.get(identity, windowLike(window, now), cap).window : window;
      if (present.end === null || present.end - now > aheadMs || this.next.has(key)) continue;
      this.next.set(key, new LeasePool(identity, windowLike(present, present.end), cap, this.demandFor(key)));
    }
  }

  /** Forgets what has nothing left to tell. What was used of a window that is over is still to be counted in it. */
  sweep(now: number): void {
    for (const pools of [this.present, this.next]) {
      for (const [key, pool] of pools) {
        const over = isOver(pool, now);
        if (!over && (!pool.idle || pool.isWanted)) continue;
        if (over && pool.reserved > 0) continue;
        pools.delete(key);
        if (over) this.setAside(pool);
      }
    }
    for (const [name, pool] of this.past) {
      const late = isOver(pool, now - LATE_MS) && lastsMinutes(pool);
      if (pool.idle || (late && pool.reserved === 0 && !pool.pinned)) this.past.delete(name);
    }
    for (const [key, demand] of this.demands) {
      if (demand.isForgotten && !this.present.has(key) && !this.next.has(key)) this.demands.delete(key);
    }
  }

  private enter(identity: CounterIdentity, window: LimitWindow, cap: number): LeasePool {
    const { key } = identity;
    const [known, waiting] = [this.present.get(key), this.next.get(key)];
    this.next.delete(key);
    // A clock that was put forward and back: the window's own pool may still wait for its settlements.
    const left = this.past.get(nameOf(key, window));
    const pool =
      waiting?.window.begin === window.begin
        ? waiting
        : (left ?? new LeasePool(identity, window, cap, this.demandFor(key)));
    this.past.delete(nameOf(key, window));
    if (known !== undefined) pool.inheritPace(known);
    for (const old of [known, waiting]) if (old !== undefined && old !== pool) this.setAside(old);
    this.present.set(key, pool);
    return pool;
  }

  private setAside(pool: LeasePool): void {
    pool.retire();
    if (!pool.idle) this.past.set(nameOf(pool.identity.key, pool.window), pool);
  }

  private demandFor(key: string): LeaseDemand {
    const known = this.demands.get(key);
    if (known !== undefined) return known;
    const demand = new LeaseDemand();
    this.demands.set(key, demand);
    return demand;
  }
}

function nameOf(key: string, { begin }: LimitWindow): string {
  return `${key} ${begin}`;
}

function isOver({ window }: LeasePool, now: number): boolean {
  return window.end !== null && window.end <= now;
}

function lastsMinutes({ window }: LeasePool): boolean {
  return window.end !== null && window.end - window.begin <= MINUTE_MS;
}
