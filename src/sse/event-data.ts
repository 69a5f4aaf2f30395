import { ByteAccumulator } from './byte-accumulator.js';

const LINE_FEED = 0x0a;

/** Puts the data of one event together from its lines. An event of one line, as almost every one is, is not copied. */
export class SseEventData {
  /** How many data lines the event has so far. */
  lines = 0;

  private readonly copy = new ByteAccumulator();
  private borrowed: Buffer | null = null;

  constructor(private readonly maxBytes: number) {}

  /**
   * Adds the value of one data line. `borrowed`: the source stays as it is until `own` or `clear` is called. False, and
   * nothing is added, when the event would be longer than the bound.
   */
  add(source: Buffer, start: number, end: number, borrowed: boolean): boolean {
    if (this.lines === 0 && borrowed) {
      this.borrowed = source.subarray(start, end);
    } else {
      this.own();
      if (this.copy.length + end - start + 1 > this.maxBytes) return false;
      if (this.lines > 0) this.copy.appendByte(LINE_FEED);
      this.copy.append(source, start, end);
    }
    this.lines++;
    return true;
  }

  /** Copies what is borrowed, because the chunk that it lies in is about to go. */
  own(): void {
    if (this.borrowed === null) return;
    this.copy.append(this.borrowed, 0, this.borrowed.length);
    this.borrowed = null;
  }

  /** The lines, joined by LF; valid until the next call of another method. */
  view(): Buffer {
    return this.borrowed ?? this.copy.view();
  }

  clear(): void {
    this.lines = 0;
    this.borrowed = null;
    if (this.copy.length > 0) this.copy.clear();
  }
}
