/**
 * What providers say they used, read and priced. Each cost was worked out by hand, from the usage object and the price
 * list alone: tokens × USD per million tokens × 1000 = nano-dollars.
 */
import { readPriceList, type StoredPricing } from '../catalog/price-list.js';
import { ChatStreamTap } from '../dialects/chat-completions/stream-tap.js';
import { readChatUsage } from '../dialects/chat-completions/usage.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { costNanoUsd } from './price.js';

const PRICES = {
  gpt: { input: 1.25, output: 10, cache_read: 0.125 },
  nano: { input: 0.05, output: 0.4, cache_read: 0.005 },
  gptLong: {
    ...{ input: 2.5, output: 15, cache_read: 0.25 },
    tiers: [{ above_input_tokens: 272_000, input: 5, output: 22.5, cache_read: 0.5 }],
  },
  gptAudio: { input: 2.5, output: 10, input_audio: 40, output_audio: 80 },
  claude: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
  claudeOwnHour: { input: 3, output: 15, cache_read: 0.3, cache_write: 3.75, cache_write_1h: 7 },
  claudeLong: {
    ...{ input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
    tiers: [{ above_input_tokens: 200_000, input: 6, output: 22.5, cache_read: 0.6, cache_write: 7.5 }],
  },
  geminiPro: {
    ...{ input: 1.25, output: 10, cache_read: 0.125 },
    tiers: [{ above_input_tokens: 200_000, input: 2.5, output: 15, cache_read: 0.25 }],
  },
  geminiFlash: { input: 0.3, output: 2.5, cache_read: 0.03, input_audio: 1 },
  grok: { input: 3, output: 15, cache_read: 0.75 },
  deepseek: { input: 0.28, output: 0.42, cache_read: 0.028 },
  oss: { input: 0.072, output: 0.28 },
  tiny: { input: 0.0001, output: 0.0003 },
  free: { input: 0, output: 0 },
  unpublished: { input: null, output: 5 },
} satisfies Record<string, StoredPricing>;

type Usage = Record<string, unknown>;
type Counts = Partial<TokenCounts>;
const NONE: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

/** `prompt` and `completion` as every provider names them; a third number is the total. */
const usage = ([prompt, completion, total]: readonly number[], others: Usage = {}): Usage => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  ...(total === undefined ? {} : { total_tokens: total }),
  ...others,
});
const input = (details: Usage): Usage => ({ prompt_tokens_details: details });
const output = (details: Usage): Usage => ({ completion_tokens_details: details });
const anthropic = (read: number, written: number | null, fiveMinutes?: number, anHour?: number): Usage => ({
  cache_read_input_tokens: read,
  ...(written === null ? {} : { cache_creation_input_tokens: written }),
  ...(anHour === undefined
    ? {}
    : { cache_creation: { ephemeral_5m_input_tokens: fiveMinutes, ephemeral_1h_input_tokens: anHour } }),
});

