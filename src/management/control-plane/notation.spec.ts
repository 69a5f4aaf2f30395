import { usdToNano } from '../../config/app-config.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { csvLine, spreadsheetText } from './notation.js';

describe('nano-dollars as a decimal text', () => {
  it.each([
    [0n, '0'],
    [1n, '0.000000001'],
    [1_500_000n, '0.0015'],
    [20_000_000_000n, '20'],
    [999_999_999_999_999_999n, '999999999.999999999'],
  ])('are exact: %s', (nano, text) => {
    expect(nanoToUsd(nano)).toBe(text);
    expect(usdToNano(text)).toBe(nano);
  });

  it.each([
    [-1n, '-0.000000001'],
    [-1_500_000n, '-0.0015'],
    [-20_000_000_000n, '-20'],
  ])('may be owed: %s', (nano, text) => {
    expect(nanoToUsd(nano)).toBe(text);
  });
});

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

describe('a text for a spreadsheet', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])('is no formula: %j', text => {
    expect(spreadsheetText(text)).toBe(`'${text}`);
  });

  it.each(['', 'a=b', '7', 'PUT /admin/limits', "'=1"])('stays as it is: %j', text => {
    expect(spreadsheetText(text)).toBe(text);
  });
});
