import { SseEventData } from './event-data.js';
import { DEFAULT_MAX_LINE_BYTES, SseLineSplitter, SseLineTooLongError } from './line-splitter.js';

export { SseLineTooLongError } from './line-splitter.js';

const COLON = 0x3a;
const SPACE = 0x20;

/** So many bytes of a field's name tell it from every other. */
const LONGEST_NAME = 6;

/** One dispatched event. `event` and `id` are null where the stream names none; the lines of `data` are joined by LF. */
export interface SseEvent {
  readonly event: string | null;
  readonly data: string;
  readonly id: string | null;
}

export interface SseParserOptions {
  /** Bound of one line and of the data of one event, in bytes; 16 MiB when absent. */
  readonly maxLineBytes?: number;
}

/**
 * Reads an event stream as the HTML standard says, whatever its chunks: text is decoded by whole lines, so a character
 * that is split over chunks stays whole. `retry` and unknown fields are passed over.
 */
export class SseParser {
  private readonly maxLineBytes: number;
  private readonly splitter: SseLineSplitter;
  private readonly data: SseEventData;
  private failure: SseLineTooLongError | null = null;
  private dispatched: SseEvent[] = [];
  private event: string | null = null;
  private id: string | null = null;

  constructor(options: SseParserOptions = {}) {
    this.maxLineBytes = options.maxLineBytes ?? DEFAULT_MAX_LINE_BYTES;
    this.splitter = new SseLineSplitter(this.maxLineBytes);
    this.data = new SseEventData(this.maxLineBytes);
  }

  /** The events that the chunk completes, in order. Throws `SseLineTooLongError`, again on every later call. */
  push(chunk: Buffer): SseEvent[] {
    if (this.failure !== null) throw this.failure;
    this.splitter.push(chunk, this.onLine);
    return this.take();
  }

  /**
   * At the end of the stream: the event whose blank line never came, or null. The standard drops it, most SDKs do not;
   * its last line may be cut short, and the caller knows whether the stream ended well.
   */
  end(): SseEvent | null {
    const last = this.splitter.unfinished;
    if (last.length > 0) this.field(last, 0, last.length);
    this.dispatch();
    return this.take()[0] ?? null;
  }

  private take(): SseEvent[] {
    const events = this.dispatched;
    if (events.length > 0) this.dispatched = [];
    return events;
  }

  private readonly onLine = (source: Buffer, start: number, end: number): boolean => {
    if (start === end) this.dispatch();
    else this.field(source, start, end);
    return true;
  };

  private field(source: Buffer, start: number, end: number): void {
    const colon = source.subarray(start, end).indexOf(COLON);
    if (colon === 0) return; // a comment
    const nameEnd = colon === -1 ? end : start + colon;
    const name = source.toString('latin1', start, Math.min(nameEnd, start + LONGEST_NAME));
    let value = Math.min(nameEnd + 1, end);
    if (value < end && source[value] === SPACE) value++;
    if (name === 'data') this.addData(source, value, end);
    else if (name === 'event') this.event = source.toString('utf8', value, end);
    else if (name === 'id' && !source.subarray(value, end).includes(0)) this.id = source.toString('utf8', value, end);
  }

  private addData(source: Buffer, start: number, end: number): void {
    if (this.data.add(source, start, end, false)) return;
    this.failure = new SseLineTooLongError(this.maxLineBytes);
    throw this.failure;
  }

  private dispatch(): void {
    if (this.data.lines > 0) {
      this.dispatched.push({ event: this.event || null, data: this.data.view().toString('utf8'), id: this.id });
    }
    this.event = null;
    this.id = null;
    this.data.clear();
  }
}

/** A comment, to keep a quiet stream alive. Ends an event that is open, so write it at an event boundary only. */
export function encodeComment(text: string): Buffer {
  return Buffer.from(`: ${text.replaceAll(/[\r\n]+/g, ' ')}\n\n`);
}

/** An event. A line break in `json` (only ever whitespace between tokens) starts another data line of the same event. */
export function encodeData(json: string): Buffer {
  return Buffer.from(`data: ${json.replaceAll(/\r\n|\r|\n/g, '\ndata: ')}\n\n`);
}

/** An event with a name. */
export function encodeNamedData(name: string, json: string): Buffer {
  return Buffer.concat([Buffer.from(`event: ${name}\n`), encodeData(json)]);
}
