import { type CounterIdentity, LeasePool } from './lease-pool.js';
import type { LimitWindow } from './limit-window.js';

/** This replica's part of every counter that it has met: one pool for the present window, and older ones until they are settled. */
export class LeasePools {
  private readonly present = new Map<string, LeasePool>();
  private readonly past = new Set<LeasePool>();

  get size(): number {
    return this.present.size + this.past.size;
  }

  /** The pool of a counter in a window. The one of an earlier window steps aside: it only waits for its settlements. */
  get(identity: CounterIdentity, window: LimitWindow, cap: number): LeasePool {
    const known = this.present.get(identity.key);
    if (known !== undefined && known.window.begin === window.begin) return known;
    if (known !== undefined && !known.idle) this.past.add(known);
    const pool = this.revive(identity, window) ?? new LeasePool(identity, window, cap);
    if (known !== undefined) pool.inheritPace(known);
    this.present.set(identity.key, pool);
    return pool;
  }

  /** A clock that was put forward and back: the window's own pool may still wait for its settlements. */
  private revive({ key }: CounterIdentity, { begin }: LimitWindow): LeasePool | null {
    for (const pool of this.past) {
      if (pool.identity.key !== key || pool.window.begin !== begin) continue;
      this.past.delete(pool);
      return pool;
    }
    return null;
  }

  find(key: string): LeasePool | undefined {
    return this.present.get(key);
  }

  *all(): Iterable<LeasePool> {
    yield* this.present.values();
    yield* this.past;
  }

  /** Forgets what has nothing left to tell. A window that is over is of no interest to anybody once its requests are. */
  sweep(now: number): void {
    for (const pool of this.past) if (pool.reserved === 0 && !pool.pinned) this.past.delete(pool);
    for (const [key, pool] of this.present) {
      const over = pool.window.end !== null && pool.window.end <= now;
      if ((over && pool.reserved === 0 && !pool.pinned) || pool.idle) this.present.delete(key);
    }
  }
}
