/** Fewer counters than this are not worth a sweep. */
const SWEEP_FROM = 10_000;

/** What was taken in one window. The next window starts it anew, so there is one counter however many windows pass. */
export class WindowCounter {
  private window = -1;
  private taken = 0;

  isOf(window: number): boolean {
    return this.window === window;
  }

  takenIn(window: number): number {
    return this.window === window ? this.taken : 0;
  }

  add(window: number, amount: number): void {
    if (this.window !== window) {
      this.window = window;
      this.taken = 0;
    }
    this.taken += amount;
  }

  /** Changes what was added to `window` before. A window that is over stays as it was, since nobody looks at it again. */
  correct(window: number, difference: number): void {
    if (this.window === window) this.taken += difference;
  }
}

/** Counters of one kind of window by key, swept of those that nothing was added to in the present window. */
export class WindowCounters {
  private readonly counters = new Map<string, WindowCounter>();
  private sweepAt = SWEEP_FROM;

  get size(): number {
    return this.counters.size;
  }

  get(key: string): WindowCounter {
    let counter = this.counters.get(key);
    if (counter === undefined) {
      counter = new WindowCounter();
      this.counters.set(key, counter);
    }
    return counter;
  }

  /** Null instead of one counter more than `max`. */
  getWithin(key: string, max: number): WindowCounter | null {
    return this.counters.size < max || this.counters.has(key) ? this.get(key) : null;
  }

  /**
   * Forgets counters without a part in the present window, when there are twice as many as the last sweep left. Whoever
   * keeps counters must drop them when this answers true, or it would add to a counter that nobody else sees.
   */
  sweep(present: number): boolean {
    if (this.counters.size < this.sweepAt) return false;
    for (const [key, counter] of this.counters) {
      if (!counter.isOf(present)) this.counters.delete(key);
    }
    this.sweepAt = Math.max(SWEEP_FROM, this.counters.size * 2);
    return true;
  }
}
