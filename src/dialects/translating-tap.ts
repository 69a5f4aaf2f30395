import { type SseEvent, SseParser } from '../sse/frames.js';
import { type StreamDecoder, type StreamEncoder, UnreadableAnswer } from './neutral/codec.js';
import type { NeutralEvent } from './neutral/neutral-event.js';
import type { StreamTap } from './stream-tap.js';
import type { TokenCounts } from './token-counts.js';
import { lossNames } from './wire/loss-list.js';
import { WrappedTap } from './wrapped-tap.js';

const EMPTY: Buffer = Buffer.alloc(0);

export interface TranslatingTapOptions {
  /** watches the upstream's stream in its own dialect: it knows what a whole answer is */
  readonly native: StreamTap;
  readonly decoder: StreamDecoder;
  readonly encoder: StreamEncoder;
  readonly maxLineBytes: number;
  /** the caller's error event for one that the upstream sent in its stream */
  readonly encodeError: (message: string, code: string | null) => Buffer;
}

/**
 * Turns a stream of one dialect into one of another. The upstream's own tap stands before it, so that whatever is no whole
 * answer there (a cut, garbage, an error event) never becomes one here: the terminal events are only written when it is.
 */
export class TranslatingTap extends WrappedTap {
  private ended = false;
  private reported = false;
  private unreadable = false;
  private started = false;
  private told: TokenCounts | null = null;
  private readonly parser: SseParser;

  constructor(private readonly options: TranslatingTapOptions) {
    super(options.native);
    this.parser = new SseParser({ maxLineBytes: options.maxLineBytes });
  }

  override get usage(): TokenCounts | null {
    return this.inner.usage ?? this.told;
  }

  override get done(): boolean {
    return this.ended;
  }

  override get failed(): boolean {
    return this.reported;
  }

  override get malformed(): boolean {
    return this.unreadable || this.inner.malformed;
  }

  /** Whole events are written, nothing else. */
  override get atLineStart(): boolean {
    return true;
  }

  override get atEventBoundary(): boolean {
    return true;
  }

  push(chunk: Buffer): Buffer {
    if (this.done || this.failed || this.unreadable) return EMPTY;
    const written = this.translate(this.parser.push(this.inner.push(chunk)));
    if (!this.inner.done || this.failed || this.malformed) return written;
    return Buffer.concat([written, this.finish()]);
  }

  end(): { readonly complete: boolean; readonly tail: Buffer } {
    if (this.done) return { complete: true, tail: EMPTY };
    const { complete, tail } = this.inner.end();
    const events = this.parser.push(tail);
    const cut = this.parser.end();
    const last = this.translate(cut === null ? events : [...events, cut]);
    if (!complete || this.failed || this.malformed) return { complete: false, tail: EMPTY };
    return { complete: true, tail: Buffer.concat([last, this.finish()]) };
  }

  private finish(): Buffer {
    const closed = this.reading(() => this.options.decoder.end());
    if (this.failed || this.unreadable) return closed;
    this.ended = true;
    const { encoder } = this.options;
    const ending = encoder.end();
    const { losses } = encoder.losses;
    // The head is long gone; a comment is what every reader of a stream passes over.
    const named = losses.length === 0 ? '' : `: x-bough-losses ${lossNames(losses)}\n\n`;
    return Buffer.concat([closed, Buffer.from(named + ending)]);
  }

  /** Event by event: what came before one that cannot be read was read, and goes on. */
  private translate(events: readonly SseEvent[]): Buffer {
    const written: Buffer[] = [];
    for (const event of events) {
      written.push(this.reading(() => this.options.decoder.push(event)));
      if (this.failed || this.unreadable) break;
    }
    return Buffer.concat(written);
  }

  /** What the events say, in the caller's dialect. */
  private reading(read: () => readonly NeutralEvent[]): Buffer {
    try {
      return this.write(read());
    } catch (error) {
      if (!(error instanceof UnreadableAnswer)) throw error;
      this.unreadable = true;
      return EMPTY;
    }
  }

  private write(events: readonly NeutralEvent[]): Buffer {
    let text = '';
    for (const event of events) {
      if (event.type === 'error') {
        // Before a byte was sent a failure is a status, and not an event: the relay says it.
        this.reported = this.started || text !== '';
        this.unreadable = !this.failed;
        return Buffer.concat([
          Buffer.from(text),
          this.failed ? this.options.encodeError(event.message, event.code) : EMPTY,
        ]);
      }
      if (event.type === 'usage') this.told = event.usage;
      text += this.options.encoder.push(event);
    }
    if (text !== '') this.started = true;
    return Buffer.from(text);
  }
}
