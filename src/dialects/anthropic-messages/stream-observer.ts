import { isFramedObject, skipSpace } from '../../json/space.js';
import { asObject, type JsonObject, parseObject } from '../../json/value.js';
import type { StreamObserver } from '../stream-observer.js';
import { readToolCounts } from '../wire/tool-counts.js';
import type { SeenWork } from '../token-counts.js';
import { mergeMessagesUsage, readMessagesUsage } from './usage.js';

/** The events that must have an object for data. An unknown event, or a ping, may have anything. */
const KNOWN_EVENTS: ReadonlySet<string> = new Set([
  'message_start',
  'message_delta',
  'message_stop',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'error',
]);

/** How almost every event of a stream begins: with what is no news here. */
const BLOCK_EVENT = Buffer.from('{"type":"content_block_');

const LETTER_D = 0x64;
const SERVER_TOOL_USE = Buffer.from('"server_tool_use"');

/** Inside text a quote is escaped, so these cannot be part of a longer text; they may be all of one, so they prove nothing. */
const MENTIONS = ['message_start', 'message_delta', 'message_stop', 'error'].map(type => Buffer.from(`"${type}"`));

/** Some bridges end every dialect's streams with it; the SDKs pass over it. */
const DONE = Buffer.from('[DONE]');

/**
 * Notes the facts of one Messages stream. Parsed are only the few events that carry them, all others are searched. Where an
 * event's name and the `type` in its data differ, the data holds, as for the SDKs.
 */
export function createMessagesObserver(): StreamObserver {
  return new MessagesObserver();
}

class MessagesObserver implements StreamObserver {
  finished = false;
  terminal = false;
  failed = false;
  failure: JsonObject | null = null;
  malformed = false;
  readonly repeats = false;
  private counted: object | null = null;
  private webSearches = 0;
  private countedAtEnd = false;

  /** How it is served stands in the usage of `message_start`. */
  get seen(): SeenWork {
    return readToolCounts({ webSearches: this.webSearches });
  }

  get usage() {
    return readMessagesUsage(this.counted);
  }

  /** What `message_start` says of the output is a placeholder; it is counted when the reason to end is given. */
  get usageFinal(): boolean {
    return this.finished && this.countedAtEnd;
  }

  get ending(): boolean {
    return this.finished;
  }

  inspect(name: string | null, data: Buffer): void {
    const first = skipSpace(data, 0);
    if (name === 'error') this.failed = true;
    if (!isFramedObject(data)) {
      if (name === null ? !isDone(data, first) : KNOWN_EVENTS.has(name)) this.malformed = true;
      return;
    }
    if (name === 'ping' || !(mayTell(name, data, first) || beginsToolUse(data, first))) return;
    const event = parseObject(data.toString('utf8'));
    if (event === null) this.malformed = true;
    else {
      if (name === 'error') this.failure = event;
      this.note(typeof event['type'] === 'string' ? event['type'] : name, event);
    }
  }

  private note(type: string | null, event: JsonObject): void {
    if (type === 'message_start') {
      this.counted = mergeMessagesUsage(this.counted, asObject(event['message'])?.['usage']);
    } else if (type === 'message_delta') {
      this.counted = mergeMessagesUsage(this.counted, event['usage']);
      const output = asObject(event['usage'])?.['output_tokens'];
      // A zero is what bridges fill in that do not know. Behind the end, what says nothing takes nothing back.
      this.countedAtEnd = Number(output) > 0 || (this.usageFinal && output == null);
      if (asObject(event['delta'])?.['stop_reason']) this.finished = true;
    } else if (type === 'content_block_start') {
      const block = asObject(event['content_block']);
      if (block?.['type'] === 'server_tool_use' && block['name'] === 'web_search') this.webSearches += 1;
    } else if (type === 'message_stop') {
      this.terminal = true;
    } else if (type === 'error') {
      this.failed = true;
      this.failure = event;
    }
  }
}

function mayTell(name: string | null, data: Buffer, first: number): boolean {
  if (name !== null && !name.startsWith('content_block_')) return KNOWN_EVENTS.has(name) || mentions(data);
  const usual = data.subarray(first, first + BLOCK_EVENT.length).equals(BLOCK_EVENT);
  return !usual && mentions(data);
}

/** The provider's own tool begins to run. Most events of blocks are deltas, which are told by one byte. */
function beginsToolUse(data: Buffer, first: number): boolean {
  return data[first + BLOCK_EVENT.length] !== LETTER_D && data.includes(SERVER_TOOL_USE);
}

function mentions(data: Buffer): boolean {
  return MENTIONS.some(type => data.includes(type));
}

function isDone(data: Buffer, first: number): boolean {
  return data.subarray(first, first + DONE.length).equals(DONE);
}
