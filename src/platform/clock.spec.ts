import { Clock } from './clock.js';

const DAY_MS = 86_400_000;

/** A clock whose monotonic part a test turns. */
class TurnedClock extends Clock {
  monotonic = 1_000;

  override monotonicMs(): number {
    return this.monotonic;
  }
}

describe('the clock', () => {
  afterEach(() => jest.restoreAllMocks());

  it.each([-DAY_MS, -90_000, 0, 90_000, DAY_MS])(
    'tells the database’s time on a machine that is %i ms ahead',
    ahead => {
      const truth = Date.UTC(2026, 9, 10, 12);
      jest.spyOn(Date, 'now').mockReturnValue(truth + ahead);
      const clock = new TurnedClock();
      clock.observe(truth, 1_000, 1_000);
      expect(clock.now()).toBe(truth);
      clock.monotonic += 60_000;
      expect(clock.now()).toBe(truth + 60_000);
    },
  );

  it('goes on when the local clock is set', () => {
    const clock = new Clock();
    const before = clock.now();
    jest.spyOn(Date, 'now').mockReturnValue(before + DAY_MS);
    expect(clock.now() - before).toBeLessThan(60_000);
    expect(Math.round(clock.localOffsetMs() / DAY_MS)).toBe(1);
  });

  it('is not moved by an answer that took long, as long as what it believes may be true', () => {
    const clock = new TurnedClock();
    clock.observe(50_000, 1_000, 1_000);
    clock.monotonic = 6_000;
    // Asked at 1,000, answered at 6,000: it was 50,000 somewhere between.
    clock.observe(50_000, 1_000, 6_000);
    expect(clock.now()).toBe(55_000);
  });

  it('follows the database’s clock when that is set, forward and back', () => {
    const clock = new TurnedClock();
    for (const time of [50_000, 500_000, 20_000]) {
      clock.observe(time, 990, 1_010);
      expect(Math.abs(clock.now() - time)).toBeLessThanOrEqual(10);
    }
  });

  it('is not spoilt by an answer without a time', () => {
    const clock = new TurnedClock();
    clock.observe(50_000, 1_000, 1_000);
    clock.observe(Number.NaN, 1_000, 1_000);
    expect(clock.now()).toBe(50_000);
  });
});
