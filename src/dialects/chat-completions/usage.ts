import type { TokenCounts } from '../token-counts.js';

type JsonObject = Readonly<Record<string, unknown>>;

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
  const counts = {
    prompt: usage['prompt_tokens'],
    completion: usage['completion_tokens'],
    total: usage['total_tokens'],
    cacheRead: usage['cache_read_input_tokens'] ?? inDetails['cached_tokens'],
    cacheWrite: usage['cache_creation_input_tokens'] ?? inDetails['cache_write_tokens'],
    reasoning: usage['reasoning_tokens'] ?? outDetails['reasoning_tokens'],
  };
  for (const count of Object.values(counts)) {
    if (count != null && !isCount(count)) return null;
  }
  return toDisjoint(counts as Partial<Record<keyof typeof counts, number | null>>);
}

interface WireCounts {
  readonly prompt?: number | null;
  readonly completion?: number | null;
  readonly total?: number | null;
  readonly cacheRead?: number | null;
  readonly cacheWrite?: number | null;
  readonly reasoning?: number | null;
}

function toDisjoint(wire: WireCounts): TokenCounts | null {
  const { total } = wire;
  const prompt = wire.prompt ?? rest(total, wire.completion);
  if (prompt === null) return null;
  const completion = wire.completion ?? rest(total, prompt) ?? 0;
  const cacheRead = wire.cacheRead ?? 0;
  const cacheWrite = wire.cacheWrite ?? 0;
  const cached = cacheRead + cacheWrite;

  // OpenAI's prompt_tokens holds the cached ones, Anthropic's input_tokens does not, and a bridge may hand on either:
  // where the numbers cannot be OpenAI's, they are Anthropic's.
  const apart = cached > prompt || (cached > 0 && total === prompt + completion + cached);
  const input = apart ? prompt : prompt - cached;

  const output = completion + reasoningOnTop(wire, input + cached + completion);
  const reasoning = Math.min(wire.reasoning ?? output - completion, output);
  const counts = { input, cacheRead, cacheWrite, output, reasoning };
  return isCount(input + cached + output) ? counts : null;
}

/**
 * Some upstreams (Gemini, Grok) leave reasoning out of completion_tokens, which shows in a total that is larger than its
 * parts. Where they do not even name it, the whole difference is reasoning: it is billed as output all the same.
 */
function reasoningOnTop(wire: WireCounts, parts: number): number {
  const unexplained = Math.max(0, (wire.total ?? parts) - parts);
  return Math.min(wire.reasoning ?? unexplained, unexplained);
}

function rest(total: number | null | undefined, part: number | null | undefined): number | null {
  return total != null && part != null && total >= part ? total - part : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}
