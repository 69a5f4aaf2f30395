import { readPriceList } from '../catalog/price-list.js';
import type { CatalogModel } from '../catalog/catalog.types.js';
import { costNanoUsd } from '../metering/price.js';
import { estimateInputTokens, estimateRequest } from './estimate.js';
import { ANTHROPIC_MESSAGES } from '../dialects/anthropic-messages/descriptor.js';
import { CHAT_COMPLETIONS } from '../dialects/chat-completions/descriptor.js';
import { EMBEDDINGS } from '../dialects/embeddings/descriptor.js';

const PRICING = { input: 1, output: 10, cache_write: 1.25, cache_write_1h: 2 };
const model = (fields: Partial<CatalogModel> = {}, pricing: object = PRICING) =>
  ({
    ...{ maxOutputTokens: 64_000, maxInputTokens: null, contextLength: 200_000 },
    prices: readPriceList(pricing),
    ...fields,
  }) as CatalogModel;
const chat = (fields: object = {}) =>
  CHAT_COMPLETIONS.readRequest(
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], ...fields })),
    null,
  );
const UNKNOWN = { tokens: 4_096, learned: false };
const LEARNED = { tokens: 10_000, learned: true };

/** Numbers that are the same in every run of a seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

/** A sum in parts, often in one. */
function split(sum: number, parts: number, below: (limit: number) => number): number[] {
  const all = Array.from({ length: parts }, () => 0);
  const pieces = below(2) === 0 ? 1 : parts;
  for (let piece = 0, left = sum; piece < pieces; piece += 1) {
    const amount = piece === pieces - 1 ? left : below(left + 1);
    const place = below(parts);
    all[place] = (all[place] ?? 0) + amount;
    left -= amount;
  }
  return all;
}

