import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { Clock } from '../platform/clock.js';

/** What was seen counts half as much an hour later. */
const HALF_LIFE_MS = 3_600_000;
/** With so many answers, as they count now, a history speaks for itself. */
const ENOUGH = 5;
/** The longest histories of the callers and models that were heard of last; some 700 bytes each. */
const MAX_CREDENTIALS = 4_096;
const MAX_MODELS = 1_024;

/** The length of an answer that is likely not passed, in tokens. */
export interface LikelyOutput {
  readonly tokens: number;
  /** false where too little was seen to say more than a guess */
  readonly learned: boolean;
}

/**
 * How long answers were, by model and credential: what a request is likely to take is the high quantile of what others like
 * it took, and no less than the floor. In memory, for each replica by itself.
 */
@Injectable()
export class OutputHistory {
  private readonly credentials = new Histories(MAX_CREDENTIALS);
  private readonly models = new Histories(MAX_MODELS);
  private readonly floor: number;
  private readonly share: number;

  constructor(
    config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.floor = config.reservedOutputTokens;
    this.share = config.reservedOutputPercentile / 100;
  }

  /** @param outputTokens of one answer; nothing is learned from an empty one */
  observe(modelId: string, credentialId: string, outputTokens: number): void {
    if (!(outputTokens > 0)) return;
    const now = this.clock.monotonicMs();
    this.credentials.of(`${modelId} ${credentialId}`).add(outputTokens, now);
    this.models.of(modelId).add(outputTokens, now);
  }

  /** While a credential has little history of its own, what others were answered by the model counts beside it. */
  likely(modelId: string, credentialId: string): LikelyOutput {
    const now = this.clock.monotonicMs();
    const own = this.credentials.find(`${modelId} ${credentialId}`);
    const seen = own?.quantile(this.share) ?? 0;
    if (own !== undefined && own.weight(now) >= ENOUGH) return { tokens: Math.max(this.floor, seen), learned: true };
    const all = this.models.find(modelId);
    const tokens = Math.max(this.floor, seen, all?.quantile(this.share) ?? 0);
    return { tokens, learned: all !== undefined && all.weight(now) >= ENOUGH };
  }
}

/** Those that were added to last, nearly: one among the newer half stays where it is. */
class Histories {
  private readonly byKey = new Map<string, Histogram>();
  private moves = 0;

  constructor(private readonly max: number) {}

  find(key: string): Histogram | undefined {
    return this.byKey.get(key);
  }

  of(key: string): Histogram {
    const known = this.byKey.get(key);
    if (known !== undefined && this.moves - known.movedAt < this.max / 2) return known;
    if (known === undefined && this.byKey.size >= this.max) {
      const [oldest = ''] = this.byKey.keys();
      this.byKey.delete(oldest);
    }
    const histogram = known ?? new Histogram();
    histogram.movedAt = this.moves += 1;
    this.byKey.delete(key);
    this.byKey.set(key, histogram);
    return histogram;
  }
}

/** Four buckets for each doubling, up to two million tokens: a quantile is at most a fifth too high, and never too low. */
const PER_DOUBLING = 4;
const BUCKETS = 21 * PER_DOUBLING + 1;
/** Newer answers weigh more instead of older ones less, until the numbers get large. */
const MAX_WEIGHT = 1_048_576;

/** Counts by size, of which the old ones fade. */
class Histogram {
  /** of the moves to the end of the list, which one was its last */
  movedAt = 0;
  private readonly counts = new Float64Array(BUCKETS);
  private total = 0;
  /** when an answer weighs 1 */
  private origin: number | null = null;
  private known: { readonly share: number; readonly value: number } | null = null;

  add(value: number, now: number): void {
    this.origin ??= now;
    let weight = 2 ** ((now - this.origin) / HALF_LIFE_MS);
    if (weight > MAX_WEIGHT) {
      this.fade(weight);
      this.origin = now;
      weight = 1;
    }
    const bucket = Math.min(BUCKETS - 1, Math.ceil(Math.log2(Math.max(1, value)) * PER_DOUBLING));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + weight;
    this.total += weight;
    this.known = null;
  }

  /** How many answers it is worth at this moment. */
  weight(now: number): number {
    return this.origin === null ? 0 : this.total / 2 ** ((now - this.origin) / HALF_LIFE_MS);
  }

  /** What at most so large a share of the answers was longer than; with few answers, their longest. */
  quantile(share: number): number {
    if (this.known?.share === share) return this.known.value;
    let [bucket, sum] = [0, this.counts[0] ?? 0];
    // Sums of fractions are not exact: a share of 1 must still reach the last answer and no further.
    while (sum < share * this.total * (1 - Number.EPSILON * BUCKETS) && bucket < BUCKETS - 1) {
      bucket += 1;
      sum += this.counts[bucket] ?? 0;
    }
    const value = Math.ceil(2 ** (bucket / PER_DOUBLING));
    this.known = { share, value };
    return value;
  }

  private fade(factor: number): void {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) this.counts[bucket] = (this.counts[bucket] ?? 0) / factor;
    this.total /= factor;
  }
}
