import { shortenTexts } from './shorten.js';

const parsed = (body: Buffer): unknown => JSON.parse(body.toString('utf8'));

describe('shortenTexts', () => {
  it.each(['x', 'é', '😀', '\\n', '\\"', '\\\\', '\\u00e9', '\\ud83d\\ude00'])(
    'cuts a string of %s at every length to JSON with the same beginning and the same rest',
    piece => {
      for (let before = 0; before < 12; before++) {
        const text = 'y'.repeat(before) + piece.repeat(100);
        const body = Buffer.from(`{"a":["${text}",1],"b":{"${text}":"c"},"d":"${text}"}`);
        const short = shortenTexts(body, 32);

        expect(short.length).toBeLessThan(200);
        const { a, b, d } = parsed(short) as { a: [string, number]; b: object; d: string };
        const whole = (parsed(body) as { d: string }).d;
        expect(d.length).toBeGreaterThanOrEqual(5);
        expect(whole.startsWith(d)).toBe(true);
        expect([a[0], a[1], Object.entries(b)]).toEqual([d, 1, [[d, 'c']]]);
      }
    },
  );

  it('leaves a body without long strings as it is', () => {
    const body = Buffer.from('{"a":"0123456789"}');

    expect(shortenTexts(body, 10)).toBe(body);
  });
});
