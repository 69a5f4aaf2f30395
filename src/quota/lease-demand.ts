const BUCKET_MS = 5_000;
const BUCKETS = 12;
/** The highest mean over so many of the last buckets is the rate. Shorter ones would take chance for a rate. */
const MEANS = [4, 6, BUCKETS];
/** Before that nothing is known of a rate, and near a cap nothing should lie where it may not be used. */
const MIN_HISTORY_MS = 5_000;
/** Chance makes half a minute busier than its mean. */
const SURGE = 1.5;

/** A figure of a provider may be absurd. */
const MAX_WANTED = 1e15;

interface Bucket {
  used: number;
  peak: number;
  largest: number;
}

/** What this replica's requests take of a counter, whichever window: it sizes the lease that an outage is ridden out with. */
export class LeaseDemand {
  private readonly buckets: Bucket[] = [{ used: 0, peak: 0, largest: 0 }];
  private bucket = Number.NaN;
  /** since the last look */
  private used = 0;
  private largest = 0;
  private consumes = false;
  /** the largest request of the last busy minute */
  private remembered = 0;
  private firstUsedAt: number | null = null;
  private resumedAt = 0;
  private lastUsedAt = 0;

  noteTaken(amount: number): void {
    if (amount > this.largest) this.largest = amount;
  }

  noteUsed(amount: number): void {
    this.used += amount;
    if (amount > 0) this.consumes = true;
  }

  /** Regularly, with the most that was reserved at once since the last time. What is idle for `memoryMs` is forgotten. */
  look(now: number, peak: number, memoryMs: number): void {
    this.advance(Math.floor(now / BUCKET_MS));
    const [current] = this.buckets;
    if (current === undefined) return;
    if (peak > 0 || this.used > 0 || this.largest > 0) {
      this.firstUsedAt ??= now;
      if (now - this.lastUsedAt > BUCKET_MS * BUCKETS || this.resumedAt === 0) this.resumedAt = now;
      this.lastUsedAt = now;
    }
    current.used += this.used;
    current.peak = Math.max(current.peak, peak);
    current.largest = Math.max(current.largest, this.largest);
    this.used = 0;
    this.largest = 0;
    const ofMinute = this.most(bucket => bucket.largest);
    if (ofMinute > 0) this.remembered = ofMinute;
    if (now - this.lastUsedAt > memoryMs) this.forget();
  }

  /** The largest request of the last busy minute. */
  get largestRequest(): number {
    return this.remembered;
  }

  get isForgotten(): boolean {
    return this.firstUsedAt === null;
  }

  /**
   * What should be in reserve, so that the present pace goes on for `horizonMs` without a word from anybody: what is used for
   * good in that time, and twice what is reserved at once; for places that only come and go, one more than were taken.
   */
  wanted(now: number, horizonMs: number, reserved: number): number {
    if (horizonMs === 0 || this.firstUsedAt === null || now - this.firstUsedAt < MIN_HISTORY_MS) return 0;
    const peak = this.most(bucket => bucket.peak);
    if (!this.consumes) return Math.max(0, peak + 1 - reserved);
    const wanted = Math.max(2 * this.remembered, 2 * peak + SURGE * this.rate(now) * horizonMs);
    return Math.min(Math.ceil(wanted), MAX_WANTED);
  }

  /** A millisecond. */
  private rate(now: number): number {
    const since = Math.max(MIN_HISTORY_MS, now - this.resumedAt);
    const means = MEANS.map(count => {
      const used = this.buckets.slice(0, count).reduce((sum, bucket) => sum + bucket.used, 0);
      return used / Math.min(since, (count - 1) * BUCKET_MS + (now % BUCKET_MS));
    });
    return Math.max(...means);
  }

  private most(of: (bucket: Bucket) => number): number {
    return this.buckets.reduce((most, bucket) => Math.max(most, of(bucket)), 0);
  }

  private advance(bucket: number): void {
    const steps = Number.isNaN(this.bucket) ? 0 : Math.min(BUCKETS, Math.max(0, bucket - this.bucket));
    for (let step = 0; step < steps; step += 1) this.buckets.unshift({ used: 0, peak: 0, largest: 0 });
    this.buckets.splice(BUCKETS);
    this.bucket = bucket;
  }

  private forget(): void {
    this.firstUsedAt = null;
    this.resumedAt = 0;
    this.remembered = 0;
    this.consumes = false;
  }
}
