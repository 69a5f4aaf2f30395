import type { CatalogModel } from '../catalog/catalog.types.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import { NO_TOKENS } from '../dialects/token-counts.js';
import { type AskedWork, chargeOf, countsWords } from './charge.js';

type Known = NonNullable<Parameters<typeof chargeOf>[1]>;

const model = (capabilities: object = {}) =>
  ({ contextLength: 1_000, maxInputTokens: null, maxOutputTokens: 100, capabilities }) as CatalogModel;
const asked = (fields: Partial<AskedWork> = {}): AskedWork => ({
  model: model(),
  dialect: 'chat_completions',
  stream: true,
  choices: 1,
  reserved: { inputTokens: 40, outputTokens: 70 },
  ...fields,
});
const counts = (fields: Partial<TokenCounts> = {}): TokenCounts => ({ ...NO_TOKENS, ...fields });
const known = (text: string, fields: Partial<Known> = {}): Known => ({
  usage: null,
  usageFinal: false,
  whole: false,
  silentMs: 0,
  answerText: () => ({ text, factor: 1, begun: true }),
  ...fields,
});
/** Twelve bytes are three tokens while no vocabulary is loaded. */
const SEEN = 'twelve bytes';
const notBegun = { answerText: () => ({ text: '', factor: 1, begun: false }) };
const hiding = { model: model({ reasoning: true }) };
const said = (output: number) => ({ usage: counts({ input: 9, cacheRead: 5, output }) });

