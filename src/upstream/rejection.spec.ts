import { KnownSecrets } from '../platform/known-secrets.js';
import { rejectionMessage, scrubbed } from './rejection.js';

const BEGIN = 'ai gateway upstream model rejected the request: ';
const ORIGIN = 'https://provider.example:8443';
const message = (detail: string | null, secrets: string[] = [], origin: string | null = ORIGIN) =>
  rejectionMessage(detail, { origin, secrets: secrets.map(secret => new KnownSecrets([secret])) });
const LEAF = '🌿';

describe('a caller’s sentence about a request that was refused', () => {
  it.each<[string, string | null, string]>([
    ['the provider’s own', 'n: too many', `${BEGIN}n: too many`],
    ['without our address', `at ${ORIGIN}/v1`, `${BEGIN}at [redacted]/v1`],
    ['without our host', 'at provider.example:8443', `${BEGIN}at [redacted]`],
    ['without a key', 'key sk-test-abcdef', `${BEGIN}key [redacted]`],
    ['without each of our secrets', 'first-secret and other-secret', `${BEGIN}[redacted] and [redacted]`],
    ['ours where there is none', null, 'ai gateway upstream model rejected the request as invalid'],
    ['ours where there is a page', 'x <HTML>', 'ai gateway upstream model rejected the request as invalid'],
    ['all of 16 KiB', 'x'.repeat(16_384), `${BEGIN}${'x'.repeat(16_384)}`],
    ['cut behind 16 KiB', 'x'.repeat(16_385), `${BEGIN}${'x'.repeat(16_384)}…`],
    ['cut at a character’s end', `x${LEAF.repeat(8_192)}`, `${BEGIN}x${LEAF.repeat(8_191)}…`],
  ])('is %s', (_, detail, sentence) => {
    expect(message(detail, ['first-secret', 'other-secret'])).toBe(sentence);
  });

  it('keeps an address where none is ours', () => {
    expect(message(`at ${ORIGIN}`, [], null)).toBe(`${BEGIN}at ${ORIGIN}`);
  });

  it('holds no secret that a cut has shortened, nor one in what a cut takes away', () => {
    const secret = 'a-secret-of-ours-0123456789';
    const text = message(`${'x '.repeat(16_384 - 7)}${secret}`, [secret]);
    expect(text).not.toContain('a-secret');
    expect(message(`${'x '.repeat(8_192 - 7)}${secret}`, [secret])).not.toContain('a-secret');
  });
});

describe('an operator’s sentence about an upstream', () => {
  it.each<[string, string, string | null]>([
    ['the provider’s own, on one line', 'no\r\n such\tkey\u0000 here', 'no such key here'],
    ['without the secret and the address', `test-secret at ${ORIGIN}`, '[redacted] at [redacted]'],
    ['none where there is a page', '<!doctype html>', null],
    ['all of 300 characters', 'x'.repeat(300), 'x'.repeat(300)],
    ['cut behind them', 'x'.repeat(301), `${'x'.repeat(300)}…`],
    ['cut at a character’s end', `x${LEAF.repeat(150)}`, `x${LEAF.repeat(149)}…`],
  ])('is %s', (_, detail, sentence) => {
    expect(scrubbed(detail, ORIGIN, ['test-secret'])).toBe(sentence);
  });
});
