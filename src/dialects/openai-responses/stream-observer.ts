import { asObject, parseObject } from '../../json/value.js';
import type { StreamObserver } from '../stream-observer.js';
import type { TokenCounts } from '../token-counts.js';
import { readResponsesAnswerUsage } from './usage.js';

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const TERMINAL = new Set(['response.completed', 'response.incomplete']);
const FAILED = new Set(['error', 'response.failed', 'response.error']);
/** It holds what no delta says: the name of a tool that is called. */
const ITEM_BEGINS = 'response.output_item.added';
/** Where the type is searched for in an event without a name: it is the first field, or nearly. */
const LEADING_BYTES = 256;
const TYPE = /"type"\s*:\s*"([a-z_.]+)"/;

export function createResponsesObserver(): StreamObserver {
  return new ResponsesObserver();
}

/** What the whole events of a Responses stream say. Parsed are only those that end it; all others are known by their names. */
class ResponsesObserver implements StreamObserver {
  usage: TokenCounts | null = null;
  finished = false;
  terminal = false;
  failed = false;
  malformed = false;
  /** a part, an item or a text is over and nothing new was begun */
  ending = false;
  repeats = false;

  /** Only the events that end an answer count it. */
  get usageFinal(): boolean {
    return this.usage !== null;
  }

  inspect(name: string | null, data: Buffer): void {
    if (!isFramedObject(data)) {
      // Some servers end their streams as chat streams end.
      if (data.toString('latin1') !== '[DONE]') this.malformed = true;
      return;
    }
    const type = name ?? TYPE.exec(data.toString('latin1', 0, LEADING_BYTES))?.[1] ?? '';
    if (FAILED.has(type)) this.failed = true;
    this.ending = type.endsWith('.done');
    this.repeats = !type.endsWith('.delta') && type !== ITEM_BEGINS;
    if (!TERMINAL.has(type) && !FAILED.has(type)) return;
    const event = parseObject(data.toString('utf8'));
    if (event === null) {
      this.malformed = true;
      return;
    }
    this.usage = readResponsesAnswerUsage(asObject(event['response']) ?? {}) ?? this.usage;
    if (TERMINAL.has(type)) this.finished = this.terminal = true;
  }
}

function isFramedObject(data: Buffer): boolean {
  const text = data.length < 64 ? data.toString('latin1').trim() : null;
  if (text !== null) return text.startsWith('{') && text.endsWith('}');
  return data.subarray(0, 8).includes(OPEN_BRACE) && data.subarray(-8).includes(CLOSE_BRACE);
}