const GOLDEN: readonly [string, keyof typeof PRICES, Usage, Counts, bigint][] = [
  // OpenAI
  ['a plain answer', 'gpt', usage([12, 5, 17]), { input: 12, output: 5 }, 65_000n],
  [
    'cached and reasoning tokens',
    'gpt',
    usage([2006, 300, 2306], {
      ...input({ cached_tokens: 1920, audio_tokens: 0 }),
      ...output({ reasoning_tokens: 256 }),
    }),
    { input: 86, cacheRead: 1920, output: 300, reasoning: 256 },
    3_347_500n,
  ],
  [
    'a prompt wholly cached',
    'gpt',
    usage([1024, 1], input({ cached_tokens: 1024 })),
    { cacheRead: 1024, output: 1 },
    138_000n,
  ],
  [
    'predictions that were accepted and rejected, within the completion',
    'gpt',
    usage([100, 50, 150], output({ accepted_prediction_tokens: 10, rejected_prediction_tokens: 20 })),
    { input: 100, output: 50 },
    625_000n,
  ],
  ['272,000 tokens: the base tier', 'gptLong', usage([272_000, 10]), { input: 272_000, output: 10 }, 680_150_000n],
  [
    '272,001 tokens, some of them cached: the dearer tier, for all of it',
    'gptLong',
    usage([272_001, 10], input({ cached_tokens: 2_001 })),
    { input: 270_000, cacheRead: 2_001, output: 10 },
    1_351_225_500n,
  ],
  [
    'audio in and out',
    'gptAudio',
    usage([1000, 400, 1400], { ...input({ audio_tokens: 600 }), ...output({ audio_tokens: 300 }) }),
    { input: 400, inputAudio: 600, output: 100, outputAudio: 300 },
    50_000_000n,
  ],
  [
    'audio of which some was cached',
    'gptAudio',
    usage([1000, 0, 1000], input({ audio_tokens: 600, cached_tokens: 500 })),
    { inputAudio: 500, cacheRead: 500 },
    21_250_000n,
  ],
  [
    'spoken answers with reasoning',
    'gptAudio',
    usage([10, 100, 110], output({ audio_tokens: 80, reasoning_tokens: 30 })),
    { input: 10, output: 20, reasoning: 20, outputAudio: 80 },
    6_625_000n,
  ],
  ['more audio than prompt', 'gptAudio', usage([10, 0, 10], input({ audio_tokens: 50 })), { inputAudio: 10 }, 400_000n],
  ['an embedding', 'gpt', { prompt_tokens: 8, total_tokens: 8 }, { input: 8 }, 10_000n],
  // Anthropic, through Databricks and through bridges
  [
    'a prompt that holds its cached tokens',
    'claude',
    usage([1014, 80, 1094], anthropic(900, 100)),
    { input: 14, cacheRead: 900, cacheWrite: 100, output: 80 },
    1_887_000n,
  ],
  [
    'a prompt beside its cached tokens',
    'claude',
    usage([14, 80, 94], anthropic(900, 100)),
    { input: 14, cacheRead: 900, cacheWrite: 100, output: 80 },
    1_887_000n,
  ],
  [
    'writes of both terms',
    'claude',
    usage([14, 80, 94], anthropic(900, 100, 40, 60)),
    { input: 14, cacheRead: 900, cacheWrite: 40, cacheWrite1h: 60, output: 80 },
    2_022_000n,
  ],
  [
    'writes of one term without their sum',
    'claude',
    usage([5, 1], anthropic(0, null, undefined, 1000)),
    { input: 5, cacheWrite1h: 1000, output: 1 },
    6_030_000n,
  ],
  [
    'terms that are explicitly zero beside a sum',
    'claude',
    usage([200, 1, 201], anthropic(0, 100, 0, 0)),
    { input: 100, cacheWrite: 100, output: 1 },
    690_000n,
  ],
  [
    'terms that are more than their sum',
    'claude',
    usage([500, 0], anthropic(0, 50, 40, 60)),
    { input: 400, cacheWrite: 40, cacheWrite1h: 60 },
    1_710_000n,
  ],
  [
    'an hour at its own price',
    'claudeOwnHour',
    usage([1, 0], anthropic(0, 10, 0, 10)),
    { input: 1, cacheWrite1h: 10 },
    73_000n,
  ],
  [
    'a long prompt that is nothing but cache',
    'claudeLong',
    usage([0, 100], anthropic(150_000, 50_001, 0, 50_001)),
    { cacheRead: 150_000, cacheWrite1h: 50_001, output: 100 },
    692_262_000n,
  ],
  // Gemini
  [
    'reasoning on top of the completion',
    'geminiPro',
    usage([3, 4, 107], { reasoning_tokens: 100 }),
    { input: 3, output: 104, reasoning: 100 },
    1_043_750n,
  ],
  [
    'reasoning that only the total shows',
    'geminiPro',
    usage([1000, 20, 1520]),
    { input: 1000, output: 520, reasoning: 500 },
    6_450_000n,
  ],
  [
    'a long prompt, half of it cached',
    'geminiPro',
    usage([200_001, 10], input({ cached_tokens: 100_000 })),
    { input: 100_001, cacheRead: 100_000, output: 10 },
    275_152_500n,
  ],
  [
    'a voice message',
    'geminiFlash',
    usage([320, 10, 330], input({ audio_tokens: 256, text_tokens: 64 })),
    { input: 64, inputAudio: 256, output: 10 },
    300_200n,
  ],
  // Grok
  [
    'reasoning on top, in the details',
    'grok',
    usage([3, 4, 107], output({ reasoning_tokens: 100 })),
    { input: 3, output: 104, reasoning: 100 },
    1_569_000n,
  ],
  [
    'cached tokens and reasoning on top',
    'grok',
    usage([500, 10, 560], { ...input({ cached_tokens: 128 }), ...output({ reasoning_tokens: 50 }) }),
    { input: 372, cacheRead: 128, output: 60, reasoning: 50 },
    2_112_000n,
  ],
  // DeepSeek and other open weights
  [
    'cache hits and misses at the top level',
    'deepseek',
    usage([100, 20, 120], { prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 }),
    { input: 36, cacheRead: 64, output: 20 },
    20_272n,
  ],
  [
    'reasoning within the completion',
    'deepseek',
    usage([10, 500, 510], { prompt_cache_hit_tokens: 0, ...output({ reasoning_tokens: 480 }) }),
    { input: 10, output: 500, reasoning: 480 },
    212_800n,
  ],
  ['one token', 'oss', usage([1, 0, 1]), { input: 1 }, 72n],
  ['exactly one nano-dollar', 'tiny', usage([1, 3, 4]), { input: 1, output: 3 }, 1n],
  ['a tenth more than one, rounded up', 'tiny', usage([2, 3, 5]), { input: 2, output: 3 }, 2n],
  // Zero, missing, odd, huge
  ['explicit zeros', 'gpt', usage([0, 0, 0], input({ cached_tokens: 0 })), {}, 0n],
  [
    'nulls where nothing is said',
    'gpt',
    usage([8, 1], { total_tokens: null, ...input({ audio_tokens: null }) }),
    { input: 8, output: 1 },
    20_000n,
  ],
  ['no prompt but a total', 'gpt', { completion_tokens: 2, total_tokens: 10 }, { input: 8, output: 2 }, 30_000n],
  ['a total below its parts', 'gpt', usage([8, 4, 8]), { input: 8, output: 4 }, 50_000n],
  // 1 × 1,250 + 7 × 10,000: more than the output could hold was counted beside it.
  [
    'more reasoning than output',
    'gpt',
    usage([1, 2], { reasoning_tokens: 5 }),
    { input: 1, output: 7, reasoning: 5 },
    71_250n,
  ],
  // 4,360 × 50 + 640 × 5 + 650 × 400 = 481,200: as much reasoning as was cached, and it is the reasoning that is on top.
  [
    'as much reasoning on top as was cached',
    'nano',
    usage([5_000, 10, 5_650], { ...input({ cached_tokens: 640 }), ...output({ reasoning_tokens: 640 }) }),
    { input: 4_360, cacheRead: 640, output: 650, reasoning: 640 },
    481_200n,
  ],
  ['a free model', 'free', usage([5_000, 5_000]), { input: 5_000, output: 5_000 }, 0n],
  ['a model without a published price', 'unpublished', usage([5_000, 5_000]), { input: 5_000, output: 5_000 }, 0n],
  [
    'more tokens than any machine will ever give, to the last digit',
    'gpt',
    usage([2 ** 52, 2 ** 51]),
    { input: 4_503_599_627_370_496, output: 2_251_799_813_685_248 },
    28_147_497_671_065_600_000n,
  ],
];

