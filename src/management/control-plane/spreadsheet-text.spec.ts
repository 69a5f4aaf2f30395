import { spreadsheetText } from './spreadsheet-text.js';

describe('a text for a spreadsheet', () => {
  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])('is no formula: %j', text => {
    expect(spreadsheetText(text)).toBe(`'${text}`);
  });

  it.each(['', 'a=b', '7', 'PUT /admin/limits', "'=1"])('stays as it is: %j', text => {
    expect(spreadsheetText(text)).toBe(text);
  });
});
