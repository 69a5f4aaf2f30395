import type { LeasePool } from './lease-pool.js';
import { LeasePools } from './lease-pools.js';
import { windowAt } from './limit-window.js';
import type { LimitKind } from './limit-kinds.js';

const NOON = Date.UTC(2026, 9, 10, 12);
const LAST_MINUTE = Date.UTC(2026, 9, 31, 23, 59, 30);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const CAP = 100;

function setup() {
  const pools = new LeasePools();
  const get = (kind: LimitKind, now: number) =>
    pools.get({ key: `${kind} branch br `, mayExceed: false, spender: null }, windowAt(kind, now), CAP);
  /** What the store hears of a pool, and that it took it. */
  const tell = (pool: LeasePool) => {
    const { used, held } = pool.report(null, false, false);
    pool.confirm(0, null, false);
    return { used, held };
  };
  const known = () => [...pools.all()].map(({ identity, window }) => [identity.key.split(' ')[0], window.begin]);
  return { pools, get, tell, known };
}

/** A request is let in. */
function take(pool: LeasePool): void {
  pool.confirm(1, CAP, false);
  pool.take(1);
}

describe('the pool of a window that is over', () => {
  it.each(['requests_per_minute', 'spend_per_day', 'spend_per_month'] as const)(
    'of %s tells what is settled in it behind its end, and is forgotten then',
    kind => {
      const { pools, get, tell, known } = setup();
      const old = get(kind, LAST_MINUTE);
      take(old);
      const next = get(kind, LAST_MINUTE + MINUTE);
      take(next);
      pools.sweep(LAST_MINUTE + MINUTE);
      expect(old.needsReport).toBe(false);
      old.settle(1, 1);
      expect(old.needsReport).toBe(true);
      pools.sweep(LAST_MINUTE + MINUTE);
      expect(known()).toHaveLength(2);
      expect(tell(old)).toEqual({ used: 1, held: 0 });
      pools.sweep(LAST_MINUTE + MINUTE);
      expect(known()).toEqual([[kind, next.window.begin]]);
    },
  );

  it('for which no request comes any more tells what it owes all the same, and gives back what is free', () => {
    const { pools, get, tell, known } = setup();
    const pool = get('requests_per_minute', NOON);
    pool.confirm(5, CAP, false);
    pool.take(1);
    pool.settle(1, 1);
    pools.sweep(NOON + MINUTE);
    expect([known().length, pool.needsReport, tell(pool)]).toEqual([1, true, { used: 1, held: 0 }]);
    pools.sweep(NOON + MINUTE);
    expect(known()).toEqual([]);
  });

  it.each([
    ['requests_per_minute', NOON, NOON + 3 * MINUTE - 1, 1],
    ['requests_per_minute', NOON, NOON + 3 * MINUTE, 0],
    ['spend_per_day', LAST_MINUTE, LAST_MINUTE + 60 * MINUTE, 1],
    ['spend_per_month', LAST_MINUTE, LAST_MINUTE + 60 * MINUTE, 1],
  ] as const)('while the store does not answer, %s of %i at %i: kept %i', (kind, from, at, kept) => {
    const { pools, get, known } = setup();
    const pool = get(kind, from);
    take(pool);
    pool.settle(1, 1);
    pools.sweep(at);
    expect(known()).toHaveLength(kept);
  });

  it('is found again where the clock is put back, with what it owes', () => {
    const { get, known } = setup();
    const old = get('requests_per_minute', NOON);
    take(old);
    const next = get('requests_per_minute', NOON + MINUTE);
    take(next);
    expect(get('requests_per_minute', NOON + 2 * SECOND)).toBe(old);
    expect(get('requests_per_minute', NOON + MINUTE)).toBe(next);
    expect(known()).toHaveLength(2);
  });
});

