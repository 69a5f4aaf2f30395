import { SseEventData } from '../../sse/event-data.js';
import { startOfValue, startsWith } from '../../sse/line-field.js';
import { SseLineSplitter, SseLineTooLongError } from '../../sse/line-splitter.js';
import { readServed } from '../served.js';
import type { StreamedText, StreamTap, Told } from '../stream-tap.js';
import { TextSample } from '../text-sample.js';
import type { TokenCounts } from '../token-counts.js';
import { AfterDone } from './after-done.js';
import { findServiceTier, inspectChatEvent, isLastEvent } from './stream-observer.js';
import { withServiceTier } from './usage.js';

const EMPTY: Buffer = Buffer.alloc(0);
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');
const ERROR_EVENT = Buffer.from('error');
const DONE = Buffer.from('[DONE]');
const COLON = 0x3a;

/** The two ways to write the line that ends a stream. */
const DONE_LINES = [Buffer.from('data: [DONE]'), Buffer.from('data:[DONE]')];

/** What a client waits for, behind a stream that ended whole in a way of its server's own. */
const MISSING_DONE = Buffer.from('data: [DONE]\n\n');

/** No field of an event stream starts with these: HTML, or JSON that is not framed. */
const FOREIGN = new Set(Buffer.from('<{['));

export interface ChatStreamTapOptions {
  /** Bound of one line, and of the data of one event, in bytes. */
  readonly maxLineBytes: number;
}

/** How a stream ended. `tail` holds bytes still to forward; it is empty unless `complete`. */
export interface ChatStreamEnd {
  readonly complete: boolean;
  readonly tail: Buffer;
}

/**
 * Watches a chat-completions stream on its way to the client: what came goes on at once, byte for byte, and what matters
 * is noted. Held back is only the beginning of a line that may become `data: [DONE]` (12 bytes at most), so that a stream
 * which broke can never look finished: clients take `[DONE]` for success whatever came before it.
 *
 * One tap serves one stream. Memory is bounded by a line, an event and a small sample of the text.
 */
export class ChatStreamTap implements StreamTap {
  private readonly splitter: SseLineSplitter;
  private readonly sample = new TextSample();
  private readonly facts = { usage: null as TokenCounts | null, finished: false, failed: false, malformed: false };
  failure: Told | null = null;
  private usageAtEnd = false;
  private endedByEvent = false;
  /** the answer went on behind the usage, which did not count that */
  private outgrown = false;
  private eventCount = 0;
  /** what the first event says; not every server says it again beside the usage */
  private serviceTier: string | null = null;

  /** The event that is being received: its data, whether it is called `error`, whether it has any field yet. */
  private readonly data: SseEventData;
  private namedError = false;
  private hasFields = false;

  private chunk = EMPTY;
  /** The beginning of a line that may become `[DONE]`. */
  private held = EMPTY;
  /** What of the chunk may go, once that is settled before the chunk was read to its end. */
  private settled: Buffer | null = null;
  private afterDone: AfterDone | null = null;
  /** Set when nothing more is forwarded: where the forwarded bytes stopped. */
  private closed: { readonly atLineStart: boolean } | null = null;
  private ended: ChatStreamEnd | null = null;

  constructor(options: ChatStreamTapOptions) {
    this.splitter = new SseLineSplitter(options.maxLineBytes);
    this.data = new SseEventData(options.maxLineBytes);
  }

  /** The last usage that was seen, which is cumulative. */
  get usage(): TokenCounts | null {
    return this.facts.usage && withServiceTier(this.facts.usage, this.serviceTier);
  }

  /**
   * Some servers count along with every event, so a usage is the last word only in the event without choices behind the
   * last reason to end, or where `[DONE]` came and nothing but the end between them.
   */
  get usageFinal(): boolean {
    return this.facts.usage !== null && (this.usageAtEnd || (this.done && !this.outgrown));
  }

  get spoke(): boolean {
    return this.sample.spoke;
  }

