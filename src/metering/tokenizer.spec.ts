import { estimateTokens, loadTokenizer } from './tokenizer.js';

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

  it('judges a long text by all of its parts', () => {
    const half = 200_000;
    const mixed = estimateTokens(ENGLISH.repeat(half / ENGLISH.length) + '漢'.repeat(half));
    const english = estimateTokens(ENGLISH.repeat(half / ENGLISH.length));
    const chinese = estimateTokens('漢'.repeat(half));

    expect(Math.abs(mixed / (english + chinese) - 1)).toBeLessThan(0.1);
  });

  // Uncut, the merge of some of these takes twenty seconds.
  it.each([
    ['one letter', 'a'],
    ['spaces', ' '],
    ['line feeds', '\n'],
    ['tabs and spaces', '\t '],
    ['ideographs', '漢字仮名'],
    ['Thai', 'ก'],
    ['emoji', '😀'],
    ['combining marks', 'a\u0301'],
    ['lone surrogates', '\ud800'],
    ['U+0000', '\0'],
    ['punctuation', '!?'],
  ])('counts a megabyte of %s before the test is given up', (_, unit) => {
    const text = unit.repeat(1_000_000 / unit.length);
    expect(estimateTokens(text)).toBeGreaterThan(1_000);
  });
});
