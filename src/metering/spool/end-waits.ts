import type { SpoolEntry } from './spool-entry.js';

interface Wait<R> {
  readonly entry: SpoolEntry<R>;
  readonly until: number;
  readonly resolve: (safe: boolean) => void;
}

/** The answers whose last byte waits for the disk, in the order in which they came. One timer bounds all of them. */
export class EndWaits<R> {
  private waits: Wait<R>[] = [];
  private timer: NodeJS.Timeout | null = null;

  /** @param boundMs how long each waits at most */
  constructor(private readonly boundMs: number) {}

  /** Resolves true once the entry is written and a power cut leaves something of its request; false after the bound. */
  add(entry: SpoolEntry<R>): Promise<boolean> {
    if (isKept(entry)) return Promise.resolve(true);
    return new Promise(resolve => {
      this.waits.push({ entry, until: performance.now() + this.boundMs, resolve });
      this.timer ??= this.arm(this.boundMs);
    });
  }

  /** Something was synced. */
  check(): void {
    if (this.waits.length === 0) return;
    this.waits = this.waits.filter(({ entry, resolve }) => {
      if (!isKept(entry)) return true;
      resolve(true);
      return false;
    });
  }

  private arm(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const now = performance.now();
      const over = this.waits.filter(({ until }) => until <= now);
      this.waits = this.waits.slice(over.length);
      for (const { resolve } of over) resolve(false);
      const [next] = this.waits;
      this.timer = next === undefined ? null : this.arm(Math.max(1, next.until - now));
    }, ms).unref();
  }
}

function isKept<R>(entry: SpoolEntry<R>): boolean {
  return entry.segment !== null && entry.safe;
}
