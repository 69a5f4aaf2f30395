import { readSignature, writeSignature } from './reasoning-signature.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('the signatures of a thoughtSignature', () => {
  it.each([
    ['c2VhbA=='],
    ['CiQB_url-safe'],
    ['not base64 at all!'],
    [base64('bough')],
    [base64('bough.unknown.x')],
    [base64('bough.gemini.x')],
  ])("hands on Gemini's own byte for byte: %s", value => {
    const signature = readSignature(value);

    expect(signature).toEqual({ opaque: { origin: 'gemini', value }, redacted: false });
    expect(writeSignature(signature.opaque)).toBe(value);
  });

  it.each([
    [{ origin: 'anthropic', value: 'EqQB+/=' } as const],
    [{ origin: 'openai', value: '{"a":"ü"}' } as const],
    [{ origin: 'other', value: '' } as const],
  ])("writes another vendor's as base64 that finds its way back: %j", opaque => {
    for (const redacted of [false, true]) {
      const written = writeSignature(opaque, redacted);

      expect(written).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
      expect(readSignature(written)).toEqual({ opaque, redacted });
      // SDKs decode the bytes and may encode them in the other alphabet.
      expect(readSignature(Buffer.from(written, 'base64').toString('base64url'))).toEqual({ opaque, redacted });
    }
  });
});
