import { within } from '../platform/within.js';

/**
 * A bounded read-through cache whose entries are dropped by change notices and never written back by a request that
 * began before the notice (decision 4). While the store fails, what was known goes on for a stated time, then not at all.
 */
export interface IdentityCacheOptions {
  readonly maxEntries: number;
  /** an entry younger than this is served without asking */
  readonly freshMs: () => number;
  /** while the store fails, an entry is served for so long after the last moment at which it was known to be true */
  readonly staleMs: number;
  /** since when changes are not heard, or null: until then every entry was true */
  readonly lostAt: () => number | null;
  readonly now: () => number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly loadedAt: number;
  /** until when it is known to have been true; null while every change is heard */
  trueUntil: number | null;
}

/** Who has an entry waits no longer for a store that does not answer. */
const PATIENCE_MS = 1_000;
/** Who has none waits so long. */
const LOAD_MS = 5_000;
/** So often a store that fails is asked, behind the answers that go on from memory. */
const RETRY_MS = 1_000;

export class IdentityCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly loading = new Map<string, Promise<Value>>();
  private epoch = 0;
  /** since when the store fails, and when it is asked next; null while it answers */
  private failing: { readonly since: number; retryAt: number } | null = null;

  constructor(private readonly options: IdentityCacheOptions) {}

  get size(): number {
    return this.entries.size;
  }

  /** The value if it is fresh, without a promise: the hot path. */
  peek(key: string): Value | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined &&
      entry.trueUntil === null &&
      this.options.now() - entry.loadedAt < this.options.freshMs()
      ? entry.value
      : undefined;
  }

  /** @throws whatever `load` throws, or that it took too long, when there is no entry that may still be believed */
  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const fresh = this.peek(key);
    if (fresh !== undefined) return fresh;
    const known = this.believed(key);
    if (known !== null && this.failing !== null) {
      this.retry(key, load, this.failing);
      return known.value;
    }
    try {
      return await within(known === null ? LOAD_MS : PATIENCE_MS, 'the identity store', this.loadOnce(key, load));
    } catch (error) {
      this.noteFailure();
      const entry = this.believed(key);
      if (entry !== null) return entry.value;
      throw error;
    }
  }

  /** Forgets what matches, and what is being loaded right now: its answer may be older than the change. */
  drop(matches: (key: string, value: Value) => boolean): void {
    this.interrupt();
    for (const [key, entry] of this.entries) if (matches(key, entry.value)) this.entries.delete(key);
  }

  /** Any change may have gone unheard since then: everything is loaded again before it counts as fresh. */
  expire(since: number): void {
    this.interrupt();
    for (const entry of this.entries.values()) entry.trueUntil ??= Math.max(since, entry.loadedAt);
  }

  private interrupt(): void {
    this.epoch += 1;
    this.loading.clear();
  }

  /** The entry, unless it is too long ago that it was known to be true. */
  private believed(key: string): Entry<Value> | null {
    const entry = this.entries.get(key);
    if (entry === undefined) return null;
    const now = this.options.now();
    const heardUntil = Math.min(this.options.lostAt() ?? now, this.failing?.since ?? now);
    const trueUntil = entry.trueUntil ?? Math.max(heardUntil, entry.loadedAt);
    return now - trueUntil < this.options.staleMs ? entry : null;
  }

  /** Nobody who has an entry waits for a store that fails. */
  private retry(key: string, load: () => Promise<Value>, failing: { retryAt: number }): void {
    const now = this.options.now();
    if (now < failing.retryAt) return;
    failing.retryAt = now + RETRY_MS;
    this.loadOnce(key, load).catch(() => this.noteFailure());
  }

  private noteFailure(): void {
    const now = this.options.now();
    this.failing = { since: this.failing?.since ?? now, retryAt: now + RETRY_MS };
  }

  private loadOnce(key: string, load: () => Promise<Value>): Promise<Value> {
    const running = this.loading.get(key);
    if (running !== undefined) return running;
    const promise = this.load(key, load).finally(() => {
      if (this.loading.get(key) === promise) this.loading.delete(key);
    });
    this.loading.set(key, promise);
    return promise;
  }

  private async load(key: string, load: () => Promise<Value>): Promise<Value> {
    for (let attempt = 0; ; attempt += 1) {
      const epoch = this.epoch;
      const loadedAt = this.options.now();
      const value = await load();
      this.failing = null;
      if (epoch === this.epoch) {
        this.keep(key, { value, loadedAt, trueUntil: null });
        return value;
      }
      // Something changed while we read. Read again, so that the caller is judged by the state after the change.
      if (attempt === 3) return value;
    }
  }

  private keep(key: string, entry: Entry<Value>): void {
    this.entries.delete(key);
    this.entries.set(key, entry);
    if (this.entries.size > this.options.maxEntries) {
      const oldest = this.entries.keys().next().value;
      if (oldest !== undefined) this.entries.delete(oldest);
    }
  }
}
