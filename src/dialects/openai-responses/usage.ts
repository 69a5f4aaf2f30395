import type OpenAI from 'openai7';
import { asObject, type JsonObject } from '../../json/value.js';
import type { DetailClass } from '../counted-classes.js';
import { readServed } from '../served.js';
import {
  cacheReadTokensOf,
  inputTokensOf,
  outputTokensOf,
  type TokenCounts,
  type ToolCounts,
  totalTokensOf,
} from '../token-counts.js';
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
  const thought = wire.reasoning ?? 0;
  const input = splitSide('input', uncached, wire);
  const output = splitSide('output', thought > allOutput ? allOutput + thought : allOutput, wire);
  return trusted({
    input: input.rest,
    ...input.parts,
    cacheRead,
    cacheReadAudio: 0,
    cacheWrite,
    cacheWrite1h: 0,
    output: output.rest,
    ...output.parts,
    reasoning: Math.min(thought, output.rest),
  });
}

/** The same for an answer of ours. */
export function writeResponsesUsage(counts: TokenCounts): OpenAI.Responses.ResponseUsage {
  const { cacheWrite, cacheWrite1h = 0, reasoning } = counts;
  return {
    input_tokens: inputTokensOf(counts),
    input_tokens_details: { cached_tokens: cacheReadTokensOf(counts), cache_write_tokens: cacheWrite + cacheWrite1h },
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
    imageOutput: tools.imageOutput ?? calls.map(pictureTokens).reduce((sum, tokens) => sum + tokens, 0),
  });
}

function isSearch({ type, action, status }: JsonObject): boolean {
  if (type !== 'web_search_call' || status === 'failed') return false;
  return (asObject(action)?.['type'] ?? 'search') === 'search';
}

/** Code that ran in a shell of the provider's own stands with its container, a caller's own shell without. */
function containersOf(calls: readonly JsonObject[]): number {
  const containers = new Set<unknown>();
  for (const { type, container_id: container, environment } of calls) {
    if (type === 'code_interpreter_call') containers.add(container);
    const shell = type === 'shell_call' ? asObject(environment)?.['container_id'] : undefined;
    if (shell !== undefined) containers.add(shell);
  }
  return containers.size;
}

/** What a picture was published to take, by its quality, square or not; where nothing is said of it, the most. */
const PICTURE_TOKENS = new Map<unknown, readonly [square: number, other: number]>([
  ['low', [272, 408]],
  ['medium', [1_056, 1_584]],
  ['high', [4_160, 6_240]],
]);

/** The tokens of a picture that is among the output; of one that did not come, none. */
function pictureTokens({ type, status, quality, size }: JsonObject): number {
  if (type !== 'image_generation_call' || status === 'failed') return 0;
  const [square, other] = PICTURE_TOKENS.get(quality) ?? [4_160, 6_240];
  return size === '1024x1024' ? square : other;
}

function countOf(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : 0;
}
