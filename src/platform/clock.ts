import { Injectable } from '@nestjs/common';

/** Two ways to read the local clock differ by less, unless it was set since the process began. */
const STEPPED_MS = 2;

/**
 * Time, as a part that tests replace. The database's clock decides: every contact with it corrects what this process
 * believes, and in between a monotonic clock goes on, so that a local clock which is wrong, or is set, changes nothing.
 */
@Injectable()
export class Clock {
  /** what is added to the monotonic clock */
  private offsetMs = localOffsetMs();

  /** The database's wall clock as far as it is known, in whole milliseconds since 1970 UTC. For windows and timestamps. */
  now(): number {
    return Math.floor(this.monotonicMs() + this.offsetMs);
  }

  /** Monotonic clock, in milliseconds. For durations. */
  monotonicMs(): number {
    return performance.now();
  }

  /**
   * The database said that it was `databaseMs`, at some moment between two of the monotonic clock. What was believed is
   * moved only as far as it cannot be true, so that a slow answer does not spoil what a fast one told.
   */
  observe(databaseMs: number, sentAt: number, receivedAt: number): void {
    if (!Number.isFinite(databaseMs)) return;
    this.offsetMs = Math.min(Math.max(this.offsetMs, databaseMs - receivedAt), databaseMs - sentAt);
  }

  /** How far this machine's own clock is ahead of the database's; below zero where it is behind. */
  localOffsetMs(): number {
    return localOffsetMs() - this.offsetMs;
  }
}

function localOffsetMs(): number {
  const now = performance.now();
  const coarse = Date.now() - now;
  // The origin has fractions of milliseconds, but does not follow a clock that is set.
  return Math.abs(performance.timeOrigin - coarse) <= STEPPED_MS ? performance.timeOrigin : coarse;
}
