/**
 * Answers as their vendors send them, with everything that changes their price. Each cost was worked out by hand from the
 * answer and the price list alone: tokens × USD per million × 1000 × the multipliers, and each fee, in nano-dollars.
 * What chat completions say in more ways than one: src/metering/price.golden.spec.ts.
 */
import { readPriceList, type StoredPricing } from '../../src/catalog/price-list.js';
import type { Dialect } from '../../src/dialects/dialect.js';
import { DESCRIPTORS } from '../../src/dialects/descriptors.js';
import { NO_TOKENS } from '../../src/dialects/token-counts.js';
import { costNanoUsd, isUnpriced } from '../../src/metering/price.js';

const tier = (value: string, multiplier: number) => ({ field: 'service_tier' as const, value, multiplier });

const PRICES = {
  claude: {
    ...{ input: 5, output: 25, cache_read: 0.5, cache_write: 6.25, cache_write_1h: 10 },
    modifiers: [
      { field: 'speed', value: 'fast', multiplier: 6 },
      { field: 'inference_geo', value: 'us', multiplier: 1.1 },
      tier('batch', 0.5),
    ],
    fees: { web_search: 10 },
  },
  claudeLong: {
    ...{ input: 3, output: 15, cache_read: 0.3, cache_write: 3.75 },
    tiers: [{ above_input_tokens: 200_000, input: 6, output: 22.5, cache_read: 0.6, cache_write: 7.5 }],
  },
  gpt: {
    ...{ input: 1.25, output: 10, cache_read: 0.125 },
    modifiers: [tier('flex', 0.5), tier('priority', 2)],
    fees: { web_search: 10, file_search: 2.5, code_container: 30, image_text: 5, image_input: 10, image_output: 40 },
  },
  flash: {
    ...{ input: 0.3, output: 2.5, cache_read: 0.03, input_audio: 1, cache_read_audio: 0.1 },
    modifiers: [tier('flex', 0.5), tier('priority', 1.8), tier('provisioned_throughput', 0)],
    fees: { web_search: 14 },
  },
  flashImage: { input: 0.3, output: 2.5, output_image: 30 },
  groundedOnce: { input: 0.3, output: 2.5, fees: { grounded_request: 35 } },
  bridge: { input: 1.25, output: 10, output_image: 30, fees: { web_search: 5 } },
  embedding: { input: 0.02, output: 0 },
} satisfies Record<string, StoredPricing>;

const audio = (tokenCount: number) => [{ modality: 'AUDIO', tokenCount }];
const searched = (...webSearchQueries: string[]) => [{ content: {}, groundingMetadata: { webSearchQueries } }];

type Row = readonly [string, Dialect, keyof typeof PRICES, Record<string, unknown>, bigint];

