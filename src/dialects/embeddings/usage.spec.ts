import { readEmbeddingsUsage } from './usage.js';

describe('readEmbeddingsUsage', () => {
  it.each([
    [{ prompt_tokens: 8, total_tokens: 8 }, 8],
    [{ total_tokens: 9 }, 9],
    [{ prompt_tokens: 0 }, 0],
    [{ prompt_tokens: null, total_tokens: 3 }, 3],
  ])('reads %j', (usage, input) => {
    expect(readEmbeddingsUsage(usage)).toEqual({ input, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 });
  });

  it.each([
    [undefined],
    [null],
    [[]],
    [{}],
    [{ prompt_tokens: -1 }],
    [{ prompt_tokens: 1.5 }],
    [{ prompt_tokens: '8' }],
    [{ prompt_tokens: 8, total_tokens: -8 }],
    [{ prompt_tokens: 2 ** 53 }],
  ])('gives null for %j', usage => {
    expect(readEmbeddingsUsage(usage)).toBeNull();
  });
});
