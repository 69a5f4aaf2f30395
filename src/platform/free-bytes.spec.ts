import { freeBytes } from './free-bytes.js';

const MEBIBYTE = 1_048_576;

describe('the memory of a buffer', () => {
  it('is given back at once, without a garbage collection', () => {
    const before = process.memoryUsage().arrayBuffers;
    const buffers = Array.from({ length: 100 }, () => Buffer.allocUnsafeSlow(MEBIBYTE));
    expect(process.memoryUsage().arrayBuffers - before).toBeGreaterThan(90 * MEBIBYTE);
    for (const buffer of buffers) freeBytes(buffer);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10 * MEBIBYTE);
    expect(buffers.every(({ length }) => length === 0)).toBe(true);
  });

  it.each([
    ['one of a pool', () => Buffer.from('word')],
    ['a part of a larger one', () => Buffer.allocUnsafeSlow(9).fill('word').subarray(0, 4)],
    ['one that is shared', () => Buffer.from(new SharedArrayBuffer(4)).fill('word')],
  ])('stays where it is %s', (_, make) => {
    const buffer = make();
    freeBytes(buffer);
    expect(buffer.toString()).toBe('word');
  });

  it('may be none at all, or given back before', () => {
    const buffer = Buffer.allocUnsafeSlow(4);
    for (const each of [buffer, buffer, Buffer.alloc(0)]) freeBytes(each);
    expect(buffer.length).toBe(0);
  });
});
