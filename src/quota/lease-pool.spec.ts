import type { LeaseDemand } from './lease-demand.js';
import { LeasePool } from './lease-pool.js';

const WINDOW = { begin: 60_000, end: 120_000 };

interface State {
  readonly free?: number;
  readonly left?: number | null;
  readonly pace?: number;
  readonly horizon?: number;
  readonly reserved?: number;
  readonly settled?: number;
  readonly cap?: number;
  readonly mayExceed?: boolean;
  readonly largest?: number;
  readonly kind?: string;
}

/** A pool in such a state, of which the store has heard all but what was settled. */
function pool(state: State = {}): LeasePool {
  const { free = 0, left = null, pace = 0, horizon = 0, reserved = 0, settled = 0 } = state;
  const { cap = 1_000, mayExceed = false, largest = 0, kind = 'tokens_per_minute' } = state;
  const nothing = () => undefined;
  const demand = {
    noteTaken: nothing,
    noteUsed: nothing,
    look: nothing,
    largestRequest: largest,
    wanted: () => horizon,
  };
  const identity = { key: `${kind} branch br `, mayExceed, spender: null };
  const made = new LeasePool(identity, WINDOW, cap, demand as unknown as LeaseDemand);
  made.settle(0, pace);
  made.measure(0, 1, 0);
  made.report(null, false, false);
  made.confirm(0, left, false);
  if (settled !== 0) made.settle(0, settled);
  made.free = free;
  made.reserved = reserved;
  return made;
}

describe('what is available without asking the store', () => {
  it.each<[State, number, boolean, number, number]>([
    [{ free: 5, left: 50 }, 5, true, 0, 5],
    [{ free: 5, left: 50 }, 6, false, 5, 0],
    [{ free: 5, left: 0 }, 1, true, 4, 1],
    [{ free: 5, left: -1 }, 1, false, 5, 0],
    [{ free: 5, left: null }, 1, false, 5, 0],
  ])('%j: of it %i is taken %p, then %i is free and %i reserved', (state, amount, taken, free, reserved) => {
    const made = pool(state);
    expect([made.take(amount), made.free, made.reserved]).toEqual([taken, free, reserved]);
  });

  it.each([
    [5, 3, 2, 3],
    [5, 5, 0, 5],
    [5, 7, -2, 7],
    [5, 0, 5, 0],
  ])(
    'of %i that were reserved and %i that were used: %i come back, %i are to be told',
    (reserved, used, free, told) => {
      const made = pool({ reserved: 8, left: 50 });
      made.settle(reserved, used);
      expect([made.free, made.reserved]).toEqual([free, 3]);
      expect(made.report(1, false, false).used).toBe(told);
    },
  );

  it('is what was given back, too', () => {
    const made = pool({ reserved: 8, free: 1 });
    made.giveBack(5);
    expect([made.free, made.reserved]).toEqual([6, 3]);
  });

  it.each<[State, number]>([
    [{ cap: 100, reserved: 10, settled: 5, free: 7 }, 85],
    [{ cap: 100, reserved: 10, settled: 5, free: 7, left: 20 }, 27],
    [{ cap: 100, left: -9, free: 7 }, 0],
  ])('and what is left for everybody, %j, is what remains: %i', (state, remaining) => {
    expect(pool(state).remaining()).toBe(remaining);
  });

  it.each<[State, number, boolean]>([
    [{ free: 5, left: 10 }, 15, true],
    [{ free: 5, left: 10 }, 16, false],
    [{ free: 0, left: 10 }, 1, false],
    [{ free: -1, left: 10 }, 1, false],
    [{ free: 5, left: null }, 1, false],
    [{ free: 5, left: 10, cap: 100, mayExceed: true }, 101, true],
    [{ free: 5, left: 10, cap: 100, mayExceed: true }, 100, false],
    [{ free: 5, left: 10, cap: 100 }, 101, false],
  ])('%j may help a request for %i that was refused: %p', (state, amount, helps) => {
    expect(pool(state).mayHelp(amount)).toBe(helps);
  });

  it.each([
    ['concurrent_requests', true],
    ['tokens_per_minute', false],
  ])('of %s is places: %p', (kind, isPlaces) => {
    expect(pool({ kind }).isPlaces).toBe(isPlaces);
  });
});

