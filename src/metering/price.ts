import type { PriceList } from '../catalog/catalog.types.js';
import { modifierKey, picoPerToken } from '../catalog/price-list.js';
import { type COUNTED_CLASSES, TOKEN_CLASSES, TOOL_CLASSES } from '../dialects/counted-classes.js';
import { type ServedField } from '../dialects/served.js';
import type { TokenCounts } from '../dialects/token-counts.js';

const PICO_PER_NANO = 1_000n;
const MILLION = 1_000_000n;
/** Ways to serve that nobody sells dearer than the plain one: cheaper, or bought beforehand. */
const NOT_DEARER = new Set(['flex', 'batch', 'offpeak', 'deferred', 'scale', 'provisioned_throughput']);
/** Of any other that a price does not name: as much as most that were published ask, so that a limit holds. */
const UNPRICED_MODIFIER = 2n * MILLION;
const UNPRICED_TOOLS = new Map(
  TOOL_CLASSES.map(({ name, per, otherwise }) => [name, picoPerToken(otherwise) * (MILLION / BigInt(per))]),
);

/**
 * What a request costs, in nano-dollars, rounded up to a whole one; the one place that computes money. The classes are
 * disjoint, so each token is priced once. A long prompt (every input class included) puts the whole request into the dearer
 * tier, how it was served multiplies the tokens, and the provider's own tools are added.
 */
export function costNanoUsd(prices: PriceList, counts: TokenCounts): bigint {
  let sum = 0n;
  const perNano = addUp(prices, counts, (_name, _count, part) => (sum += part));
  return ceilDiv(sum, perNano);
}

/** What one class adds to the cost of a request. */
export interface CostLine {
  readonly column: CountedClass['column'];
  readonly count: number;
  /** exact, as a decimal text: the sum of all is rounded up, a line is not */
  readonly costNanoUsd: string;
}

/** The same class by class, without what costs nothing because there is none of it. */
export function costLines(prices: PriceList, counts: TokenCounts): CostLine[] {
  const parts: { readonly column: CountedClass['column']; readonly count: number; readonly part: bigint }[] = [];
  const perNano = addUp(prices, counts, ({ column }, count, part) => void parts.push({ column, count, part }));
  return parts.map(({ column, count, part }) => ({ column, count, costNanoUsd: asDecimal(part, perNano) }));
}

type CountedClass = (typeof COUNTED_CLASSES)[number];

/**
 * @param add takes the part of each class that there is something of
 * @returns how many units of the parts are a nano-dollar: a power of ten
 */
function addUp(
  prices: PriceList,
  counts: TokenCounts,
  add: (counted: CountedClass, count: number, part: bigint) => void,
): bigint {
  let long = 0;
  for (const { name, side } of TOKEN_CLASSES) if (side === 'input') long += whole(counts[name]);
  const tier = prices.tiers.findLast(({ aboveInputTokens }) => long > aboveInputTokens) ?? prices;
  let [multiplier, scale] = [1n, 1n];
  for (const [field, value] of servedOf(counts)) {
    multiplier *= multiplierOf(prices, field, value);
    scale *= MILLION;
  }
  for (const counted of TOKEN_CLASSES) {
    const count = whole(counts[counted.name]);
    if (count > 0) add(counted, count, BigInt(count) * tier[counted.name] * multiplier);
  }
  for (const counted of TOOL_CLASSES) {
    const count = whole(counts[counted.name]);
    if (count > 0) add(counted, count, toolPico(prices, counted.name, count) * scale);
  }
  return PICO_PER_NANO * scale;
}

/** @param unit a power of ten */
function asDecimal(amount: bigint, unit: bigint): string {
  const digits = (amount % unit).toString().padStart(unit.toString().length - 1, '0');
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  return `${amount / unit}${end === 0 ? '' : `.${digits.slice(0, end)}`}`;
}

/** Whether something of it has no price of its own, so that the cost is an assumption. */
export function isUnpriced(prices: PriceList, counts: TokenCounts): boolean {
  if (!prices.published) return true;
  if (servedOf(counts).some(([field, value]) => !prices.modifiers.has(modifierKey(field, value)))) return true;
  return TOOL_CLASSES.some(({ name }) => (counts[name] ?? 0) > 0 && !hasFee(prices, name));
}

/** Whether a provider's tool has its price: a search is paid for each time, or once for a request. */
export function hasFee({ tools, groundedRequest }: PriceList, name: keyof PriceList['tools']): boolean {
  return tools[name] !== null || (name === 'webSearches' && groundedRequest !== null);
}

function multiplierOf({ modifiers }: PriceList, field: ServedField, value: string): bigint {
  return modifiers.get(modifierKey(field, value)) ?? (NOT_DEARER.has(value) ? MILLION : UNPRICED_MODIFIER);
}

/** Searches may be paid for each time, or once for a request that has any. */
function toolPico(prices: PriceList, name: keyof PriceList['tools'], count: number): bigint {
  const each = prices.tools[name] ?? (hasFee(prices, name) ? 0n : UNPRICED_TOOLS.get(name)) ?? 0n;
  return BigInt(count) * each + (name === 'webSearches' ? (prices.groundedRequest ?? 0n) : 0n);
}

function servedOf({ served }: TokenCounts): [ServedField, string][] {
  return served === undefined ? [] : (Object.entries(served) as [ServedField, string][]);
}

function ceilDiv(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}

/** Counts come from upstreams: one that is no count at all is priced as nothing rather than breaking the settlement. */
function whole(count = 0): number {
  return Number.isFinite(count) && count > 0 ? Math.min(Math.ceil(count), Number.MAX_SAFE_INTEGER) : 0;
}
