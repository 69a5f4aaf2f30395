import type { GenerateContentResponseUsageMetadata } from 'genai3';
import { asObject, isCount, type JsonObject } from '../../json/value.js';
import type { DetailClass, TokenSide } from '../counted-classes.js';
import { readServed } from '../served.js';
import { cacheReadTokensOf, inputTokensOf, outputTokensOf, type TokenCounts, totalTokensOf } from '../token-counts.js';
import { DETAILS, readCounts, restOf, type SaidCounts, splitSide, trusted, writeDetails } from '../wire/said-counts.js';
import { readToolCounts } from '../wire/tool-counts.js';

/**
 * Reads the `usageMetadata` of a Gemini answer into disjoint classes.
 *
 * Null where it cannot be trusted: no object, neither side of the count given, or a number that is negative, broken or
 * beyond 2^53 - 1. An explicit zero stays zero. What is absent or null counts as not said.
 */
export function readGeminiUsage(value: unknown): TokenCounts | null {
  const usage = asObject(value);
  if (usage === null) return null;
  const counts = readCounts({
    prompt: usage['promptTokenCount'],
    candidates: usage['candidatesTokenCount'],
    thoughts: usage['thoughtsTokenCount'],
    toolUse: usage['toolUsePromptTokenCount'],
    cached: usage['cachedContentTokenCount'],
    cachedAudio: tokensOf(usage['cacheTokensDetails'], CACHED_AUDIO),
    total: usage['totalTokenCount'],
    ...readModalities(usage),
  });
  const tokens = counts && toDisjoint(counts);
  const served = readServed({ service_tier: usage['serviceTier'] ?? tierOf(usage['trafficType']) });
  return tokens && { ...tokens, ...(served !== undefined && { served }) };
}

/** The same of a whole answer: what was searched for stands with the candidates. */
export function readGeminiAnswerUsage(answer: JsonObject): TokenCounts | null {
  const queries = new Set<string>();
  addQueries(answer, queries);
  const tokens = readGeminiUsage(answer['usageMetadata']);
  return tokens && withSearches(tokens, queries);
}

export function withSearches(tokens: TokenCounts, queries: ReadonlySet<string>): TokenCounts {
  return queries.size === 0 ? tokens : { ...tokens, ...readToolCounts({ webSearches: countQueries(queries) }) };
}

/** A search of which no query is told counts where it is the only one. */
export function countQueries(queries: ReadonlySet<string>): number {
  return queries.has(UNNAMED) ? Math.max(1, queries.size - 1) : queries.size;
}

/** Stands for the queries of an answer that has found something and tells none: maps, and searches of some clouds. */
const UNNAMED = '';

function isSearched(chunk: unknown): boolean {
  const found = asObject(chunk);
  return found?.['web'] != null || found?.['maps'] != null;
}

/** Adds what the candidates of an answer, or of one event of a stream, searched for. */
export function addQueries({ candidates }: JsonObject, queries: Set<string>): void {
  if (!Array.isArray(candidates)) return;
  for (const candidate of candidates as readonly unknown[]) {
    const grounding = asObject(asObject(candidate)?.['groundingMetadata']);
    const chunks: unknown = grounding?.['groundingChunks'];
    if (Array.isArray(chunks) && chunks.some(isSearched)) queries.add(UNNAMED);
    const found = grounding?.['webSearchQueries'];
    if (!Array.isArray(found)) continue;
    // An empty query searched for nothing, and Google does not charge it.
    for (const query of found) if (typeof query === 'string' && query.trim() !== '') queries.add(query);
  }
}

/** Vertex AI's word for the tier. Throughput that was bought beforehand is a tier of its own. */
function tierOf(trafficType: unknown): unknown {
  if (typeof trafficType !== 'string' || trafficType === 'TRAFFIC_TYPE_UNSPECIFIED') return null;
  return trafficType.toLowerCase().replace(/^on_demand_/, '');
}