const ROWS: readonly Row[] = [
  // (100 × 5,000 + 200 × 6,250 + 100 × 10,000 + 1,000 × 500 + 50 × 25,000) × 6 × 1.1 + 2 × 10,000,000
  [
    'Claude: both cache terms, fast, in one country, two searches',
    'anthropic_messages',
    'claude',
    {
      usage: {
        ...{ input_tokens: 100, cache_read_input_tokens: 1_000, cache_creation_input_tokens: 300, output_tokens: 50 },
        cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 100 },
        server_tool_use: { web_search_requests: 2, web_fetch_requests: 4 },
        ...{ service_tier: 'standard', inference_geo: 'us', speed: 'fast' },
      },
    },
    49_700_000n,
  ],
  // (10 × 5,000 + 4 × 25,000) × 0.5
  [
    'Claude: a batch',
    'anthropic_messages',
    'claude',
    { usage: { input_tokens: 10, output_tokens: 4, service_tier: 'batch', inference_geo: 'global' } },
    75_000n,
  ],
  // 50 × 5,000 + 30 × 25,000: thinking is part of the output
  [
    'Claude: thinking',
    'anthropic_messages',
    'claude',
    { usage: { input_tokens: 50, output_tokens: 30, output_tokens_details: { thinking_tokens: 25 } } },
    1_000_000n,
  ],
  // 100,001 × 6,000 + 100,000 × 600 + 1 × 22,500
  [
    'Claude: a long prompt, half of it cached',
    'anthropic_messages',
    'claudeLong',
    { usage: { input_tokens: 100_001, cache_read_input_tokens: 100_000, output_tokens: 1 } },
    660_028_500n,
  ],
  // (600 × 1,250 + 400 × 125 + 100 × 10,000) × 2
  [
    'Responses: priority, cached, with reasoning',
    'openai_responses',
    'gpt',
    {
      service_tier: 'priority',
      usage: {
        ...{ input_tokens: 1_000, input_tokens_details: { cached_tokens: 400 } },
        ...{ output_tokens: 100, output_tokens_details: { reasoning_tokens: 60 }, total_tokens: 1_100 },
      },
    },
    3_600_000n,
  ],
  // (10 × 1,250 + 1 × 10,000) × 0.5 + 10,000,000 + 2,500,000 + 30,000,000
  [
    'Responses: flex, a search of the web, of files, and code',
    'openai_responses',
    'gpt',
    {
      service_tier: 'flex',
      output: [
        { type: 'web_search_call', id: 'ws_1', action: { type: 'search', query: 'x' } },
        { type: 'file_search_call', id: 'fs_1' },
        { type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1' },
      ],
      usage: { input_tokens: 10, output_tokens: 1, total_tokens: 11 },
    },
    42_511_250n,
  ],
  // 10 × 1,250 + 1 × 10,000 + 50 × 5,000 + 200 × 10,000 + 1,000 × 40,000
  [
    'Responses: a picture by the tool of another model',
    'openai_responses',
    'gpt',
    {
      output: [{ type: 'image_generation_call', id: 'ig_1' }],
      usage: { input_tokens: 10, output_tokens: 1, total_tokens: 11 },
      tool_usage: {
        image_gen: {
          ...{ input_tokens: 250, input_tokens_details: { text_tokens: 50, image_tokens: 200 } },
          ...{ output_tokens: 1_000, total_tokens: 1_250 },
        },
      },
    },
    42_272_500n,
  ],
  // 50 × 300 + 250 × 1,000 + 50 × 30 + 250 × 100 + (20 + 30) × 2,500
  [
    'Gemini: audio, half of it cached, and thoughts',
    'gemini_generate_content',
    'flash',
    {
      usageMetadata: {
        ...{ promptTokenCount: 600, promptTokensDetails: audio(500) },
        ...{ cachedContentTokenCount: 300, cacheTokensDetails: audio(250) },
        ...{ candidatesTokenCount: 20, thoughtsTokenCount: 30, totalTokenCount: 650 },
      },
    },
    416_500n,
  ],
  // 8 × 300 + 10 × 2,500 + 1,290 × 30,000
  [
    'Gemini: a picture',
    'gemini_generate_content',
    'flashImage',
    {
      usageMetadata: {
        ...{ promptTokenCount: 8, candidatesTokenCount: 1_300, totalTokenCount: 1_308 },
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1_290 }],
      },
    },
    38_727_400n,
  ],
  // (100 × 300 + 10 × 2,500) × 0.5 + 2 × 14,000,000
  [
    'Gemini: flex, two searches',
    'gemini_generate_content',
    'flash',
    {
      candidates: searched('a', 'b'),
      usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 10, totalTokenCount: 110, serviceTier: 'flex' },
    },
    28_027_500n,
  ],
  // 100 × 300 + 10 × 2,500 + 35,000,000
  [
    'Gemini: three searches that are paid as one grounded request',
    'gemini_generate_content',
    'groundedOnce',
    {
      candidates: searched('a', 'b', 'c'),
      usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 10, totalTokenCount: 110 },
    },
    35_055_000n,
  ],
  // (5 + 40) × 300 + 1 × 2,500
  [
    'Gemini: what its tool read',
    'gemini_generate_content',
    'flash',
    {
      usageMetadata: {
        ...{ promptTokenCount: 5, toolUsePromptTokenCount: 40, candidatesTokenCount: 1, totalTokenCount: 46 },
      },
    },
    16_000n,
  ],
  [
    'Vertex AI: throughput that was bought before',
    'gemini_generate_content',
    'flash',
    {
      usageMetadata: {
        ...{ promptTokenCount: 5, candidatesTokenCount: 1, totalTokenCount: 6 },
        trafficType: 'PROVISIONED_THROUGHPUT',
      },
    },
    0n,
  ],
  // (60 × 1,250 + 40 × 125 + 10 × 10,000) × 0.5
  [
    'Chat: flex, cached',
    'chat_completions',
    'gpt',
    {
      service_tier: 'flex',
      usage: {
        ...{ prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
        prompt_tokens_details: { cached_tokens: 40 },
      },
    },
    90_000n,
  ],
  // 10 × 1,250 + 1 × 10,000 + 2 × 5,000,000
  [
    'Chat: two searches of a bridge',
    'chat_completions',
    'bridge',
    { usage: { prompt_tokens: 10, completion_tokens: 1, total_tokens: 11, num_search_queries: 2 } },
    10_022_500n,
  ],
  // 8 × 1,250 + 10 × 10,000 + 1,290 × 30,000
  [
    'Chat: a picture of a bridge',
    'chat_completions',
    'bridge',
    {
      usage: {
        ...{ prompt_tokens: 8, completion_tokens: 1_300, total_tokens: 1_308 },
        completion_tokens_details: { image_tokens: 1_290 },
      },
    },
    38_810_000n,
  ],
  ['an embedding', 'embeddings', 'embedding', { usage: { prompt_tokens: 8, total_tokens: 8 } }, 160n],
];

it.each(ROWS)('%s', (_, dialect, model, answer, cost) => {
  const prices = readPriceList(PRICES[model]);
  const usage = DESCRIPTORS[dialect].readUsage(answer);

  expect(costNanoUsd(prices, usage ?? NO_TOKENS)).toBe(cost);
  expect(isUnpriced(prices, usage ?? NO_TOKENS)).toBe(false);
});
