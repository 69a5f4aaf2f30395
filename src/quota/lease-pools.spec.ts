import type { LeasePool } from './lease-pool.js';
import { LeasePools } from './lease-pools.js';
import { windowAt } from './limit-window.js';
import type { LimitKind } from './limit.types.js';

const NOON = Date.UTC(2026, 9, 10, 12);
const LAST_MINUTE = Date.UTC(2026, 9, 31, 23, 59, 30);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const CAP = 100;

function room() {
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
      const { pools, get, tell, known } = room();
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
    const { pools, get, tell, known } = room();
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
    const { pools, get, known } = room();
    const pool = get(kind, from);
    take(pool);
    pool.settle(1, 1);
    pools.sweep(at);
    expect(known()).toHaveLength(kept);
  });

  it('is found again where the clock is put back, with what it owes', () => {
    const { get, known } = room();
    const old = get('requests_per_minute', NOON);
    take(old);
    const next = get('requests_per_minute', NOON + MINUTE);
    take(next);
    expect(get('requests_per_minute', NOON + 2 * SECOND)).toBe(old);
    expect(get('requests_per_minute', NOON + MINUTE)).toBe(next);
    expect(known()).toHaveLength(2);
  });
});
