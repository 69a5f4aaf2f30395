import { csvLine } from './csv.js';

describe('a line of CSV', () => {
  it.each([
    [['a', 1, undefined], 'a,1,\r\n'],
    [['a,b', 'c'], '"a,b",c\r\n'],
    [['say "so"'], '"say ""so"""\r\n'],
    [['two\r\nlines', 'one'], '"two\r\nlines",one\r\n'],
    [['ä🙂', ' '], 'ä🙂, \r\n'],
  ])('of %j', (values, line) => {
    expect(csvLine(values)).toBe(line);
  });
});
