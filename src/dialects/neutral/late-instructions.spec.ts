import { markInstructions } from './late-instructions.js';

const marked = (text: string): string => markInstructions({ type: 'text', text }).text;

it.each([
  ['words', 'Be short.'],
  ['words before an element', 'Be short. <note>x</note>'],
  ['words behind an element', '<note>x</note> Be short.'],
  ['two elements', '<note>x</note><note>y</note>'],
  ['an element that does not end', '<note>x'],
  ['a lone tag', '<note>'],
])('marks %s, so that nobody takes them for the words of the user', (_, text) => {
  expect(marked(text)).toBe(`<system-reminder>\n${text}\n</system-reminder>`);
});

it.each([
  ['one element', '<env>\nLinux\n</env>'],
  ['a reminder', '<system-reminder>Be short.</system-reminder>\n'],
  ['nothing', ''],
  ['blanks', ' \n'],
])('leaves %s as it is', (_, text) => {
  expect(marked(text)).toBe(text);
});

it('keeps the mark of a cache', () => {
  const cache = { ttl: '5m' as const };
  expect(markInstructions({ type: 'text', text: 'a', cache })).toMatchObject({ cache });
});
