const FIRST_BYTES = 256;

/** More than this is given back when the accumulator is emptied, so that one large line does not stay for good. */
const KEPT_BYTES = 16 * 1024;

const EMPTY = Buffer.alloc(0);

/** A growing buffer: appending n bytes one by one costs O(n), and it never holds more than twice what it was given. */
export class ByteAccumulator {
  private bytes = EMPTY;
  length = 0;

  append(source: Buffer, start: number, end: number): void {
    const needed = this.length + end - start;
    this.reserve(needed);
    source.copy(this.bytes, this.length, start, end);
    this.length = needed;
  }

  appendByte(byte: number): void {
    this.reserve(this.length + 1);
    this.bytes[this.length] = byte;
    this.length += 1;
  }

  private reserve(needed: number): void {
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(this.bytes.length * 2, needed * 2), FIRST_BYTES));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** What was appended; valid until the next `append` or `clear`. */
  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = EMPTY;
  }
}