describe('a refusal', () => {
  const denied = (state: State) => {
    const made = pool(state);
    made.deny(100);
    return made;
  };

  it.each<[State, number]>([
    [{ left: 3, free: 4 }, 7],
    [{ left: -3, free: 4 }, 4],
    [{ left: 3, free: -4 }, 3],
    [{ left: null, free: 4 }, 4],
  ])('of %j holds for more than %i, until its time is over', (state, above) => {
    const made = denied(state);
    expect(made.isDenied(above + 1, 99)).toBe(true);
    expect(made.isDenied(above, 99)).toBe(false);
    expect(made.isDenied(above + 1, 100)).toBe(false);
    expect(pool(state).isDenied(above + 1, 99)).toBe(false);
  });

  it.each<[string, (made: LeasePool) => void, boolean]>([
    ['is given back', made => made.giveBack(0), false],
    ['is settled for less', made => made.settle(5, 4), false],
    ['is settled for as much', made => made.settle(5, 5), true],
    ['is given up', made => made.recall(10), false],
    ['is asked for', made => void made.report(1, false, false), true],
  ])('where something %s: it holds further, %p', (_, step, holds) => {
    const made = denied({ left: 3, free: 4, reserved: 5 });
    step(made);
    expect(made.isDenied(1_000, 99)).toBe(holds);
  });
});

describe('the pace', () => {
  /** Which pace it is told in: half of what it would keep. */
  const paceOf = (made: LeasePool) => made.report(1, true, false).wanted / 2;
  const measured = (made: LeasePool, times: number) => {
    for (let time = 0; time < times; time += 1) made.measure(0, 1, 0);
    return made;
  };

  it.each([
    [0, 16],
    [1, 8],
    [2, 0],
    [3, 0],
  ])('of what was used halves at a quiet look, and is over with two: behind %i', (looks, pace) => {
    expect(paceOf(measured(pool({ pace: 16 }), looks))).toBe(pace || 0.5);
  });

  it('is what was reserved at once, and what was used beside it', () => {
    const made = pool({ left: 500, free: 20 });
    made.take(8);
    made.giveBack(2);
    made.settle(6, 5);
    expect(paceOf(made)).toBe(13);
    // What is reserved goes on, what was used does not.
    expect(paceOf(measured(made, 1))).toBe(13);
    expect(paceOf(measured(made, 1))).toBe(6);
  });

  it('is no less than a half of it was, however little came', () => {
    const made = pool({ pace: 16 });
    made.settle(0, 1);
    expect(paceOf(measured(made, 1))).toBe(8);
    made.settle(0, 20);
    expect(paceOf(measured(made, 1))).toBe(20);
  });

  it('begins again from a quiet look', () => {
    const made = measured(pool({ pace: 16 }), 1);
    made.settle(0, 1);
    expect(paceOf(measured(measured(made, 1), 1))).toBe(2);
  });

  it('is that of the window before', () => {
    const made = pool();
    made.retire();
    made.inheritPace(pool({ pace: 16 }));
    expect(paceOf(made)).toBe(16);
    made.settle(0, 1);
    made.free = 0;
    expect(made.needsReport).toBe(false);
  });

  it('is looked at with the most that was reserved since the last look', () => {
    const looks: unknown[] = [];
    const demand = {
      ...{
        noteTaken: () => undefined,
        noteUsed: (used: number) => looks.push(used),
        largestRequest: 0,
        wanted: () => 0,
      },
      look: (...of: unknown[]) => looks.push(of),
    } as unknown as LeaseDemand;
    const made = new LeasePool({ key: 'x', mayExceed: false, spender: null }, WINDOW, 10, demand);
    made.reserve(3);
    made.reserve(4);
    made.settle(5, 2);
    made.measure(7, 8, 9);
    made.measure(17, 18, 19);
    expect(looks).toEqual([2, [7, 7, 9], [17, 2, 19]]);
  });
});

