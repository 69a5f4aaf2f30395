import { Readable } from 'node:stream';
import { LOOP_PACE } from '../platform/loop-pace.js';

/** More than this is written in several turns of the event loop: a socket takes megabytes at once, and copies them. */
const STEP_BYTES = 262_144;

/** The body as undici is to send it: a small one in one write, a large one in steps, without a copy of it. */
export function bodyOf(parts: readonly Buffer[]): Buffer | Readable | null {
  const [first] = parts;
  if (first === undefined) return null;
  if (parts.length === 1 && first.length <= STEP_BYTES) return first;
  return stepped(parts.filter(({ length }) => length > 0));
}

export function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function stepped(parts: readonly Buffer[]): Readable {
  let [at, from] = [0, 0];
  return new Readable({
    highWaterMark: 1,
    read() {
      const part = parts[at];
      if (part === undefined) {
        this.push(null);
        return;
      }
      const step = part.subarray(from, from + STEP_BYTES);
      from += step.length;
      if (from >= part.length) [at, from] = [at + 1, 0];
      LOOP_PACE.take(step.length, () => this.push(step));
    },
  });
}
