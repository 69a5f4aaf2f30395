/**
 * A bounded read-through cache whose entries are dropped by change notices and never written back by a request that
 * began before the notice (decision D4). When the store fails, an entry may serve for a stated time, then not at all.
 */
export interface IdentityCacheOptions {
  readonly maxEntries: number;
  /** an entry younger than this is served without asking */
  readonly freshMs: () => number;
  /** when the store fails, an entry younger than this is served all the same */
  readonly staleMs: number;
  readonly now: () => number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly loadedAt: number;
}

export class IdentityCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly loading = new Map<string, Promise<Value>>();
  private epoch = 0;

  constructor(private readonly options: IdentityCacheOptions) {}

  get size(): number {
    return this.entries.size;
  }

  /** The value if it is fresh, without a promise: the hot path. */
  peek(key: string): Value | undefined {
    const entry = this.entries.get(key);
    return entry !== undefined && this.options.now() - entry.loadedAt < this.options.freshMs()
      ? entry.value
      : undefined;
  }

  /** @throws whatever `load` throws, when no entry is young enough to stand in */
  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const fresh = this.peek(key);
    if (fresh !== undefined) return fresh;
    try {
      return await this.loadOnce(key, load);
    } catch (error) {
      const entry = this.entries.get(key);
      if (entry !== undefined && this.options.now() - entry.loadedAt < this.options.staleMs) return entry.value;
      throw error;
    }
  }

  /** Forgets what matches, and what is being loaded right now: its answer may be older than the change. */
  drop(matches: (key: string, value: Value) => boolean): void {
    this.epoch += 1;
    this.loading.clear();
    for (const [key, entry] of this.entries) if (matches(key, entry.value)) this.entries.delete(key);
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
      if (epoch === this.epoch) {
        this.keep(key, { value, loadedAt });
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
