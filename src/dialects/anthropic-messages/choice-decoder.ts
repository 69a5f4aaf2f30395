import { asObject, asString, type Json, type JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Opaque } from '../neutral/neutral.types.js';
import { signatureOfNext } from '../neutral/signatures.js';
import { readOpaque } from '../neutral/opaque.js';
import { toolCallId } from '../neutral/tool-calls.js';
import { LossList } from '../wire/loss-list.js';
import { decodeCitation } from './citations.js';
import { getText, writeInput } from './decode-response.js';
import { decodeThinking } from './reasoning-signature.js';

/** A block that is being received. */
interface Block {
  readonly type: 'text' | 'thinking' | 'redacted_thinking' | 'tool_use' | 'ignored';
  /** the number of its part; null as long as nobody was told of it */
  part: number | null;
  /** of a thought; the last one holds */
  signature: string;
  /** of a call: the arguments that came with its start, in case no more come */
  readonly input: Json | undefined;
  /** some of the arguments came */
  told: boolean;
}

type Events = readonly NeutralEvent[];
type DeltaRest = Omit<Extract<NeutralEvent, { type: 'part-delta' }>, 'type' | 'choice' | 'part' | 'text'>;

/** Reads the content blocks of one stream into the parts of choice 0. */
export class BlockReader {
  readonly losses = new LossList();
  /** for the ids of calls that came without */
  answerId = '';
  callsTools = false;
  private readonly blocks = new Map<number, Block>();
  /** how many parts were told of */
  parts = 0;
  /** the signature of the part that comes next: see reasoning-signature.ts */
  private signature: Opaque | null = null;

  open(wire: JsonObject): Events {
    const index = getIndex(wire['index']);
    const before = this.close(index);
    const content = asObject(wire['content_block']) ?? {};
    const type = typeOf(content['type']);
    const block: Block = { type, part: null, signature: '', input: content['input'], told: false };
    this.blocks.set(index, block);
    switch (content['type']) {
      case 'text':
        return [...before, ...this.tell(block, { type: 'text' }), ...this.more(block, asString(content['text']))];
      case 'tool_use':
        return [...before, ...this.openCall(block, content, index)];
      case 'thinking':
        block.signature = asString(content['signature']);
        return [...before, ...this.flushSignature(), ...this.think(block, asString(content['thinking']))];
      case 'redacted_thinking':
        return [...before, ...this.openRedacted(block, getText(content, 'data'))];
      default:
        this.losses.addRecord(content['type']);
        return before;
    }
  }

  read(wire: JsonObject): Events {
    const block = this.blocks.get(getIndex(wire['index']));
    if (block === undefined) throw new UnreadableAnswer('a delta belongs to no open block');
    const delta = asObject(wire['delta']) ?? {};
    switch (delta['type']) {
      case 'text_delta':
        return this.more(expect(block, 'text'), getText(delta, 'text'));
      case 'citations_delta': {
        const citation = asObject(delta['citation']);
        return citation === null ? [] : this.add(expect(block, 'text'), '', { citations: [decodeCitation(citation)] });
      }
      case 'thinking_delta':
        return this.think(expect(block, 'thinking'), getText(delta, 'thinking'));
      case 'signature_delta':
        expect(block, 'thinking').signature = getText(delta, 'signature');
        return [];
      case 'input_json_delta': {
        const text = getText(delta, 'partial_json');
        if (text !== '') block.told = true;
        return this.more(expect(block, 'tool_use'), text);
      }
      default:
        return [];
    }
  }

  close(index: Json | undefined): Events {
    const block = typeof index === 'number' ? this.blocks.get(index) : undefined;
    if (block === undefined) return [];
    this.blocks.delete(index as number);
    if (block.type === 'thinking') return this.closeThought(block);
    const rest = block.type === 'tool_use' && !block.told ? this.more(block, writeInput(block.input)) : [];
    return [...rest, ...this.endPart(block)];
  }

  closeAll(): Events {
    const ends = [...this.blocks.keys()].flatMap(index => this.close(index));
    return [...ends, ...this.flushSignature()];
  }

  private openCall(block: Block, content: JsonObject, index: number): Events {
    this.callsTools = true;
    const id = asString(content['id']) || toolCallId(this.answerId, index);
    return this.tell(block, { type: 'tool-call', id, name: getText(content, 'name') });
  }

  private openRedacted(block: Block, data: string): Events {
    const signature = this.flushSignature();
    const start = this.tell(block, { type: 'reasoning', redacted: true });
    return [...signature, ...start, ...this.add(block, '', { signature: { origin: 'anthropic', value: data } })];
  }

  /** A thought is told of when it has words, or at its end: without words it may be the signature of the next part. */
  private think(block: Block, text: string): Events {
    if (text === '') return [];
    const start = block.part === null ? this.tell(block, { type: 'reasoning', redacted: false }) : [];
    return [...start, ...this.more(block, text)];
  }

  private closeThought(block: Block): Events {
    if (block.part === null) {
      const thought = decodeThinking('', block.signature);
      this.signature = signatureOfNext(thought);
      if (this.signature !== null || thought.opaque === null) return [];
      return this.tellThought(block, thought.opaque);
    }
    if (block.signature === '') return this.endPart(block);
    const signature = readOpaque(block.signature, 'anthropic');
    return [...this.add(block, '', { signature }), ...this.endPart(block)];
  }

  /** The signature that waits belongs to no part that could bear it: it stands for itself. */
  private flushSignature(): Events {
    const { signature } = this;
    this.signature = null;
    if (signature === null) return [];
    return this.tellThought({ type: 'thinking', part: null, signature: '', input: undefined, told: false }, signature);
  }

  private tellThought(block: Block, signature: Opaque): Events {
    const start = this.tell(block, { type: 'reasoning', redacted: false });
    return [...start, ...this.add(block, '', { signature }), ...this.endPart(block)];
  }

  private tell(block: Block, start: PartStart): Events {
    block.part = this.parts++;
    const { signature } = this;
    const events: NeutralEvent[] = [{ type: 'part-start', choice: 0, part: block.part, start }];
    if (signature === null || start.type === 'reasoning') return events;
    this.signature = null;
    return [...events, ...this.add(block, '', { signature })];
  }

  private more(block: Block, text: string): Events {
    return text === '' ? [] : this.add(block, text, {});
  }

  private add({ part }: Block, text: string, rest: DeltaRest): Events {
    return part === null ? [] : [{ type: 'part-delta', choice: 0, part, text, ...rest }];
  }

  private endPart({ part }: Block): Events {
    return part === null ? [] : [{ type: 'part-end', choice: 0, part }];
  }
}

function typeOf(type: Json | undefined): Block['type'] {
  switch (type) {
    case 'text':
    case 'thinking':
    case 'redacted_thinking':
    case 'tool_use':
      return type;
    default:
      return 'ignored';
  }
}

/** A block that is ignored takes any delta: it has no part that the delta could go to. */
function expect(block: Block, type: Block['type']): Block {
  if (block.type !== type && block.type !== 'ignored') {
    throw new UnreadableAnswer('a delta does not fit the block that it belongs to');
  }
  return block;
}

function getIndex(value: Json | undefined): number {
  if (!Number.isSafeInteger(value)) throw new UnreadableAnswer('a block has no index');
  return value as number;
}
