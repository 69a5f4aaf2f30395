import { parseFaults } from './fault-directives.js';

describe('parseFaults', () => {
  it('plans nothing for an absent or empty header', () => {
    expect(parseFaults(undefined)).toEqual({ headers: [] });
    expect(parseFaults(' ; ,')).toEqual({ headers: [] });
  });

  it('reads directives between commas and semicolons, with quoted values whole', () => {
    expect(parseFaults('status=429;message="a, b; c" , retry-after=3;no-finish')).toEqual({
      headers: [['retry-after', '3']],
      status: 429,
      message: 'a, b; c',
      noFinish: true,
    });
  });

  it('reads pairs and defaults', () => {
    expect(parseFaults('silence=500@3; drip=1/100; gzip=corrupt; truncate')).toEqual({
      headers: [],
      silence: { ms: 500, after: 3 },
      drip: { bytes: 1, ms: 100 },
      badGzip: true,
      truncate: 'json',
    });
  });

  it.each([
    ['explode', 'explode'],
    ['status', 'status'],
    ['status=abc', 'status'],
    ['status=200', 'status'],
    ['hang=1', 'hang'],
    ['silence=5', 'silence'],
    ['drip=1/0', 'drip'],
    ['gzip=odd', 'gzip'],
    ['usage=odd', 'usage'],
    ['cut=1; cut=2', 'cut'],
    ['header="no colon"', 'header'],
    ['message="unclosed', 'message'],
    ['__proto__=1', '__proto__'],
    ['constructor', 'constructor'],
  ])('refuses %s and names it', (text, name) => {
    expect(() => parseFaults(text)).toThrow(name);
  });
});
