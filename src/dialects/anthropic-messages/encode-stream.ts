import type { EncodeResponseOptions, StreamEncoder } from '../neutral/codec.js';
import type { Citation, FinishReason, JsonObject, NeutralEvent, Opaque, PartStart } from '../neutral/neutral.types.js';
import { writeOpaque } from '../neutral/opaque.js';
import { plainToolCallId } from '../neutral/tool-calls.js';
import type { TokenCounts } from '../token-counts.js';
import { encodeCitation } from './citations.js';
import { encodeUsage, messageFrame } from './encode-response.js';
import { encodeStopReason } from './finish.js';

/** What waits to be written of a part, because another part is open, or because its seal must stand before it. */
interface WaitingPart {
  readonly start: PartStart;
  text: string;
  /** what of the text is written */
  written: number;
  seal: Opaque | null;
  citations: Citation[];
  ended: boolean;
  /** its block's number, once it is open */
  index: number | null;
}

/**
 * Writes a Messages stream: one block after the other, numbered from 0, each begun and ended. Parts that are open side by side
 * wait their turn. The reason to end goes out at the end, because usage may come behind it.
 */
export class MessagesStreamEncoder implements StreamEncoder {
  private readonly parts = new Map<number, WaitingPart>();
  private started = false;
  private blocks = 0;
  private id = '';
  private serviceTier: string | null = null;
  private usage: TokenCounts | null = null;
  private reason: FinishReason = 'stop';
  private stopSequence: string | null = null;
  private out = '';

  constructor(private readonly options: EncodeResponseOptions) {}

  push(event: NeutralEvent): string {
    this.out = '';
    if ('choice' in event && event.choice !== 0) return '';
    if (event.type === 'start') {
      this.id = event.id;
      this.serviceTier = event.serviceTier;
      this.usage = event.usage;
      this.begin();
    } else if (event.type === 'part-start') this.add(event.part, event.start);
    else if (event.type === 'part-delta') this.grow(event);
    else if (event.type === 'part-end') this.endPart(event.part);
    else if (event.type === 'usage') this.usage = event.usage;
    else if (event.type === 'finish') {
      this.reason = event.reason;
      this.stopSequence = event.stopSequence;
    }
    return this.out;
  }

  end(): string {
    this.out = '';
    this.begin();
    for (const part of this.parts.values()) part.ended = true;
    this.advance();
    const delta = { stop_reason: encodeStopReason(this.reason), stop_sequence: this.stopSequence, stop_details: null };
    this.send('message_delta', { delta, usage: encodeUsage(this.usage, this.serviceTier) });
    this.send('message_stop', {});
    return this.out;
  }

  private begin(): void {
    if (this.started) return;
    this.started = true;
    const frame = messageFrame({ id: this.id }, this.options);
    const usage = encodeUsage(this.usage, this.serviceTier);
    const message = { ...frame, content: [], stop_reason: null, stop_sequence: null, usage };
    this.send('message_start', { message });
  }

  private add(part: number, start: PartStart): void {
    this.begin();
    this.parts.set(part, { start, text: '', written: 0, seal: null, citations: [], ended: false, index: null });
    this.advance();
  }

  private grow({ part, text, signature, citations = [] }: Extract<NeutralEvent, { type: 'part-delta' }>): void {
    const waiting = this.parts.get(part);
    if (waiting === undefined) return;
    waiting.text += text;
    waiting.seal = signature ?? waiting.seal;
    waiting.citations.push(...citations);
    this.advance();
  }

  private endPart(part: number): void {
    const waiting = this.parts.get(part);
    if (waiting === undefined) return;
    waiting.ended = true;
    this.advance();
  }

  /** Writes what may be written of the first part that is not done, and goes on to the next when it is. */
  private advance(): void {
    for (const [number, part] of this.parts) {
      this.write(part);
      if (!part.ended) return;
      this.close(part);
      this.parts.delete(number);
    }
  }

  private write(part: WaitingPart): void {
    if (part.start.type === 'media') return;
    // A seal may come with a later piece; words that nobody seals need not wait for it.
    if (part.index === null && !this.mayOpen(part)) return;
    if (part.index === null) this.open(part);
    if (part.text.length > part.written) {
      const piece = part.text.slice(part.written);
      part.written = part.text.length;
      this.send('content_block_delta', { index: part.index, delta: deltaOf(part.start, piece) });
    }
    for (const citation of part.citations.splice(0)) this.cite(part, citation);
  }

  /** A call comes whole from those vendors that seal it, so it waits for its first piece. An empty text is no block. */
  private mayOpen(part: WaitingPart): boolean {
    const { start, text, seal, ended } = part;
    if (start.type === 'tool-call') return text !== '' || seal !== null || ended;
    if (start.type === 'reasoning') return !start.redacted || seal !== null || ended;
    return text !== '';
  }

  private open(part: WaitingPart): void {
    if (part.start.type !== 'reasoning' && part.seal !== null) this.sealBefore(part.seal);
    part.index = this.blocks++;
    this.send('content_block_start', { index: part.index, content_block: blockOf(part) });
  }

  private sealBefore(seal: Opaque): void {
    const index = this.blocks++;
    const content_block = { type: 'thinking', thinking: '', signature: '' };
    this.send('content_block_start', { index, content_block });
    const signature = writeOpaque(seal, 'anthropic');
    this.send('content_block_delta', { index, delta: { type: 'signature_delta', signature } });
    this.send('content_block_stop', { index });
  }

  private cite(part: WaitingPart, citation: Citation): void {
    const encoded = encodeCitation(citation);
    if (encoded === null || part.start.type !== 'text') return;
    this.send('content_block_delta', { index: part.index, delta: { type: 'citations_delta', citation: encoded } });
  }

  private close(part: WaitingPart): void {
    const { start, index, seal, text } = part;
    if (index === null) return;
    if (start.type === 'tool-call' && text === '') {
      this.send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: '{}' } });
    }
    if (start.type === 'reasoning' && seal !== null && !isRedacted(part)) {
      const signature = writeOpaque(seal, 'anthropic');
      this.send('content_block_delta', { index, delta: { type: 'signature_delta', signature } });
    }
    this.send('content_block_stop', { index });
  }

  private send(type: string, fields: JsonObject): void {
    this.out += `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  }
}

/** Thoughts that the vendor itself hides come whole, in the start of their block. */
function isRedacted({ start, seal }: WaitingPart): boolean {
  return start.type === 'reasoning' && start.redacted && seal?.origin === 'anthropic';
}

function blockOf(part: WaitingPart): JsonObject {
  const { start, seal } = part;
  if (start.type === 'tool-call')
    return { type: 'tool_use', id: plainToolCallId(start.id), name: start.name, input: {} };
  if (start.type !== 'reasoning') return { type: 'text', text: '' };
  if (isRedacted(part)) return { type: 'redacted_thinking', data: seal?.value ?? '' };
  return { type: 'thinking', thinking: '', signature: '' };
}

function deltaOf(start: PartStart, text: string): JsonObject {
  if (start.type === 'tool-call') return { type: 'input_json_delta', partial_json: text };
  return start.type === 'reasoning' ? { type: 'thinking_delta', thinking: text } : { type: 'text_delta', text };
}
