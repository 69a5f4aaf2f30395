import { Injectable } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { Clock } from '../clock.js';

/** More keys of a throttler than this are not remembered: those that were new longest ago are forgotten first. */
const MAX_KEYS = 100_000;
/** Making room is not worth a look at every key for each new one. */
const ROOM = MAX_KEYS / 10;

interface Window {
  /** milliseconds since 1970 UTC */
  endsAt: number;
  hits: number;
}

interface Hit {
  readonly totalHits: number;
  /** whole seconds to the window's end, at least 1 */
  readonly resetSeconds: number;
}

/**
 * Counts hits in fixed windows that are aligned to their length, so a minute is a calendar minute as it is for every
 * other limit. No timers; memory has a bound, for each throttler by itself, so that a flood of addresses cannot push out
 * what is known of credentials.
 */
@Injectable()
export class MinuteWindowStorage implements ThrottlerStorage {
  private readonly throttlers = new Map<string, Map<string, Window>>();

  constructor(private readonly clock: Clock) {}

  /** How many keys of a throttler are remembered. */
  size(throttler: string): number {
    return this.throttlers.get(throttler)?.size ?? 0;
  }

  hit(throttler: string, key: string, windowMs: number): Hit {
    const now = this.clock.now();
    const endsAt = now - (now % windowMs) + windowMs;
    const window = this.throttlers.get(throttler)?.get(key) ?? this.add(throttler, key, now);
    if (window.endsAt !== endsAt) {
      window.endsAt = endsAt;
      window.hits = 0;
    }
    window.hits += 1;
    return { totalHits: window.hits, resetSeconds: Math.max(1, Math.ceil((endsAt - now) / 1_000)) };
  }

  /** What was counted in the present window; nothing is counted. */
  hits(throttler: string, key: string, windowMs: number): Hit {
    const now = this.clock.now();
    const endsAt = now - (now % windowMs) + windowMs;
    const window = this.throttlers.get(throttler)?.get(key);
    const totalHits = window?.endsAt === endsAt ? window.hits : 0;
    return { totalHits, resetSeconds: Math.max(1, Math.ceil((endsAt - now) / 1_000)) };
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

  private add(throttler: string, key: string, now: number): Window {
    const windows = this.throttlers.get(throttler) ?? new Map<string, Window>();
    this.throttlers.set(throttler, windows);
    if (windows.size >= MAX_KEYS) makeRoom(windows, now);
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
