import { isObject, type Json, type JsonObject } from '../../json/value.js';
import type { TokenLogprob } from '../neutral/neutral.types.js';

type Alternative = TokenLogprob['top'][number];

/** What OpenAI writes for a token that is as good as impossible; JSON has no minus infinity. */
const IMPOSSIBLE = -9999;

/** Of the content, or of the refusal; null where there are none. */
export function decodeLogprobs(value: Json | undefined, of: 'content' | 'refusal'): TokenLogprob[] | null {
  const tokens = isObject(value) ? value[of] : undefined;
  if (!Array.isArray(tokens)) return null;
  return (tokens as readonly Json[]).filter(isObject).map(token => ({
    ...decodeAlternative(token),
    top: Array.isArray(token['top_logprobs'])
      ? (token['top_logprobs'] as readonly Json[]).filter(isObject).map(decodeAlternative)
      : [],
  }));
}

function decodeAlternative({ token, logprob, bytes }: JsonObject): Alternative {
  return {
    token: typeof token === 'string' ? token : '',
    logprob: Number.isFinite(logprob) ? (logprob as number) : IMPOSSIBLE,
    bytes: Array.isArray(bytes) ? (bytes as number[]).filter(Number.isInteger) : null,
  };
}

export function encodeLogprobs(logprobs: readonly TokenLogprob[]): JsonObject[] {
  return logprobs.map(({ top, ...token }) => ({
    ...token,
    top_logprobs: top.map(alternative => ({ ...alternative })),
  }));
}
