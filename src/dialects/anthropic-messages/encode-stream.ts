import type { EncodeResponseOptions, StreamEncoder } from '../neutral/codec.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { TokenCounts } from '../token-counts.js';
import { LossList } from '../wire/loss-list.js';
import { NO_TOKENS, writeAnswerFrame } from './answer-frame.js';
import { BlockWriter, writeEvent } from './choice-encoder.js';
import { encodeStopReason } from './finish-reason.js';
import { writeDeltaUsage } from './usage.js';

type Finish = Extract<NeutralEvent, { type: 'finish' }>;
type PartDelta = Extract<NeutralEvent, { type: 'part-delta' }>;

/** A part that was opened and whose block is not stopped. */
interface OpenPart {
  readonly part: number;
  readonly start: PartStart;
  /** what came while an earlier part was being written */
  readonly held: PartDelta[];
  ended: boolean;
}

/**
 * Writes choice 0 as a Messages stream. Blocks follow each other on this wire, so a part that opens while another is open
 * waits for its end. Usage may come behind the reason, so both are written at the end.
 */
export class MessagesStreamEncoder implements StreamEncoder {
  readonly losses = new LossList();
  private readonly writer = new BlockWriter(this.losses);
  private readonly open = new Map<number, OpenPart>();
  /** in the order of their opening, from the one that is being written */
  private queue: OpenPart[] = [];
  private begun = 0;
  private started = false;
  private ended = false;
  private finish: Finish | null = null;
  private usage: TokenCounts | null = null;
  private callsTools = false;
  private refuses = false;

  constructor(private readonly options: EncodeResponseOptions) {}

  push(event: NeutralEvent): string {
    if (this.ended || event.type === 'error') return '';
    if (event.type === 'usage') {
      this.usage = event.usage;
      return '';
    }
    if (event.type === 'start') return this.start(event);
    if (event.choice !== 0) {
      this.losses.addOnce('content', 'an answer holds one choice here');
      return '';
    }
    const start = this.start({ id: '', usage: null, serviceTier: null });
    switch (event.type) {
      case 'part-start':
        return start + this.openPart(event.part, event.start);
      case 'part-delta':
        return start + this.addDelta(event);
      case 'part-end':
        return start + this.endPart(event.part);
      case 'finish':
        this.finish = event;
        return start;
    }
  }

  end(): string {
    if (this.ended) return '';
    let out = this.start({ id: '', usage: null, serviceTier: null });
    for (const part of [...this.open.keys()]) out += this.endPart(part);
    this.writer.end();
    this.ended = true;
    if (this.usage === null && this.options.inputTokens !== undefined)
      this.losses.addOnce('usage', 'the provider counted nothing, so the input is an estimate');
    const { callsTools, refuses } = this;
    return (
      out +
      writeEvent({
        type: 'message_delta',
        delta: {
          container: null,
          stop_details: null,
          stop_reason: encodeStopReason(this.finish?.reason ?? 'stop', { callsTools, refuses }),
          stop_sequence: this.finish?.stopSequence ?? null,
        },
        usage: writeDeltaUsage(this.usage ?? this.likelyUsage),
      }) +
      writeEvent({ type: 'message_stop' })
    );
  }

  private start(event: Pick<Extract<NeutralEvent, { type: 'start' }>, 'id' | 'usage' | 'serviceTier'>): string {
    if (this.started) return '';
    this.started = true;
    this.usage ??= event.usage;
    // Clients take the size of their context from here, and the upstream counts at the end.
    const message = writeAnswerFrame({ ...event, usage: event.usage ?? this.likelyUsage }, this.options);
    return writeEvent({ type: 'message_start', message });
  }

  private get likelyUsage(): TokenCounts {
    return { ...NO_TOKENS, input: this.options.inputTokens ?? 0 };
  }

  private openPart(part: number, start: PartStart): string {
    if (start.type === 'tool-call') this.callsTools = true;
    if (start.type === 'refusal') this.refuses = true;
    const opened = { part, start, held: [], ended: false };
    this.open.set(part, opened);
    this.queue.push(opened);
    if (this.open.size === 1) this.writer.begin(start);
    return '';
  }

  /** The one that is being written. */
  private get first(): OpenPart | undefined {
    return this.queue[this.begun];
  }

  private addDelta(event: PartDelta): string {
    if (this.first?.part === event.part) return this.writer.delta(event);
    this.open.get(event.part)?.held.push(event);
    return '';
  }

  private endPart(part: number): string {
    const ending = this.open.get(part);
    if (ending === undefined) return '';
    ending.ended = true;
    let out = '';
    for (let { first } = this; first?.ended; { first } = this) {
      out += this.writer.finish();
      this.open.delete(first.part);
      this.begun += 1;
      if (this.open.size === 0) [this.queue, this.begun] = [[], 0];
      out += this.beginNext();
    }
    return out;
  }

  private beginNext(): string {
    const next = this.first;
    if (next === undefined) return '';
    this.writer.begin(next.start);
    return next.held.map(event => this.writer.delta(event)).join('');
  }
}
