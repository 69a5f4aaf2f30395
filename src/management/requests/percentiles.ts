import { DURATION_BOUNDS_MS } from '../../metering/duration-buckets.js';
import type { Percentiles } from './outcomes.dto.js';

/**
 * Percentiles of counts by the bounds of durations. Within a bucket they are taken to lie evenly; what is longer than the last
 * bound counts as that long. Null where nothing was counted.
 */
export function percentilesOf(buckets: readonly number[]): Percentiles | null {
  const all = buckets.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  const at = (share: number): number => {
    let left = all * share;
    for (const [index, count] of buckets.entries()) {
      const [lower, upper] = [DURATION_BOUNDS_MS[index - 1] ?? 0, DURATION_BOUNDS_MS[index]];
      if (upper === undefined) return lower;
      if (left <= count) return Math.round(lower + ((upper - lower) * left) / count);
      left -= count;
    }
    return DURATION_BOUNDS_MS.at(-1) ?? 0;
  };
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
