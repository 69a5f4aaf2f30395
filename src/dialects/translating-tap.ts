import { type SseEvent, SseParser } from '../sse/frames.js';
import { type StreamDecoder, type StreamEncoder, UnreadableAnswer } from './neutral/codec.js';
import type { NeutralEvent } from './neutral/neutral-event.js';
import { failureMessage } from './neutral/endings.js';
import type { Loss } from './neutral/neutral.types.js';
import type { StreamTap, Told } from './stream-tap.js';
import { NO_TOKENS, type TokenCounts } from './token-counts.js';
import { lossNames } from './wire/loss-list.js';
import { WrappedTap } from './wrapped-tap.js';

/** Of English text in the tokenizers of most makers. */
const CHARACTERS_PER_TOKEN = 4;
const EMPTY: Buffer = Buffer.alloc(0);

export interface TranslatingTapOptions {
  /** watches the upstream's stream in its own dialect: it knows what a whole answer is */
  readonly native: StreamTap;
  readonly decoder: StreamDecoder;
  readonly encoder: StreamEncoder;
  readonly maxLineBytes: number;
  /** what the input likely has, in tokens, for a stream that tells no usage; absent where there is no guess */
  readonly estimatedInput?: number;
  /** the caller's error event for what the upstream told in its stream */
  readonly encodeError: (failure: Told) => Buffer;
}

/**
 * Turns a stream of one dialect into one of another. The upstream's own tap stands before it, so that whatever is no whole
 * answer there (a cut, garbage, an error event) never becomes one here: the terminal events are only written when it is.
 */
export class TranslatingTap extends WrappedTap {
  private ended = false;
  private reported = false;
  private unreadable = false;
  private gaveUp: Told | null = null;
  /** how the answer begins, until there is more to say: a failure before that can still be a status */
  private held = '';
  private told: TokenCounts | null = null;
  /** of texts, thoughts and arguments, in UTF-16 units */
  private written = 0;
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

  override get failure(): Told | null {
    return this.gaveUp ?? this.inner.failure;
  }

  /** Of the caller's stream, which has other events than the upstream's. */
  override get nextSequence(): number | undefined {
    return this.options.encoder.nextSequence;
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
    if (!complete || this.failed || this.malformed) return { complete: false, tail: this.failed ? last : EMPTY };
    const all = Buffer.concat([last, this.finish()]);
    return { complete: !this.failed && !this.malformed, tail: all };
  }

  private finish(): Buffer {
    const closed = this.reading(() => this.options.decoder.end());
    if (this.failed || this.unreadable) return closed;
    this.ended = true;
    const { decoder, encoder } = this.options;
    const estimated = this.estimate();
    const ending = encoder.end();
    const losses = [...(decoder.losses?.losses ?? []), ...encoder.losses.losses, ...estimated];
    // The head is long gone; a comment is what every reader of a stream passes over.
    const named = losses.length === 0 ? '' : `: x-bough-losses ${lossNames(losses)}\n\n`;
    return Buffer.concat([closed, Buffer.from(this.take(named + ending))]);
  }

  /** In most dialects a stream always tells usage. What nobody counted is guessed, named so, and paid by another count. */
  private estimate(): readonly Loss[] {
    const { estimatedInput, encoder } = this.options;
    if (estimatedInput === undefined || this.usage !== null) return [];
    const output = Math.ceil(this.written / CHARACTERS_PER_TOKEN);
    encoder.push({ type: 'usage', usage: { ...NO_TOKENS, input: estimatedInput, output } });
    return [{ field: 'usage', reason: 'the provider did not count; this is an estimate' }];
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
    const { encoder, encodeError } = this.options;
    let text = '';
    for (const event of events) {
      if (event.type === 'error' || (event.type === 'finish' && event.reason === 'error')) {
        this.reported = true;
        // The event that told it was read by the native tap, too; an ending that is a failure was not.
        if (event.type === 'finish') this.gaveUp = { message: failureMessage(event.failure), code: 'server_error' };
        const failure = this.failure ?? { error: event };
        return Buffer.concat([Buffer.from(this.take(text)), encodeError(failure)]);
      }
      if (event.type === 'usage') this.told = event.usage;
      if (event.type === 'part-delta') this.written += event.text.length;
      if (event.type === 'start') this.held += encoder.push(event);
      else text += encoder.push(event);
    }
    return Buffer.from(text === '' ? '' : this.take(text));
  }

  private take(text: string): string {
    const all = this.held + text;
    this.held = '';
    return all;
  }
}
