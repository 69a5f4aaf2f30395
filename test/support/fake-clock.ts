import { Clock } from '../../src/platform/clock.js';

/** A clock that stands where the test puts it. */
export class FakeClock extends Clock {
  constructor(public time: number) {
    super();
  }

  override now(): number {
    return this.time;
  }

  /** The database has another. */
  override observe(): void {}

  override monotonicMs(): number {
    return this.time;
  }
}
