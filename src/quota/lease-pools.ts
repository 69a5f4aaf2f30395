import { LeaseDemand } from './lease-demand.js';
import { type CounterIdentity, LeasePool } from './lease-pool.js';
import { type LimitWindow, windowLike } from './limit-window.js';

/**
 * This replica's part of every counter that it has met: one pool for the present window, one for the next where that is
 * near, and older ones until they are settled.
 */
export class LeasePools {
  private readonly present = new Map<string, LeasePool>();
  private readonly next = new Map<string, LeasePool>();
  private readonly past = new Set<LeasePool>();
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
    yield* this.past;
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

  /** Forgets what has nothing left to tell. A window that is over is of no interest to anybody once its requests are. */
  sweep(now: number): void {
    for (const pool of this.past) if (pool.reserved === 0 && !pool.pinned) this.past.delete(pool);
    for (const pools of [this.present, this.next]) {
      for (const [key, pool] of pools) {
        const over = pool.window.end !== null && pool.window.end <= now;
        if ((over && pool.reserved === 0 && !pool.pinned) || (pool.idle && !pool.isWanted)) pools.delete(key);
      }
    }
    for (const [key, demand] of this.demands) {
      if (demand.isForgotten && !this.present.has(key) && !this.next.has(key)) this.demands.delete(key);
    }
  }

  private enter(identity: CounterIdentity, window: LimitWindow, cap: number): LeasePool {
    const { key } = identity;
    const [known, waiting] = [this.present.get(key), this.next.get(key)];
    this.next.delete(key);
    const pool =
      [waiting, ...this.past].find(old => old?.identity.key === key && old.window.begin === window.begin) ??
      new LeasePool(identity, window, cap, this.demandFor(key));
    // A clock that was put forward and back: the window's own pool may still wait for its settlements.
    this.past.delete(pool);
    if (known !== undefined) pool.inheritPace(known);
    for (const old of [known, waiting]) {
      if (old === undefined || old === pool) continue;
      old.retire();
      if (!old.idle) this.past.add(old);
    }
    this.present.set(key, pool);
    return pool;
  }

  private demandFor(key: string): LeaseDemand {
    const known = this.demands.get(key);
    if (known !== undefined) return known;
    const demand = new LeaseDemand();
    this.demands.set(key, demand);
    return demand;
  }
}
