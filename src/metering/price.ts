import type { PriceList } from '../catalog/catalog.types.js';
import type { TokenCounts } from '../dialects/token-counts.js';

const PICO_PER_NANO = 1_000n;

/**
 * What a request costs, in nano-dollars, rounded up to a whole one. The classes are disjoint, so each token is priced
 * once. A long prompt (cache classes included) puts the whole request into the dearer tier.
 */
export function costNanoUsd(prices: PriceList, tokens: TokenCounts): bigint {
  const input = whole(tokens.input);
  const cacheRead = whole(tokens.cacheRead);
  const cacheWrite = whole(tokens.cacheWrite);
  const total = input + cacheRead + cacheWrite;
  const tier = prices.tiers.findLast(({ aboveInputTokens }) => total > aboveInputTokens) ?? prices;
  const pico =
    BigInt(input) * tier.input +
    BigInt(cacheRead) * tier.cacheRead +
    BigInt(cacheWrite) * tier.cacheWrite +
    BigInt(whole(tokens.output)) * tier.output;
  return (pico + PICO_PER_NANO - 1n) / PICO_PER_NANO;
}

/** Counts come from upstreams: one that is no count at all is priced as nothing rather than breaking the settlement. */
function whole(count: number): number {
  return Number.isFinite(count) && count > 0 ? Math.min(Math.ceil(count), Number.MAX_SAFE_INTEGER) : 0;
}
