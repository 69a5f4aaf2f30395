import { DURATION_BOUNDS_MS } from '../../metering/duration-buckets.js';
import { percentilesOf } from './percentiles.js';

const counts = (of: Readonly<Record<number, number>>) =>
  Array.from({ length: DURATION_BOUNDS_MS.length + 1 }, (_, bucket) => of[bucket] ?? 0);

describe('percentiles of counted durations', () => {
  it.each([
    ['nothing', {}, null],
    ['all within the first bound', { 0: 100 }, { p50: 25, p95: 48, p99: 50 }],
    ['all within one bound', { 3: 10 }, { p50: 375, p95: 488, p99: 498 }],
    ['most short, few long', { 0: 96, 7: 4 }, { p50: 26, p95: 49, p99: 7_000 }],
    ['beyond the last bound', { 13: 5 }, { p50: 300_000, p95: 300_000, p99: 300_000 }],
    ['a single one', { 1: 1 }, { p50: 75, p95: 98, p99: 100 }],
  ])('of %s', (_, of, expected) => expect(percentilesOf(counts(of))).toEqual(expected));

  it('never fall', () => {
    for (let bucket = 0; bucket <= DURATION_BOUNDS_MS.length; bucket += 1) {
      const { p50, p95, p99 } = percentilesOf(counts({ 0: 3, [bucket]: 7, 5: 2 })) ?? { p50: 0, p95: 0, p99: 0 };
      expect([p50 <= p95, p95 <= p99]).toEqual([true, true]);
    }
  });
});
