import type { Notice } from '../siblings/channel.js';
import type { Siblings } from '../siblings/siblings.js';

/** Hits that were counted in one process, for the windows of the others: throttler, key, end of the window, how many. */
type CountedHits = readonly [throttler: string, key: string, endsAt: number, hits: number];

/** The primary hands it on to every other process. */
export const HITS_COUNTED: Notice<readonly CountedHits[]> = { topic: 'hits-counted' };

/** A flood of keys is told in messages of so many at most. */
const MAX_TOLD = 1_000;
const WAIT_MS = 10;

/**
 * Tells the other processes of hits that are counted where they happen, a few milliseconds later. For what nobody may wait
 * for and what need not be exact to the hit, such as failed authentications.
 */
export class HitNews {
  private unreported = new Map<string, [throttler: string, key: string, endsAt: number, hits: number]>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly siblings: Siblings,
    add: (throttler: string, key: string, endsAt: number, hits: number) => void,
  ) {
    siblings.onTold(HITS_COUNTED, told => {
      for (const [throttler, key, endsAt, hits] of told) add(throttler, key, endsAt, hits);
    });
  }

  note(throttler: string, key: string, endsAt: number): void {
    if (this.siblings.none) return;
    const name = `${throttler} ${endsAt} ${key}`;
    const counted = this.unreported.get(name);
    if (counted === undefined) this.unreported.set(name, [throttler, key, endsAt, 1]);
    else counted[3] += 1;
    if (this.unreported.size >= MAX_TOLD) this.tell();
    else this.timer ??= setTimeout(() => this.tell(), WAIT_MS).unref();
  }

  private tell(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.siblings.tell(HITS_COUNTED, [...this.unreported.values()]);
    this.unreported = new Map();
  }
}
