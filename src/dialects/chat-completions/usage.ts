import { asObject, type JsonObject } from '../../json/value.js';
import type { DetailClass } from '../counted-classes.js';
import { readServed } from '../served.js';
import { cacheReadTokensOf, inputTokensOf, outputTokensOf, type TokenCounts, totalTokensOf } from '../token-counts.js';
import {
  readCounts,
  readDetails,
  restOf,
  type SaidCounts,
  splitSide,
  trusted,
  writeDetails,
} from '../wire/said-counts.js';
import { readToolCounts, saidTools, withTools } from '../wire/tool-counts.js';

/**
 * Reads the `usage` object of a chat-completions answer into disjoint classes.
 *
 * Null where it cannot be trusted: no object, neither side of the count given, or a number that is negative, broken or
 * beyond 2^53 - 1. An explicit zero stays zero. What is absent or null counts as not said.
 */
export function readChatUsage(value: unknown): TokenCounts | null {
  const usage = asObject(value);
  if (usage === null) return null;
  const inDetails = asObject(usage['prompt_tokens_details']) ?? {};
  const outDetails = asObject(usage['completion_tokens_details']) ?? {};
  const written = asObject(usage['cache_creation']) ?? asObject(inDetails['cache_creation_token_details']) ?? {};
  const counts = readCounts({
    prompt: usage['prompt_tokens'],
    completion: usage['completion_tokens'],
    total: usage['total_tokens'],
    cacheRead: firstSaid(usage, inDetails, CACHE_READS),
    cacheWrite: firstSaid(usage, inDetails, CACHE_WRITES),
    cacheWrite5m: written['ephemeral_5m_input_tokens'],
    cacheWrite1h: written['ephemeral_1h_input_tokens'],
    reasoning: usage['reasoning_tokens'] ?? outDetails['reasoning_tokens'],
    ...readDetails('chat_completions', { input: inDetails, output: outDetails }),
  });
  const tokens = counts && toDisjoint(counts);
  if (tokens === null) return null;
  return withTools(tokens, readToolCounts(saidTools('chat_completions', usage)));
}

/** The names of what was read from a cache and written to it, in the usage or among the details of its prompt. */
const CACHE_READS = ['cache_read_input_tokens', 'cached_tokens', 'prompt_cache_hit_tokens'];
const CACHE_WRITES = ['cache_creation_input_tokens', 'cache_write_tokens', 'cache_creation_tokens'];

function firstSaid(usage: JsonObject, details: JsonObject, names: readonly string[]): unknown {
  for (const name of names) {
    const said = details[name] ?? usage[name];
    if (said != null) return said;
  }
  return undefined;
}

/** The same of a whole answer, or of one event of a stream: how it was served stands beside the usage. */
export function readChatAnswerUsage(answer: JsonObject): TokenCounts | null {
  const tokens = readChatUsage(answer['usage']);
  return tokens && withServiceTier(tokens, answer['service_tier']);
}

/** A tier that is known already holds: the last event of a stream has the last word. */
export function withServiceTier(tokens: TokenCounts, tier: unknown): TokenCounts {
  if (tokens.served !== undefined) return tokens;
  const served = readServed({ service_tier: tier });
  return served === undefined ? tokens : { ...tokens, served };
}

type WireClass = 'prompt' | 'completion' | 'total' | 'cacheRead' | 'cacheWrite' | 'reasoning';
type WireDetail = 'cacheWrite5m' | 'cacheWrite1h' | DetailClass;
type WireCounts = SaidCounts<WireClass | WireDetail>;

function toDisjoint(wire: WireCounts): TokenCounts | null {
  const { total } = wire;
  const prompt = wire.prompt ?? restOf(total, wire.completion);
  if (prompt === null) return null;
  const completion = wire.completion ?? restOf(total, prompt) ?? 0;
  const cacheRead = wire.cacheRead ?? 0;
  const cacheWrite1h = wire.cacheWrite1h ?? 0;
  // The sum, where it is given, holds both terms; where the terms are larger, they are what was written.
  const written = Math.max(wire.cacheWrite ?? 0, (wire.cacheWrite5m ?? 0) + cacheWrite1h);
  const cached = cacheRead + written;

  const apart = isCachedApart(wire, prompt, completion, cached);
  const uncached = apart ? prompt : prompt - cached;
  const allOutput = completion + reasoningOnTop(wire, uncached + cached + completion, completion);
  const input = splitSide('input', uncached, wire);
  const output = splitSide('output', allOutput, wire);
  return trusted({
    input: input.rest,
    ...input.parts,
    cacheRead,
    cacheReadAudio: 0,
    cacheWrite: written - cacheWrite1h,
    cacheWrite1h,
    output: output.rest,
    ...output.parts,
    reasoning: Math.min(wire.reasoning ?? allOutput - completion, output.rest),
  });
}

/**
 * OpenAI's prompt_tokens holds the cached ones, Anthropic's input_tokens does not, and a bridge may hand on either; reasoning
 * stands within completion_tokens or on top of it. The total tells which way was counted. Where it fits more than one (as
 * much reasoning as was cached), or none, the prompt holds the cached ones as OpenAI says, unless they are more than it.
 */
function isCachedApart({ total, reasoning }: WireCounts, prompt: number, completion: number, cached: number): boolean {
  if (cached > prompt) return true;
  if (cached === 0 || total == null) return false;
  const onTop = total - prompt - completion;
  const thought = reasoning ?? 0;
  return (onTop === cached && thought !== cached) || (thought > 0 && onTop === cached + thought);
}

/**
 * Some upstreams (Gemini, Grok) leave reasoning out of completion_tokens, which shows in a total that is larger than its
 * parts. Where they do not even name it, the whole difference is reasoning: it is billed as output all the same.
 */
function reasoningOnTop(wire: WireCounts, parts: number, completion: number): number {
  const unexplained = Math.max(0, (wire.total ?? parts) - parts);
  const thought = wire.reasoning ?? unexplained;
  // What is more than the completion is no part of it, whatever the total says.
  return thought > completion ? Math.max(unexplained, wire.reasoning ?? 0) : Math.min(thought, unexplained);
}

/** The `usage` object of an answer: the reverse of `readChatUsage`. */
export function encodeChatUsage(counts: TokenCounts): JsonObject {
  const written = counts.cacheWrite + (counts.cacheWrite1h ?? 0);
  return {
    prompt_tokens: inputTokensOf(counts),
    completion_tokens: outputTokensOf(counts),
    total_tokens: totalTokensOf(counts),
    prompt_tokens_details: {
      cached_tokens: cacheReadTokensOf(counts),
      ...(written > 0 && { cache_write_tokens: written }),
      ...writeDetails('chat_completions', 'input', counts),
    },
    completion_tokens_details: {
      reasoning_tokens: counts.reasoning,
      ...writeDetails('chat_completions', 'output', counts),
    },
  };
}