describe('what is charged', () => {
  const estimated = (fields: Partial<TokenCounts>) => ({ estimated: true, tokens: counts(fields) });

  it.each<[string, AskedWork, Known | null, ReturnType<typeof chargeOf>]>([
    [
      'is the provider’s last word',
      asked(),
      known(SEEN, { ...said(50), usageFinal: true, whole: true }),
      { estimated: false, tokens: counts({ input: 9, cacheRead: 5, output: 50 }) },
    ],
    [
      'is that of an answer that broke off behind it, too',
      asked(),
      known(SEEN, { ...said(2), usageFinal: true }),
      { estimated: false, tokens: counts({ input: 9, cacheRead: 5, output: 2 }) },
    ],
    [
      'is what was seen where input was counted, and no output',
      asked(),
      known(SEEN, { ...said(0), usageFinal: true, whole: true }),
      estimated({ input: 9, cacheRead: 5, output: 3 }),
    ],
    [
      'is how it was served and what its tools did, as its events told, where no last word came',
      asked({ dialect: 'openai_responses' }),
      known(SEEN, {
        answerText: () => ({
          ...{ text: SEEN, factor: 1, begun: true },
          seen: { served: { service_tier: 'priority' }, webSearches: 2, codeContainers: 1 },
        }),
      }),
      estimated({ input: 40, output: 3, webSearches: 2, codeContainers: 1, served: { service_tier: 'priority' } }),
    ],
    [
      'is the most of what a usage and what the events told',
      asked({ dialect: 'anthropic_messages' }),
      known(SEEN, {
        usage: counts({ input: 9, output: 1, webSearches: 1 }),
        answerText: () => ({ text: SEEN, factor: 1, begun: true, seen: { webSearches: 3 } }),
      }),
      estimated({ input: 9, output: 3, webSearches: 3 }),
    ],
    [
      'is what was reserved where something else came than text, and plenty of it',
      asked(),
      known(SEEN, { answerText: () => ({ text: SEEN, factor: 1, begun: true, opaque: true }) }),
      estimated({ input: 40, output: 70 }),
    ],
    [
      'is no output where none was counted or seen',
      asked(),
      known('', { ...said(0), usageFinal: true, whole: true }),
      { estimated: false, tokens: counts({ input: 9, cacheRead: 5 }) },
    ],
    [
      'is an explicit zero',
      asked(),
      known(SEEN, { usage: NO_TOKENS, usageFinal: true, whole: true }),
      { estimated: false, tokens: NO_TOKENS },
    ],
    [
      'is at least what was seen, whatever a placeholder says',
      asked(),
      known(SEEN, said(1)),
      estimated({ input: 9, cacheRead: 5, output: 3 }),
    ],
    ['is at least what was said', asked(), known(SEEN, said(8)), estimated({ input: 9, cacheRead: 5, output: 8 })],
    ['is the input that was reserved where none was said', asked(), known(SEEN), estimated({ input: 40, output: 3 })],
    [
      'is the input that was reserved where zeros stand in the place of a count',
      asked(),
      known(SEEN, { usage: NO_TOKENS }),
      estimated({ input: 40, output: 3 }),
    ],
    [
      'is what was seen of a whole answer without usage',
      asked({ stream: false }),
      known(SEEN, { whole: true }),
      estimated({ input: 40, output: 3 }),
    ],
    ['is all that was reserved where nothing came', asked(), null, estimated({ input: 40, output: 70 })],
    [
      'is all that was reserved where no event came',
      asked(),
      known('', notBegun),
      estimated({ input: 40, output: 70 }),
    ],
    [
      'is all that was reserved for a part of an answer that is made before it is sent',
      asked({ stream: false }),
      known(SEEN),
      estimated({ input: 40, output: 70 }),
    ],
    [
      'is all that was reserved for a stream that may be silent while its model thinks',
      asked(hiding),
      known(''),
      estimated({ input: 40, output: 70 }),
    ],
    ['is what was seen of it once it speaks', asked(hiding), known(SEEN), estimated({ input: 40, output: 3 })],
    [
      'is what was seen of it, and a hundred tokens for each second that it was silent before',
      asked({ ...hiding, reserved: { inputTokens: 40, outputTokens: 700 } }),
      known(SEEN, { silentMs: 6_000 }),
      estimated({ input: 40, output: 403 }),
    ],
    [
      'is for that silence no more than was reserved',
      asked(hiding),
      known(SEEN, { silentMs: 60_000, whole: true }),
      estimated({ input: 40, output: 73 }),
    ],
    [
      'is the same for a stream of Claude whose thinking is withheld',
      asked({ ...hiding, dialect: 'anthropic_messages' }),
      known('', { ...said(1), silentMs: 2_500 }),
      estimated({ input: 9, cacheRead: 5, output: 50 }),
    ],
    [
      'is nothing for the silence of a model that does not reason',
      asked(),
      known(SEEN, { silentMs: 60_000 }),
      estimated({ input: 40, output: 3 }),
    ],
    ['is no output for a stream that hides nothing and said nothing', asked(), known(''), estimated({ input: 40 })],
    [
      'is what was said for a stream of Claude, which tells its thinking',
      asked({ ...hiding, dialect: 'anthropic_messages' }),
      known('', said(1)),
      estimated({ input: 9, cacheRead: 5, output: 1 }),
    ],
    [
      'is more than was reserved where more was seen',
      asked({ stream: false }),
      known('x'.repeat(4_000)),
      estimated({ input: 40, output: 1_000 }),
    ],
    ['is no output for vectors', asked({ dialect: 'embeddings', stream: false }), null, estimated({ input: 40 })],
    [
      'keeps reasoning within the output',
      asked(),
      known(SEEN, { usage: counts({ input: 9, output: 4, reasoning: 4 }) }),
      estimated({ input: 9, output: 4, reasoning: 4 }),
    ],
    [
      'is the last word where all that came was spoken',
      asked(),
      known(SEEN, { usage: counts({ input: 9, outputAudio: 5 }), usageFinal: true, whole: true }),
      { estimated: false, tokens: counts({ input: 9, outputAudio: 5 }) },
    ],
    [
      'is the last word where as much was spoken as written',
      asked(),
      known(SEEN, { usage: counts({ input: 9, output: 5, outputAudio: 5 }), usageFinal: true, whole: true }),
      { estimated: false, tokens: counts({ input: 9, output: 5, outputAudio: 5 }) },
    ],
    [
      'is the last word for vectors, which have no output whatever came',
      asked({ dialect: 'embeddings', stream: false }),
      known(SEEN, { usage: counts({ input: 9 }), usageFinal: true, whole: true }),
      { estimated: false, tokens: counts({ input: 9 }) },
    ],
    [
      'is what was seen, as often as the sample stands for it, rounded up',
      asked(),
      known('', { answerText: () => ({ text: SEEN, factor: 1.5, begun: true }) }),
      estimated({ input: 40, output: 5 }),
    ],
    [
      'goes by the way that was asked for where the answer does not say how it was served',
      asked({ reserved: { inputTokens: 40, outputTokens: 70, served: { service_tier: 'flex' } } }),
      known(SEEN, said(8)),
      estimated({ input: 9, cacheRead: 5, output: 8, served: { service_tier: 'flex' } }),
    ],
    [
      'goes by the way in which the answer says it was served, whatever was asked for',
      asked({ reserved: { inputTokens: 40, outputTokens: 70, served: { service_tier: 'flex' } } }),
      known(SEEN, { usage: counts({ input: 9, output: 8, served: { service_tier: 'priority' } }) }),
      estimated({ input: 9, output: 8, served: { service_tier: 'priority' } }),
    ],
  ])('%s', (_, work, came, charge) => {
    expect(chargeOf(work, came)).toStrictEqual(charge);
  });

  it.each<[string, Partial<TokenCounts>, AskedWork['dialect'], number | undefined, number | undefined]>([
    ['the one that was asked for where a chat does not count them', {}, 'chat_completions', 1, 1],
    ['those that a chat counts', { webSearches: 3 }, 'chat_completions', 1, 3],
    ['none that was not asked for', {}, 'chat_completions', undefined, undefined],
    ['none that a dialect would have counted', {}, 'openai_responses', 1, undefined],
  ])('holds of searches %s', (_, counted, dialect, webSearches, charged) => {
    const reserved = { inputTokens: 40, outputTokens: 70, ...(webSearches !== undefined && { webSearches }) };
    const usage = counts({ input: 9, output: 5, ...counted });
    for (const usageFinal of [true, false]) {
      const { tokens, estimated: guessed } = chargeOf(asked({ dialect, reserved }), known(SEEN, { usage, usageFinal }));
      expect([guessed, tokens]).toStrictEqual([
        !usageFinal,
        { ...usage, ...(charged !== undefined && { webSearches: charged }) },
      ]);
    }
  });

  it.each<[string, AskedWork, Known, boolean]>([
    ['words without a usage', asked(), known(SEEN), true],
    ['words beside a usage that was not the last', asked(), known(SEEN, said(2)), true],
    ['words where no output was counted', asked(), known(SEEN, { ...said(0), usageFinal: true }), true],
    ['words beside the last usage', asked(), known(SEEN, { ...said(2), usageFinal: true }), false],
    ['no words', asked(), known(''), false],
    ['vectors', asked({ dialect: 'embeddings' }), known(SEEN), false],
  ])('says of %s whether they will be counted', (_, work, came, counted) => {
    expect(countsWords(work, came)).toBe(counted);
  });

  it.each<[string, Partial<TokenCounts>, Partial<AskedWork>, boolean]>([
    ['more input than sixteen times the context', { input: 16_001 }, {}, false],
    ['as much', { input: 16_000, output: 1 }, {}, true],
    ['cached input beyond it', { input: 1, cacheRead: 16_000 }, {}, false],
    ['more output than sixteen times the most', { input: 1, output: 1_601 }, {}, false],
    ['as much in sum over all choices', { input: 1, output: 3_200 }, { choices: 2 }, true],
    ['audio beyond it', { input: 1, output: 1, outputAudio: 1_600 }, {}, false],
    ['what no model can', { input: 9e15, output: 1 }, { model: { capabilities: {} } as CatalogModel }, false],
    ['more searches than an answer can make', { input: 1, webSearches: 10_001 }, {}, false],
    ['as many', { input: 1, output: 1, webSearches: 10_000 }, {}, true],
    ['more searches of files', { input: 1, output: 1, fileSearches: 10_001 }, {}, false],
    ['more containers', { input: 1, output: 1, codeContainers: 10_001 }, {}, false],
    ['more tools in sum', { input: 1, output: 1, webSearches: 4e3, fileSearches: 4e3, codeContainers: 4e3 }, {}, false],
    ['as many pictures as can be', { input: 1, output: 1, imageOutput: 4_194_304 }, {}, true],
    ['more pictures', { input: 1, output: 1, imageOutput: 4_194_305 }, {}, false],
    ['more that was drawn upon', { input: 1, output: 1, imageInput: 4_194_305 }, {}, false],
    ['more that was to be drawn', { input: 1, output: 1, imageText: 4_194_305 }, {}, false],
    ['what some model may', { input: 4e6, output: 4e6 }, { model: { capabilities: {} } as CatalogModel }, true],
  ])('takes %s for a count: %p of %p', (_, usage, work, isCount) => {
    const charge = chargeOf(asked(work), known(SEEN, { usage: counts(usage), usageFinal: true, whole: true }));

    expect(charge).toEqual(
      isCount
        ? { estimated: false, tokens: counts(usage) }
        : { estimated: true, tokens: counts({ input: 40, output: 3 }) },
    );
  });
});

describe('the words of an answer', () => {
  const final = { usageFinal: true, whole: true };

  it.each<[string, Partial<AskedWork>, Known, boolean]>([
    ['where nothing was said', {}, known(SEEN), true],
    ['where the last word did not come', {}, known(SEEN, said(50)), true],
    ['where it leaves out the output', {}, known(SEEN, { ...said(0), ...final }), true],
    ['where it cannot be true', {}, known(SEEN, { usage: counts({ input: 9e15 }), ...final }), true],
    ['not where it came', {}, known(SEEN, { ...said(50), ...final }), false],
    ['not where there are none', {}, known(''), false],
    ['not where they are vectors', { dialect: 'embeddings' }, known(SEEN), false],
  ])('are counted %s', (_, work, came, counted) => {
    expect(countsWords(asked(work), came)).toBe(counted);
  });
});
