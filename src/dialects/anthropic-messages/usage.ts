import type { TokenCounts } from '../token-counts.js';
import { inputTokensOf, totalTokensOf } from '../token-counts.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the `usage` object of a Messages answer into disjoint classes: `input_tokens` holds no cached ones there.
 *
 * Null where it cannot be trusted: no object, no side of the count given, or a number that is negative, broken or beyond
 * 2^53 - 1. An explicit zero stays zero. What is absent or null counts as not said.
 */
export function readMessagesUsage(value: unknown): TokenCounts | null {
  const usage = asObject(value);
  if (usage === null) return null;
  const written = asObject(usage['cache_creation']) ?? {};
  const outDetails = asObject(usage['output_tokens_details']) ?? {};
  const counts = {
    input: usage['input_tokens'],
    output: usage['output_tokens'],
    cacheRead: usage['cache_read_input_tokens'],
    cacheWrite: usage['cache_creation_input_tokens'],
    cacheWrite5m: written['ephemeral_5m_input_tokens'],
    cacheWrite1h: written['ephemeral_1h_input_tokens'],
    thinking: outDetails['thinking_tokens'],
  };
  for (const count of Object.values(counts)) {
    if (count != null && !isCount(count)) return null;
  }
  return toDisjoint(counts as WireCounts);
}

type WireName = 'input' | 'output' | 'cacheRead' | 'cacheWrite' | 'cacheWrite5m' | 'cacheWrite1h' | 'thinking';
type WireCounts = { readonly [Name in WireName]?: number | null };

function toDisjoint(wire: WireCounts): TokenCounts | null {
  if (wire.input == null && wire.output == null) return null;
  const cacheWrite1h = wire.cacheWrite1h ?? 0;
  // The sum, where it is given, holds both terms; where the terms are larger, they are what was written.
  const written = Math.max(wire.cacheWrite ?? 0, (wire.cacheWrite5m ?? 0) + cacheWrite1h);
  const output = wire.output ?? 0;
  const counts = {
    input: wire.input ?? 0,
    cacheRead: wire.cacheRead ?? 0,
    cacheWrite: written - cacheWrite1h,
    output,
    reasoning: Math.min(wire.thinking ?? 0, output),
    ...(cacheWrite1h > 0 && { cacheWrite1h }),
  };
  return isCount(totalTokensOf(counts)) ? counts : null;
}

/**
 * What is known after another usage of the same stream: `message_delta` counts from the beginning and leaves out what
 * `message_start` told. A zero input there does not take back what the start counted.
 */
export function mergeMessagesUsage(before: JsonObject | null, now: unknown): JsonObject | null {
  const usage = asObject(now);
  if (usage === null) return before;
  const said = Object.entries(usage).filter(([, value]) => value != null);
  const kept = said.filter(([name, value]) => !(value === 0 && name.includes('input') && Number(before?.[name]) > 0));
  return { ...before, ...Object.fromEntries(kept) };
}

/** The same for an answer of ours. */
export function writeMessagesUsage(counts: TokenCounts) {
  const { cacheRead, cacheWrite, cacheWrite1h = 0, output, outputAudio = 0 } = counts;
  return {
    input_tokens: inputTokensOf(counts) - cacheRead - cacheWrite - cacheWrite1h,
    cache_creation_input_tokens: cacheWrite + cacheWrite1h,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: cacheWrite1h },
    output_tokens: output + outputAudio,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
