import { asList, isObject, type Json, type JsonObject } from '../../json/value.js';
import type { TokenLogprob } from '../neutral/neutral.types.js';

/** The same shape as in chat completions, in another place. */
export function decodeLogprobList(value: Json | undefined): TokenLogprob[] {
  return asList(value).flatMap(entry => {
    const read = isObject(entry) ? decodeToken(entry) : null;
    if (read === null || !isObject(entry)) return [];
    const top = asList(entry['top_logprobs']);
    return [{ ...read, top: top.flatMap(other => (isObject(other) ? (decodeToken(other) ?? []) : [])) }];
  });
}

function decodeToken(entry: JsonObject): Omit<TokenLogprob, 'top'> | null {
  const { token, logprob, bytes } = entry;
  if (typeof token !== 'string' || typeof logprob !== 'number') return null;
  return { token, logprob, bytes: Array.isArray(bytes) ? (bytes as number[]) : null };
}

export function encodeLogprobList(list: readonly TokenLogprob[]): Json[] {
  return list.map(({ top, ...token }) => ({ ...encodeToken(token), top_logprobs: top.map(encodeToken) }));
}

function encodeToken({ token, logprob, bytes }: Omit<TokenLogprob, 'top'>): JsonObject {
  return { token, logprob, bytes: bytes ?? [...Buffer.from(token)] };
}