describe('the pool of a counter', () => {
  it('is one in a window, another in the next, and each counter has its own', () => {
    const { pools, get } = setup();
    const pool = get('tokens_per_minute', NOON);
    expect(get('tokens_per_minute', NOON + MINUTE - 1)).toBe(pool);
    expect(get('tokens_per_minute', NOON + MINUTE)).not.toBe(pool);
    expect(get('requests_per_minute', NOON)).not.toBe(pool);
    // The first had nothing to tell, so it is forgotten at once.
    expect(pools.size).toBe(2);
  });

  it('knows what its counter’s requests take, whichever window', () => {
    const { get } = setup();
    const { demand } = get('tokens_per_minute', NOON);
    expect(get('tokens_per_minute', NOON + MINUTE).demand).toBe(demand);
    expect(get('requests_per_minute', NOON).demand).not.toBe(demand);
  });

  it('begins as busy as the one of the window before', () => {
    const { get } = setup();
    const pool = get('tokens_per_minute', NOON);
    pool.settle(0, 16);
    pool.measure(0, 0, 0);
    expect(get('tokens_per_minute', NOON + MINUTE).report(null, false, false).wanted).toBe(32);
  });

  it('that is of no use any more is forgotten, and so is what its requests took', () => {
    const { pools, get, known } = setup();
    const pool = get('spend_total', NOON);
    const { demand } = pool;
    demand.noteTaken(1);
    demand.look(1, 0, 300_000);
    pools.sweep(NOON);
    // The demand stays for as long as it is remembered.
    expect([known(), get('spend_total', NOON).demand]).toEqual([[], demand]);
    pools.sweep(NOON);
    demand.look(1_000_000, 0, 300_000);
    pools.sweep(NOON);
    expect(get('spend_total', NOON).demand).not.toBe(demand);
  });

  it('keeps what its requests took while it is here', () => {
    const { pools, get } = setup();
    const pool = get('spend_total', NOON);
    take(pool);
    pools.sweep(NOON);
    expect([get('spend_total', NOON), get('spend_total', NOON).demand]).toEqual([pool, pool.demand]);
    pools.get(pool.identity, { begin: 1, end: null }, CAP);
    expect(pools.get(pool.identity, { begin: 2, end: null }, CAP).demand).toBe(pool.demand);
  });

  it('of a window that is over stays while a request runs in it', () => {
    const { pools, get, known } = setup();
    const pool = get('requests_per_minute', NOON);
    take(pool);
    pools.sweep(NOON + MINUTE);
    expect(known()).toEqual([['requests_per_minute', NOON]]);
    pool.giveBack(1);
    pool.free = 0;
    pools.sweep(NOON + MINUTE);
    expect(known()).toEqual([]);
  });

  it('of a minute long over stays while somebody speaks of it', () => {
    const { pools, get, known } = setup();
    const pool = get('requests_per_minute', NOON);
    take(pool);
    pool.settle(1, 1);
    pool.pin();
    pools.sweep(NOON + 5 * MINUTE);
    pools.sweep(NOON + 5 * MINUTE);
    expect(known()).toHaveLength(1);
    pool.unpin();
    pools.sweep(NOON + 5 * MINUTE);
    expect(known()).toEqual([]);
  });
});

describe('the next window', () => {
  const AHEAD = 20 * SECOND;
  /** A pool of which requests are expected. */
  const wanted = (kind: LimitKind, now: number) => {
    const made = setup();
    const pool = made.get(kind, now);
    jest.spyOn(pool, 'isWanted', 'get').mockReturnValue(true);
    return { ...made, pool };
  };

  it.each([
    [NOON + MINUTE - AHEAD - 1, 1],
    [NOON + MINUTE - AHEAD, 2],
    [NOON + MINUTE - 1, 2],
  ])('is leased from so long before it begins: at %i there are %i', (now, count) => {
    const { pools, known } = wanted('requests_per_minute', NOON);
    pools.advance(now, AHEAD);
    pools.advance(now, AHEAD);
    expect([pools.size, [...pools.current()].length]).toEqual([count, count]);
    expect(known()).toEqual([
      ['requests_per_minute', NOON],
      ...(count === 2 ? [['requests_per_minute', NOON + MINUTE]] : []),
    ]);
  });

  it('is not where nothing is expected, or there is none', () => {
    const { pools, get } = setup();
    get('requests_per_minute', NOON);
    pools.advance(NOON + MINUTE - 1, AHEAD);
    expect(pools.size).toBe(1);
    const forever = wanted('spend_total', NOON);
    forever.pools.advance(NOON + MINUTE - 1, AHEAD);
    expect(forever.pools.size).toBe(1);
  });

  it('becomes the present one when it begins, with what was leased for it', () => {
    const { pools, get, pool, known } = wanted('requests_per_minute', NOON);
    pools.advance(NOON + MINUTE - 1, AHEAD);
    const [, next] = [...pools.current()];
    next?.confirm(5, CAP, false);
    expect(get('requests_per_minute', NOON + MINUTE)).toBe(next);
    expect([next?.free, pools.size, known()]).toEqual([5, 1, [['requests_per_minute', NOON + MINUTE]]]);
    expect(get('requests_per_minute', NOON + MINUTE)).not.toBe(pool);
  });

  it('is followed though no request comes', () => {
    const { pools, known } = wanted('requests_per_minute', NOON);
    pools.advance(NOON + MINUTE, 0);
    expect(known()).toEqual([['requests_per_minute', NOON + MINUTE]]);
  });

  it('that was leased steps aside for another, and tells what it holds', () => {
    const { pools, get, known } = wanted('requests_per_minute', NOON);
    pools.advance(NOON + MINUTE - 1, AHEAD);
    const [, next] = [...pools.current()];
    next?.confirm(5, CAP, false);
    get('requests_per_minute', NOON + 5 * MINUTE);
    expect(known()).toEqual([
      ['requests_per_minute', NOON + 5 * MINUTE],
      ['requests_per_minute', NOON + MINUTE],
    ]);
    expect(next?.needsReport).toBe(true);
  });

  it('is forgotten where nothing is expected any more', () => {
    const { pools, pool } = wanted('requests_per_minute', NOON);
    pools.advance(NOON + MINUTE - 1, AHEAD);
    pools.sweep(NOON + MINUTE - 1);
    // That of the present window stays, since requests are expected for it.
    expect([...pools.all()]).toEqual([pool]);
  });
});
