import { isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { TokenLogprob } from '../neutral/neutral.types.js';

type Alternative = TokenLogprob['top'][number];

/** Null where there are none. Google gives no bytes of a token. */
export function decodeLogprobsResult(result: Json | undefined): readonly TokenLogprob[] | null {
  if (!isObject(result) || !isList(result['chosenCandidates'])) return null;
  const tops = result['topCandidates'];
  const decoded = result['chosenCandidates'].map((chosen, index): TokenLogprob => {
    const step = isList(tops) ? tops[index] : undefined;
    const candidates = isObject(step) && isList(step['candidates']) ? step['candidates'] : [];
    return { ...decodeCandidate(chosen), top: candidates.map(decodeCandidate) };
  });
  return decoded.length === 0 ? null : decoded;
}

function decodeCandidate(candidate: Json): Alternative {
  const { token, logProbability } = isObject(candidate) ? candidate : ({} as JsonObject);
  return {
    token: typeof token === 'string' ? token : '',
    logprob: typeof logProbability === 'number' && Number.isFinite(logProbability) ? logProbability : 0,
    bytes: null,
  };
}

export function encodeLogprobsResult(logprobs: readonly TokenLogprob[]): JsonObject {
  return {
    chosenCandidates: logprobs.map(encodeCandidate),
    topCandidates: logprobs.map(({ top }) => ({ candidates: top.map(encodeCandidate) })),
  };
}

function encodeCandidate({ token, logprob }: Alternative): JsonObject {
  return { token, logProbability: logprob };
}
