const LONGEST_VARINT = 8;

/** A block that told a word is lost, and with it what uses the word. */
export class LostWordError extends Error {
  override readonly name = 'LostWordError';
}

/** Reads what a `ColumnWriter` put, in the same order. Throws a RangeError behind the end. */
export class ColumnReader {
  private at = 0;

  constructor(
    private readonly bytes: Buffer,
    /** the words of the segment so far, by their numbers */
    private readonly words: ReadonlyMap<number, string>,
  ) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new RangeError('it ends too early');
    this.at += 1;
    return value;
  }

  uint32(): number {
    const value = this.bytes.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < LONGEST_VARINT; index += 1) {
      const byte = this.byte();
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new RangeError('a number is too long');
  }

  number(): number {
    const value = this.varint();
    if (value > 0) return value - 1;
    const double = this.bytes.readDoubleLE(this.at);
    this.at += 8;
    return double;
  }

  amount(): bigint {
    const value = this.varint();
    return value > 0 ? BigInt(value - 1) : BigInt(this.text());
  }

  text(): string {
    return this.take(this.varint()).toString('utf8');
  }

  /** @throws {LostWordError} */
  word(): string {
    const number = this.varint();
    const word = this.words.get(number);
    if (word === undefined) throw new LostWordError(`word ${number} was told by a block that is lost`);
    return word;
  }

  /** The next so many bytes. */
  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new RangeError('it ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
