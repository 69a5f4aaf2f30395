import type { SseEvent } from '../../sse/frames.js';
import { type StreamDecoder, UnreadableAnswer } from '../neutral/codec.js';
import type { Json, JsonObject, NeutralEvent, PartStart } from '../neutral/neutral.types.js';
import { readOpaque } from '../neutral/opaque.js';
import { isObject } from '../wire/field-reader.js';
import { decodeCitation } from './citations.js';
import { decodeStopReason } from './finish.js';
import { mergeMessagesUsage, readMessagesUsage } from './usage.js';

interface OpenBlock {
  readonly part: number;
  readonly kind: PartStart['type'];
  /** whether anything of it was told */
  told: boolean;
}

type Delta = Omit<Extract<NeutralEvent, { type: 'part-delta' }>, 'type' | 'choice' | 'part'>;

/** Reads a Messages stream. Blocks of the vendor's own tools are passed over. */
export class MessagesStreamDecoder implements StreamDecoder {
  private readonly blocks = new Map<number, OpenBlock>();
  private events: NeutralEvent[] = [];
  private parts = 0;
  private started = false;
  private finished = false;
  private stop: { readonly reason: Json | undefined; readonly sequence: string | null } | null = null;
  private usage: Readonly<Record<string, unknown>> | null = null;

  push({ event, data }: SseEvent): readonly NeutralEvent[] {
    const wire = parse(data);
    this.read(typeof wire['type'] === 'string' ? wire['type'] : (event ?? ''), wire);
    return this.take();
  }

  end(): readonly NeutralEvent[] {
    this.finish();
    return this.take();
  }

  private take(): readonly NeutralEvent[] {
    const { events } = this;
    this.events = [];
    return events;
  }

  private read(type: string, wire: JsonObject): void {
    const index = typeof wire['index'] === 'number' ? wire['index'] : 0;
    if (type === 'message_start') this.start(isObject(wire['message']) ? wire['message'] : {});
    else if (type === 'content_block_start')
      this.open(index, isObject(wire['content_block']) ? wire['content_block'] : {});
    else if (type === 'content_block_delta') this.delta(index, isObject(wire['delta']) ? wire['delta'] : {});
    else if (type === 'content_block_stop') this.close(index);
    else if (type === 'message_delta') this.messageDelta(wire);
    else if (type === 'message_stop') this.finish();
    else if (type === 'error') this.fail(wire);
  }

  private start(message: JsonObject): void {
    if (this.started) return;
    this.started = true;
    const usage = isObject(message['usage']) ? message['usage'] : {};
    this.usage = mergeMessagesUsage(this.usage, usage);
    this.events.push({
      type: 'start',
      id: textOf(message['id']),
      model: textOf(message['model']),
      createdAt: null,
      usage: readMessagesUsage(this.usage),
      serviceTier: typeof usage['service_tier'] === 'string' ? usage['service_tier'] : null,
    });
  }

  private open(index: number, block: JsonObject): void {
    this.start({});
    const start = startOf(block);
    if (start === null || this.blocks.has(index)) return;
    const opened: OpenBlock = { part: this.parts, kind: start.type, told: false };
    this.parts += 1;
    this.blocks.set(index, opened);
    this.events.push({ type: 'part-start', choice: 0, part: opened.part, start });
    this.tellStart(opened, block);
  }

  /** Some servers put the beginning of a block, or all of it, into its start. */
  private tellStart(block: OpenBlock, wire: JsonObject): void {
    if (block.kind === 'text' && textOf(wire['text']) !== '') this.tell(block, { text: textOf(wire['text']) });
    if (block.kind === 'reasoning') {
      const sealed = textOf(wire['data']) || textOf(wire['signature']);
      const text = textOf(wire['thinking']);
      const seal = sealed === '' ? {} : { signature: readOpaque(sealed, 'anthropic') };
      if (text !== '' || sealed !== '') this.tell(block, { text, ...seal });
    }
    const { input } = wire;
    if (block.kind === 'tool-call' && isObject(input) && Object.keys(input).length > 0) {
      this.tell(block, { text: JSON.stringify(input) });
    }
  }

  private delta(index: number, delta: JsonObject): void {
    const block = this.blocks.get(index);
    if (block === undefined) return;
    switch (delta['type']) {
      case 'text_delta':
        this.tell(block, { text: textOf(delta['text']) });
        break;
      case 'input_json_delta':
        this.tell(block, { text: textOf(delta['partial_json']) });
        break;
      case 'thinking_delta':
        this.tell(block, { text: textOf(delta['thinking']) });
        break;
      case 'signature_delta': {
        const seal = textOf(delta['signature']);
        if (seal !== '') this.tell(block, { text: '', signature: readOpaque(seal, 'anthropic') });
        break;
      }
      case 'citations_delta':
        if (isObject(delta['citation'])) this.tell(block, { text: '', citations: [decodeCitation(delta['citation'])] });
        break;
      default:
    }
  }

  private tell(block: OpenBlock, delta: Delta): void {
    if (delta.text === '' && delta.signature === undefined && delta.citations === undefined) return;
    block.told ||= delta.text !== '';
    this.events.push({ type: 'part-delta', choice: 0, part: block.part, ...delta });
  }

  private close(index: number): void {
    const block = this.blocks.get(index);
    if (block === undefined) return;
    // A call without input is told by no delta at all.
    if (block.kind === 'tool-call' && !block.told) this.tell(block, { text: '{}' });
    this.blocks.delete(index);
    this.events.push({ type: 'part-end', choice: 0, part: block.part });
  }

  private messageDelta(wire: JsonObject): void {
    this.start({});
    this.usage = mergeMessagesUsage(this.usage, wire['usage']);
    const usage = readMessagesUsage(this.usage);
    if (usage !== null) this.events.push({ type: 'usage', usage });
    const delta = isObject(wire['delta']) ? wire['delta'] : {};
    if (typeof delta['stop_reason'] !== 'string') return;
    const { stop_sequence: sequence } = delta;
    this.stop = { reason: delta['stop_reason'], sequence: typeof sequence === 'string' ? sequence : null };
  }

  private finish(): void {
    if (this.finished) return;
    this.finished = true;
    for (const index of this.blocks.keys()) this.close(index);
    const { reason, sequence } = this.stop ?? { reason: undefined, sequence: null };
    this.events.push({ type: 'finish', choice: 0, reason: decodeStopReason(reason), stopSequence: sequence });
  }

  private fail(wire: JsonObject): void {
    const error = isObject(wire['error']) ? wire['error'] : {};
    const { type } = error;
    this.events.push({
      type: 'error',
      message: textOf(error['message']) || 'the upstream failed',
      code: typeof type === 'string' ? type : null,
    });
  }
}

function startOf(block: JsonObject): PartStart | null {
  switch (block['type']) {
    case 'text':
      return { type: 'text' };
    case 'thinking':
      return { type: 'reasoning', redacted: false };
    case 'redacted_thinking':
      return { type: 'reasoning', redacted: true };
    case 'tool_use': {
      const { id, name } = block;
      if (typeof id !== 'string' || typeof name !== 'string') throw new UnreadableAnswer('a call has no id or name');
      return { type: 'tool-call', id, name };
    }
    default:
      return null;
  }
}

function parse(data: string): JsonObject {
  try {
    const value = JSON.parse(data) as Json;
    if (isObject(value)) return value;
  } catch {
    // told below, without the text
  }
  throw new UnreadableAnswer('an event is no JSON object');
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
