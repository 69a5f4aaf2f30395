import { isFramedObject, skipSpace } from '../../json/space.js';
import { type JsonObject, parseObject } from '../../json/value.js';
import type { TokenCounts } from '../token-counts.js';
import { readChatAnswerUsage } from './usage.js';

/** What one event of a stream says about the stream. */
export interface ChatEventFacts {
  /** a choice was given a reason to end */
  readonly finished: boolean;
  /** the event that reports an error, parsed; null where it reports none */
  readonly failure: JsonObject | null;
  /** the event is no JSON object, as far as it was looked at */
  readonly malformed: boolean;
  readonly usage: TokenCounts | null;
  /** no choice is in it; told of events with usage only */
  readonly withoutChoices: boolean;
}

const PLAIN: ChatEventFacts = Object.freeze({
  finished: false,
  failure: null,
  malformed: false,
  usage: null,
  withoutChoices: false,
});
const FINISHED: ChatEventFacts = Object.freeze({ ...PLAIN, finished: true });
const MALFORMED: ChatEventFacts = Object.freeze({ ...PLAIN, malformed: true });

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const LETTER_N = 0x6e;

const FINISH_REASON = Buffer.from('"finish_reason"');
const USAGE = Buffer.from('"usage"');
const SERVICE_TIER = Buffer.from('"service_tier"');
const OBJECT = Buffer.from('"object"');
const LAST_EVENT = Buffer.from('"chat.completion.done"');
const ERROR = Buffer.from('"error"');
const ERROR_PREFIX = Buffer.from('"error');

/**
 * Looks at the data of one event. Almost every event of a stream is only searched for three keys; parsed are those that
 * carry usage or an error. Inside text a key's quotes are escaped, so the search cannot take text for a key.
 *
 * @param namedError the event's own name is `error`
 */
export function inspectChatEvent(data: Buffer, namedError: boolean): ChatEventFacts {
  const first = skipSpace(data, 0);
  if (!isFramedObject(data)) return MALFORMED;
  const finished = hasFinishReason(data);
  if (!namedError && !mayReportError(data, first) && !hasUsageObject(data)) return finished ? FINISHED : PLAIN;

  const event = parseObject(data.toString('utf8'));
  if (event === null) return MALFORMED;
  const failed = namedError || Boolean(event['error']) || Boolean(event['error_code']);
  const { choices } = event;
  const withoutChoices = !Array.isArray(choices) || choices.length === 0;
  const failure = failed ? event : null;
  return { finished, failure, malformed: false, usage: readChatAnswerUsage(event), withoutChoices };
}

/** The tier that an event names, without parsing it; null where it names none. */
export function findServiceTier(data: Buffer): string | null {
  const at = valueOf(data, SERVICE_TIER, 0);
  if (at === -1 || data[at] !== QUOTE) return null;
  const end = data.indexOf(QUOTE, at + 1);
  return end === -1 ? null : data.toString('latin1', at + 1, end);
}

/** Perplexity ends its streams with an event of this kind, and says no `[DONE]` behind it. */
export function isLastEvent(data: Buffer): boolean {
  for (let at = valueOf(data, OBJECT, 0); at !== -1; at = valueOf(data, OBJECT, at)) {
    if (data.subarray(at, at + LAST_EVENT.length).equals(LAST_EVENT)) return true;
  }
  return false;
}

/** Null and the empty string, which some servers send with every event, are no reason. */
function hasFinishReason(data: Buffer): boolean {
  for (let at = valueOf(data, FINISH_REASON, 0); at !== -1; at = valueOf(data, FINISH_REASON, at)) {
    const empty = data[at] === QUOTE && data[at + 1] === QUOTE;
    if (data[at] !== LETTER_N && !empty) return true;
  }
  return false;
}

function hasUsageObject(data: Buffer): boolean {
  for (let at = valueOf(data, USAGE, 0); at !== -1; at = valueOf(data, USAGE, at)) {
    if (data[at] === OPEN_BRACE) return true;
  }
  return false;
}

/** Flat errors (`error_code`) are only known by their beginning, others wherever the key stands. */
function mayReportError(data: Buffer, first: number): boolean {
  const key = skipSpace(data, first + 1);
  if (data[key + 1] === ERROR_PREFIX[1] && data.subarray(key, key + ERROR_PREFIX.length).equals(ERROR_PREFIX))
    return true;
  for (let at = valueOf(data, ERROR, 0); at !== -1; at = valueOf(data, ERROR, at)) {
    if (data[at] !== LETTER_N) return true;
  }
  return false;
}

/** Where the value of the next occurrence of a key starts, else -1. `key` has its quotes; a value like it is passed over. */
function valueOf(data: Buffer, key: Buffer, from: number): number {
  for (let found = data.indexOf(key, from); found !== -1; found = data.indexOf(key, found + key.length)) {
    const colon = skipSpace(data, found + key.length);
    if (data[colon] === COLON) return skipSpace(data, colon + 1);
  }
  return -1;
}