it.each(GOLDEN)('%s, at the price of %s', (_, model, said, counts, cost) => {
  const read = readChatUsage(said);

  expect(read).toEqual({ ...NONE, ...counts });
  expect(costNanoUsd(readPriceList(PRICES[model]), read ?? NONE)).toBe(cost);
});

it.each<[string, Usage]>([
  ['nothing', {}],
  ['a negative count', usage([1, -4])],
  ['a negative count of audio', usage([10, 4], input({ audio_tokens: -1 }))],
  ['a negative count of writes for an hour', usage([10, 4], anthropic(0, 0, 0, -1))],
  ['a sum beyond 2^53', usage([2 ** 52, 4], anthropic(2 ** 53 - 1, 0))],
])('is not trusted, and so estimated: %s', (_, said) => {
  expect(readChatUsage(said)).toBeNull();
});

// Each event says what was used until then: the last one counts, never their sum.
it.each<[string, keyof typeof PRICES, readonly (Usage | null)[], Counts, bigint]>([
  ['at the end', 'gpt', [null, null, usage([12, 5, 17])], { input: 12, output: 5 }, 65_000n],
  ['in every event', 'claude', [usage([5, 1]), usage([5, 2]), usage([5, 3])], { input: 5, output: 3 }, 60_000n],
  [
    'in every event, the cache only at first',
    'claude',
    [usage([14, 1], anthropic(900, 100)), usage([14, 80, 94], anthropic(900, 100, 40, 60)), null],
    { input: 14, cacheRead: 900, cacheWrite: 40, cacheWrite1h: 60, output: 80 },
    2_022_000n,
  ],
])('is cumulative in a stream: %s', (_, model, events, counts, cost) => {
  const tap = new ChatStreamTap({ maxLineBytes: 100_000 });
  const choices = [{ index: 0, delta: { content: 'a' } }];
  for (const said of events) tap.push(Buffer.from(`data: ${JSON.stringify({ choices, usage: said })}\n\n`));

  expect(tap.usage).toEqual({ ...NONE, ...counts });
  expect(costNanoUsd(readPriceList(PRICES[model]), tap.usage ?? NONE)).toBe(cost);
});
