import { isCount } from '../../json/value.js';
import { type TokenCounts, totalTokensOf } from '../token-counts.js';

/** As a wire says them: absent and null are not said, an explicit zero is. */
export type SaidCounts<Name extends string> = { readonly [Key in Name]: number | null | undefined };

/** Null where one of them cannot be trusted: it is negative, broken or beyond 2^53 - 1. */
export function readCounts<Name extends string>(said: { readonly [Key in Name]: unknown }): SaidCounts<Name> | null {
  const counts: unknown[] = Object.values(said);
  return counts.every(count => count == null || isCount(count)) ? (said as SaidCounts<Name>) : null;
}

/** What the total leaves beside the parts; null where one is not said, or the parts are more than the total. */
export function restOf(total: number | null | undefined, part: number | null | undefined, others = 0): number | null {
  return total != null && part != null && total >= part + others ? total - part - others : null;
}

/** Null where the sum is no count any more. Audio is named only where there is some. */
export function trusted(counts: TokenCounts): TokenCounts | null {
  const { inputAudio = 0, outputAudio = 0, ...others } = counts;
  if (!isCount(totalTokensOf(counts))) return null;
  return { ...others, ...(inputAudio > 0 && { inputAudio }), ...(outputAudio > 0 && { outputAudio }) };
}
