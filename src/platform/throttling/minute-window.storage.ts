import { Injectable, Optional } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Clock } from '../clock.js';
import { Siblings } from '../siblings/siblings.js';
import { GrantedHits } from './granted-hits.js';
import { HitNews } from './hit-news.js';

/** More keys of a throttler than this are not remembered: those that were new longest ago are forgotten first. */
const MAX_KEYS = 100_000;
/** Making room is not worth a look at every key for each new one. */
const ROOM = MAX_KEYS / 10;

interface Window {
  /** milliseconds since 1970 UTC */
  endsAt: number;
  hits: number;
}

export interface Hit {
  readonly totalHits: number;
  /** whole seconds to the window's end, at least 1 */
  readonly resetSeconds: number;
}

/**
 * Counts hits in fixed windows that are aligned to their length, so a minute is a calendar minute as it is for every
 * other limit. No timers; memory has a bound, for each throttler by itself, so that a flood of addresses cannot push out
 * what is known of credentials.
 *
 * Where several processes serve behind one port, `take` is exact over all of them, and `hit` is heard by the others a few
 * milliseconds later.
 */
@Injectable()
export class MinuteWindowStorage implements ThrottlerStorage {
  private readonly throttlers = new Map<string, Map<string, Window>>();

  private readonly granted: GrantedHits | null;
  private readonly news: HitNews;

  constructor(
    private readonly clock: Clock,
    @Optional() siblings: Siblings = Siblings.NONE,
  ) {
    this.granted = siblings.none ? null : new GrantedHits(siblings);
    this.news = new HitNews(siblings, (throttler, key, endsAt, hits) => this.hear(throttler, key, endsAt, hits));
  }

  /** How many keys of a throttler are remembered. */
  size(throttler: string): number {
    return this.throttlers.get(throttler)?.size ?? 0;
  }

  /** Counts a hit here, whatever the limit is. */
  hit(throttler: string, key: string, windowMs: number): Hit {
    const { endsAt, resetSeconds } = this.windowAt(windowMs);
    this.news.note(throttler, key, endsAt);
    return { totalHits: this.add(throttler, key, endsAt, 1), resetSeconds };
  }

  /**
   * Counts a hit of all processes together: beyond the limit `totalHits` is more than it. A promise where the primary has to
   * be asked first; it rejects when the primary does not answer.
   * @param limit at least 1
   */
  take(throttler: string, key: string, windowMs: number, limit: number): Hit | Promise<Hit> {
    if (this.granted === null) return this.hit(throttler, key, windowMs);
    const { endsAt, resetSeconds } = this.windowAt(windowMs);
    const left = this.granted.take({ throttler, key, endsAt }, limit);
    if (typeof left === 'number') return { totalHits: limit - left, resetSeconds };
    return left.then(known => ({ totalHits: limit - known, resetSeconds }));
  }

  /** What was counted in the present window; nothing is counted. */
  hits(throttler: string, key: string, windowMs: number): Hit {
    const { endsAt, resetSeconds } = this.windowAt(windowMs);
    const window = this.throttlers.get(throttler)?.get(key);
    return { totalHits: window?.endsAt === endsAt ? window.hits : 0, resetSeconds };
  }

  /** A caller over the limit is let in again with the next window: `blockDuration` would outlast it. */
  increment(key: string, ttl: number, limit: number, _blockDuration: number, throttlerName: string) {
    const { totalHits, resetSeconds } = this.hit(throttlerName, key, ttl);
    return Promise.resolve({
      totalHits,
      timeToExpire: resetSeconds,
      isBlocked: totalHits > limit,
      timeToBlockExpire: resetSeconds,
    });
  }

  private windowAt(windowMs: number): { readonly endsAt: number; readonly resetSeconds: number } {
    const now = this.clock.now();
    const endsAt = now - (now % windowMs) + windowMs;
    return { endsAt, resetSeconds: Math.max(1, Math.ceil((endsAt - now) / 1_000)) };
  }

  /** @returns the hits of the window with these */
  private add(throttler: string, key: string, endsAt: number, hits: number): number {
    const window = this.throttlers.get(throttler)?.get(key) ?? this.open(throttler, key);
    if (window.endsAt !== endsAt) {
      window.endsAt = endsAt;
      window.hits = 0;
    }
    window.hits += hits;
    return window.hits;
  }

  /** What another process tells may be of a window that is over here. */
  private hear(throttler: string, key: string, endsAt: number, hits: number): void {
    const newest = this.throttlers.get(throttler)?.get(key)?.endsAt ?? endsAt;
    if (newest <= endsAt) this.add(throttler, key, endsAt, hits);
  }

  private open(throttler: string, key: string): Window {
    const windows = this.throttlers.get(throttler) ?? new Map<string, Window>();
    this.throttlers.set(throttler, windows);
    if (windows.size >= MAX_KEYS) makeRoom(windows, this.clock.now());
    const window = { endsAt: 0, hits: 0 };
    windows.set(key, window);
    return window;
  }
}

function makeRoom(windows: Map<string, Window>, now: number): void {
  for (const [key, window] of windows) {
    if (window.endsAt <= now) windows.delete(key);
  }
  for (const key of windows.keys()) {
    if (windows.size <= MAX_KEYS - ROOM) return;
    windows.delete(key);
  }
}
