import type { Dictionary } from './dictionary.js';

const FIRST_BYTES = 16_384;
/** A buffer that one huge write has made larger is not kept. */
const KEPT_BYTES = 1_048_576;
const LONGEST_VARINT = 8;
/** Where numbers are told by their value plus one, so that zero is left to say that another form follows. */
const OTHER_FORM = 0;

/** Puts values behind each other into bytes: `ColumnReader` reads them in the same order. */
export class ColumnWriter {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private dictionary: Dictionary | null = null;
  /** how many bytes were put */
  length = 0;

  /** Begins anew; words go to this dictionary. */
  open(dictionary: Dictionary): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
    this.dictionary = dictionary;
    this.length = 0;
  }

  /** What was put so far. It changes with the next `open`. */
  view(from = 0): Buffer {
    return this.bytes.subarray(from, this.length);
  }

  /** Goes back to a length that it had. */
  rewind(length: number): void {
    this.length = length;
  }

  /** Leaves room that `fill32` fills. @returns where it is */
  skip(bytes: number): number {
    const at = this.length;
    this.reserve(bytes);
    this.length += bytes;
    return at;
  }

  fill32(at: number, value: number): void {
    this.bytes.writeUInt32LE(value, at);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** A whole number from zero to 2^53 - 1, the shorter the smaller it is. */
  varint(value: number): void {
    this.reserve(LONGEST_VARINT);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  /** Any number, NaN too; short for counts. */
  number(value: number): void {
    if (Number.isSafeInteger(value) && value >= 0 && value < Number.MAX_SAFE_INTEGER) {
      this.varint(value + 1);
      return;
    }
    this.byte(OTHER_FORM);
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  /** A whole number of any size, as money is. */
  amount(value: bigint): void {
    if (value >= 0n && value < Number.MAX_SAFE_INTEGER) {
      this.varint(Number(value) + 1);
      return;
    }
    this.byte(OTHER_FORM);
    this.text(value.toString());
  }

  /** UTF-8 behind its length: half a surrogate pair becomes U+FFFD, as in the ledger. */
  text(value: string): void {
    const most = value.length * 3;
    this.reserve(most + LONGEST_VARINT);
    if (most < 0x80) {
      const bytes = this.bytes.write(value, this.length + 1, 'utf8');
      this.bytes[this.length] = bytes;
      this.length += bytes + 1;
      return;
    }
    this.varint(Buffer.byteLength(value));
    this.length += this.bytes.write(value, this.length, 'utf8');
  }

  /** A text that repeats: its number. */
  word(value: string): void {
    if (this.dictionary === null || typeof value !== 'string') throw new TypeError('not a word of a block');
    this.varint(this.dictionary.numberOf(value));
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + bytes));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
