import { Injectable } from '@nestjs/common';

/** Time, as a part that tests replace. */
@Injectable()
export class Clock {
  /** Wall clock, in milliseconds since 1970 UTC. For windows and timestamps. */
  now(): number {
    return Date.now();
  }

  /** Monotonic clock, in milliseconds. For durations. */
  monotonicMs(): number {
    return performance.now();
  }
}
