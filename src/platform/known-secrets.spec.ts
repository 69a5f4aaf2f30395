import { KnownSecrets } from './known-secrets.js';

const SECRET = 'sk-live/0123+456789=abcdefghijk "x"';
const secrets = new KnownSecrets([SECRET, 'second-secret-of-another']);
const b64 = (before: string, behind: string) => Buffer.from(`${before}${SECRET}${behind}`).toString('base64');

const encoded = (sign: string) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;

const WRITTEN: [string, string][] = [
  ['as it is', SECRET],
  ['in JSON', JSON.stringify(SECRET)],
  ['in JSON with escaped slashes', JSON.stringify(SECRET).replaceAll('/', '\\/')],
  ['in an address', encodeURIComponent(SECRET)],
  ['in an address, in lower case', encodeURIComponent(SECRET).replaceAll(/%../g, code => code.toLowerCase())],
  ['in an address, by a strict writer', SECRET.replaceAll(/[^a-z\d]/gi, sign => encoded(sign))],
  [
    'in an address, by a strict writer in lower case',
    SECRET.replaceAll(/[^a-z\d]/gi, sign => encoded(sign).toLowerCase()),
  ],
  ['in hexadecimal digits', Buffer.from(SECRET).toString('hex')],
  ['in capital hexadecimal digits', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ...['', 'u', 'us', 'use', 'user:'].flatMap((before): [string, string][] => [
    [`in base64 behind ${JSON.stringify(before)}`, b64(before, '')],
    [`in base64 between ${JSON.stringify(before)} and more`, b64(before, ', more')],
    [`in base64url behind ${JSON.stringify(before)}`, b64(before, '').replaceAll('+', '-').replaceAll('/', '_')],
  ]),
  ['cut behind its beginning', SECRET.slice(0, 20)],
  ['cut before its end', SECRET.slice(-20)],
  ['with its midst hidden', `${SECRET.slice(0, 14)}…${SECRET.slice(-14)}`],
];

describe('a known secret', () => {
  it.each(WRITTEN)('is taken out %s', (_, written) => {
    const text = secrets.scrub(`the key ${written} is wrong, and second-secret-of-another`);

    for (let at = 0; at + 12 <= written.length; at += 1) {
      // What stands before it in base64 is not the secret's.
      const part = written.slice(at, at + 12);
      if (at > 8 && at + 20 < written.length) expect(text).not.toContain(part);
    }
    expect(text).toMatch(/^the key .*\[redacted\].* is wrong, and \[redacted\]$/s);
    expect(secrets.isIn(written)).toBe(true);
  });

  it('is the key of a key file, and not the names in it', () => {
    const key =
      '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n-----END PRIVATE KEY-----\n';
    const file = JSON.stringify({ type: 'service_account', project_id: 'a-project', private_key: key });
    for (const stored of [file, Buffer.from(file).toString('base64')]) {
      const known = new KnownSecrets([stored]);
      expect(known.scrub('service_account of a-project: MIIEvQIBADANBgkqhkiG9w0BAQEFAASC, BKcwggSjAgEAAoIBAQC7')).toBe(
        'service_account of a-project: [redacted], [redacted]',
      );
    }
  });

  it('leaves nothing where two ways to write it begin or end alike, also where it was cut', () => {
    const secret = 'planted.secret/0123+456789';
    const known = new KnownSecrets([secret]);
    for (const written of [secret, encodeURIComponent(secret)]) {
      for (const cut of [0, 1, 5]) {
        expect(known.scrub(`the key ${written.slice(cut)} ends`)).toBe('the key [redacted] ends');
        expect(known.scrub(`the key ${written.slice(0, written.length - cut)} ends`)).toBe('the key [redacted] ends');
      }
    }
  });

  it('that is a word of any sentence hides no sentence', () => {
    expect(new KnownSecrets(['', 'EMPTY', 'ollama', 'x']).scrub('EMPTY ollama x')).toBe('EMPTY ollama x');
  });

  it('is taken out of bytes that speak of an error, and other bytes stay the same object', () => {
    const plain = Buffer.from('{"text":"é second-secret-of-another"}');
    expect(secrets.scrubAnswer(plain)).toBe(plain);
    const clean = Buffer.from('{"error":"é"}');
    expect(secrets.scrubAnswer(clean)).toBe(clean);
    const dirty = Buffer.from('{"error":{"message":"é second-secret-of-another"}}');
    expect(secrets.scrubAnswer(dirty).toString()).toBe('{"error":{"message":"é [redacted]"}}');
  });

  it('is taken out of bytes that write its letters as escapes, and those stay JSON', () => {
    const spelt = (text: string) => [...text].map(letter => `\\u00${letter.charCodeAt(0).toString(16)}`).join('');
    const dirty = `{"error":"\\u0022 \\\\u0041 ${spelt('second-secret')}-of-${spelt('another')}"}`;
    const scrubbed = secrets.scrubAnswer(Buffer.from(dirty)).toString();
    expect(JSON.parse(scrubbed)).toEqual({ error: '" \\u0041 [redacted]' });
  });

  it('is taken out of an answer in pieces, wherever it is cut, and the rest passes as it came', () => {
    const through = (text: string, cut: number, known: KnownSecrets) => {
      const pieces = known.pieces();
      const bytes = Buffer.from(text);
      const sent = [pieces.push(bytes.subarray(0, cut)), pieces.push(bytes.subarray(cut)), pieces.end()];
      return Buffer.concat(sent).toString();
    };
    const text = `{"error":{"message":"é second-secret-of-another"},"x":"${'z'.repeat(200)}"}`;
    const secret = 'second-secret-of-another';
    const clean = text.replace(secret, 'nothing of it');
    for (let cut = 0; cut <= text.length; cut += 1) {
      const told = through(text, cut, secrets);
      expect(told).toContain('[redacted]');
      for (let at = 0; at + 12 <= secret.length; at += 1) expect(told).not.toContain(secret.slice(at, at + 12));
      expect(through(text, cut, KnownSecrets.NONE)).toBe(text);
      expect(through(clean, cut, secrets)).toBe(clean);
    }
  });
});
