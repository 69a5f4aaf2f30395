import { asString, isObject, type Json, type JsonObject, parseObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { NeutralEvent, PartStart } from '../neutral/neutral-event.js';
import type { Opaque } from '../neutral/neutral.types.js';
import { findGeminiSignature } from './reasoning-signature.js';

/** What one entry of `delta.tool_calls` says; '' and null where it says nothing. */
interface CallDelta {
  readonly index: number | null;
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly custom: boolean;
  readonly signature: Opaque | null;
}

interface Call {
  /** its place among the calls of its choice */
  readonly place: number;
  readonly index: number | null;
  /** as the wire gave it, or '' */
  wireId: string;
  name: string;
  /** all that came so far */
  text: string;
  readonly custom: boolean;
  signature: Opaque | null;
  /** null as long as it may still be renamed */
  part: number | null;
  signed: boolean;
  /** how often it was asked whether its text is whole: each time all of it is read */
  looks: number;
}

/** A server that tells a call again does so once; one that does it without end is not followed. */
const MAX_LOOKS = 16;

/** `function_call` of the API's first form has no index; no server counts to this one. */
const LEGACY_INDEX = -1;
/** Calls of which nothing is written yet are looked through again and again. */
const MAX_WAITING = 256;

/**
 * Puts the calls of one choice together, whatever way a server cut them: by index, as OpenAI does; whole; with id and name
 * in every event or in none; several under index 0. A call opens with its first arguments, for its name may come in pieces
 * before, or when something else begins.
 */
export class StreamCalls {
  private readonly calls: Call[] = [];
  /** the last call of each */
  private readonly byWireId = new Map<string, Call>();
  private readonly byIndex = new Map<number, Call>();
  /** those that are not open, in their order */
  private readonly waiting = new Set<Call>();
  private hasName = false;
  private readonly ids = new Set<string>();
  /** the calls of the list that is being read: no server names one twice in it */
  private readonly touched = new Set<Call>();

  constructor(
    private readonly writer: PartWriter,
    /** makes an id for a call that has none */
    private readonly nameCall: (name: string, place: string) => string,
  ) {}

  /** A call came, as far as it is known by now. */
  get any(): boolean {
    return this.hasName;
  }

  /** `onBegin` is told before a call begins. */
  addList(list: Json | undefined, onBegin: () => void): void {
    if (!Array.isArray(list)) return;
    this.touched.clear();
    for (const entry of list as readonly Json[]) if (isObject(entry)) this.add(readDelta(entry), onBegin);
  }

  addLegacy(call: Json | undefined, onBegin: () => void): void {
    this.touched.clear();
    if (isObject(call)) this.add({ ...readDelta({ function: call }), index: LEGACY_INDEX }, onBegin);
  }

  /** Everything that has a name opens, so that what begins now stands behind it. */
  settle(): void {
    for (const call of this.waiting) if (call.name !== '') this.open(call);
  }

  /** Closes all calls at the end of their choice. */
  finish(): void {
    this.settle();
    for (const { part, text, custom, wireId } of this.calls) {
      if (part === null) {
        if (text === '' && wireId === '') continue;
        throw new UnreadableAnswer('a tool call without a name');
      }
      if (text.trim() === '' && !custom) this.writer.add(part, { text: '{}' });
      this.writer.close(part);
    }
  }

  private add(delta: CallDelta, onBegin: () => void): void {
    if (delta.id === '' && delta.name === '' && delta.text === '' && delta.signature === null) return;
    const known = this.find(delta);
    if (known !== null && isRepeated(known, delta)) return;
    const call = known !== null && !this.beginsAnother(known, delta) ? known : this.begin(delta, onBegin);
    this.touched.add(call);
    if (call.wireId === '' && delta.id !== '') this.identify(call, delta.id);
    // A name may come in pieces, and it may be repeated.
    if (call.part === null && delta.name !== call.name) call.name += delta.name;
    this.hasName ||= call.name !== '';
    call.signature ??= delta.signature;
    call.text += delta.text;
    if (call.part !== null) this.write(call, delta.text);
    else if (call.text !== '' && call.name !== '') this.openThrough(call);
  }

  private begin({ index, custom }: CallDelta, onBegin: () => void): Call {
    onBegin();
    if (this.waiting.size === MAX_WAITING) throw new UnreadableAnswer('too many tool calls at once');
    const place = this.calls.length;
    const call: Call = {
      place,
      index,
      custom,
      wireId: '',
      name: '',
      text: '',
      signature: null,
      part: null,
      signed: false,
      looks: 0,
    };
    this.calls.push(call);
    this.waiting.add(call);
    if (index !== null) this.byIndex.set(index, call);
    return call;
  }

  private identify(call: Call, wireId: string): void {
    call.wireId = wireId;
    const known = this.byWireId.get(wireId);
    if (known === undefined || known.place < call.place) this.byWireId.set(wireId, call);
  }

  /** The call that the entry goes on with; null for a new one. */
  private find(delta: CallDelta): Call | null {
    const { id, index } = delta;
    const same = id === '' ? undefined : this.byWireId.get(id);
    const placed = index === null ? this.calls.at(-1) : this.byIndex.get(index);
    // Another id is another call, whatever the index says; a call without an id may still be given one.
    return same ?? (id === '' || placed?.wireId === '' ? placed : undefined) ?? null;
  }

  /** An entry with a name, where the call before has one too: the same call told again, or the next one under its index. */
  private beginsAnother(call: Call, { name, text }: CallDelta): boolean {
    if (name === '' || call.name === '') return false;
    if (this.touched.has(call)) return true;
    if (call.text === '') return false;
    if (name !== call.name) return true;
    if (!text.trimStart().startsWith('{') || call.looks === MAX_LOOKS) return false;
    call.looks += 1;
    return isWhole(call.text);
  }

  /** Opens the call, and before it those that came before it. */
  private openThrough(call: Call): void {
    for (const earlier of this.waiting) {
      if (earlier.place > call.place) return;
      if (earlier.name !== '') this.open(earlier);
    }
  }

  private open(call: Call): void {
    this.waiting.delete(call);
    const place = `call ${call.place}`;
    const repeated = this.ids.has(call.wireId);
    const id = call.wireId === '' || repeated ? this.nameCall(`${call.name} ${call.text}`, place) : call.wireId;
    this.ids.add(id);
    const { name, custom } = call;
    call.part = this.writer.open({ type: 'tool-call', id, name, ...(custom && { custom }) });
    this.write(call, call.text);
  }

  private write(call: Call, text: string): void {
    if (call.part === null) return;
    const signature = call.signed ? null : call.signature;
    if (text === '' && signature === null) return;
    this.writer.add(call.part, { text, ...(signature !== null && { signature }) });
    call.signed = call.signature !== null;
  }
}

/** Some servers end with the whole call once more. */
function isRepeated(call: Call, { id, name, text }: CallDelta): boolean {
  return id !== '' && id === call.wireId && name === call.name && text === call.text && isWhole(text);
}

function isWhole(text: string): boolean {
  return text.trimEnd().endsWith('}') && parseObject(text) !== null;
}

function readDelta(entry: JsonObject): CallDelta {
  const custom = entry['type'] === 'custom' || isObject(entry['custom']);
  const target = entry[custom ? 'custom' : 'function'];
  const described = isObject(target) ? target : {};
  const given = described[custom ? 'input' : 'arguments'];
  return {
    index: Number.isSafeInteger(entry['index']) ? (entry['index'] as number) : null,
    id: asString(entry['id']),
    name: asString(described['name']),
    text: isObject(given) ? JSON.stringify(given) : asString(given),
    custom,
    signature: findGeminiSignature(entry),
  };
}

type PartDelta = Omit<Extract<NeutralEvent, { type: 'part-delta' }>, 'type' | 'choice' | 'part'>;

/** Writes the events of one choice and numbers its parts. */
export class PartWriter {
  private parts = 0;

  constructor(
    private readonly choice: number,
    private readonly emit: (event: NeutralEvent) => void,
  ) {}

  open(start: PartStart): number {
    const part = this.parts++;
    this.emit({ type: 'part-start', choice: this.choice, part, start });
    return part;
  }

  add(part: number, delta: PartDelta): void {
    this.emit({ type: 'part-delta', choice: this.choice, part, ...delta });
  }

  close(part: number): void {
    this.emit({ type: 'part-end', choice: this.choice, part });
  }
}
