import { readResponsesUsage, readToolUsage, writeResponsesUsage } from './usage.js';

const usage = (fields: object) => ({ input_tokens: 100, output_tokens: 20, ...fields });

describe('the usage of a Responses answer', () => {
  it.each([
    ['plain', usage({}), { input: 100, cacheRead: 0, cacheWrite: 0, output: 20, reasoning: 0 }],
    [
      'with a cache read, which the input holds',
      usage({ input_tokens_details: { cached_tokens: 90 } }),
      { input: 10, cacheRead: 90, cacheWrite: 0, output: 20, reasoning: 0 },
    ],
    [
      'with a cache written',
      usage({ input_tokens_details: { cached_tokens: 50, cache_write_tokens: 30 } }),
      { input: 20, cacheRead: 50, cacheWrite: 30, output: 20, reasoning: 0 },
    ],
    [
      'with reasoning, which the output holds',
      usage({ output_tokens_details: { reasoning_tokens: 15 } }),
      { input: 100, cacheRead: 0, cacheWrite: 0, output: 20, reasoning: 15 },
    ],
    [
      'with audio on both sides',
      usage({ input_tokens_details: { audio_tokens: 40 }, output_tokens_details: { audio_tokens: 5 } }),
      { input: 60, cacheRead: 0, cacheWrite: 0, output: 15, reasoning: 0, inputAudio: 40, outputAudio: 5 },
    ],
    [
      'with parts that are more than the whole, which then does not hold them',
      usage({ input_tokens_details: { cached_tokens: 900 } }),
      { input: 100, cacheRead: 900, cacheWrite: 0, output: 20, reasoning: 0 },
    ],
    [
      'with more reasoning than output, which then does not hold it',
      usage({ output_tokens_details: { reasoning_tokens: 900 } }),
      { input: 100, cacheRead: 0, cacheWrite: 0, output: 920, reasoning: 900 },
    ],
    [
      'of which one side follows from the total',
      { output_tokens: 20, total_tokens: 120 },
      { input: 100, cacheRead: 0, cacheWrite: 0, output: 20, reasoning: 0 },
    ],
    [
      'of zero, said so',
      { input_tokens: 0, output_tokens: 0 },
      { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 },
    ],
  ])('%s, in disjoint classes', (_, wire, counts) => {
    expect(readResponsesUsage(wire)).toEqual(counts);
  });

  it.each([
    ['nothing', null],
    ['a number', 7],
    ['no side of the count', { total_tokens: 5 }],
    ['a negative count', usage({ output_tokens: -1 })],
    ['half a token', usage({ input_tokens: 1.5 })],
    ['more than can be counted', usage({ input_tokens: 2 ** 53 })],
    ['a text', usage({ output_tokens: '20' })],
    ['a broken detail', usage({ input_tokens_details: { cached_tokens: -3 } })],
  ])('is not trusted where it is %s', (_, wire) => {
    expect(readResponsesUsage(wire)).toBeNull();
  });

  it('is read again as it was written', () => {
    const counts = { input: 10, cacheRead: 90, cacheWrite: 30, output: 20, reasoning: 15 };
    expect(readResponsesUsage(writeResponsesUsage(counts))).toEqual(counts);
    expect(writeResponsesUsage(counts)).toMatchObject({ input_tokens: 130, output_tokens: 20, total_tokens: 150 });
  });
});

describe('what the provider’s own tools used, where no count of it is given', () => {
  const picture = (fields: object) => ({ type: 'image_generation_call', status: 'completed', ...fields });

  it.each<[string, readonly object[], object]>([
    ['a square picture', [picture({ quality: 'low', size: '1024x1024' })], { imageOutput: 272 }],
    ['an oblong picture', [picture({ quality: 'medium', size: '1536x1024' })], { imageOutput: 1_584 }],
    ['two of which nothing is said', [picture({}), picture({ quality: 'auto' })], { imageOutput: 12_480 }],
    ['one that failed', [picture({ status: 'failed' })], {}],
    [
      'two shells in one container',
      [
        { type: 'shell_call', environment: { type: 'container_reference', container_id: 'c' } },
        { type: 'shell_call', environment: { type: 'container_reference', container_id: 'c' } },
        { type: 'code_interpreter_call', container_id: 'd' },
      ],
      { codeContainers: 2 },
    ],
    ['a shell of the caller’s', [{ type: 'shell_call', environment: { type: 'local' } }, { type: 'shell_call' }], {}],
  ])('is taken from its calls: %s', (_, output, used) => {
    expect(readToolUsage({ output } as never)).toEqual(used);
  });

  it('is the count where there is one', () => {
    const tool_usage = { image_gen: { output_tokens: 100 } };
    expect(readToolUsage({ output: [picture({})], tool_usage })).toEqual({ imageOutput: 100 });
  });
});
