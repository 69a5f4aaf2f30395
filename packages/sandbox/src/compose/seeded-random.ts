import { createHash } from 'node:crypto';

/** Numbers that look random and depend on nothing but the seed. */
export interface SeededRandom {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
}

export function seededRandom(seed: string): SeededRandom {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  // The mulberry32 generator: four lines, and even enough for prose.
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return { next, between, pick: items => items[between(0, items.length - 1)] };
}

/** Lower-case hex digits that depend on nothing but the seed. */
export function seededId(seed: string, length: number): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, length);
}
