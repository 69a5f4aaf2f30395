import { readGeminiAnswerUsage, readGeminiUsage, writeGeminiUsage } from './usage.js';

const none = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

describe('readGeminiUsage', () => {
  it.each([
    [
      'a plain answer',
      { promptTokenCount: 12, candidatesTokenCount: 5, totalTokenCount: 17 },
      { input: 12, output: 5 },
    ],
    [
      'thoughts beside the candidates',
      { promptTokenCount: 3, candidatesTokenCount: 4, thoughtsTokenCount: 100, totalTokenCount: 107 },
      { input: 3, output: 104, reasoning: 100 },
    ],
    [
      'cached tokens within the prompt',
      { promptTokenCount: 1000, cachedContentTokenCount: 900, candidatesTokenCount: 1, totalTokenCount: 1001 },
      { input: 100, cacheRead: 900, output: 1 },
    ],
    [
      'cached tokens apart from the prompt, as their size shows',
      { promptTokenCount: 14, cachedContentTokenCount: 900, candidatesTokenCount: 1, totalTokenCount: 915 },
      { input: 14, cacheRead: 900, output: 1 },
    ],
    [
      "a vendor tool's results, which go in",
      { promptTokenCount: 10, toolUsePromptTokenCount: 40, candidatesTokenCount: 6, totalTokenCount: 56 },
      { input: 50, output: 6 },
    ],
    [
      'audio on either side, in as many entries as there are',
      {
        promptTokenCount: 60,
        candidatesTokenCount: 30,
        totalTokenCount: 90,
        promptTokensDetails: [
          { modality: 'TEXT', tokenCount: 10 },
          { modality: 'AUDIO', tokenCount: 32 },
          { modality: 'AUDIO', tokenCount: 18 },
        ],
        candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
      },
      { input: 10, inputAudio: 50, output: 5, outputAudio: 25 },
    ],
    [
      'cached audio as a class of its own',
      {
        promptTokenCount: 60,
        cachedContentTokenCount: 30,
        candidatesTokenCount: 1,
        promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
        cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
      },
      { input: 10, cacheReadAudio: 30, inputAudio: 20, output: 1 },
    ],
    [
      'no more cached audio than was cached',
      {
        promptTokenCount: 60,
        cachedContentTokenCount: 10,
        candidatesTokenCount: 1,
        cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
      },
      { input: 50, cacheReadAudio: 10, output: 1 },
    ],
    [
      'a picture that came out',
      {
        promptTokenCount: 8,
        candidatesTokenCount: 1300,
        candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1290 }],
      },
      { input: 8, output: 10, outputImage: 1290 },
    ],
    [
      "audio in a vendor tool's results",
      {
        promptTokenCount: 5,
        toolUsePromptTokenCount: 40,
        candidatesTokenCount: 1,
        toolUsePromptTokensDetails: [{ modality: 'AUDIO', tokenCount: 30 }],
      },
      { input: 15, inputAudio: 30, output: 1 },
    ],
    [
      'more audio than there are tokens',
      { promptTokenCount: 5, candidatesTokenCount: 0, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }] },
      { inputAudio: 5 },
    ],
    [
      'a total that leaves room for thoughts nobody names',
      { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 107 },
      { input: 3, output: 104, reasoning: 100 },
    ],
    [
      'a total with something else than thoughts, which are said to be none',
      { promptTokenCount: 3, candidatesTokenCount: 4, thoughtsTokenCount: 0, totalTokenCount: 107 },
      { input: 3, output: 4 },
    ],
    ['a prompt that was blocked', { promptTokenCount: 8, totalTokenCount: 8 }, { input: 8 }],
    [
      'thoughts alone, before the first word',
      { promptTokenCount: 8, thoughtsTokenCount: 20, totalTokenCount: 28 },
      { input: 8, output: 20, reasoning: 20 },
    ],
    [
      'candidates from the total, beside thoughts and a tool',
      { promptTokenCount: 8, thoughtsTokenCount: 5, toolUsePromptTokenCount: 3, totalTokenCount: 20 },
      { input: 11, output: 9, reasoning: 5 },
    ],
    ['candidates from the total', { promptTokenCount: 8, totalTokenCount: 10 }, { input: 8, output: 2 }],
    ['the prompt from the total', { candidatesTokenCount: 2, totalTokenCount: 10 }, { input: 8, output: 2 }],
    ['zeros', { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 }, {}],
    [
      'nulls where nothing is said',
      { promptTokenCount: 8, candidatesTokenCount: 1, totalTokenCount: null, promptTokensDetails: null },
      { input: 8, output: 1 },
    ],
    [
      'a total below its parts',
      { promptTokenCount: 8, candidatesTokenCount: 4, totalTokenCount: 2 },
      { input: 8, output: 4 },
    ],
  ])('reads %s', (_, usage, expected) => {
    expect(readGeminiUsage(usage)).toEqual({ ...none, ...expected });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an array', [{ promptTokenCount: 1 }]],
    ['a number', 12],
    ['an empty object', {}],
    ['candidatesTokenCount alone', { candidatesTokenCount: 4 }],
    ['negative tokens', { promptTokenCount: 1, candidatesTokenCount: -4 }],
    ['a fraction', { promptTokenCount: 1.5, candidatesTokenCount: 4 }],
    ['negative thoughts', { promptTokenCount: 1, thoughtsTokenCount: -1 }],
    ['infinity', { promptTokenCount: 1, cachedContentTokenCount: Number.POSITIVE_INFINITY }],
    ['more than 2^53', { promptTokenCount: 2 ** 53, candidatesTokenCount: 4 }],
    ['a sum of more than 2^53', { promptTokenCount: Number.MAX_SAFE_INTEGER, candidatesTokenCount: 4 }],
    ['text', { promptTokenCount: '1', candidatesTokenCount: 4 }],
    ['broken audio', { promptTokenCount: 1, promptTokensDetails: [{ modality: 'AUDIO', tokenCount: -1 }] }],
  ])('gives null for %s', (_, usage) => {
    expect(readGeminiUsage(usage)).toBeNull();
  });
});

