import type { TokenCounts } from '../dialects/token-counts.js';
import { readPriceList } from '../catalog/price-list.js';
import { costLines, costNanoUsd, isUnpriced } from './price.js';

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

describe('what changes a price beside tokens', () => {
  const fast = readPriceList({
    ...{ input: 5, output: 25, tiers: [{ above_input_tokens: 1_000, input: 10, output: 37.5 }] },
    modifiers: [
      { field: 'speed', value: 'fast', multiplier: 6 },
      { field: 'inference_geo', value: 'us', multiplier: 1.1 },
      { field: 'service_tier', value: 'flex', multiplier: 0.5 },
    ],
    fees: { web_search: 10, code_container: 30, image_output: 40 },
  });
  const grounded = readPriceList({ input: 1, output: 1, fees: { grounded_request: 35 } });
  const both = readPriceList({ input: 0, output: 0, fees: { grounded_request: 35, web_search: 14 } });
  const bare = readPriceList({ input: 1, output: 1 });

  // Tokens × USD per million × 1000 × the multipliers, and each use of a tool at its fee.
  it.each<[string, Parameters<typeof costNanoUsd>[0], Partial<TokenCounts>, bigint, boolean]>([
    ['a multiplier', fast, { input: 100, output: 10, served: { speed: 'fast' } }, 4_500_000n, false],
    ['two multipliers', fast, { input: 100, served: { speed: 'fast', inference_geo: 'us' } }, 3_300_000n, false],
    ['a multiplier in the dearer tier', fast, { input: 1_001, served: { service_tier: 'flex' } }, 5_005_000n, false],
    [
      'a fee that no multiplier touches',
      fast,
      { input: 100, webSearches: 3, served: { speed: 'fast' } },
      33_000_000n,
      false,
    ],
    [
      'a fraction of a nano-dollar, rounded up once',
      readPriceList({
        ...{ input: 0.000001, output: 0 },
        modifiers: [{ field: 'service_tier', value: 'flex', multiplier: 0.5 }],
      }),
      { input: 1, served: { service_tier: 'flex' } },
      1n,
      false,
    ],
    ['containers and pictures', fast, { codeContainers: 2, imageOutput: 1_000 }, 100_000_000n, false],
    ['a grounded request, however often it searched', grounded, { webSearches: 7 }, 35_000_000n, false],
    ['a request and each of its searches, where both have a price', both, { webSearches: 2 }, 63_000_000n, false],
    [
      'a way to serve that no price names: twice',
      bare,
      { input: 10, served: { service_tier: 'priority' } },
      20_000n,
      true,
    ],
    ['one that is nowhere dearer: once', bare, { input: 10, served: { service_tier: 'batch' } }, 10_000n, true],
    ['no search, where a request that searches has a price', grounded, { input: 10 }, 10_000n, false],
    ['none, said as 0', grounded, { input: 10, webSearches: 0 }, 10_000n, false],
    ['tokens without a published price', unpublished, { input: 10 }, 0n, true],
    ['a part of a token, as a whole one', bare, { input: 0.2 }, 1_000n, false],
    ['a search without a fee: the dearest that is published', bare, { webSearches: 2 }, 70_000_000n, true],
    ['pictures without a fee', bare, { imageText: 10, imageInput: 10, imageOutput: 10 }, 550_000n, true],
  ])('is priced: %s', (_, prices, counts, cost, unpriced) => {
    const tokens = { ...NONE, ...counts };

    expect([costNanoUsd(prices, tokens), isUnpriced(prices, tokens)]).toEqual([cost, unpriced]);
  });
});

describe('the lines of a cost', () => {
  const prices = readPriceList({
    ...{ input: 1.25, output: 10, cache_read: 0.125 },
    modifiers: [{ field: 'service_tier', value: 'priority', multiplier: 2.5 }],
    fees: { web_search: 10 },
  });

  it('are one for each class that there is something of, exact', () => {
    const tokens = { input: 3, cacheRead: 1, cacheWrite: 0, output: 7, reasoning: 2, webSearches: 2 };
    expect(costLines(prices, { ...tokens, served: { service_tier: 'priority' } })).toEqual([
      { column: 'input_tokens', count: 3, costNanoUsd: '9375' },
      { column: 'cache_read_tokens', count: 1, costNanoUsd: '312.5' },
      { column: 'output_tokens', count: 7, costNanoUsd: '175000' },
      { column: 'web_searches', count: 2, costNanoUsd: '20000000' },
    ]);
  });

  it('are none of nothing', () => {
    expect(costLines(prices, { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 })).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('add up to the cost, rounded up (%i)', seed => {
    const count = (of: number) => (seed * 7_919 * of) % 10_007;
    const tokens = { input: count(1), cacheRead: count(2), cacheWrite: count(3), output: count(5), reasoning: 0 };
    const counts = seed % 2 === 0 ? { ...tokens, served: { service_tier: 'priority' as const } } : tokens;
    const sum = costLines(prices, counts).reduce((all, { costNanoUsd: cost }) => all + Number(cost), 0);
    expect(costNanoUsd(prices, counts)).toBe(BigInt(Math.ceil(sum - 1e-6)));
  });
});