describe('what an outage would take', () => {
  it.each<[State, boolean]>([
    [{ horizon: 1 }, true],
    [{ horizon: 0 }, false],
    [{ horizon: 1, mayExceed: true, largest: 1_001 }, false],
    [{ horizon: 1, mayExceed: true, largest: 1_000 }, true],
    [{ horizon: 1, largest: 1_001 }, true],
  ])('%j: requests are expected, %p', (state, isWanted) => {
    expect(pool(state).isWanted).toBe(isWanted);
  });

  it('is nothing once no request is expected', () => {
    const made = pool({ horizon: 80, pace: 10, left: 1_000 });
    made.retire();
    expect([made.isWanted, made.needsRefill]).toEqual([false, false]);
  });

  it.each<[State, boolean]>([
    // Nothing is known of what is left.
    [{ left: null, horizon: 0, pace: 10 }, false],
    [{ left: null, horizon: 1 }, true],
    // The pace, where enough is left for others.
    [{ left: 64, pace: 10, free: 9 }, true],
    [{ left: 64, pace: 10, free: 10 }, false],
    [{ left: 63, pace: 10, free: 9 }, false],
    [{ left: 64, pace: 0, free: 0 }, false],
    // Seven eighths of the outage, where twice as much is left, and four times as much of few.
    [{ left: 1_000, horizon: 80, free: 69 }, true],
    [{ left: 1_000, horizon: 80, free: 70 }, false],
    [{ left: 160, horizon: 80 }, true],
    [{ left: 159, horizon: 80 }, false],
    [{ left: 122, horizon: 80, free: 19 }, true],
    [{ left: 121, horizon: 80, free: 19 }, false],
    [{ left: 64, horizon: 32 }, true],
    [{ left: 63, horizon: 16 }, false],
    [{ left: 40, horizon: 10 }, true],
    [{ left: 39, horizon: 10 }, false],
  ])('%j: more is wanted, %p', (state, needs) => {
    expect(pool(state).needsRefill).toBe(needs);
  });

  it.each<[State, number]>([
    [{ left: null, pace: 10, horizon: 10 }, 0],
    // For a pace twice of it, or a sixteenth of what is left; nothing of few.
    [{ left: 64, pace: 1 }, 4],
    [{ left: 64, pace: 3 }, 6],
    [{ left: 63, pace: 3 }, 0],
    [{ left: 100, pace: 1 }, 6],
    [{ left: 64, pace: 100 }, 64],
    [{ left: 1_000, pace: 0 }, 0],
    // For an outage what it takes, where as much is left, and twice as much of few.
    [{ left: 80, horizon: 80 }, 80],
    [{ left: 79, horizon: 80 }, 0],
    [{ left: 64, horizon: 64 }, 64],
    [{ left: 50, horizon: 25 }, 25],
    [{ left: 49, horizon: 25 }, 0],
    [{ left: 1_000, pace: 10, horizon: 100 }, 100],
    [{ left: 1_600, pace: 10, horizon: 99 }, 100],
  ])('%j: so much is kept while nobody asks: %i', (state, kept) => {
    const made = pool({ ...state, free: 1_000_000 });
    made.report(null, false, false);
    expect(made.free).toBe(kept);
    const less = pool({ ...state, free: kept - 1 });
    less.report(null, false, false);
    expect(less.free).toBe(Math.max(0, kept - 1));
  });
});

describe('what the store should know', () => {
  const told = { needs: true, has: true };
  const none = { needs: false, has: false };

  it.each<[string, State, (made: LeasePool) => void, typeof told]>([
    ['nothing', {}, () => undefined, none],
    ['what was used, in the next call', { settled: 1 }, () => undefined, { needs: false, has: true }],
    ['what was used of a window that is over', { settled: 1 }, made => made.retire(), told],
    ['nothing of such a window where nothing was', {}, made => made.retire(), none],
    ['what is free, in the next call', { free: 4, left: 64, pace: 1 }, () => undefined, { needs: false, has: true }],
    ['what is free beyond what is kept', { free: 5, left: 64, pace: 1 }, () => undefined, told],
    ['what is owed', { free: -1, left: 64 }, () => undefined, told],
    ['what is wanted', { left: 160, horizon: 80 }, () => undefined, told],
    ['what is in doubt', {}, made => made.doubt(), told],
    [
      'a report of which it is not known whether it was taken',
      { settled: 1 },
      made => void made.report(1, false, false),
      told,
    ],
    [
      'nothing of one that was taken',
      { settled: 1 },
      made => {
        made.report(1, false, false);
        made.confirm(0, null, false);
      },
      none,
    ],
    [
      'more than an older one, which was repeated',
      {},
      made => {
        made.report(1, false, true);
        made.confirm(0, null, true);
      },
      told,
    ],
    ['what was given up', {}, made => made.recall(5), told],
  ])('is %s', (_, state, step, { needs, has }) => {
    const made = pool(state);
    step(made);
    expect([made.needsReport, made.hasUnreported]).toEqual([needs, has]);
  });

  it.each<[string, State, (made: LeasePool) => void, boolean]>([
    ['nothing', {}, () => undefined, true],
    ['what was used', { settled: 1 }, made => (made.free = 0), false],
    ['what runs', { reserved: 1 }, () => undefined, false],
    ['what is free', { free: 1 }, () => undefined, false],
    ['a debt', { free: -1 }, () => undefined, false],
    ['a word with the store', {}, made => made.pin(), false],
    ['two words, of which one is over', {}, made => (made.pin(), made.pin(), made.unpin()), false],
    ['a word that is over', {}, made => (made.pin(), made.unpin()), true],
    ['a doubt', {}, made => made.doubt(), false],
    ['a report', { settled: 1 }, made => void made.report(1, true, false), false],
  ])('is all there is of a pool that may be forgotten: %s', (_, state, step, idle) => {
    const made = pool(state);
    step(made);
    expect(made.idle).toBe(idle);
  });
});