  /** Of several choices the others may go on: they are as good as ended. */
  get ending(): boolean {
    return this.facts.finished;
  }

  /** A choice was given a finish_reason. */
  get finished(): boolean {
    return this.facts.finished;
  }

  /** `[DONE]` came where it was allowed to, and was forwarded. */
  get done(): boolean {
    return this.afterDone !== null;
  }

  /** An event that reports an error was forwarded. */
  get failed(): boolean {
    return this.facts.failed;
  }

  /** Something is no event of this dialect, or a line is over the bound. The stream will not be complete. */
  get malformed(): boolean {
    return this.facts.malformed;
  }

  /** Nothing more is forwarded: the stream was given up at a `[DONE]` that it did not deserve, or at an endless line. */
  get stopped(): boolean {
    return this.closed !== null;
  }

  /** Events with data so far, without `[DONE]`. */
  get events(): number {
    return this.eventCount;
  }

  /** The forwarded bytes end with a whole line. */
  get atLineStart(): boolean {
    if (this.afterDone !== null) return this.afterDone.atLineStart;
    if (this.closed !== null) return this.closed.atLineStart;
    return this.held.length > 0 || this.splitter.atLineStart;
  }

  /** The forwarded bytes end with a whole event, so a comment with a blank line behind it may be inserted. */
  get atEventBoundary(): boolean {
    if (this.afterDone !== null) return this.afterDone.atEventBoundary;
    return this.atLineStart && !this.hasFields;
  }

  /** Returns the bytes that may be forwarded now, byte for byte what came, in order. */
  push(chunk: Buffer): Buffer {
    if (this.afterDone !== null) return this.afterDone.filter(chunk);
    if (this.closed !== null || this.ended !== null) return EMPTY;
    this.chunk = chunk;
    this.settled = null;
    try {
      this.splitter.push(chunk, this.onLine);
    } catch (error) {
      if (!(error instanceof SseLineTooLongError)) throw error;
      this.closeInLine(this.splitter.bytesWithinBound);
    }
    const forwarded = this.settled ?? this.release();
    this.data.own();
    this.chunk = EMPTY;
    return forwarded;
  }

  /**
   * At the upstream's clean end. A last event without its blank line, or `[DONE]` without its line end, counts as
   * received; an event that is cut is no fault of its form. When `complete` is false the client must not take the stream
   * for finished: tell it so, unless `failed` says that the upstream already did.
   */
  end(): ChatStreamEnd {
    this.ended ??= this.finish();
    return this.ended;
  }

  /** For estimates: the beginning of the generated text, and how many times as much the whole stream holds. */
  streamedText(): StreamedText {
    const served = readServed({ service_tier: this.serviceTier });
    return { ...this.sample.read(), seen: served === undefined ? {} : { served } };
  }

  private finish(): ChatStreamEnd {
    if (this.afterDone !== null) return { complete: true, tail: EMPTY };
    if (this.closed !== null) return { complete: false, tail: EMPTY };
    if (DONE_LINES.some(text => text.equals(this.held))) {
      this.reachDone(-this.held.length, this.held.length);
      return { complete: this.done, tail: this.done ? (this.settled ?? EMPTY) : EMPTY };
    }
    const { atLineStart } = this;
    const last = this.splitter.unfinished;
    if (this.held.length === 0 && last.length > 0) this.onLine(last, 0, last.length, 0);
    this.dispatch(true);
    this.held = EMPTY;
    if (this.endedByEvent && atLineStart && !this.facts.failed && !this.facts.malformed) {
      this.afterDone = new AfterDone();
      return { complete: true, tail: MISSING_DONE };
    }
    this.closed = { atLineStart };
    return { complete: false, tail: EMPTY };
  }

