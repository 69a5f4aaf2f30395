import * as vocabulary from 'gpt-tokenizer/encoding/o200k_base';
import { countTextTokens, estimateTokens, loadTokenizer } from './tokenizer.js';

jest.mock('gpt-tokenizer/encoding/o200k_base', () => {
  const real = jest.requireActual<typeof vocabulary>('gpt-tokenizer/encoding/o200k_base');
  return { ...real, countTokens: jest.fn(real.countTokens) };
});

const LINE = 'The quick brown fox jumps over the lazy dog.\n';
const ENGLISH = 'The quick brown fox jumps over the lazy dog. ';

describe('before the vocabulary is loaded', () => {
  it('guesses from the length', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('abcdefgh')).toBe(2);
    expect(estimateTokens('漢字')).toBe(2);
  });
});

describe('with the vocabulary', () => {
  beforeAll(() => loadTokenizer());

  // Counts of o200k_base.
  it.each([
    ['', 0],
    ['Hello, world!', 4],
    [ENGLISH, 11],
    ['function add(a: number, b: number) { return a + b; }', 17],
    ['漢字仮名交じり文', 9],
  ])('counts %j exactly', (text, tokens) => {
    expect(estimateTokens(text)).toBe(tokens);
  });

  it('counts special tokens as the text that they are', () => {
    expect(estimateTokens('<|endoftext|><|im_start|>')).toBeGreaterThan(4);
  });

  it('extrapolates a long text to within two in a hundred', () => {
    const once = estimateTokens(ENGLISH.repeat(1_000));
    const hundredTimes = estimateTokens(ENGLISH.repeat(100_000));

    expect(Math.abs(hundredTimes / (once * 100) - 1)).toBeLessThan(0.02);
  });

  it('looks at sixteen stretches of a long text, from its first to its last character', () => {
    const counting = vocabulary.countTokens as jest.Mock<number, [string]>;
    // One character of three bytes: as many characters as 16 KiB of such a text have, a sixteenth in each stretch.
    const text = `€${Array.from({ length: 10_000 }, (_, index) => `word${index}`).join(' ')}`;
    const size = Math.floor((text.length * 16_384) / (text.length + 2) / 16);
    const stretches = Array.from({ length: 16 }, (_, index) => {
      const from = Math.round((index * (text.length - size)) / 15);
      return text.slice(from, from + size);
    });
    counting.mockClear();
    const tokens = estimateTokens(text);
    expect(counting.mock.calls.map(([part]) => part).join('')).toBe(stretches.join(''));
    const counted = stretches.reduce((sum, part) => sum + estimateTokens(part), 0);
    expect([size, tokens]).toEqual([1_023, Math.ceil((counted * text.length) / (16 * size))]);
  });

  it('judges a long text by all of its parts', () => {
    const half = 200_000;
    const mixed = estimateTokens(ENGLISH.repeat(half / ENGLISH.length) + '漢'.repeat(half));
    const english = estimateTokens(ENGLISH.repeat(half / ENGLISH.length));
    const chinese = estimateTokens('漢'.repeat(half));

    expect(Math.abs(mixed / (english + chinese) - 1)).toBeLessThan(0.1);
  });

  it('counts the texts of a request together, wherever they are cut', () => {
    expect(countTextTokens([])).toBe(0);
    expect(countTextTokens(['', ENGLISH, '', 'Hello, world!'])).toBe(11 + 4);
    const whole = countTextTokens([LINE.repeat(20_000)]);
    for (const texts of [
      Array.from({ length: 20_000 }, () => LINE),
      [LINE.repeat(19_000), ...Array.from({ length: 1_000 }, () => LINE)],
      [LINE.repeat(100), '', LINE.repeat(19_900)],
    ]) {
      expect(Math.abs(countTextTokens(texts) / whole - 1)).toBeLessThan(0.05);
    }
  });

  it('says of a mixed request about what all of it would count', () => {
    const texts = [
      '漢字仮名交じり文'.repeat(10_000),
      ENGLISH.repeat(10_000),
      '😀'.repeat(50_000),
      '1234 '.repeat(40_000),
    ];
    const each = texts.reduce((sum, text) => sum + countTextTokens([text]), 0);

    expect(Math.abs(countTextTokens(texts) / each - 1)).toBeLessThan(0.1);
  });

  describe.each<[string, string]>([
    ['one letter', 'a'],
    ['spaces', ' '],
    ['line feeds', '\n'],
    ['tabs and spaces', '\t '],
    ['words', 'many words '],
    ['ideographs', '漢字仮名'],
    ['Thai', 'ก'],
    ['emoji', '😀'],
    ['joined emoji', '👩‍👩‍👧‍👦'],
    ['combining marks', 'a\u0301'],
    ['lone surrogates', '\ud800'],
    ['U+0000', '\0'],
    ['punctuation', '!?'],
    ['a run as long as it may be', `${'x'.repeat(63)} `],
  ])('looks at %s', (_, unit) => {
    const counting = vocabulary.countTokens as jest.Mock<number, [string]>;
    const seen = (texts: string[], count: (texts: string[]) => number) => {
      counting.mockClear();
      expect(count(texts)).toBeGreaterThan(0);
      const parts = counting.mock.calls.map(([text]) => text);
      const longest = parts.flatMap(text => text.match(/\S+|\s+/g) ?? []).map(({ length }) => length);
      return { bytes: Buffer.byteLength(parts.join('')), parts: parts.length, longest: Math.max(...longest) };
    };
    const sizes = [65_536, 262_144, 1_048_576, 4_194_304];

    it.each(sizes)('no longer in %i characters than in few, in runs that are short', size => {
      const text = unit.repeat(size / unit.length);

      const one = seen([text], ([only = '']) => estimateTokens(only));
      const request = seen([text], countTextTokens);
      const inPieces = seen(text.match(/.{1,1000}/gsu) ?? [], countTextTokens);

      expect(one.bytes).toBeLessThanOrEqual(17_000);
      for (const { bytes, parts, longest } of [request, inPieces]) {
        expect(bytes).toBeLessThanOrEqual(66_000);
        expect(parts).toBeLessThanOrEqual(5_000);
        expect(longest).toBeLessThanOrEqual(65);
      }
    });
  });
});
