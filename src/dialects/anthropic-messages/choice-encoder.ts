import type {
  ContentBlock,
  RawContentBlockDelta,
  RawMessageStreamEvent,
  TextBlock,
} from 'anthropic-sdk/resources/messages';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Opaque } from '../neutral/neutral.types.js';
import { writeOpaque } from '../neutral/opaque.js';
import { TEXT_SIGNATURE_LOST } from '../neutral/signatures.js';
import type { LossList } from '../wire/loss-list.js';
import { encodeCitations } from './citations.js';

type PartDelta = Extract<NeutralEvent, { type: 'part-delta' }>;

/** As text of a stream. */
export function writeEvent(event: RawMessageStreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/**
 * Writes parts as content blocks, one after the other. A block is started when there is something to put into it, because an
 * empty text is refused when it comes back, and because a signature must be known before the block that it signs.
 */
export class BlockWriter {
  private index = 0;
  private part: PartStart | null = null;
  private opened = false;
  /** of a thought, for its end */
  private signature: Opaque | null = null;
  /** another vendor's signature without a thought, which may be that of the block that follows */
  private bareSignature: Opaque | null = null;

  constructor(private readonly losses: LossList) {}

  begin(part: PartStart): void {
    if (part.type === 'media') this.losses.addOnce('content', `${part.media.kind} has no place in an answer here`);
    this.part = part;
    this.opened = false;
    this.signature = null;
  }

  delta(event: PartDelta): string {
    if (event.logprobs !== undefined) this.losses.addOnce('logprobs', 'an answer has no place for them here');
    switch (this.part?.type) {
      case 'text':
      case 'refusal':
        return this.writeText(event);
      case 'reasoning':
        this.signature = event.signature ?? this.signature;
        return event.text === '' || this.part.redacted
          ? ''
          : this.write({ type: 'thinking_delta', thinking: event.text });
      case 'tool-call':
        return this.signatureAhead(event.signature) + this.writeArguments(event.text);
      default:
        return '';
    }
  }

  finish(): string {
    const rest = this.writeRest();
    const stop = this.opened ? this.stop() : '';
    this.part = null;
    this.opened = false;
    return rest + stop;
  }

  /** At the end of the answer: a message never ends in a thought without words. */
  end(): void {
    if (this.bareSignature !== null) this.losses.addOnce('signature', TEXT_SIGNATURE_LOST);
    this.bareSignature = null;
  }

  private writeText(event: PartDelta): string {
    let out = '';
    if (event.signature !== undefined) this.losses.addOnce('signature', TEXT_SIGNATURE_LOST);
    if (event.text !== '') out += this.write({ type: 'text_delta', text: event.text });
    const citations = encodeCitations(event.citations);
    if (citations.length < (event.citations?.length ?? 0)) {
      this.losses.addOnce('citations', 'citations of another dialect have no place here');
    }
    for (const citation of citations) out += this.write({ type: 'citations_delta', citation });
    return out;
  }

  /** Blanks before the arguments say nothing, and they may be all that comes. */
  private writeArguments(text: string): string {
    if (text === '' || (!this.opened && text.trim() === '')) return '';
    return this.write({ type: 'input_json_delta', partial_json: text });
  }

  /** What a part needs at its end: a call its arguments, a thought its signature. */
  private writeRest(): string {
    const { part, signature, opened } = this;
    if (part?.type === 'tool-call') return opened ? '' : this.write({ type: 'input_json_delta', partial_json: '{}' });
    if (part?.type !== 'reasoning' || signature === null) return '';
    if (part.redacted && signature.origin === 'anthropic') {
      return this.start({ type: 'redacted_thinking', data: signature.value });
    }
    if (!opened && signature.origin !== 'anthropic' && signature.origin !== 'openai') {
      const before = this.writeBareSignature();
      this.bareSignature = signature;
      return before;
    }
    return this.write({ type: 'signature_delta', signature: writeOpaque(signature, 'anthropic') });
  }

  private write(delta: RawContentBlockDelta): string {
    const start = this.opened ? '' : this.start(this.emptyBlock());
    return start + writeEvent({ type: 'content_block_delta', index: this.index, delta });
  }

  private emptyBlock(): ContentBlock {
    const { part } = this;
    if (part?.type === 'reasoning') return { type: 'thinking', thinking: '', signature: '' };
    if (part?.type !== 'tool-call') return { type: 'text', text: '' } as TextBlock;
    return { type: 'tool_use', id: part.id, name: part.name, input: {}, caller: { type: 'direct' } };
  }

  private start(block: ContentBlock): string {
    const before = this.writeBareSignature();
    this.opened = true;
    return before + writeEvent({ type: 'content_block_start', index: this.index, content_block: block });
  }

  private stop(): string {
    return writeEvent({ type: 'content_block_stop', index: this.index++ });
  }

  /** See neutral/signatures.ts. A signature that comes when its call has begun cannot be told any more. */
  private signatureAhead(signature: Opaque | undefined): string {
    if (signature !== undefined && this.opened) this.loseSignature();
    return signature === undefined || this.opened ? '' : this.writeBareSignature() + this.writeSignature(signature);
  }

  private loseSignature(): void {
    this.losses.addOnce('signature', 'a signature that came behind what it signs has no place in this stream');
  }

  private writeBareSignature(): string {
    const { bareSignature } = this;
    this.bareSignature = null;
    return bareSignature === null ? '' : this.writeSignature(bareSignature);
  }

  private writeSignature(opaque: Opaque): string {
    const { index } = this;
    const signature = writeOpaque(opaque, 'anthropic');
    return (
      writeEvent({
        type: 'content_block_start',
        index,
        content_block: { type: 'thinking', thinking: '', signature: '' },
      }) +
      writeEvent({ type: 'content_block_delta', index, delta: { type: 'signature_delta', signature } }) +
      this.stop()
    );
  }
}
