import type { GenerateContentResponseUsageMetadata } from 'genai3';
import { asObject, isCount, type JsonObject } from '../../json/value.js';
import { readServed, readToolCounts } from '../served.js';
import { inputTokensOf, type TokenCounts, totalTokensOf } from '../token-counts.js';
import { readCounts, restOf, type SaidCounts, trusted } from '../wire/said-counts.js';

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
    total: usage['totalTokenCount'],
    promptAudio: audioOf(usage['promptTokensDetails']),
    toolUseAudio: audioOf(usage['toolUsePromptTokensDetails']),
    cachedAudio: audioOf(usage['cacheTokensDetails']),
    outputAudio: audioOf(usage['candidatesTokensDetails']),
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
  return queries.size === 0 ? tokens : { ...tokens, ...readToolCounts({ webSearches: queries.size }) };
}

/** Adds what the candidates of an answer, or of one event of a stream, searched for. */
export function addQueries({ candidates }: JsonObject, queries: Set<string>): void {
  if (!Array.isArray(candidates)) return;
  for (const candidate of candidates as readonly unknown[]) {
    const found = asObject(asObject(candidate)?.['groundingMetadata'])?.['webSearchQueries'];
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
  const { cacheRead, reasoning, inputAudio = 0, outputAudio = 0 } = counts;
  const candidates = counts.output - reasoning + outputAudio;
  return {
    promptTokenCount: prompt,
    ...(cacheRead > 0 && { cachedContentTokenCount: cacheRead }),
    candidatesTokenCount: candidates,
    ...(reasoning > 0 && { thoughtsTokenCount: reasoning }),
    totalTokenCount: totalTokensOf(counts),
    ...(inputAudio > 0 && { promptTokensDetails: modalities(prompt - inputAudio, inputAudio) }),
    ...(outputAudio > 0 && { candidatesTokensDetails: modalities(candidates - outputAudio, outputAudio) }),
  } as GenerateContentResponseUsageMetadata;
}

type WireName = 'prompt' | 'candidates' | 'thoughts' | 'toolUse' | 'cached' | 'total';
type WireAudio = 'promptAudio' | 'toolUseAudio' | 'cachedAudio' | 'outputAudio';
type WireCounts = SaidCounts<WireName | WireAudio>;

function toDisjoint(wire: WireCounts): TokenCounts | null {
  const thoughts = wire.thoughts ?? 0;
  const toolUse = wire.toolUse ?? 0;
  const others = thoughts + toolUse;
  const prompt = wire.prompt ?? restOf(wire.total, wire.candidates, others);
  if (prompt === null) return null;
  const candidates = wire.candidates ?? restOf(wire.total, prompt, others) ?? 0;
  // promptTokenCount holds the cached ones; where it is smaller than they are, it cannot.
  const cacheRead = wire.cached ?? 0;
  const uncached = (cacheRead > prompt ? prompt : prompt - cacheRead) + toolUse;
  // A total may have room for tokens that nobody names: those are thoughts, and billed as output all the same.
  const unnamed = Math.max(0, (wire.total ?? 0) - uncached - cacheRead - candidates);
  const reasoning = wire.thoughts ?? unnamed;
  const audio = Math.max(0, (wire.promptAudio ?? 0) - (wire.cachedAudio ?? 0)) + (wire.toolUseAudio ?? 0);
  const inputAudio = Math.min(audio, uncached);
  const outputAudio = Math.min(wire.outputAudio ?? 0, candidates);
  return trusted({
    input: uncached - inputAudio,
    cacheRead,
    cacheWrite: 0,
    output: candidates + reasoning - outputAudio,
    reasoning,
    inputAudio,
    outputAudio,
  });
}

/** The tokens of modality AUDIO; undefined where none are named, something that is no count where one is broken. */
function audioOf(details: unknown): unknown {
  if (!Array.isArray(details)) return undefined;
  let sum: number | undefined;
  for (const entry of details) {
    const detail = asObject(entry);
    if (detail?.['modality'] !== 'AUDIO' || detail['tokenCount'] == null) continue;
    if (!isCount(detail['tokenCount'])) return Number.NaN;
    sum = (sum ?? 0) + detail['tokenCount'];
  }
  return sum;
}

function modalities(text: number, audio: number): { modality: string; tokenCount: number }[] {
  return [
    { modality: 'TEXT', tokenCount: text },
    { modality: 'AUDIO', tokenCount: audio },
  ];
}