  private readonly onLine = (source: Buffer, start: number, end: number, chunkEnd: number): boolean => {
    if (start === end) {
      this.dispatch(false);
      this.hasFields = false;
      return true;
    }
    if (source[start] === COLON) return true;
    const data = startOfValue(source, start, end, DATA);
    if (data !== -1) {
      if (startsWith(source, data, end, DONE)) {
        this.reachDone(chunkEnd - (end - start), data - start + DONE.length);
        return false;
      }
      if (!this.data.add(source, data, end, source === this.chunk)) {
        this.closeInLine(chunkEnd);
        return false;
      }
    } else if (FOREIGN.has(source[start] as number)) {
      this.facts.malformed = true;
    } else {
      const name = startOfValue(source, start, end, EVENT);
      if (name !== -1) this.namedError = source.subarray(name, end).equals(ERROR_EVENT);
    }
    this.hasFields = true;
    return true;
  };

  /** Looks at the event that is complete. `last`: the stream ended inside it, so it may be cut. */
  private dispatch(last: boolean): void {
    if (this.data.lines > 0) {
      const data = this.data.view();
      const found = inspectChatEvent(data, this.namedError);
      if (this.eventCount === 0) this.serviceTier = findServiceTier(data);
      this.sample.add(data, found.failure !== null);
      if (!found.malformed) this.eventCount++;
      if (found.malformed && !last) this.facts.malformed = true;
      if (found.finished) this.facts.finished = true;
      this.endedByEvent = !last && found.finished && isLastEvent(data);
      if (found.failure !== null) {
        this.facts.failed = true;
        this.failure = found.failure;
      }
      if (found.usage !== null) {
        this.facts.usage = found.usage;
        this.usageAtEnd = this.facts.finished && found.withoutChoices;
      }
      this.outgrown = found.usage === null && (this.outgrown || (this.facts.usage !== null && !this.facts.finished));
    }
    this.data.clear();
    this.namedError = false;
  }

  /**
   * The line that starts at `lineStart` of the chunk (negative: in an earlier one) begins with `length` bytes that say
   * `[DONE]`. It goes on when the stream deserves it; else the stream stops before it.
   */
  private reachDone(lineStart: number, length: number): void {
    if (this.data.lines > 0) {
      // Only a blank line ends an event, so to most clients this one is broken. What it says still counts.
      this.dispatch(true);
      this.facts.malformed = true;
    }
    const { finished, failed, malformed } = this.facts;
    if (finished && !failed && !malformed) {
      this.afterDone = new AfterDone();
      const cut = Math.max(0, lineStart + length);
      const rest = this.afterDone.filter(this.chunk.subarray(cut));
      this.settled = Buffer.concat([this.held, this.chunk.subarray(0, cut), rest]);
    } else {
      this.closed = { atLineStart: true };
      // What is held belongs to this line, unless this line began later.
      this.settled = lineStart < 0 ? EMPTY : Buffer.concat([this.held, this.chunk.subarray(0, lineStart)]);
    }
    this.held = EMPTY;
  }

  /** Stops for good: the bound was passed at this offset of the chunk. */
  private closeInLine(chunkOffset: number): void {
    this.facts.malformed = true;
    this.closed = { atLineStart: false };
    this.settled = Buffer.concat([this.held, this.chunk.subarray(0, chunkOffset)]);
    this.held = EMPTY;
    this.data.clear();
  }

  /** The chunk was read to its end: forwards what was held before, and all of the chunk but what must be held now. */
  private release(): Buffer {
    const { chunk, held } = this;
    const line = this.splitter.unfinished;
    if (line.length === 0 && held.length === 0) return chunk;
    const done = DONE_LINES.find(text => line.length > text.length && startsWith(line, 0, line.length, text));
    if (done !== undefined) {
      this.reachDone(chunk.length - line.length, done.length);
      return this.settled ?? EMPTY;
    }
    const mayBecomeDone = DONE_LINES.some(text => startsWith(text, 0, text.length, line));
    const hold = mayBecomeDone ? line.length : 0;
    this.held = hold > 0 ? Buffer.from(line) : EMPTY;
    if (hold > chunk.length) return EMPTY; // still inside the line that was held
    const forwarded = chunk.subarray(0, chunk.length - hold);
    return held.length === 0 ? forwarded : Buffer.concat([held, forwarded]);
  }
}