describe('a reservation', () => {
  it.each([
    ['nothing asked, nothing learned', {}, UNKNOWN, 4_096, 4_096],
    ['much asked, nothing learned', { max_tokens: 50_000 }, UNKNOWN, 4_096, 50_000],
    ['more asked than the model can, nothing learned', { max_tokens: 128_000 }, UNKNOWN, 4_096, 64_000],
    ['little asked, nothing learned', { max_tokens: 10 }, UNKNOWN, 10, 10],
    ['nothing asked, learned', {}, LEARNED, 10_000, 10_000],
    ['much asked, learned', { max_tokens: 128_000 }, LEARNED, 10_000, 10_000],
    ['little asked, learned', { max_tokens: 10 }, LEARNED, 10, 10],
    ['more learned than the model can', {}, { tokens: 90_000, learned: true }, 64_000, 64_000],
  ])('with %s holds what is likely', (_, fields, likely, tokens, paid) => {
    for (const n of [1, 3]) {
      const estimate = estimateRequest(chat({ ...fields, n }), model(), likely);
      const input = estimate.inputTokens;
      const cost = costNanoUsd(model().prices, { input, cacheRead: 0, cacheWrite: 0, output: paid * n, reasoning: 0 });
      expect([estimate.outputTokens, estimate.costNanoUsd]).toEqual([tokens * n, cost]);
    }
  });

  it.each([
    ['a bound', { max_tokens: 500 }, 500],
    ['none: the model’s', {}, 64_000],
    ['one beyond the model’s', { max_tokens: 128_000 }, 64_000],
    ['several answers', { max_tokens: 500, n: 4 }, 2_000],
  ])('of a hard limit holds the most, with %s', (_, fields, output) => {
    const wire = chat(fields);
    const most = estimateRequest(wire, model(), LEARNED).most();
    // A token a byte, written to the dearest cache.
    expect(most.tokens).toBe(wire.body.length + output);
    expect(most.costNanoUsd).toBe(BigInt(wire.body.length) * 2_000n + BigInt(output) * 10_000n);
  });

  it('of a hard limit holds the whole input where there are pictures, and where the prompt is longer than can be read', () => {
    const url = `data:image/png;base64,iVBORw0KGgo${'A'.repeat(400)}`;
    const picture = chat({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });
    expect(picture.blobs).toBe(1);
    const long = chat({ messages: [{ role: 'user', content: 'x'.repeat(300_000) }] });
    for (const wire of [picture, long]) {
      expect(estimateRequest(wire, model(), LEARNED).most().tokens).toBe(264_000);
      expect(estimateRequest(wire, model({ maxInputTokens: 1_000 }), LEARNED).most().tokens).toBe(65_000);
    }
  });

  it('of a hard limit goes by the dearest way in which the request may be served', () => {
    const pricing = {
      ...PRICING,
      modifiers: [
        { field: 'service_tier', value: 'priority', multiplier: 2.5 },
        { field: 'service_tier', value: 'flex', multiplier: 0.5 },
      ],
    };
    const cost = (fields: object) => {
      const wire = chat({ max_tokens: 1_000, ...fields });
      const { costNanoUsd: most } = estimateRequest(wire, model({}, pricing), LEARNED).most();
      return Number(most) / (wire.body.length * 2_000 + 1_000 * 10_000);
    };
    expect(cost({})).toBe(1);
    expect(cost({ service_tier: 'auto' })).toBeCloseTo(2.5, 6);
    expect(cost({ speed: 'fast' })).toBeCloseTo(2, 6);
  });

  it('of a hard limit without any bound fits nowhere, and says which would', () => {
    const wire = chat();
    const most = estimateRequest(wire, model({ maxOutputTokens: null }), UNKNOWN).most();
    expect(most.tokens).toBe(wire.body.length + 1e12);
    const left = (wire.body.length + 64) * 2_000 + 975 * 10_000;
    expect(most.outputThatFits('spend_per_day', left)).toBe(975);
  });

  it.each([
    ['as many as are left, to the last one', 2 * 100, 100],
    ['one less where one is missing', 2 * 100 - 1, 99],
    ['none where not one is left', 1, 0],
    ['no more than its bound', 1e9, 500],
  ])('of a hard limit says how long an answer may be: %s', (_, left, output) => {
    const wire = chat({ n: 2, max_tokens: 500 });
    const most = estimateRequest(wire, model(), LEARNED).most();
    expect(most.outputThatFits('tokens_per_minute', wire.body.length + 64 + left)).toBe(output);
    expect(most.outputThatFits('spend_total', (wire.body.length + 64) * 2_000 + left * 10_000)).toBe(output);
  });

  it.each([
    ['plain', {}],
    ['served in a way of its own', { served: { service_tier: 'flex' } }],
    ['with a search', { webSearches: 1 }],
  ])('of a request that is %s names what is asked for, and holds its price', (_, asked) => {
    const of = model({}, { ...PRICING, modifiers: [{ field: 'service_tier', value: 'flex', multiplier: 0.5 }] });
    const wire = { ...chat({ max_tokens: 10 }), ...asked };
    const { inputTokens, outputTokens, costNanoUsd: cost, most, ...named } = estimateRequest(wire, of, LEARNED);
    expect(named).toStrictEqual(asked);
    const tokens = { input: inputTokens, cacheRead: 0, cacheWrite: 0, output: outputTokens, reasoning: 0 };
    expect(cost).toBe(costNanoUsd(of.prices, { ...tokens, ...asked }));
    // The way to be served is looked for in the whole body.
    const dearest = { ...tokens, ...asked, served: {}, input: 0, cacheWrite1h: wire.body.length };
    expect(most().costNanoUsd).toBe(costNanoUsd(of.prices, dearest));
  });

  it.each<[string, ReturnType<typeof chat>, boolean]>([
    ['nothing that is not text', chat(), false],
    ['what may be a file', chat({ x: { fileData: 1 } }), true],
    ['a file’s name', chat({ x: { file: 1 } }), false],
    ['a picture that was counted', { ...chat(), blobs: 1 }, true],
  ])('of a hard limit on a request that holds %s', (_, wire, media) => {
    const of = model({}, { ...PRICING, input_audio: 50 });
    const most = estimateRequest(wire, of, LEARNED).most();
    expect(most.tokens).toBe((media ? 200_000 : wire.body.length) + 64_000);
    const input = media ? 200_000 * 50_000 : wire.body.length * 2_000;
    expect(most.costNanoUsd).toBe(BigInt(input + 64_000 * 10_000));
  });

  it('of a hard limit on a request that holds media goes by its length where no model says what it can read', () => {
    const wire = chat({ x: { fileData: 1 } });
    const of = model({ contextLength: null });
    expect(estimateRequest(wire, of, LEARNED).most().tokens).toBe(wire.body.length + 64_000);
  });

  it.each<[string, ReturnType<typeof chat>, boolean, boolean, bigint]>([
    ['none of these', chat(), false, false, 1n],
    ['speech', chat({ modalities: ['text', 'audio'] }), true, false, 1n],
    ['tools', chat({ tools: [] }), false, true, 1n],
    ['a way to be served that has no price', chat({ x: { speed: 'fast' } }), false, false, 2n],
    ['all of them', chat({ audio: {}, tools: [], service_tier: 'flex', x: { speed: 'fast' } }), true, true, 4n],
  ])('of a hard limit on a request that asks for %s', (_, wire, speaks, tools, dear) => {
    const of = model({}, { ...PRICING, output_audio: 100, modifiers: [] });
    const most = estimateRequest(wire, of, LEARNED).most();
    const input = wire.body.length + (tools ? 1_024 : 0);
    expect(most.tokens).toBe(input + 64_000);
    expect(most.costNanoUsd).toBe(dear * BigInt(input * 2_000 + 64_000 * (speaks ? 100_000 : 10_000)));
  });

  it.each([
    ['spend_per_day', 1_000_000],
    ['spend_total', 777_777],
    ['tokens_per_minute', 5_000],
  ] as const)('of a hard limit on %s names the longest answer that fits', (kind, left) => {
    const fits = estimateRequest(chat({ n: 2 }), model(), LEARNED)
      .most()
      .outputThatFits(kind, left);
    const most = (max_tokens: number) => {
      const { tokens, costNanoUsd: cost } = estimateRequest(chat({ n: 2, max_tokens }), model(), LEARNED).most();
      return kind === 'tokens_per_minute' ? tokens : Number(cost);
    };
    expect(fits).toBeGreaterThan(0);
    // The bound itself takes some bytes of the request: those fit as well, and not much more.
    expect(most(fits)).toBeLessThanOrEqual(left);
    expect(most(fits + 64)).toBeGreaterThan(left);
    expect(estimateRequest(chat(), model(), LEARNED).most().outputThatFits(kind, 1)).toBe(0);
  });

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'of a hard limit is no less than any answer costs: prices and requests of seed %i',
    seed => {
      const below = random(1_000_003 * (seed + 1));
      const upTo = (most: number) => (below(2) === 0 ? most : below(most));
      const names = ['input', 'cache_read', 'cache_write', 'cache_write_1h', 'output', 'output_audio'];
      const prices = () => Object.fromEntries(names.map(name => [name, (1 + below(20_000)) / 1_000]));
      const tiers = below(2) === 0 ? [] : [{ above_input_tokens: 1 + below(400), ...prices() }];
      const modifiers = [{ field: 'service_tier', value: 'priority', multiplier: (1 + below(400)) / 100 }];
      const of = model({}, { ...prices(), tiers, modifiers });
      const [max_tokens, n] = [1 + below(5_000), 1 + below(4)];
      const audio = below(2) === 0;
      const body = JSON.stringify({
        ...{ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(below(600)) }], max_tokens, n },
        ...(audio && { modalities: ['text', 'audio'] }),
        service_tier: 'auto',
      });
      // What is asked for may be spelt in escapes.
      const spelt = body.replace('modalities', 'm\\u006fdalities').replace('"audio"', '"\\u0061udio"');
      const wire = CHAT_COMPLETIONS.readRequest(Buffer.from(below(2) === 0 ? body : spelt), null);
      const most = estimateRequest(wire, of, LEARNED).most();
      for (let answer = 0; answer < 50; answer += 1) {
        const [input = 0, cacheRead = 0, cacheWrite = 0, cacheWrite1h = 0] = split(
          below(wire.body.length + 1),
          4,
          below,
        );
        const [output = 0, outputAudio = 0] = split(upTo(max_tokens * n), audio ? 2 : 1, below);
        const served = below(2) === 0 ? {} : { served: { service_tier: 'priority' } };
        const counts = { input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning: 0, outputAudio, ...served };
        expect(costNanoUsd(of.prices, counts)).toBeLessThanOrEqual(most.costNanoUsd);
      }
    },
  );

  it('of embeddings holds their input alone', () => {
    const wire = EMBEDDINGS.readRequest(Buffer.from('{"model":"m","input":[[1,2,3],[4]]}'), null);
    const estimate = estimateRequest(wire, model(), LEARNED);
    expect([estimate.inputTokens, estimate.outputTokens, estimate.most().tokens]).toEqual([4, 0, 4]);
  });
});