describe('writeGeminiUsage', () => {
  it.each([
    [
      { input: 12, output: 5 },
      { promptTokenCount: 12, candidatesTokenCount: 5, totalTokenCount: 17 },
    ],
    [{}, { promptTokenCount: 0, candidatesTokenCount: 0, totalTokenCount: 0 }],
    [
      { input: 10, cacheRead: 30, output: 104, reasoning: 100 },
      {
        promptTokenCount: 40,
        cachedContentTokenCount: 30,
        candidatesTokenCount: 4,
        thoughtsTokenCount: 100,
        totalTokenCount: 144,
      },
    ],
  ])('writes %j', (counts, expected) => {
    expect(writeGeminiUsage({ ...none, ...counts })).toEqual(expected);
  });

  it.each([
    [{ input: 10, cacheRead: 30, output: 104, reasoning: 100 }],
    [{ input: 10, inputAudio: 50, output: 5, outputAudio: 25 }],
    [{ input: 1, cacheRead: 2, inputAudio: 3, output: 9, reasoning: 4, outputAudio: 5 }],
    [{ input: 1, cacheRead: 2, cacheReadAudio: 3, inputAudio: 4, output: 1 }],
    [{ cacheReadAudio: 3, output: 1 }],
    [{ output: 5, outputImage: 1290, reasoning: 2 }],
    [{ output: 7, reasoning: 7 }],
  ])('is read back the same: %j', counts => {
    expect(readGeminiUsage(writeGeminiUsage({ ...none, ...counts }))).toEqual({ ...none, ...counts });
  });

  it('keeps the tokens that went into a cache in the prompt', () => {
    const counts = { ...none, input: 1, cacheWrite: 20, cacheWrite1h: 300, output: 1 };

    expect(readGeminiUsage(writeGeminiUsage(counts))).toEqual({ ...none, input: 321, output: 1 });
  });
});

describe('the searches of an answer', () => {
  const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 };
  const searched = (...grounding: object[]) =>
    readGeminiAnswerUsage({
      usageMetadata,
      candidates: grounding.map(groundingMetadata => ({ groundingMetadata })),
    } as never)?.webSearches;

  it.each<[string, readonly object[], number | undefined]>([
    ['its queries, each once', [{ webSearchQueries: ['a', 'b'] }, { webSearchQueries: ['b', ' '] }], 2],
    ['its queries, whatever they found', [{ webSearchQueries: ['a', 'b'], groundingChunks: [{ web: {} }] }], 2],
    ['one, where it found something and tells no query', [{ groundingChunks: [{ maps: { uri: 'x' } }] }], 1],
    [
      'one, however much was found',
      [{ groundingChunks: [{ web: {} }, { web: {} }] }, { groundingChunks: [{ web: {} }] }],
      1,
    ],
    ['none, where what was found is the caller’s own', [{ groundingChunks: [{ retrievedContext: {} }] }], undefined],
    ['none, where nothing was found', [{ groundingChunks: [] }, {}], undefined],
  ])('are %s', (_, grounding, count) => {
    expect(searched(...grounding)).toBe(count);
  });
});
