import { LeasePool } from './lease-pool.js';
import { amount, LeasedReservation, limitHeaders } from './leased-reservation.js';
import type { LimitKind } from './limit-kinds.js';
import type { PlannedLimit } from './quota-plan.js';

const NOW = 70_000;
const MINUTE = { begin: 60_000, end: 120_000 };

function taken(kind: LimitKind, need: number, { cap = 100, left = 50, window = MINUTE as LeasePool['window'] } = {}) {
  const pool = new LeasePool({ key: `${kind} branch br `, mayExceed: false, spender: null }, window, cap);
  pool.confirm(need, left, false);
  pool.take(need);
  return { limit: { kind } as PlannedLimit, pool, amount: need };
}

describe('a reservation', () => {
  it.each<[LimitKind, { reserved: number; free: number; used: number }, number]>([
    // Behind the settlement, and what is reserved behind the end.
    ['requests_per_minute', { reserved: 0, free: 0, used: 10 }, 0],
    ['tokens_per_minute', { reserved: 0, free: 3, used: 7 }, 0],
    ['spend_per_day', { reserved: 0, free: -2, used: 12 }, 0],
    ['spend_per_month', { reserved: 0, free: -2, used: 12 }, 0],
    ['spend_total', { reserved: 0, free: -2, used: 12 }, 0],
    ['concurrent_requests', { reserved: 10, free: 0, used: 0 }, 0],
  ])('of ten of %s is settled once: %j', (kind, { reserved, free, used }, running) => {
    const part = taken(kind, 10);
    const reservation = new LeasedReservation(NOW, [part], () => NOW);
    reservation.settle({ tokens: 7, costNanoUsd: 12n });
    reservation.settle({ tokens: 9, costNanoUsd: 9n });
    expect([part.pool.reserved, part.pool.free]).toEqual([reserved, free]);
    reservation.end();
    reservation.end();
    expect([part.pool.reserved, part.pool.report(null, true, false).used]).toEqual([running, used]);
  });

  it('that was not settled ends with nothing, but for the request itself', () => {
    const parts = (['tokens_per_minute', 'spend_per_day', 'requests_per_minute'] as const).map(kind => taken(kind, 10));
    new LeasedReservation(NOW, parts, () => NOW).end();
    expect(parts.map(({ pool }) => pool.report(null, true, false).used)).toEqual([0, 0, 10]);
  });

  it('gives its place back once', () => {
    const part = taken('concurrent_requests', 1);
    const reservation = new LeasedReservation(NOW, [part], () => NOW);
    reservation.end();
    reservation.end();
    expect([part.pool.reserved, part.pool.free]).toEqual([0, 1]);
  });
});

it.each([
  [5, 5],
  [5.1, 6],
  [0, 0],
  [-3, 0],
  [Number.NaN, 0],
  [Infinity, 0],
  [1e15, 1e15],
  [1e16, 1e15],
])('of %p so much is counted: %i', (value, counted) => {
  expect(amount(value)).toBe(counted);
});

describe('the headers of a caller’s own limits', () => {
  const words = (...parts: ReturnType<typeof taken>[]) =>
    limitHeaders(parts, NOW).map(([name, value]) => `${name.replace('X-Ratelimit-', '')} ${value}`);

  it('tell the tightest of requests and of tokens, and when it begins anew', () => {
    expect(
      words(
        taken('tokens_per_minute', 1, { left: 30, cap: 300 }),
        taken('tokens_per_minute', 1, { left: 20, cap: 200 }),
        taken('tokens_per_minute', 1, { left: 20, cap: 400 }),
        taken('tokens_per_minute', 1, { left: 40, cap: 100 }),
        taken('requests_per_minute', 1, { left: 5 }),
        taken('spend_per_day', 1, { left: 1 }),
      ),
    ).toEqual([
      ...['Limit-Requests 100', 'Remaining-Requests 5', 'Reset-Requests 50s'],
      ...['Limit-Tokens 200', 'Remaining-Tokens 20', 'Reset-Tokens 50s'],
    ]);
  });

  it('are none where there are no such limits', () => {
    expect(words(taken('spend_per_day', 1), taken('concurrent_requests', 1))).toEqual([]);
  });

  it('tell of nothing that is below zero, and wait a second where no end is known', () => {
    const part = taken('tokens_per_minute', 1, { window: { begin: 0, end: null } });
    part.pool.recall(5);
    part.pool.reserve(20);
    expect(words(part)).toEqual(['Limit-Tokens 5', 'Remaining-Tokens 0', 'Reset-Tokens 1s']);
  });

  it('are those of a reservation as they are now', () => {
    let now = NOW;
    const reservation = new LeasedReservation(NOW, [taken('tokens_per_minute', 1)], () => now);
    now += 10_000;
    expect(reservation.headers()).toContainEqual(['X-Ratelimit-Reset-Tokens', '40s']);
  });
});
