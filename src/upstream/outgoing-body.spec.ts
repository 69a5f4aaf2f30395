import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { bodyOf, lengthOf } from './outgoing-body.js';

describe('the body of a request to an upstream', () => {
  it.each([1, 262_144])('is written at once where it has %d bytes', size => {
    const body = randomBytes(size);
    expect(bodyOf([body])).toBe(body);
  });

  it('is none where there is none', () => {
    expect(bodyOf([])).toBeNull();
  });

  it('is written in steps where it is large, whole, and without a copy of it', async () => {
    const parts = [randomBytes(10), Buffer.alloc(0), randomBytes(3_000_000), randomBytes(262_144)];
    const steps: Buffer[] = [];
    await once(
      (bodyOf(parts) as Readable).on('data', (step: Buffer) => steps.push(step)),
      'end',
    );
    expect(Buffer.concat(steps).equals(Buffer.concat(parts))).toBe(true);
    expect(Math.max(...steps.map(({ length }) => length))).toBeLessThanOrEqual(262_144);
    const memories = new Set<unknown>(parts.map(({ buffer }) => buffer));
    expect(steps.every(({ buffer }) => memories.has(buffer))).toBe(true);
    expect(lengthOf(parts)).toBe(3_262_154);
  });

  it('leaves turns of the event loop to others in between', async () => {
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 0);
    await once((bodyOf([Buffer.alloc(100_000_000)]) as Readable).resume(), 'end');
    clearInterval(turning);
    // A hundred turns of a megabyte; a timer of at least a millisecond does not see all of them.
    expect(turns).toBeGreaterThan(0);
  });

  it('is not read by a side that does not take it', () => {
    const body = bodyOf([Buffer.alloc(3_000_000)]) as Readable;
    expect(body.readableLength).toBe(0);
    body.destroy();
  });
});
