/**
 * The upper bounds of the durations by which finished requests are counted hour by hour, in milliseconds; what is longer has
 * a bucket of its own. A bucket is stored by its number, so none may ever be put between two others: to be added at the end only.
 */
export const DURATION_BOUNDS_MS = [
  50, 100, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 120_000, 300_000,
] as const;
