import { asObject, type JsonObject, parseObject } from '../../json/value.js';
import type { StreamObserver } from '../stream-observer.js';
import { readServed } from '../served.js';
import type { SeenWork, Served, TokenCounts } from '../token-counts.js';
import { readResponsesAnswerUsage, readToolUsage } from './usage.js';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const TERMINAL = new Set(['response.completed', 'response.incomplete']);
const FAILED = new Set(['error', 'response.failed', 'response.error']);
/** It holds what no delta says: the name of a tool that is called. */
const ITEM_BEGINS = 'response.output_item.added';
/** It holds what the provider's own tool did. */
const ITEM_DONE = 'response.output_item.done';
const CALL = /"type"\s*:\s*"([a-z_]+_call)"/;
const CALL_BYTES = 65_536;
/** More are no count. */
const MOST_CALLS = 10_001;
const SERVICE_TIER = Buffer.from('"service_tier"');
/** Where the type is searched for in an event without a name: it is the first field, or nearly. */
const LEADING_BYTES = 256;
const TYPE = /"type"\s*:\s*"([a-z_.]+)"/;
const ITEM = /"output_index"\s*:\s*(\d{1,9})/;
const PART = /"(?:content|summary)_index"\s*:\s*(\d{1,9})/;
/** More are one: what is said of them counts once. */
const MOST_PLACES = 10_000;

export function createResponsesObserver(): StreamObserver {
  return new ResponsesObserver();
}

/** What the whole events of a Responses stream say. Parsed are only those that end it; all others are known by their names. */
class ResponsesObserver implements StreamObserver {
  usage: TokenCounts | null = null;
  finished = false;
  terminal = false;
  failed = false;
  failure: JsonObject | null = null;
  malformed = false;
  /** a part, an item or a text is over and nothing new was begun */
  ending = false;
  repeats = false;
  /** the vendor numbers its events from 0 */
  nextSequence = 0;
  private served: Served | undefined;
  private begun = false;
  /** the items, and the parts of items, whose text was said */
  private readonly said = new Set<string>();
  /** the items of which deltas said no part, and the empty name where one said no item: any part of theirs may have been meant */
  private readonly vague = new Set<string>();
  private readonly calls: JsonObject[] = [];

  /** The first event says how it is served, each call of the provider's own tools is an item that is done. */
  get seen(): SeenWork {
    const { served } = this;
    return { ...readToolUsage({ output: this.calls }), ...(served !== undefined && { served }) };
  }

  /** Only the events that end an answer count it. */
  get usageFinal(): boolean {
    return this.usage !== null;
  }

  inspect(name: string | null, data: Buffer): void {
    this.nextSequence += 1;
    if (!isFramedObject(data)) {
      // Some servers end their streams as chat streams end.
      if (data.toString('latin1') !== '[DONE]') this.malformed = true;
      return;
    }
    const type = name ?? TYPE.exec(data.toString('latin1', 0, LEADING_BYTES))?.[1] ?? '';
    if (FAILED.has(type)) this.failed = true;
    this.ending = type.endsWith('.done');
    this.repeats = this.isSaidBefore(type, data);
    if (type === ITEM_DONE) this.noteCall(data);
    if (!this.begun) this.noteBeginning(data);
    if (!TERMINAL.has(type) && !FAILED.has(type)) return;
    const event = parseObject(data.toString('utf8'));
    if (event === null) {
      this.malformed = true;
      return;
    }
    this.usage = readResponsesAnswerUsage(asObject(event['response']) ?? {}) ?? this.usage;
    if (FAILED.has(type)) this.failure = asObject(event['response']) ?? event;
    if (TERMINAL.has(type)) this.finished = this.terminal = true;
  }

  /**
   * Deltas say a text for the first time. Where a server sends none of a part, or of a call's arguments, what is done says it:
   * the part, or else its item, or else the whole answer.
   */
  private isSaidBefore(type: string, data: Buffer): boolean {
    if (type === ITEM_BEGINS) return false;
    if (TERMINAL.has(type)) return this.said.size > 0;
    const isDelta = type.endsWith('.delta');
    if (!isDelta && !this.ending) return true;
    const item = numberIn(data, ITEM) ?? '';
    const part = numberIn(data, PART);
    const place = part === undefined ? item : `${item}.${part}`;
    const before =
      this.said.has(place) || this.vague.has(item) || this.vague.has('') || (item === '' && this.said.size > 0);
    if (this.said.size < MOST_PLACES) {
      this.said.add(item).add(place);
      if (isDelta && part === undefined) this.vague.add(item);
    }
    return !isDelta && (before || this.said.size >= MOST_PLACES);
  }

  private noteBeginning(data: Buffer): void {
    this.begun = true;
    if (!data.includes(SERVICE_TIER)) return;
    const response = asObject(parseObject(data.toString('utf8'))?.['response']);
    this.served = readServed({ service_tier: response?.['service_tier'] });
  }

  /** Of a long one, which holds a picture or what was found, the type is enough. */
  private noteCall(data: Buffer): void {
    const type = CALL.exec(data.toString('latin1', 0, CALL_BYTES))?.[1];
    if (type === undefined || this.calls.length === MOST_CALLS) return;
    const item = data.length > CALL_BYTES ? null : asObject(parseObject(data.toString('utf8'))?.['item']);
    this.calls.push(item ?? { type });
  }
}

/** Fields stand before a long text or behind it, as the server likes. */
function numberIn(data: Buffer, field: RegExp): string | undefined {
  return (field.exec(data.toString('latin1', 0, LEADING_BYTES)) ??
    field.exec(data.toString('latin1', Math.max(0, data.length - LEADING_BYTES))))?.[1];
}

function isFramedObject(data: Buffer): boolean {
  const text = data.length < 64 ? data.toString('latin1').trim() : null;
  if (text !== null) return text.startsWith('{') && text.endsWith('}');
  return data.subarray(0, 8).includes(OPEN_BRACE) && data.subarray(-8).includes(CLOSE_BRACE);
}
