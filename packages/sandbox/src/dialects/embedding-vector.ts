import { createHash } from 'node:crypto';
import { seededRandom } from '../compose/seeded-random.js';

export const MAX_DIMENSIONS = 1024;

/** Longer texts are read at their beginning only. */
const READ_CHARS = 64 * 1024;

/** Into how many of the dimensions each feature of a text falls: half the bytes of its hash. */
const SPREAD = 16;
const WORD_WEIGHT = 1;
const PART_WEIGHT = 0.35;
/** Tells texts of the same words apart, and leaves no vector empty. */
const NOISE_WEIGHT = 0.05;

/**
 * A vector of length 1 that depends on nothing but the text. Texts that share words lie nearer to each other than those
 * which do not, and words that share most of their letters do too; meaning is beyond it. Fewer dimensions are the first
 * ones of all.
 */
export function embedText(text: string, dimensions: number): number[] {
  const vector = new Array<number>(MAX_DIMENSIONS).fill(0);
  for (const [feature, weight] of featuresOf(text.slice(0, READ_CHARS))) {
    const hash = createHash('sha256').update(feature).digest();
    for (let index = 0; index < SPREAD; index++) {
      const word = hash.readUInt16LE(2 * index);
      vector[word % MAX_DIMENSIONS] += word & 0x8000 ? weight : -weight;
    }
  }
  const random = seededRandom(text);
  const noisy = vector.slice(0, dimensions).map(value => value + NOISE_WEIGHT * (random.next() - 0.5));
  const length = Math.hypot(...noisy);
  return noisy.map(value => Number((value / length).toFixed(7)));
}

/** Words and their parts of three letters, each with what it counts: many times is more than once, but not so often more. */
function featuresOf(text: string): Map<string, number> {
  const counts = new Map<string, { count: number; weight: number }>();
  const add = (feature: string, weight: number): void => {
    const found = counts.get(feature);
    if (found === undefined) counts.set(feature, { count: 1, weight });
    else found.count++;
  };
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]{1,64}/gu)) {
    add(word, WORD_WEIGHT);
    const framed = `^${word}$`;
    for (let start = 0; start + 3 <= framed.length; start++) add(`#${framed.slice(start, start + 3)}`, PART_WEIGHT);
  }
  return new Map([...counts].map(([feature, { count, weight }]) => [feature, weight * Math.sqrt(count)]));
}
