import { ByteAccumulator } from './byte-accumulator.js';

export const DEFAULT_MAX_LINE_BYTES = 16 * 1024 * 1024;

const EMPTY = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;

/** A line, or the data of one event, is longer than the bound. */
export class SseLineTooLongError extends Error {
  override readonly name = 'SseLineTooLongError';

  constructor(readonly maxLineBytes: number) {
    super(`a line of the event stream is longer than ${maxLineBytes} bytes`);
  }
}

/**
 * Receives one line without its end: `source[start..end)`, valid during the call only. The line's own bytes end at
 * `chunkEnd` in the chunk that was pushed, where its line end begins. Returning false stops the splitter for good.
 */
export type OnLine = (source: Buffer, start: number, end: number, chunkEnd: number) => boolean;

/**
 * Cuts an event stream into lines, however its bytes are split over chunks. Lines end with LF, CR or CRLF; a byte order
 * mark at the start of the stream is no part of the first line. Memory is bounded by `maxLineBytes`.
 */
export class SseLineSplitter {
  private readonly carry = new ByteAccumulator();
  private firstLine = true;
  private stopped = false;
  private failure: SseLineTooLongError | null = null;
  /** After an `SseLineTooLongError`: how many bytes of that chunk came before the bound was passed. */
  bytesWithinBound = 0;
  /** The last byte was a CR: when an LF comes next, it belongs to the same line end. */
  private afterCr = false;
  /** A CR that no LF followed was seen, so a CR at the end of a chunk is most likely a whole line end. */
  private bareCr = false;

  constructor(private readonly maxLineBytes: number = DEFAULT_MAX_LINE_BYTES) {}

  /** Hands every line that the chunk completes to `onLine`. Throws `SseLineTooLongError`, again on every later call. */
  push(chunk: Buffer, onLine: OnLine): void {
    if (this.failure !== null) throw this.failure;
    if (this.stopped || chunk.length === 0) return;
    let from = 0;
    if (this.afterCr) {
      this.afterCr = false;
      if (chunk[0] === LF) from = 1;
      else this.bareCr = true;
    }
    let lf = offsetOf(chunk, LF, from);
    let cr = offsetOf(chunk, CR, from);
    while (lf < chunk.length || cr < chunk.length) {
      const end = Math.min(lf, cr);
      if (!this.line(chunk, from, end, onLine)) {
        this.stopped = true;
        return;
      }
      from = end === cr ? this.behindCr(chunk, cr) : lf + 1;
      if (lf < from) lf = offsetOf(chunk, LF, from);
      if (cr < from) cr = offsetOf(chunk, CR, from);
    }
    this.keep(chunk, from, chunk.length);
  }

  /** The beginning of the line that has not ended yet, without a byte order mark; valid until the next `push`. */
  get unfinished(): Buffer {
    if (this.carry.length === 0) return EMPTY;
    const bytes = this.carry.view();
    return bytes.subarray(this.markLength(bytes, 0, bytes.length));
  }

  /** Whether a line could begin here: nothing is unfinished, and the last CR is not half of a CRLF. */
  get atLineStart(): boolean {
    return this.unfinished.length === 0 && (!this.afterCr || this.bareCr);
  }

  private line(chunk: Buffer, from: number, end: number, onLine: OnLine): boolean {
    if (this.carry.length === 0) {
      if (end - from > this.maxLineBytes) throw this.tooLong(from);
      const mark = this.markLength(chunk, from, end);
      this.firstLine = false;
      return onLine(chunk, from + mark, end, end);
    }
    this.keep(chunk, from, end);
    const whole = this.carry.view();
    const mark = this.markLength(whole, 0, whole.length);
    this.firstLine = false;
    this.carry.clear();
    return onLine(whole, mark, whole.length, end);
  }

  private keep(chunk: Buffer, from: number, end: number): void {
    if (this.carry.length + end - from > this.maxLineBytes) throw this.tooLong(from);
    if (end > from) this.carry.append(chunk, from, end);
  }

  private tooLong(from: number): SseLineTooLongError {
    this.bytesWithinBound = from + this.maxLineBytes - this.carry.length;
    this.carry.clear();
    this.failure = new SseLineTooLongError(this.maxLineBytes);
    return this.failure;
  }

  private behindCr(chunk: Buffer, cr: number): number {
    if (cr + 1 === chunk.length) this.afterCr = true;
    else if (chunk[cr + 1] === LF) return cr + 2;
    else this.bareCr = true;
    return cr + 1;
  }

  private markLength(source: Buffer, start: number, end: number): number {
    if (!this.firstLine || end - start < 3) return 0;
    return source[start] === 0xef && source[start + 1] === 0xbb && source[start + 2] === 0xbf ? 3 : 0;
  }
}

/** Where the byte stands next, else the length of the chunk. */
function offsetOf(chunk: Buffer, byte: number, from: number): number {
  if (chunk[from] === byte) return from; // a blank line, every other one, is not worth a native call
  const found = chunk.indexOf(byte, from);
  return found === -1 ? chunk.length : found;
}
