import { SseEventData } from '../sse/event-data.js';
import { startOfValue } from '../sse/line-field.js';
import { SseLineSplitter, SseLineTooLongError } from '../sse/line-splitter.js';
import type { StreamObserver } from './stream-observer.js';
import type { StreamedText, StreamTap, Told } from './stream-tap.js';
import { TextSample } from './text-sample.js';
import type { TokenCounts } from './token-counts.js';

const EMPTY: Buffer = Buffer.alloc(0);
const COLON = 0x3a;
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');
const CR = 0x0d;
const LF = 0x0a;
/** No field of an event stream starts with these: HTML, or JSON that is not framed. */
const FOREIGN = new Set(Buffer.from('<{['));

export interface EventTapOptions {
  /** bound of one line, and of the data of one event, in bytes */
  readonly maxLineBytes: number;
  /** Whether a clean end of the upstream without a terminal event is the end of a whole answer (Gemini). */
  readonly endsWithoutTerminal: boolean;
}

/**
 * Watches a stream of named events (Messages, Responses, Gemini) on its way to the caller: every byte goes on as it came, up
 * to the end of the terminal event. What the events say is read by the dialect’s `StreamObserver`.
 */
export class EventTap implements StreamTap {
  done = false;
  stopped = false;
  private readonly splitter: SseLineSplitter;
  private readonly data: SseEventData;
  private readonly sample = new TextSample();
  private name: string | null = null;
  private hasFields = false;
  private foreign = false;
  private chunk = EMPTY;
  /** where the chunk's terminal event ends */
  private cut: number | null = null;

  constructor(
    private readonly observer: StreamObserver,
    private readonly options: EventTapOptions,
  ) {
    this.splitter = new SseLineSplitter(options.maxLineBytes);
    this.data = new SseEventData(options.maxLineBytes);
  }

  get usage(): TokenCounts | null {
    return this.observer.usage;
  }

  get usageFinal(): boolean {
    return this.observer.usageFinal;
  }

  get spoke(): boolean {
    return this.sample.spoke;
  }

  get ending(): boolean {
    return this.observer.ending;
  }

  get failed(): boolean {
    return this.observer.failed;
  }

  get failure(): Told | null {
    return this.observer.failure;
  }

  get nextSequence(): number | undefined {
    return this.observer.nextSequence;
  }

  get malformed(): boolean {
    return this.foreign || this.observer.malformed;
  }

  get atLineStart(): boolean {
    return this.done || this.splitter.atLineStart;
  }

  get atEventBoundary(): boolean {
    return this.done || (this.splitter.atLineStart && !this.hasFields);
  }

  push(chunk: Buffer): Buffer {
    if (this.done || this.stopped) return EMPTY;
    this.chunk = chunk;
    try {
      this.splitter.push(chunk, this.onLine);
    } catch (error) {
      if (!(error instanceof SseLineTooLongError)) throw error;
      this.stop();
      return EMPTY;
    }
    const forwarded = this.cut === null ? chunk : chunk.subarray(0, this.cut);
    this.data.own();
    this.chunk = EMPTY;
    return this.stopped ? EMPTY : forwarded;
  }

  end(): { readonly complete: boolean; readonly tail: Buffer } {
    if (this.done) return { complete: true, tail: EMPTY };
    if (this.stopped) return { complete: false, tail: EMPTY };
    const last = this.splitter.unfinished;
    if (last.length > 0) this.onLine(last, 0, last.length, 0);
    // An event whose blank line never came is read all the same: most SDKs do so too.
    if (this.data.lines > 0) this.dispatch();
    const { finished, terminal } = this.observer;
    const whole = finished && (terminal || this.options.endsWithoutTerminal) && !this.failed && !this.malformed;
    return { complete: whole, tail: EMPTY };
  }

  streamedText(): StreamedText {
    return { ...this.sample.read(), seen: this.observer.seen };
  }

  private readonly onLine = (source: Buffer, start: number, end: number, chunkEnd: number): boolean => {
    if (start === end) {
      this.dispatch();
      this.hasFields = false;
      if (!this.observer.terminal || !this.observer.finished || this.failed || this.malformed) return true;
      this.done = true;
      this.cut = behindLineEnd(this.chunk, chunkEnd);
      return false;
    }
    if (source[start] === COLON) return true;
    this.hasFields = true;
    if (FOREIGN.has(source[start] as number)) {
      this.foreign = true;
      return true;
    }
    const data = startOfValue(source, start, end, DATA);
    if (data !== -1) {
      if (this.data.add(source, data, end, source === this.chunk)) return true;
      this.stop();
      return false;
    }
    const name = startOfValue(source, start, end, EVENT);
    if (name !== -1) this.name = source.toString('utf8', name, end);
    return true;
  };

  private dispatch(): void {
    if (this.data.lines > 0) {
      const data = this.data.view();
      this.observer.inspect(this.name, data);
      // The words of a failure are nobody's answer.
      this.sample.add(data, this.observer.repeats || this.observer.failed);
    }
    this.data.clear();
    this.name = null;
  }

  private stop(): void {
    this.foreign = true;
    this.stopped = true;
    this.data.clear();
  }
}

function behindLineEnd(chunk: Buffer, end: number): number {
  if (chunk[end] === CR && chunk[end + 1] === LF) return end + 2;
  return Math.min(chunk.length, end + 1);
}
