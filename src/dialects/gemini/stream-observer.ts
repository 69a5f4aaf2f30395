import { isFramedObject } from '../../json/space.js';
import { type JsonObject, parseObject } from '../../json/value.js';
import type { StreamObserver } from '../stream-observer.js';
import { readToolCounts } from '../wire/tool-counts.js';
import type { SeenWork, TokenCounts } from '../token-counts.js';
import { addQueries, countQueries, readGeminiUsage, withSearches } from './usage.js';

/** In every event of Google's own, but not of all servers that speak its dialect. */
const USAGE = Buffer.from('"usageMetadata"');
const QUERIES = Buffer.from('"webSearchQueries"');
const FOUND = Buffer.from('"groundingChunks"');
const FINISH_REASON = Buffer.from('"finishReason"');
const BLOCK_REASON = Buffer.from('"blockReason"');
const ERROR = Buffer.from('"error"');

/** An error stands alone in its event, so its key comes first. */
const LEADING_BYTES = 64;

export function createGeminiObserver(): StreamObserver {
  return new GeminiObserver();
}

/**
 * What the whole events of a Gemini stream say. An event is only searched for the few keys that matter, and parsed where one
 * is found: a search alone would take the arguments of a function call, which stand as plain JSON in it, for those keys.
 */
class GeminiObserver implements StreamObserver {
  finished = false;
  failed = false;
  failure: JsonObject | null = null;
  malformed = false;
  usageFinal = false;
  readonly repeats = false;
  /** the candidates that have begun and were given no reason to end */
  private readonly open = new Set<unknown>();
  /** Nothing but the connection's end tells that a Gemini answer is whole. */
  readonly terminal = false;
  private counted: TokenCounts | null = null;
  private readonly queries = new Set<string>();

  get usage(): TokenCounts | null {
    return this.counted && withSearches(this.counted, this.queries);
  }

  get seen(): SeenWork {
    return readToolCounts({ webSearches: countQueries(this.queries) });
  }

  get ending(): boolean {
    return this.finished && this.open.size === 0;
  }

  inspect(name: string | null, data: Buffer): void {
    if (!isFramedObject(data)) {
      this.malformed = true;
      return;
    }
    if (name === 'error') this.failed = true;
    if (!isOfInterest(data)) return;
    const event = parseObject(data.toString('utf8'));
    if (event === null) {
      this.malformed = true;
      return;
    }
    addQueries(event, this.queries);
    const usage = readGeminiUsage(event['usageMetadata']);
    if (event['error']) {
      this.failed = true;
      this.failure = event;
    }
    if (hasReasonToEnd(event)) this.finished = true;
    this.noteCandidates(event['candidates']);
    if (usage === null) return;
    this.counted = usage;
    // Every event counts what there is so far.
    this.usageFinal = this.ending;
  }

  private noteCandidates(candidates: unknown): void {
    if (!Array.isArray(candidates)) return;
    for (const candidate of candidates as (JsonObject | null)[]) {
      const index = candidate?.['index'] ?? 0;
      if (isReason(candidate?.['finishReason'])) this.open.delete(index);
      else this.open.add(index);
    }
  }
}

function isOfInterest(data: Buffer): boolean {
  return (
    data.includes(USAGE) ||
    data.includes(QUERIES) ||
    data.includes(FOUND) ||
    data.includes(FINISH_REASON) ||
    data.includes(BLOCK_REASON) ||
    data.subarray(0, LEADING_BYTES).includes(ERROR)
  );
}

function hasReasonToEnd(event: JsonObject): boolean {
  const { candidates, promptFeedback } = event;
  if (isReason((promptFeedback as JsonObject | null | undefined)?.['blockReason'])) return true;
  if (!Array.isArray(candidates)) return false;
  return candidates.some(candidate => isReason((candidate as JsonObject | null)?.['finishReason']));
}

/** The protocol's default, which says nothing, may be written out. */
function isReason(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && !value.endsWith('_UNSPECIFIED');
}
