import { readChatUsage } from './usage.js';

const none = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

describe('readChatUsage', () => {
  it.each([
    ['OpenAI', { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 }, { input: 12, output: 5 }],
    [
      'OpenAI with cached and reasoning tokens',
      {
        prompt_tokens: 2006,
        completion_tokens: 300,
        total_tokens: 2306,
        prompt_tokens_details: { cached_tokens: 1920, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 256, accepted_prediction_tokens: 0 },
      },
      { input: 86, cacheRead: 1920, output: 300, reasoning: 256 },
    ],
    [
      'Moonshot and Together, cached tokens beside the others',
      { prompt_tokens: 1000, completion_tokens: 10, total_tokens: 1010, cached_tokens: 600 },
      { input: 400, cacheRead: 600, output: 10 },
    ],
    [
      'Claude through LiteLLM, both terms among the details of the prompt',
      {
        prompt_tokens: 1000,
        completion_tokens: 10,
        total_tokens: 1010,
        prompt_tokens_details: {
          ...{ cached_tokens: 100, cache_creation_tokens: 400 },
          cache_creation_token_details: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 300 },
        },
      },
      { input: 500, cacheRead: 100, cacheWrite: 100, cacheWrite1h: 300, output: 10 },
    ],
    [
      'Perplexity, more reasoning than the completion could hold, and a total without it',
      { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, reasoning_tokens: 70, num_search_queries: 3 },
      { input: 100, output: 80, reasoning: 70, webSearches: 3 },
    ],
    [
      'Grok, sources that were searched',
      { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110, num_sources_used: 5 },
      { input: 100, output: 10, webSearches: 5 },
    ],
    [
      'OpenAI with cache writes',
      {
        prompt_tokens: 2600,
        completion_tokens: 1,
        total_tokens: 2601,
        prompt_tokens_details: { cached_tokens: 2000, cache_write_tokens: 400 },
      },
      { input: 200, cacheRead: 2000, cacheWrite: 400, output: 1 },
    ],
    [
      'Claude through Databricks, prompt_tokens with the cached ones',
      {
        prompt_tokens: 1014,
        completion_tokens: 80,
        total_tokens: 1094,
        cache_read_input_tokens: 900,
        cache_creation_input_tokens: 100,
      },
      { input: 14, cacheRead: 900, cacheWrite: 100, output: 80 },
    ],
    [
      'Claude through a bridge, prompt_tokens without the cached ones, as their size shows',
      {
        prompt_tokens: 14,
        completion_tokens: 80,
        total_tokens: 94,
        cache_read_input_tokens: 900,
        cache_creation_input_tokens: 100,
      },
      { input: 14, cacheRead: 900, cacheWrite: 100, output: 80 },
    ],
    [
      'Claude through a bridge, prompt_tokens without the cached ones, as the total shows',
      { prompt_tokens: 1000, completion_tokens: 80, total_tokens: 1980, cache_read_input_tokens: 900 },
      { input: 1000, cacheRead: 900, output: 80 },
    ],
    [
      'the same cached tokens under two names',
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        cache_read_input_tokens: 60,
        prompt_tokens_details: { cached_tokens: 60 },
      },
      { input: 40, cacheRead: 60, output: 1 },
    ],
    [
      'Gemini, reasoning on top',
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 107, reasoning_tokens: 100 },
      { input: 3, output: 104, reasoning: 100 },
    ],
    [
      'Grok, reasoning on top in the details',
      {
        prompt_tokens: 3,
        completion_tokens: 4,
        total_tokens: 107,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      { input: 3, output: 104, reasoning: 100 },
    ],
    [
      'reasoning within completion_tokens, at the top level',
      { prompt_tokens: 3, completion_tokens: 104, total_tokens: 107, reasoning_tokens: 100 },
      { input: 3, output: 104, reasoning: 100 },
    ],
    [
      'a total that leaves room for reasoning nobody names',
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 107 },
      { input: 3, output: 104, reasoning: 100 },
    ],
    [
      'a total with something else than reasoning, which is said to be zero',
      { prompt_tokens: 3, completion_tokens: 4, total_tokens: 107, reasoning_tokens: 0 },
      { input: 3, output: 4 },
    ],
    [
      'cached and reasoning tokens both, on top',
      {
        prompt_tokens: 50,
        completion_tokens: 4,
        total_tokens: 74,
        reasoning_tokens: 20,
        prompt_tokens_details: { cached_tokens: 10 },
      },
      { input: 40, cacheRead: 10, output: 24, reasoning: 20 },
    ],
    [
      'more reasoning than output, which then does not hold it',
      { prompt_tokens: 1, completion_tokens: 2, reasoning_tokens: 5 },
      { input: 1, output: 7, reasoning: 5 },
    ],
    ['zeros', { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, {}],
    ['embeddings', { prompt_tokens: 8, total_tokens: 8 }, { input: 8 }],
    ['no completion_tokens but a total', { prompt_tokens: 8, total_tokens: 10 }, { input: 8, output: 2 }],
    ['no prompt_tokens but a total', { completion_tokens: 2, total_tokens: 10 }, { input: 8, output: 2 }],
    [
      'nulls where nothing is said',
      {
        prompt_tokens: 8,
        completion_tokens: 1,
        total_tokens: null,
        prompt_tokens_details: null,
        reasoning_tokens: null,
      },
      { input: 8, output: 1 },
    ],
    ['a total below its parts', { prompt_tokens: 8, completion_tokens: 4, total_tokens: 8 }, { input: 8, output: 4 }],
  ])('reads %s', (_, usage, expected) => {
    expect(readChatUsage(usage)).toEqual({ ...none, ...expected });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an array', [{ prompt_tokens: 1 }]],
    ['a number', 12],
    ['an empty object', {}],
    ['completion_tokens alone', { completion_tokens: 4 }],
    ['negative tokens', { prompt_tokens: 1, completion_tokens: -4 }],
    [
      'negative cached tokens',
      { prompt_tokens: 1, completion_tokens: 4, prompt_tokens_details: { cached_tokens: -1 } },
    ],
    ['a fraction', { prompt_tokens: 1.5, completion_tokens: 4 }],
    ['NaN', { prompt_tokens: Number.NaN, completion_tokens: 4 }],
    ['infinity', { prompt_tokens: 1, completion_tokens: Number.POSITIVE_INFINITY }],
    ['more than 2^53', { prompt_tokens: 2 ** 53, completion_tokens: 4 }],
    ['a sum of more than 2^53', { prompt_tokens: Number.MAX_SAFE_INTEGER, completion_tokens: 4 }],
    ['text', { prompt_tokens: '1', completion_tokens: 4 }],
  ])('gives null for %s', (_, usage) => {
    expect(readChatUsage(usage)).toBeNull();
  });
});
