import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { readChat } from '../dialects/chat-reader.js';
import { countPromptTokens } from './prompt-tokens.js';
import * as sandbox from './tokenizer.js';

const SAMPLES = [
  '',
  'Hello, world!',
  'Zürich – naïve café, 日本語のテキスト 🎉👩‍👩‍👧',
  'const answer = (a: number) => a ** 2; // 12345678\r\n\t\tdone',
  '<|endoftext|> is what the user typed <|im_start|>',
  'word '.repeat(20_000),
];

it.each(SAMPLES)('counts what the reference counts: %.40s', async text => {
  expect(await sandbox.countTokens(text)).toBe(countTokens(text, { disallowedSpecial: new Set() }));
});

it.each(SAMPLES)('splits into pieces that join to the same text: %.40s', async text => {
  const pieces = await sandbox.tokenPieces(text);
  expect(pieces.map(piece => piece.text).join('')).toBe(text);
  expect(pieces.reduce((sum, piece) => sum + piece.tokens, 0)).toBe(await sandbox.countTokens(text));
  expect(pieces.every(piece => piece.tokens >= 1 && piece.text !== '')).toBe(true);
});

it('replaces lone surrogates instead of failing', async () => {
  const pieces = await sandbox.tokenPieces('a\uD800b');
  expect(pieces.map(piece => piece.text).join('')).toBe('a\uFFFDb');
});

// A tokenizer that is quadratic in the length of a run needs minutes for this one.
it('counts a long unbroken run before the test is given up', async () => {
  const run = Array.from({ length: 100_000 }, (_, index) =>
    String.fromCharCode(0x4e00 + ((index * 7919) % 20_000)),
  ).join('');
  expect(await sandbox.countTokens(run)).toBeGreaterThan(50_000);
});

it('estimates the part of a prompt beyond 256 KiB from the part before', async () => {
  const prompt = (text: string) => readChat({ messages: [{ role: 'user', content: text }] });
  const short = await countPromptTokens(prompt('to be or not '.repeat(10_000)));
  const long = await countPromptTokens(prompt('to be or not '.repeat(100_000)));
  expect(long / short).toBeCloseTo(10, 1);
});
