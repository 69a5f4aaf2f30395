import { media, turn } from '../conversation.js';
import { readPrompt } from './prompt-reading.js';
import { writeAnswer } from './words.js';

const answer = (content: string, variant = 0): string => writeAnswer(readPrompt([turn('user', [content])]), variant);

it.each([
  ['repeat: XYZ', 'XYZ'],
  ['Reply with exactly: a b\nc', 'a b\nc'],
  ['You are a test. Reply with exactly: n-17', 'n-17'],
  ['Please answer with exactly: {"a":1}', '{"a":1}'],
  ['Reply with only the word PONG.', 'PONG'],
])('answers %j with exactly %j', (question, exact) => {
  expect(answer(question)).toBe(exact);
  expect(answer(question, 3)).toBe(exact);
});

it('echoes long text whole', () => {
  const long = 'abc '.repeat(20_000).trim();
  expect(answer(`repeat: ${long}`)).toBe(long);
});

it('writes different text for different prompts and the same for the same', () => {
  const prompts = Array.from({ length: 200 }, (_, index) => `Tell me about subject ${index}`);
  const texts = prompts.map(prompt => answer(prompt));
  expect(new Set(texts).size).toBe(200);
  expect(prompts.map(prompt => answer(prompt))).toEqual(texts);
});

it('writes as many variants as n may ask for, also in one sentence or two', () => {
  for (const question of ['Tell me about moss', 'What is moss?']) {
    const texts = Array.from({ length: 64 }, (_, variant) => answer(question, variant));
    expect(new Set(texts).size).toBe(64);
  }
});

it('mentions an id that stands in the question', () => {
  expect(answer('Why did order A-7781 arrive late?')).toContain('A-7781');
});

it('says that it does not look inside attachments', () => {
  const reading = readPrompt([turn('user', ['What is this?', media('image')])]);
  expect(writeAnswer(reading, 0)).toContain('1 attachment');
});

it.each(['', ' ', '\n'.repeat(100_000), `hi${' '.repeat(50_000)}x`, '"'.repeat(50_000), '1+1' + ' '.repeat(50_000)])(
  'answers an odd prompt in no time: %.20j',
  question => {
    expect(answer(question)).not.toBe('');
  },
);
