import type { PriceList } from '../catalog/catalog.types.js';
import { inputTokensOf, type TokenCounts } from '../dialects/token-counts.js';

const PICO_PER_NANO = 1_000n;

/**
 * What a request costs, in nano-dollars, rounded up to a whole one. The classes are disjoint, so each token is priced
 * once. A long prompt (every input class included) puts the whole request into the dearer tier.
 */
export function costNanoUsd(prices: PriceList, counts: TokenCounts): bigint {
  const tokens = {
    input: whole(counts.input),
    cacheRead: whole(counts.cacheRead),
    cacheWrite: whole(counts.cacheWrite),
    cacheWrite1h: whole(counts.cacheWrite1h),
    inputAudio: whole(counts.inputAudio),
    output: whole(counts.output),
    outputAudio: whole(counts.outputAudio),
  };
  const long = inputTokensOf({ ...tokens, reasoning: 0 });
  const tier = prices.tiers.findLast(({ aboveInputTokens }) => long > aboveInputTokens) ?? prices;
  let pico = 0n;
  for (const name of PRICED) pico += BigInt(tokens[name]) * tier[name];
  return (pico + PICO_PER_NANO - 1n) / PICO_PER_NANO;
}

const PRICED = ['input', 'cacheRead', 'cacheWrite', 'cacheWrite1h', 'inputAudio', 'output', 'outputAudio'] as const;

/** Counts come from upstreams: one that is no count at all is priced as nothing rather than breaking the settlement. */
function whole(count = 0): number {
  return Number.isFinite(count) && count > 0 ? Math.min(Math.ceil(count), Number.MAX_SAFE_INTEGER) : 0;
}
