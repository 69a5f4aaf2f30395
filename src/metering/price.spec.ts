import type { TokenCounts } from '../dialects/token-counts.js';
import { readPriceList } from '../catalog/price-list.js';
import { costNanoUsd } from './price.js';

const NONE: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };
const sonnet = readPriceList({ input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 });
const haiku = readPriceList({ input: 1, output: 5, cache_read: 0.1, cache_write: 1.25 });
const gpt54 = readPriceList({
  input: 2.5,
  output: 15,
  cache_read: 0.25,
  tiers: [{ above_input_tokens: 272_000, input: 5, output: 22.5, cache_read: 0.5 }],
});
const oss = readPriceList({ input: 0.072, output: 0.28 });
const unpublished = readPriceList({ input: null, output: 0 });

// Worked out by hand: tokens × USD per million × 1000 = nano-dollars.
it.each<[string, Parameters<typeof costNanoUsd>[0], Partial<TokenCounts>, bigint]>([
  ['nothing', sonnet, {}, 0n],
  ['one input token', sonnet, { input: 1 }, 3_000n],
  ['input and output', sonnet, { input: 1_000, output: 500 }, 10_500_000n],
  ['reasoning inside output, once', sonnet, { input: 1_000, output: 500, reasoning: 400 }, 10_500_000n],
  ['cache classes beside input', sonnet, { input: 100, cacheRead: 10_000, cacheWrite: 2_000, output: 10 }, 10_950_000n],
  ['159,217 cache writes at their own price only', haiku, { cacheWrite: 159_217 }, 199_021_250n],
  ['cache reads without a price of their own, as input', oss, { cacheRead: 1_000 }, 72_000n],
  ['cache writes without a price of their own, as input', gpt54, { cacheWrite: 1_000 }, 2_500_000n],
  ['one token of a cheap model: 72 nano-dollars', oss, { input: 1 }, 72n],
  ['a fraction of a nano-dollar, rounded up', readPriceList({ input: 0.000001 }), { input: 1 }, 1n],
  ['1001 pico-dollars, rounded up', readPriceList({ input: 0.001001 }), { input: 1 }, 2n],
  ['exactly 1000 pico-dollars', readPriceList({ input: 0.001 }), { input: 1 }, 1n],
  ['272,000 input tokens: still the base tier', gpt54, { input: 272_000, output: 1 }, 680_015_000n],
  ['272,001 input tokens: all of it in the dearer tier', gpt54, { input: 272_001, output: 1 }, 1_360_027_500n],
  ['cached input counts towards the tier', gpt54, { input: 1, cacheRead: 272_000 }, 136_005_000n],
  ['output does not count towards the tier', gpt54, { input: 1, output: 300_000 }, 4_500_002_500n],
  ['a model without a published price', unpublished, { input: 5_000, output: 5_000 }, 0n],
  ['2^53 tokens, without losing a digit', sonnet, { input: Number.MAX_SAFE_INTEGER }, 27_021_597_764_222_973_000n],
])('prices %s', (_, prices, tokens, cost) => {
  expect(costNanoUsd(prices, { ...NONE, ...tokens })).toBe(cost);
});

it.each([[Number.NaN], [-5], [Infinity], [-Infinity]])('prices a count of %s as nothing rather than failing', input => {
  expect(costNanoUsd(sonnet, { ...NONE, input, output: 1 })).toBe(15_000n);
});
