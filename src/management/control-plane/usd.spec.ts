import { usdToNano } from '../../config/app-config.js';
import { nanoToUsd } from './usd.js';

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
