import type { FinishReason } from './neutral.types.js';

/** What tells the kind of an ending that no table knows, in the order in which they are asked. */
const KINDS: readonly (readonly [RegExp, FinishReason])[] = [
  [/filter|safety|policy|moderat|block|prohibit|armor|sensitive|spii|recit|guardrail/i, 'content-filter'],
  [/error|fail|abort|cancel|time_?out|malformed|invalid|unexpected|missing|too_many/i, 'error'],
  [/refus/i, 'refusal'],
  [/pause/i, 'pause'],
];
const MAX_WORD = 64;

/**
 * Why an answer ended, by the vendor's word for it. A word that is newer than the table is never taken for success: what
 * tells its kind decides, and else the answer counts as cut.
 */
export function endingOf(word: string, known: ReadonlyMap<string, FinishReason>): FinishReason {
  const listed = known.get(word) ?? known.get(word.toLowerCase());
  if (listed !== undefined) return listed;
  const short = word.slice(0, MAX_WORD);
  return KINDS.find(([shape]) => shape.test(short))?.[1] ?? 'length';
}

/** A sentence for an answer that its provider gave up. @param failure the vendor's word, where it gave one */
export function failureMessage(failure: string | undefined): string {
  const word = failure === undefined ? '' : ` (${failure})`;
  return `ai gateway upstream model failed while it answered${word}. Retry later`;
}

/** The vendor's word for a failed ending, where it is a plain word that may be shown to a caller. */
export function failureOf(reason: FinishReason, word: unknown): { readonly failure?: string } {
  const isPlain = typeof word === 'string' && /^[A-Za-z_]{1,64}$/.test(word);
  return reason === 'error' && isPlain ? { failure: word } : {};
}
