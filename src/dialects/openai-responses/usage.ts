import type OpenAI from 'openai7';
import { asObject, type JsonObject } from '../../json/value.js';
import type { DetailClass } from '../counted-classes.js';
import { readServed } from '../served.js';
import { inputTokensOf, outputTokensOf, type TokenCounts, type ToolCounts, totalTokensOf } from '../token-counts.js';
import { readCounts, readDetails, restOf, type SaidCounts, splitSide, trusted } from '../wire/said-counts.js';
import { readToolCounts, saidTools } from '../wire/tool-counts.js';

/**
 * Reads the `usage` object of a Responses answer into disjoint classes: `input_tokens` holds the cached ones, `output_tokens`
 * the reasoning.
 *
 * Null where it cannot be trusted: no object, neither side of the count given, or a number that is negative, broken or
 * beyond 2^53 - 1. An explicit zero stays zero. What is absent or null counts as not said.
 */
export function readResponsesUsage(value: unknown): TokenCounts | null {
  const usage = asObject(value);
  if (usage === null) return null;
  const inDetails = asObject(usage['input_tokens_details']) ?? {};
  const outDetails = asObject(usage['output_tokens_details']) ?? {};
  const counts = readCounts({
    allInput: usage['input_tokens'],
    allOutput: usage['output_tokens'],
    total: usage['total_tokens'],
    cached: inDetails['cached_tokens'],
    written: inDetails['cache_write_tokens'],
    reasoning: outDetails['reasoning_tokens'],
    ...readDetails('openai_responses', { input: inDetails, output: outDetails }),
  });
  return counts && toDisjoint(counts);
}

/** The same of a whole answer: how it was served and what its tools used stand beside the usage. */
export function readResponsesAnswerUsage(answer: JsonObject): TokenCounts | null {
  const tokens = readResponsesUsage(answer['usage']);
  if (tokens === null) return null;
  const served = readServed({ service_tier: answer['service_tier'] });
  return { ...tokens, ...readToolUsage(answer), ...(served !== undefined && { served }) };
}

type WireName = 'allInput' | 'allOutput' | 'total' | 'cached' | 'written' | 'reasoning';
type WireCounts = SaidCounts<WireName | DetailClass>;

function toDisjoint(wire: WireCounts): TokenCounts | null {
  const all = wire.allInput ?? restOf(wire.total, wire.allOutput);
  if (all === null) return null;
  const allOutput = wire.allOutput ?? restOf(wire.total, all) ?? 0;
  const cacheRead = wire.cached ?? 0;
  const cacheWrite = wire.written ?? 0;
  // Where the parts are more than the whole, the whole does not hold them.
  const uncached = cacheRead + cacheWrite > all ? all : all - cacheRead - cacheWrite;
  const input = splitSide('input', uncached, wire);
  const output = splitSide('output', allOutput, wire);
  return trusted({
    input: input.rest,
    ...input.parts,
    cacheRead,
    cacheWrite,
    cacheWrite1h: 0,
    output: output.rest,
    ...output.parts,
    reasoning: Math.min(wire.reasoning ?? 0, output.rest),
  });
}

/** The same for an answer of ours. */
export function writeResponsesUsage(counts: TokenCounts): OpenAI.Responses.ResponseUsage {
  const { cacheRead, cacheWrite, cacheWrite1h = 0, reasoning } = counts;
  return {
    input_tokens: inputTokensOf(counts),
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite + cacheWrite1h },
    output_tokens: outputTokensOf(counts),
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: totalTokensOf(counts),
  };
}

/**
 * What the vendor's own tools used. `tool_usage` is the vendor's word; where it is not given, the calls among the output are
 * counted: searches, not pages that were opened, and each container once, however often code ran in it.
 */
export function readToolUsage({ output, tool_usage: said }: JsonObject): ToolCounts {
  const usage = asObject(said) ?? {};
  const items: readonly unknown[] = Array.isArray(output) ? output : [];
  const calls = items.map(asObject).filter(item => item !== null);
  const tools = saidTools('openai_responses', usage);
  return readToolCounts({
    ...tools,
    webSearches: tools.webSearches ?? calls.filter(isSearch).length,
    fileSearches: calls.filter(({ type }) => type === 'file_search_call').length,
    codeContainers: containersOf(calls),
    // What goes into the image tool holds the text.
    imageInput: Math.max(0, countOf(tools.imageInput) - countOf(tools.imageText)),
  });
}

function isSearch({ type, action, status }: JsonObject): boolean {
  if (type !== 'web_search_call' || status === 'failed') return false;
  return (asObject(action)?.['type'] ?? 'search') === 'search';
}

function containersOf(calls: readonly JsonObject[]): number {
  const runs = calls.filter(({ type }) => type === 'code_interpreter_call');
  return new Set(runs.map(({ container_id: container }) => container)).size;
}

function countOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}
