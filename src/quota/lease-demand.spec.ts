import { LeaseDemand } from './lease-demand.js';

/** The beginning of a bucket of five seconds, of which twelve are remembered. */
const T = 1_000_000;
const BUCKET = 5_000;
const MINUTE = 60_000;
const MEMORY = 300_000;
const HORIZON = 10_000;

/** A look at a moment: what was used since the last, the most that was reserved at once, the largest request. */
interface Look {
  readonly at: number;
  readonly used?: number;
  readonly peak?: number;
  readonly taken?: number;
}

function after(...looks: readonly Look[]): LeaseDemand {
  const demand = new LeaseDemand();
  for (const { at, used, peak = 0, taken } of looks) {
    if (used !== undefined) demand.noteUsed(used);
    if (taken !== undefined) demand.noteTaken(taken);
    demand.look(T + at, peak, MEMORY);
  }
  return demand;
}

/** The same use in each of the buckets, the oldest first. */
const buckets = (...used: readonly number[]) => used.map((amount, index) => ({ at: index * BUCKET, used: amount }));
const repeated = (count: number, amount: number) => Array.from({ length: count }, () => amount);

describe('what requests take of a counter', () => {
  it.each<[string, readonly Look[], number, number]>([
    ['nothing of which nothing is known', [], 0, 0],
    ['nothing before five seconds are known', [{ at: 0, used: 100 }], BUCKET - 1, 0],
    ['a pace, times the surge', [{ at: 0, used: 100 }], BUCKET, 300],
    ['that pace over all the time since it began', buckets(100, 200), 2 * BUCKET, 450],
    ['a pace, and twice what is reserved at once', [{ at: 0, used: 100, peak: 7 }], BUCKET, 314],
    ['twice the largest request, where that is more', [{ at: 0, used: 100, taken: 500 }], BUCKET, 1_000],
    ['the highest mean: over twenty seconds', buckets(...repeated(8, 10), ...repeated(4, 100)), 11 * BUCKET, 400],
    ['over half a minute', buckets(...repeated(6, 10), 60, 60, ...repeated(4, 20)), 11 * BUCKET, 120],
    ['over a minute', buckets(...repeated(6, 110), ...repeated(6, 10)), 11 * BUCKET, 197],
    ['within a bucket', buckets(...repeated(8, 10), ...repeated(4, 100)), 11 * BUCKET + 2_500, 343],
    ['no more than a minute of it', buckets(...repeated(20, 1e6), ...repeated(12, 10)), 31 * BUCKET, 40],
    [
      'two looks within one bucket',
      [
        { at: 0, used: 60 },
        { at: 1, used: 40 },
      ],
      BUCKET,
      300,
    ],
    ['what is beyond all reason', [{ at: 0, used: 1e300 }], BUCKET, 1e15],
    [
      'the same where the clock is put back',
      [
        { at: BUCKET, used: 60 },
        { at: 0, used: 40 },
      ],
      2 * BUCKET,
      300,
    ],
    [
      'a pace since it began anew, behind a minute',
      [
        { at: 0, used: 100 },
        { at: MINUTE + 1, used: 100 },
      ],
      MINUTE + 1 + BUCKET,
      300,
    ],
    [
      'a pace that did not end, within a minute',
      [
        { at: 0, used: 100 },
        { at: MINUTE, used: 100 },
      ],
      MINUTE + BUCKET,
      100,
    ],
  ])('is %s: %j', (_, looks, at, wanted) => {
    expect(after(...looks).wanted(T + at, HORIZON, 0)).toBe(wanted);
  });

  it.each([
    [2, 0, 3],
    [2, 1, 2],
    [2, 3, 0],
    [2, 4, 0],
  ])(
    'is of places, of which %i were taken at once, one more than are taken now: %i, so %i',
    (peak, reserved, wanted) => {
      const demand = after({ at: 0, peak }, { at: 1, peak: peak - 1, used: 0 });
      expect(demand.wanted(T + BUCKET, HORIZON, reserved)).toBe(wanted);
    },
  );

  it('is nothing where no outage is to be ridden out', () => {
    expect(after({ at: 0, used: 100 }).wanted(T + BUCKET, 0, 0)).toBe(0);
  });
});

describe('the largest request', () => {
  it.each<[string, readonly Look[], number]>([
    ['is the largest of those since the last look', [{ at: 0, taken: 5 }], 5],
    [
      'is remembered beside smaller ones',
      [
        { at: 0, taken: 5 },
        { at: BUCKET, taken: 3 },
      ],
      5,
    ],
    ['is remembered while nothing comes', [{ at: 0, taken: 5 }, { at: 2 * MINUTE }], 5],
    [
      'is forgotten for another behind a minute',
      [
        { at: 0, taken: 5 },
        { at: MINUTE, taken: 3 },
      ],
      3,
    ],
    [
      'is not forgotten before',
      [
        { at: 0, taken: 5 },
        { at: MINUTE - 1, taken: 3 },
      ],
      5,
    ],
    ['is none where nothing was taken', [{ at: 0, used: 5, peak: 3 }], 0],
  ])('%s', (_, looks, largest) => {
    expect(after(...looks).largestRequest).toBe(largest);
  });

  it('is the largest, in whichever order they come', () => {
    const demand = new LeaseDemand();
    for (const amount of [3, 5, 4]) demand.noteTaken(amount);
    demand.look(T, 0, MEMORY);
    expect(demand.largestRequest).toBe(5);
  });
});

describe('a counter that is idle', () => {
  it.each<[string, readonly Look[], boolean]>([
    ['from the beginning', [], true],
    ['at every look', [{ at: 0 }, { at: MINUTE }], true],
    ['but for what was used', [{ at: 0, used: 1 }], false],
    ['but for what was reserved', [{ at: 0, peak: 1 }], false],
    ['but for what was taken', [{ at: 0, taken: 1 }], false],
    ['for as long as it is remembered', [{ at: 0, used: 1 }, { at: MEMORY }], false],
    ['for longer', [{ at: 0, used: 1 }, { at: MEMORY + 1 }], true],
  ])('%s: forgotten', (_, looks, forgotten) => {
    expect(after(...looks).isForgotten).toBe(forgotten);
  });

  it('begins anew once it is forgotten, as one of which nothing is known', () => {
    const demand = after({ at: 0, used: 100, taken: 50 }, { at: MEMORY + 1 });
    expect([demand.largestRequest, demand.wanted(T + MEMORY + BUCKET, HORIZON, 0)]).toEqual([0, 0]);
    // Places: it is not known any more that something was used for good.
    demand.look(T + MEMORY + BUCKET, 2, MEMORY);
    expect(demand.wanted(T + MEMORY + 2 * BUCKET, HORIZON, 0)).toBe(3);
  });
});
