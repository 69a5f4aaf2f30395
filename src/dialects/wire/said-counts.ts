import { isCount, type JsonObject } from '../../json/value.js';
import {
  type DetailClass,
  type DetailDialect,
  type RareClass,
  TOKEN_CLASSES,
  type TokenClass,
  type TokenSide,
} from '../counted-classes.js';
import { type EveryCount, type TokenCounts, totalTokensOf } from '../token-counts.js';

/** As a wire says them: absent and null are not said, an explicit zero is. */
export type SaidCounts<Name extends string> = { readonly [Key in Name]: number | null | undefined };

type DetailOf<Side extends TokenSide> = Extract<(typeof DETAILS)[number], { readonly side: Side }>['name'];

const isDetail = <Row extends { readonly detail: object | null }>(row: Row): row is Extract<Row, { detail: object }> =>
  row.detail !== null;
/** The classes that a dialect tells as parts of a side's sum. */
export const DETAILS = TOKEN_CLASSES.filter(isDetail);
export const NO_DETAILS = Object.fromEntries(DETAILS.map(({ name }) => [name, 0])) as Readonly<
  Record<DetailClass, number>
>;
const COMMON = [...TOKEN_CLASSES.filter(({ rare }) => !rare).map(({ name }) => name), 'reasoning' as const];
const RARE = TOKEN_CLASSES.filter(({ rare }) => rare).map(({ name }) => name as RareClass);

/** Null where one of them cannot be trusted: it is negative, broken or beyond 2^53 - 1. */
export function readCounts<Name extends string>(said: { readonly [Key in Name]: unknown }): SaidCounts<Name> | null {
  const counts: unknown[] = Object.values(said);
  return counts.every(count => count == null || isCount(count)) ? (said as SaidCounts<Name>) : null;
}

/** What the details of each side's sum say of their parts. */
export function readDetails(
  dialect: Exclude<DetailDialect, 'gemini_generate_content'>,
  details: Readonly<Record<TokenSide, JsonObject>>,
): Record<DetailClass, unknown> {
  const said: Partial<Record<DetailClass, unknown>> = {};
  for (const { name, side, detail } of DETAILS) {
    const key: string | null = detail[dialect];
    said[name] = key === null ? undefined : details[side][key];
  }
  return said as Record<DetailClass, unknown>;
}

/**
 * Splits what of a side was not cached into its parts, which hold no more than there is, and the rest. Cached parts cost what
 * cached tokens cost, so they are not counted here again.
 */
export function splitSide<Side extends TokenSide>(
  side: Side,
  uncached: number,
  said: SaidCounts<DetailClass>,
): { readonly rest: number; readonly parts: Readonly<Record<DetailOf<Side>, number>> } {
  const parts: Partial<Record<DetailClass, number>> = {};
  let rest = uncached;
  for (const { name, side: ofSide } of DETAILS) {
    if (ofSide !== side) continue;
    const part = Math.min(said[name] ?? 0, rest);
    parts[name] = part;
    rest -= part;
  }
  return { rest, parts: parts as Record<DetailOf<Side>, number> };
}

/** The details of a side of counts, as this dialect names them; those of which there is none are left out. */
export function writeDetails(
  dialect: DetailDialect,
  side: TokenSide,
  counts: TokenCounts,
): { readonly [name: string]: number } {
  const written: Record<string, number> = {};
  for (const { name, side: ofSide, detail } of DETAILS) {
    const [key, count]: [string | null, number] = [detail[dialect], counts[name] ?? 0];
    if (ofSide === side && key !== null && count > 0) written[key] = count;
  }
  return written;
}

/** What the total leaves beside the parts; null where one is not said, or the parts are more than the total. */
export function restOf(total: number | null | undefined, part: number | null | undefined, others = 0): number | null {
  return total != null && part != null && total >= part + others ? total - part - others : null;
}

/** Null where the sum is no count any more. A rare class is named only where there is some of it. */
export function trusted(counts: EveryCount): TokenCounts | null {
  if (!isCount(totalTokensOf(counts))) return null;
  // Nothing is deleted from an object: that would make a dictionary of it.
  const kept: Partial<Record<TokenClass | 'reasoning', number>> = {};
  for (const name of COMMON) kept[name] = counts[name];
  for (const name of RARE) if (counts[name] !== 0) kept[name] = counts[name];
  return kept as TokenCounts;
}
