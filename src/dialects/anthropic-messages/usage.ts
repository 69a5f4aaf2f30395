import type { CacheCreation, MessageDeltaUsage, Usage } from 'anthropic-sdk/resources/messages';
import { asObject, isCount, type JsonObject } from '../../json/value.js';
import { readServed, SERVED_FIELDS } from '../served.js';
import {
  cacheReadTokensOf,
  type EveryCount,
  NO_TOKENS,
  outputTokensOf,
  type TokenCounts,
  uncachedTokensOf,
} from '../token-counts.js';
import { NO_DETAILS, trusted } from '../wire/said-counts.js';
import { readToolCounts, saidTools, toolPaths } from '../wire/tool-counts.js';

/** Every count that is read, by its path. A name that is not here is never taken over from the wire. */
const COUNTS = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'] as const;
const NESTED_COUNTS = [
  ['cache_creation', 'ephemeral_5m_input_tokens'],
  ['cache_creation', 'ephemeral_1h_input_tokens'],
  ['output_tokens_details', 'thinking_tokens'],
  ...toolPaths('anthropic_messages'),
];

/**
 * Reads the `usage` object of a Messages answer into disjoint classes. `input_tokens` holds no cached ones on this wire.
 *
 * Null where it cannot be trusted: no object, no `input_tokens`, or a number that is negative, broken or beyond 2^53 - 1.
 * An explicit zero stays zero. What is absent or null counts as not said.
 */
export function readMessagesUsage(value: unknown): TokenCounts | null {
  const usage = asObject(value);
  if (usage === null || usage['input_tokens'] == null) return null;
  // What the API spent on summing up a long context is billed, but the fields of the top level leave it out.
  const iterations = Array.isArray(usage['iterations']) ? (usage['iterations'] as unknown[]) : [];
  const apart = iterations.filter(entry => asObject(entry)?.['type'] === 'compaction');
  let sum: EveryCount = NO_COUNTS;
  for (const part of [usage, ...apart]) {
    const counts = readCounts(part as JsonObject);
    if (counts === null) return null;
    sum = add(sum, counts);
  }
  const tokens = trusted(sum);
  const served = readServed(usage);
  return (
    tokens && {
      ...tokens,
      ...readToolCounts(saidTools('anthropic_messages', usage)),
      ...(served !== undefined && { served }),
    }
  );
}

/**
 * The usage of a stream so far. That of `message_delta` is cumulative and lies over that of `message_start`: what it leaves
 * out or gives as null keeps its earlier value, and so does what it gives as zero, because some bridges fill in zeros for
 * what they do not know.
 */
export function mergeMessagesUsage(before: object | null, now: unknown): object {
  const earlier = asObject(before) ?? {};
  const later = asObject(now) ?? {};
  const merged: Record<string, unknown> = pickLater([...COUNTS, ...SERVED_FIELDS], earlier, later);
  for (const [name = '', count = ''] of NESTED_COUNTS) {
    const nested = pickLater([count], asObject(earlier[name]) ?? {}, asObject(later[name]) ?? {});
    if (Object.keys(nested).length > 0) merged[name] = { ...asObject(merged[name]), ...nested };
  }
  const iterations = later['iterations'] ?? earlier['iterations'];
  if (iterations != null) merged['iterations'] = iterations;
  return merged;
}

/** The usage of a whole answer. This wire does not tell audio from the rest. */
export function writeMessagesUsage(counts: TokenCounts): Usage {
  return {
    cache_creation: null,
    ...writeDeltaUsage(counts),
    input_tokens: uncachedTokensOf(counts, 'input'),
    inference_geo: null,
    service_tier: null,
    speed: null,
  };
}

/** The usage of `message_delta`. The API has `cache_creation` only in its start, where ours may not know it yet. */
export function writeDeltaUsage(counts: TokenCounts): MessageDeltaUsage & { cache_creation?: CacheCreation } {
  const { cacheWrite, cacheWrite1h = 0 } = counts;
  const written = { ephemeral_1h_input_tokens: cacheWrite1h, ephemeral_5m_input_tokens: cacheWrite };
  return {
    input_tokens: uncachedTokensOf(counts, 'input'),
    cache_creation_input_tokens: cacheWrite + cacheWrite1h,
    cache_read_input_tokens: cacheReadTokensOf(counts),
    ...(cacheWrite + cacheWrite1h > 0 && { cache_creation: written }),
    output_tokens: outputTokensOf(counts),
    output_tokens_details: counts.reasoning > 0 ? { thinking_tokens: counts.reasoning } : null,
    server_tool_use: counts.webSearches ? { web_search_requests: counts.webSearches, web_fetch_requests: 0 } : null,
  };
}

/** This wire tells no part of a sum. */
const NO_COUNTS: EveryCount = { ...NO_TOKENS, ...NO_DETAILS, cacheReadAudio: 0, cacheWrite1h: 0 };

function readCounts(usage: JsonObject): EveryCount | null {
  const written = asObject(usage['cache_creation']) ?? {};
  const outDetails = asObject(usage['output_tokens_details']) ?? {};
  const counts = {
    input: usage['input_tokens'] ?? 0,
    cacheRead: usage['cache_read_input_tokens'] ?? 0,
    cacheWrite: usage['cache_creation_input_tokens'] ?? 0,
    cacheWrite5m: written['ephemeral_5m_input_tokens'] ?? 0,
    cacheWrite1h: written['ephemeral_1h_input_tokens'] ?? 0,
    output: usage['output_tokens'] ?? 0,
    reasoning: outDetails['thinking_tokens'] ?? 0,
  };
  for (const count of Object.values(counts)) if (!isCount(count)) return null;
  const { input, cacheRead, cacheWrite, cacheWrite5m, cacheWrite1h, output, reasoning } = counts as Readonly<
    Record<keyof typeof counts, number>
  >;
  return {
    ...NO_DETAILS,
    input,
    cacheRead,
    cacheReadAudio: 0,
    // The sum, where it is given, holds both terms; where the terms are larger, they are what was written.
    cacheWrite: Math.max(cacheWrite, cacheWrite5m + cacheWrite1h) - cacheWrite1h,
    cacheWrite1h,
    output,
    reasoning: Math.min(reasoning, output),
  };
}

function add(one: EveryCount, other: EveryCount): EveryCount {
  const names = Object.keys(one) as (keyof EveryCount)[];
  return Object.fromEntries(names.map(name => [name, one[name] + other[name]])) as EveryCount;
}

function pickLater(names: readonly string[], earlier: JsonObject, later: JsonObject): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) {
    const value = later[name] === 0 ? (earlier[name] ?? 0) : (later[name] ?? earlier[name]);
    if (value != null) picked[name] = value;
  }
  return picked;
}
