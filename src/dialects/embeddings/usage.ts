import { isCount } from '../../json/value.js';
import { NO_TOKENS, type TokenCounts } from '../token-counts.js';

/**
 * Reads the `usage` object of an embeddings answer. Null where it cannot be trusted: no object, no count given, or one that
 * is negative, broken or beyond 2^53 - 1. Embeddings have no output, so the total is the input.
 */
export function readEmbeddingsUsage(value: unknown): TokenCounts | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { prompt_tokens: prompt, total_tokens: total } = value as Readonly<Record<string, unknown>>;
  if ([prompt, total].some(count => count != null && !isCount(count))) return null;
  const input = prompt ?? total;
  return isCount(input) ? { ...NO_TOKENS, input } : null;
}