describe('a report', () => {
  const IDENTITY = { key: 'tokens_per_minute branch br ', mayExceed: false, spender: null, ...WINDOW };

  it.each<[string, State, [number | null, boolean, boolean], object, number]>([
    // What is free behind it stands at the end.
    ['of nothing', {}, [null, false, false], { used: 0, held: 0, cap: null, wanted: 0, horizon: 0 }, 0],
    [
      'that asks',
      { reserved: 3, settled: 5, free: 2, left: 500 },
      [7, false, false],
      { used: 5, held: 5, cap: 1_000, wanted: 8, horizon: 0 },
      2,
    ],
    [
      'that asks with all that is free',
      { reserved: 3, free: 2, left: 500 },
      [7, true, false],
      { used: 0, held: 3, cap: 1_000, wanted: 7, horizon: 0 },
      0,
    ],
    [
      'that asks while something is owed',
      { reserved: 3, settled: 5, free: -4, left: 500 },
      [1, false, false],
      { used: 5, held: 3, cap: 1_000, wanted: 10, horizon: 0 },
      0,
    ],
    [
      'that keeps what is kept',
      { free: 50, left: 64, pace: 3 },
      [null, false, false],
      { used: 0, held: 6, cap: 1_000, wanted: 0, horizon: 0 },
      6,
    ],
    [
      'that repeats one, and keeps all',
      { free: 50, left: 64, pace: 3, settled: 5, reserved: 1 },
      [null, false, true],
      { used: 0, held: 56, cap: 1_000, wanted: 0, horizon: 0 },
      50,
    ],
    [
      'that wants more for an outage',
      { free: 10, left: 1_000, horizon: 80, pace: 6 },
      [null, false, false],
      { used: 0, held: 10, cap: 1_000, wanted: 2, horizon: 70 },
      10,
    ],
    [
      'that has enough for one',
      { free: 90, left: 1_000, horizon: 80, pace: 45 },
      [null, false, false],
      { used: 0, held: 90, cap: 1_000, wanted: 0, horizon: 0 },
      90,
    ],
    [
      'that wants something though nothing is free',
      { left: 1_000, horizon: 80 },
      [null, false, false],
      { used: 0, held: 0, cap: 1_000, wanted: 0, horizon: 80 },
      0,
    ],
  ])('%s: %j %j', (_, state, asked, report, free) => {
    const made = pool(state);
    expect(made.report(...asked)).toEqual({ ...IDENTITY, ...report });
    expect(made.free).toBe(free);
  });

  it('of a window that is over asks for nothing but for a request', () => {
    const made = pool({ left: 1_000, free: 5, horizon: 80 });
    made.retire();
    made.pin();
    expect(made.report(null, false, true).cap).toBeNull();
    expect(made.report(0, false, false).cap).toBe(1_000);
  });

  it('is repeated as it was, and what came since is held until then', () => {
    const made = pool({ settled: 5, left: 500 });
    expect(made.report(1, false, false).used).toBe(5);
    made.reserve(3);
    made.settle(3, 3);
    expect(made.report(1, false, true)).toMatchObject({ used: 5, held: 3 });
    made.confirm(0, 500, true);
    expect(made.report(1, false, false)).toMatchObject({ used: 3, held: 0 });
  });

  it('that was taken brings what it granted, and what is left where that is known', () => {
    const made = pool({ left: 500, free: 1 });
    made.confirm(4, 300, false);
    expect([made.free, made.left]).toEqual([5, 300]);
    made.confirm(1, null, false);
    expect([made.free, made.left]).toEqual([6, 300]);
  });
});

describe('what is given up', () => {
  it.each([
    [7, 0],
    [-3, -3],
  ])('is what is free, %i, under another cap; what is owed stays: %i', (free, after) => {
    const made = pool({ free, left: 500 });
    made.recall(20);
    expect([made.free, made.left, made.cap]).toEqual([after, null, 20]);
  });

  it('is what a call grants, too, that was under way meanwhile', () => {
    const made = pool({ free: 7, left: 500 });
    made.report(1, false, false);
    made.recall(20);
    made.confirm(9, 300, false);
    made.endCall();
    expect([made.free, made.left]).toEqual([0, null]);
  });

  it('is nothing of what a later call grants', () => {
    const made = pool({ free: 7, left: 500 });
    made.recall(20);
    made.report(1, false, false);
    made.confirm(9, 300, false);
    made.endCall();
    expect([made.free, made.left]).toEqual([9, 300]);
  });
});
