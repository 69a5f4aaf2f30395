import { mergeMessagesUsage, readMessagesUsage, writeDeltaUsage, writeMessagesUsage } from './usage.js';

const none = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

describe('readMessagesUsage', () => {
  it.each([
    ['input and output', { input_tokens: 12, output_tokens: 5 }, { input: 12, output: 5 }],
    [
      'cached tokens, which input_tokens does not hold',
      {
        input_tokens: 14,
        cache_read_input_tokens: 900,
        cache_creation_input_tokens: 100,
        cache_creation: { ephemeral_5m_input_tokens: 60, ephemeral_1h_input_tokens: 40 },
        output_tokens: 80,
      },
      { input: 14, cacheRead: 900, cacheWrite: 60, cacheWrite1h: 40, output: 80 },
    ],
    [
      'writes for an hour that only the parts name',
      { input_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 40 } },
      { input: 1, cacheWrite1h: 40 },
    ],
    [
      'writes that only the sum names',
      { input_tokens: 1, cache_creation_input_tokens: 7, cache_creation: null },
      { input: 1, cacheWrite: 7 },
    ],
    [
      'thinking as a part of the output',
      { input_tokens: 1, output_tokens: 9, output_tokens_details: { thinking_tokens: 6 } },
      { input: 1, output: 9, reasoning: 6 },
    ],
    [
      'more thinking than output',
      { input_tokens: 1, output_tokens: 9, output_tokens_details: { thinking_tokens: 60 } },
      { input: 1, output: 9, reasoning: 9 },
    ],
    [
      'what compaction cost on top, and no other iteration',
      {
        input_tokens: 10,
        output_tokens: 5,
        iterations: [
          { type: 'compaction', input_tokens: 1000, output_tokens: 70, cache_read_input_tokens: 3 },
          { type: 'message', input_tokens: 10, output_tokens: 5 },
        ],
      },
      { input: 1010, cacheRead: 3, output: 75 },
    ],
    ['zeros', { input_tokens: 0, output_tokens: 0 }, {}],
    [
      'nulls where nothing is said',
      { input_tokens: 3, output_tokens: null, cache_read_input_tokens: null, output_tokens_details: null },
      { input: 3 },
    ],
  ])('reads %s', (_, usage, expected) => {
    expect(readMessagesUsage(usage)).toEqual({ ...none, ...expected });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an array', [{ input_tokens: 1 }]],
    ['an empty object', {}],
    ['output_tokens alone', { output_tokens: 4 }],
    ['negative tokens', { input_tokens: 1, output_tokens: -4 }],
    ['a negative part', { input_tokens: 1, cache_creation: { ephemeral_1h_input_tokens: -1 } }],
    ['a fraction', { input_tokens: 1.5, output_tokens: 4 }],
    ['infinity', { input_tokens: 1, output_tokens: Number.POSITIVE_INFINITY }],
    ['more than 2^53', { input_tokens: 2 ** 53, output_tokens: 4 }],
    ['a sum of more than 2^53', { input_tokens: Number.MAX_SAFE_INTEGER, output_tokens: 4 }],
    ['text', { input_tokens: '1', output_tokens: 4 }],
    [
      'broken iterations',
      { input_tokens: 1, output_tokens: 4, iterations: [{ type: 'compaction', input_tokens: -1 }] },
    ],
  ])('gives null for %s', (_, usage) => {
    expect(readMessagesUsage(usage)).toBeNull();
  });
});

describe('mergeMessagesUsage', () => {
  const start = {
    input_tokens: 8000,
    output_tokens: 1,
    cache_creation: { ephemeral_1h_input_tokens: 50 },
    cache_creation_input_tokens: 50,
  };

  it('takes the usage of later events for cumulative', () => {
    const merged = [{ output_tokens: 120 }, { output_tokens: 250 }].reduce<object>(mergeMessagesUsage, start);

    expect(readMessagesUsage(merged)).toEqual({ ...none, input: 8000, cacheWrite1h: 50, output: 250 });
  });

  it('lets nothing that is null, zero or left out take away what was counted', () => {
    const merged = mergeMessagesUsage(start, {
      input_tokens: 0,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: 0,
      cache_creation: { ephemeral_1h_input_tokens: 0 },
      output_tokens: 9,
    });

    expect(readMessagesUsage(merged)).toEqual({ ...none, input: 8000, cacheWrite1h: 50, output: 9 });
  });

  it('lets a later input count that is more than zero hold', () => {
    expect(readMessagesUsage(mergeMessagesUsage({ input_tokens: 0 }, { input_tokens: 21, output_tokens: 2 }))).toEqual({
      ...none,
      input: 21,
      output: 2,
    });
  });

  it('keeps what it has where no usage comes', () => {
    expect(mergeMessagesUsage(null, undefined)).toEqual({});
    expect(readMessagesUsage(mergeMessagesUsage(start, 'none'))).toMatchObject({ input: 8000, output: 1 });
  });

  it('trusts no stream that tells a broken count', () => {
    expect(readMessagesUsage(mergeMessagesUsage(start, { output_tokens: -1 }))).toBeNull();
  });

  it('takes over only the fields that it knows', () => {
    const hostile = JSON.parse('{"__proto__":{"input_tokens":5},"constructor":1,"input_tokens":2}') as object;

    const merged = mergeMessagesUsage(null, hostile);

    expect(Object.keys(merged)).toEqual(['input_tokens']);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
  });
});

describe('writeMessagesUsage', () => {
  const counts = { input: 5, cacheRead: 4, cacheWrite: 3, cacheWrite1h: 2, output: 10, reasoning: 6 };

  it('is read back as the same counts', () => {
    expect(readMessagesUsage(writeMessagesUsage(counts))).toEqual(counts);
    expect(readMessagesUsage(writeMessagesUsage({ ...none, input: 1 }))).toEqual({ ...none, input: 1 });
  });

  it('counts audio with the rest, of which the wire does not tell it apart', () => {
    const audio = { ...none, input: 5, inputAudio: 7, output: 2, outputAudio: 30 };

    expect(writeMessagesUsage(audio)).toMatchObject({ input_tokens: 12, output_tokens: 32 });
    expect(writeDeltaUsage(audio)).toMatchObject({ input_tokens: 12, output_tokens: 32 });
  });
});