describe('the input of an estimate', () => {
  const plain = { ...chat(), textBytes: 0, blobs: 0, blobBytes: 0, documentBytes: 0 };

  it.each([
    ['nothing', {}, 0],
    ['text', { textBytes: 8 }, 2],
    ['text, up to a whole token', { textBytes: 9 }, 3],
    ['pictures, by their number', { blobs: 2 }, 2_000],
    ['pictures, by their size, up to a whole token', { blobBytes: 1_025 }, 3],
    ['documents, by their size, up to a whole token', { blobBytes: 33, documentBytes: 33 }, 3],
    ['both', { textBytes: 4, blobs: 2, blobBytes: 528, documentBytes: 16 }, 2_003],
    ['tokens', { inputTokens: 7, textBytes: 400 }, 7],
  ])('counts %s: %j', (_, fields, tokens) => {
    expect(estimateInputTokens({ ...plain, ...fields })).toBe(tokens);
  });

  const tokensOf = (data: string) =>
    estimateInputTokens(
      ANTHROPIC_MESSAGES.readRequest(
        Buffer.from(
          JSON.stringify({
            ...{ model: 'm', max_tokens: 1 },
            messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'n', input: { data } }] }],
          }),
        ),
        null,
      ),
    );
  const LENGTH = 400_000;

  it.each([
    ['letters of base64', 'a'.repeat(LENGTH), LENGTH / 4],
    ['what says that it is data', `data:${'a'.repeat(LENGTH)}`, LENGTH / 4],
    ['what says that it is a picture', `data:image/png;base64,${'QUJD'.repeat(LENGTH / 4)}`, LENGTH / 4],
    ['text as base64', Buffer.from('some words '.repeat(LENGTH / 16)).toString('base64'), LENGTH / 5],
    ['a document', Buffer.from(`%PDF-1.7 ${'x'.repeat(LENGTH)}`).toString('base64'), LENGTH / 16],
    ['a picture', `iVBORw0KGgo${'QUJD'.repeat(LENGTH / 4)}`, LENGTH / 512],
  ])('grows with the length of %s', (_, data, least) => {
    expect(tokensOf(data)).toBeGreaterThanOrEqual(least);
    expect(tokensOf(data)).toBeLessThan(least * 2 + 1_500);
  });
});
