import { TOOL_CLASSES } from '../dialects/counted-classes.js';
import { dollarsPerToken, readPriceList } from './price-list.js';

describe('readPriceList', () => {
  it.each([
    [3, 3_000_000n],
    [0.072, 72_000n],
    [0.1, 100_000n],
    [18.75, 18_750_000n],
    [0.000001, 1n],
    [0.0000005, 1n],
    [0.0000004, 0n],
    [1e-7, 0n],
    [0.1234565, 123_457n],
    [0.9999999, 1_000_000n],
    [0, 0n],
    [180, 180_000_000n],
  ])('reads %s USD per million tokens as exactly %s pico-dollars a token', (input, pico) => {
    expect(readPriceList({ input }).input).toBe(pico);
  });

  it('charges a class without a price of its own as input', () => {
    expect(readPriceList({ input: 2, output: 8 })).toMatchObject({
      published: true,
      output: 8_000_000n,
      cacheRead: 2_000_000n,
      cacheWrite: 2_000_000n,
      inputAudio: 2_000_000n,
    });
  });

  it.each([
    ['twice the input price where five minutes cost 1.25 times', { input: 3, cache_write: 3.75 }, 6_000_000n],
    ['as input where no write has a price of its own', { input: 3 }, 3_000_000n],
    ['its own price where it has one', { input: 3, cache_write: 3.75, cache_write_1h: 7 }, 7_000_000n],
    ['nothing where that is the price of five minutes', { input: 3, cache_write: 0 }, 0n],
    ['no less than a ratio that is not whole', { input: 1, cache_write: 0.000001 }, 2n],
  ])('charges a cache write for an hour %s', (_, pricing, price) => {
    expect(readPriceList(pricing).cacheWrite1h).toBe(price);
  });

  it('charges audio of either side at its own price, or as that side', () => {
    expect(readPriceList({ input: 1, output: 4 })).toMatchObject({ inputAudio: 1_000_000n, outputAudio: 4_000_000n });
    expect(readPriceList({ input: 1, output: 4, input_audio: 32, output_audio: 64 })).toMatchObject({
      inputAudio: 32_000_000n,
      outputAudio: 64_000_000n,
    });
  });

  it('charges nothing where the maker publishes no price', () => {
    const prices = readPriceList({ input: null, output: 0 });

    expect(prices).toMatchObject({
      published: false,
      input: 0n,
      output: 0n,
      cacheRead: 0n,
      cacheWrite: 0n,
      inputAudio: 0n,
    });
  });

  it.each([
    [{ input: 1 }, 'embedding', true],
    [{ input: 1 }, 'chat', false],
    [{ output: 1 }, 'embedding', false],
    [{ output: 1 }, 'chat', false],
    [{ input: 1, output: 2 }, 'embedding', true],
    [{ input: 0, output: 0 }, 'chat', true],
    [{}, 'chat', false],
  ])('calls %j of a model of type %s published: %s', (stored, type, published) => {
    expect(readPriceList(stored, type).published).toBe(published);
  });

  it('reads what multiplies a price, in millionths, by the field and the value that name it', () => {
    const modifiers = [
      { field: 'service_tier', value: 'flex', multiplier: 0.5 },
      { field: 'speed', value: 'fast', multiplier: 6 },
    ];
    expect([...readPriceList({ input: 1, output: 1, modifiers }).modifiers]).toEqual([
      ['service_tier=flex', 500_000n],
      ['speed=fast', 6_000_000n],
    ]);
  });

  it('reads fees for a thousand uses, and per million tokens that a tool takes; null where there is none', () => {
    const fees = Object.fromEntries(TOOL_CLASSES.map(({ fee }, index) => [fee, index + 1]));
    const wanted = TOOL_CLASSES.map(({ name, per }, index) => [
      name,
      BigInt(index + 1) * (per === 1_000 ? 1_000_000_000n : 1_000_000n),
    ]);
    expect(readPriceList({ fees: { ...fees, grounded_request: 35 } })).toMatchObject({
      tools: Object.fromEntries(wanted),
      groundedRequest: 35_000_000_000n,
    });
    const none = Object.fromEntries(TOOL_CLASSES.map(({ name }) => [name, null]));
    expect(readPriceList({})).toMatchObject({ tools: none, groundedRequest: null });
    expect(readPriceList({ fees: { web_search: null } })).toMatchObject({ tools: none });
  });

  it('begins a tier at 0 where it says so, and leaves a price alone whose side was free', () => {
    const tiers = [{ above_input_tokens: 0, input: 2 }];
    expect(readPriceList({ input: 0, output: 1, cache_read: 0.5, tiers }).tiers).toMatchObject([
      { aboveInputTokens: 0, input: 2_000_000n, output: 1_000_000n, cacheRead: 500_000n },
    ]);
  });

  it('orders tiers, and what a tier leaves out costs as much more as its side does', () => {
    const { tiers } = readPriceList({
      input: 1,
      output: 4,
      cache_read: 0.1,
      tiers: [
        { above_input_tokens: 500, input: 4 },
        { above_input_tokens: 200, input: 2, output: 6, cache_read: 0.2 },
      ],
    });

    expect(tiers).toEqual([
      {
        aboveInputTokens: 200,
        input: 2_000_000n,
        output: 6_000_000n,
        cacheRead: 200_000n,
        cacheReadAudio: 200_000n,
        cacheWrite: 2_000_000n,
        cacheWrite1h: 2_000_000n,
        inputAudio: 2_000_000n,
        outputAudio: 6_000_000n,
        outputImage: 6_000_000n,
      },
      {
        aboveInputTokens: 500,
        input: 4_000_000n,
        output: 4_000_000n,
        cacheRead: 400_000n,
        cacheReadAudio: 400_000n,
        cacheWrite: 4_000_000n,
        cacheWrite1h: 4_000_000n,
        inputAudio: 4_000_000n,
        outputAudio: 4_000_000n,
        outputImage: 4_000_000n,
      },
    ]);
  });

  it.each([
    [null],
    [[]],
    ['1'],
    [{ input: '1' }],
    [{ input: -1 }],
    [{ input: 1, tiers: {} }],
    [{ input: Number.NaN }],
    [{ input: Number.POSITIVE_INFINITY }],
    [{ input: 1, tiers: [{}] }],
    [{ input: 1, tiers: [{ above_input_tokens: '5' }] }],
    [{ input: 1, tiers: [{ above_input_tokens: 1.5 }] }],
    [{ input: 1, tiers: [{ above_input_tokens: -1 }] }],
    [{ input: 1, tiers: 'none' }],
    [{ input: 1, modifiers: { field: 'service_tier' } }],
    [{ input: 1, modifiers: [{ value: 'flex', multiplier: 2 }] }],
    [{ input: 1, modifiers: [{ field: 'service_tier', multiplier: 2 }] }],
    [{ input: 1, modifiers: [{ field: 'service_tier', value: 'flex' }] }],
    [{ input: 1, fees: [] }],
    [{ input: 1, fees: { web_search: '10' } }],
    [{ input: 1, fees: { web_search: -1 } }],
  ])('refuses %j rather than calling it free', stored => {
    expect(() => readPriceList(stored)).toThrow(TypeError);
  });
});

it.each([
  [3_000_000n, '0.000003'],
  [72_000n, '0.000000072'],
  [1n, '0.000000000001'],
  [0n, '0'],
  [1_000_000_000_000n, '1'],
  [12_500_000_000_000n, '12.5'],
])('writes %s pico-dollars a token as "%s", exactly', (pico, dollars) => {
  expect(dollarsPerToken(pico)).toBe(dollars);
});