/** The same for an answer of ours. What a cache wrote has no name here and stays a part of the prompt. */
export function writeGeminiUsage(counts: TokenCounts): GenerateContentResponseUsageMetadata {
  const prompt = inputTokensOf(counts);
  const cached = cacheReadTokensOf(counts);
  const { cacheReadAudio = 0, reasoning } = counts;
  const candidates = outputTokensOf(counts) - reasoning;
  // The details of a prompt hold what was cached of it.
  const uncachedParts = writeDetails('gemini_generate_content', 'input', counts);
  const promptAudio = (uncachedParts[CACHED_AUDIO] ?? 0) + cacheReadAudio;
  const promptParts = { ...uncachedParts, ...(promptAudio > 0 && { [CACHED_AUDIO]: promptAudio }) };
  const outputParts = writeDetails('gemini_generate_content', 'output', counts);
  return {
    promptTokenCount: prompt,
    ...(cached > 0 && { cachedContentTokenCount: cached }),
    ...(cacheReadAudio > 0 && { cacheTokensDetails: modalities(cached, { [CACHED_AUDIO]: cacheReadAudio }) }),
    candidatesTokenCount: candidates,
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
    totalTokenCount: totalTokensOf(counts),
    ...(hasParts(promptParts) && { promptTokensDetails: modalities(prompt, promptParts) }),
    ...(hasParts(outputParts) && { candidatesTokensDetails: modalities(candidates, outputParts) }),
  } as GenerateContentResponseUsageMetadata;
}

/** The modality of cached tokens that has a price of its own. */
const CACHED_AUDIO = 'AUDIO';

type WireName = 'prompt' | 'candidates' | 'thoughts' | 'toolUse' | 'cached' | 'cachedAudio' | 'total';
type WireCounts = SaidCounts<WireName | DetailClass>;

function toDisjoint(wire: WireCounts): TokenCounts | null {
  const thoughts = wire.thoughts ?? 0;
  const toolUse = wire.toolUse ?? 0;
  const others = thoughts + toolUse;
  const prompt = wire.prompt ?? restOf(wire.total, wire.candidates, others);
  if (prompt === null) return null;
  const candidates = wire.candidates ?? restOf(wire.total, prompt, others) ?? 0;
  // promptTokenCount holds the cached ones; where it is smaller than they are, it cannot.
  const cached = wire.cached ?? 0;
  const cacheReadAudio = Math.min(wire.cachedAudio ?? 0, cached);
  const uncached = (cached > prompt ? prompt : prompt - cached) + toolUse;
  // A total may have room for tokens that nobody names: those are thoughts, and billed as output all the same.
  const unnamed = Math.max(0, (wire.total ?? 0) - uncached - cached - candidates);
  const reasoning = wire.thoughts ?? unnamed;
  const input = splitSide('input', uncached, wire);
  const output = splitSide('output', candidates, wire);
  return trusted({
    input: input.rest,
    ...input.parts,
    cacheRead: cached - cacheReadAudio,
    cacheReadAudio,
    cacheWrite: 0,
    cacheWrite1h: 0,
    output: output.rest + reasoning,
    ...output.parts,
    reasoning,
  });
}

/** What is said of the modalities that have a price of their own; what is no count where one of them is broken. */
function readModalities(usage: JsonObject): Record<DetailClass, unknown> {
  const said: Partial<Record<DetailClass, unknown>> = {};
  for (const { name, side, detail } of DETAILS) {
    said[name] = modalityOf(usage, side, detail.gemini_generate_content);
  }
  return said as Record<DetailClass, unknown>;
}

/** What was cached of a prompt counts as cached, and what went to tools counts beside the prompt. */
function modalityOf(usage: JsonObject, side: TokenSide, modality: string): unknown {
  if (side === 'output') return tokensOf(usage['candidatesTokensDetails'], modality);
  const prompt = tokensOf(usage['promptTokensDetails'], modality);
  const cached = tokensOf(usage['cacheTokensDetails'], modality);
  const toolUse = tokensOf(usage['toolUsePromptTokensDetails'], modality);
  return Math.max(0, prompt - cached) + toolUse;
}

/** The tokens of a modality; NaN where one count of it is broken. */
function tokensOf(details: unknown, modality: string): number {
  if (!Array.isArray(details)) return 0;
  let sum = 0;
  for (const entry of details) {
    const detail = asObject(entry);
    if (detail?.['modality'] !== modality || detail['tokenCount'] == null) continue;
    sum += isCount(detail['tokenCount']) ? detail['tokenCount'] : Number.NaN;
  }
  return sum;
}

function hasParts(parts: object): boolean {
  return Object.keys(parts).length > 0;
}

/** The parts of a sum, and what they leave of it as text. */
function modalities(sum: number, parts: Readonly<Record<string, number>>): { modality: string; tokenCount: number }[] {
  const told = Object.values(parts).reduce((all, part) => all + part, 0);
  const others = Object.entries(parts).map(([modality, tokenCount]) => ({ modality, tokenCount }));
  return [{ modality: 'TEXT', tokenCount: sum - told }, ...others];
}
