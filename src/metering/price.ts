import type { PriceList } from '../catalog/catalog.types.js';
import { modifierKey, picoPerToken } from '../catalog/price-list.js';
import { TOKEN_CLASSES, TOOL_CLASSES } from '../dialects/counted-classes.js';
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
  let long = 0;
  for (const { name, side } of TOKEN_CLASSES) if (side === 'input') long += whole(counts[name]);
  const tier = prices.tiers.findLast(({ aboveInputTokens }) => long > aboveInputTokens) ?? prices;
  let pico = 0n;
  for (const { name } of TOKEN_CLASSES) {
    const count = whole(counts[name]);
    if (count > 0) pico += BigInt(count) * tier[name];
  }
  let scale = 1n;
  for (const [field, value] of servedOf(counts)) {
    pico *= multiplierOf(prices, field, value);
    scale *= MILLION;
  }
  return ceilDiv(pico + toolsPico(prices, counts) * scale, PICO_PER_NANO * scale);
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

function toolsPico(prices: PriceList, counts: TokenCounts): bigint {
  let pico = 0n;
  for (const { name } of TOOL_CLASSES) {
    const count = counts[name];
    if (count === undefined || count === 0) continue;
    const each = prices.tools[name] ?? (hasFee(prices, name) ? 0n : UNPRICED_TOOLS.get(name)) ?? 0n;
    pico += BigInt(whole(count)) * each;
  }
  return (counts.webSearches ?? 0) > 0 ? pico + (prices.groundedRequest ?? 0n) : pico;
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
