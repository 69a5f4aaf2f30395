import { ArrivalWatch } from './arrival-watch.js';

/** The number of the stretch after which the body is given up; null where it never is within these. */
function givenUpAfter(watch: ArrivalWatch, arrivals: readonly number[]): number | null {
  for (const [index, bytes] of arrivals.entries()) {
    if (bytes > 0) watch.add(bytes);
    if (!watch.goesOn()) return index + 1;
  }
  return null;
}

describe('the arrival of a body', () => {
  const rules = { graceMs: 10_000, minBytesPerSecond: 1_024, totalMs: 120_000 };

  it.each([
    ['nothing', [0], 1],
    ['one byte short of the rate', [10_239], 1],
    ['just the rate', [10_240, 10_240, 10_240], null],
    ['all of it but the end, at once', [33_554_431, 0], 2],
    ['enough at first and drops then', [1_000_000, 1_000_000, 10], 3],
    ['enough, but for longer than a whole body may take', Array.from({ length: 20 }, () => 1_000_000), 12],
  ])('%s', (_, arrivals, after) => {
    expect(givenUpAfter(new ArrivalWatch(rules), arrivals)).toBe(after);
  });

  it('has no minimum where the rate is 0, and ends with the whole time all the same', () => {
    const silent = Array.from({ length: 20 }, () => 0);
    expect(givenUpAfter(new ArrivalWatch({ ...rules, minBytesPerSecond: 0 }), silent)).toBe(12);
  });

  it('asks for at least one byte of the lowest rate', () => {
    const lowest = { graceMs: 10, minBytesPerSecond: 1, totalMs: 120_000 };
    expect(givenUpAfter(new ArrivalWatch(lowest), [1, 1, 0])).toBe(3);
  });

  it('is looked at sooner where a whole body has less time than one stretch', () => {
    const watch = new ArrivalWatch({ ...rules, totalMs: 2_000 });
    expect(watch.stretchMs).toBe(2_000);
    expect(givenUpAfter(watch, [1_000_000])).toBe(1);
  });
});
