import { JsonSyntaxError, scanObject, StructureError } from './scan.js';

const WATCHED: ReadonlySet<string> = new Set(['model', 'stream', 'max_tokens', 'n']);

const scan = (body: string | Buffer) => scanObject(Buffer.from(body as string), WATCHED);

function failure(body: string | Buffer): JsonSyntaxError {
  try {
    scan(body);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

function accepts(body: string): boolean {
  try {
    scan(body);
    return true;
  } catch {
    return false;
  }
}

const nested = (levels: number): string => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

describe('scanObject', () => {
  it('finds the watched keys of the top level, and only those', () => {
    const body = Buffer.from('{ "messages": [{"model":"inner"}], "model" : "outer", "n":2, "stream":null, "other":1 }');

    const { fields } = scanObject(body, WATCHED);

    const values = [...fields].map(([name, { start, end, kind }]) => [name, body.toString('utf8', start, end), kind]);
    expect(values).toEqual([
      ['model', '"outer"', 'string'],
      ['n', '2', 'number'],
      ['stream', 'null', 'null'],
    ]);
  });

  it.each([
    ['{"model":{"a":[1]}}', '{"a":[1]}', 'object'],
    ['{"model":[ ]}', '[ ]', 'array'],
    ['{"model":true }', 'true', 'true'],
    ['{"model":-1.5e+3}', '-1.5e+3', 'number'],
  ])('gives the exact range of the value in %s', (body, value, kind) => {
    const field = scan(body).fields.get('model');

    expect(field?.kind).toBe(kind);
    expect(body.slice(field?.start, field?.end)).toBe(value);
  });

  it.each([
    ['a byte order mark', '\ufeff{}', 'a byte order mark was found at byte 0'],
    ['text behind the object', '{} {}', 'more text follows the object at byte 3'],
    ['a truncated object', '{"a":1', 'the text ends before the object is closed at byte 6'],
    ['a truncated string', '{"a":"b', 'the text ends inside a string at byte 7'],
    ['a truncated escape', '{"a":"\\', 'the text ends inside a string at byte 7'],
    ['a truncated unicode escape', '{"a":"\\u00', 'the text ends inside a string at byte 10'],
    ['a truncated number', '{"a":-', 'the text ends inside a number at byte 6'],
    ['a truncated literal', '{"a":tru', 'the text ends inside a literal at byte 8'],
    ['NaN', '{"a":NaN}', 'NaN and Infinity are not JSON at byte 5'],
    ['-Infinity', '{"a":-Infinity}', 'a digit was expected in a number at byte 6'],
    ['a trailing comma in an object', '{"a":1,}', 'a comma without a value after it at byte 7'],
    ['a trailing comma in an array', '{"a":[1,]}', 'a comma without a value after it at byte 8'],
    ['a comment', '{"a":1 /* b */}', 'comments are not allowed at byte 7'],
    ['a comment before a value', '{"a":// b\n1}', 'comments are not allowed at byte 5'],
    ['single quotes', "{'a':1}", 'strings need double quotes at byte 1'],
    ['a bare key', '{a:1}', 'a key in double quotes was expected at byte 1'],
    ['a bare key that starts like NaN', '{Name:1}', 'a key in double quotes was expected at byte 1'],
    ['a missing colon', '{"a" 1}', 'a colon was expected at byte 5'],
    ['a missing comma', '{"a":1 "b":2}', 'a comma or } was expected at byte 7'],
    ['a bracket that closes a brace', '{"a":[1}', 'a comma or ] was expected at byte 7'],
    ['a leading zero', '{"a":012}', 'a number starts with a superfluous zero at byte 5'],
    ['a bare fraction', '{"a":1.}', 'a digit was expected in a number at byte 7'],
    ['a wrong word', '{"a":nul}', 'only true, false and null are words in JSON; another was found at byte 5'],
    ['an unknown escape', '{"a":"\\x41"}', 'a string holds an escape that JSON does not know at byte 6'],
    ['a broken unicode escape', '{"a":"\\u12g4"}', '\\u must be followed by four hexadecimal digits at byte 10'],
    ['a raw line break', '{"a":"b\nc"}', 'a control character inside a string must be escaped at byte 7'],
  ])('refuses %s and says so', (_, body, problem) => {
    expect(failure(body).message).toBe(`the request body is not a valid JSON object: ${problem}`);
  });

  it.each([
    ['an empty body', '', 'nothing'],
    ['whitespace', ' \n ', 'nothing'],
    ['an array', '[{}]', 'an array'],
    ['a string', ' "{}"', 'a string'],
    ['a number', ' 12', 'a number'],
    ['a literal', 'null', 'null'],
  ])('refuses %s as no object, and does not call it bad JSON', (_, body, found) => {
    expect(failure(body).message).toBe(`the request body must be a JSON object, but ${found} was found`);
  });

  it('refuses every raw control character in a short string, and no other character', () => {
    for (let code = 0; code < 0x80; code++) {
      const body = `{"a":"${String.fromCharCode(code)}"}`;
      const accepted = code >= 0x20 && code !== 0x22 && code !== 0x5c;

      expect([code, accepts(body)]).toEqual([code, accepted]);
    }
  });

  it('never repeats the body in its message', () => {
    const bodies = ['{"secret":hunter2}', '{"secret" "hunter2"}', '{"secret":"\\hunter2"}', '{"secret":1}hunter2'];

    for (const body of bodies) expect(failure(body).message).not.toMatch(/secret|hunter2/);
  });

  describe('watched keys', () => {
    it.each([
      ['twice', '{"model":"a","x":1,"model":"b"}', 'the key "model" appears twice at byte 19'],
      ['with an escape', '{"mod\\u0065l":"a"}', 'the key "model" must be written without escapes at byte 1'],
      [
        'fully escaped',
        '{"\\u006d\\u006f\\u0064\\u0065\\u006c":"a"}',
        'the key "model" must be written without escapes',
      ],
      [
        'in capitals',
        '{"model":"a","MODEL":"b"}',
        'the key "model" must be written in exactly this letter case at byte 13',
      ],
      ['with one capital', '{"Model":"a"}', 'the key "model" must be written in exactly this letter case at byte 1'],
      ['in capitals and escaped', '{"\\u004dODEL":"a"}', 'the key "model" must be written in exactly this letter case'],
      ['with a long s, which some parsers fold', '{"ſtream":true}', 'the key "stream" must be written in exactly this'],
      [
        'with a Kelvin sign',
        '{"max_to\u212aens":1}',
        'the key "max_tokens" must be written in exactly this letter case',
      ],
    ])('are refused when written %s', (_, body, problem) => {
      expect(failure(body).message).toContain(problem);
    });

    it('may differ in case or repeat anywhere but at the top level', () => {
      const body = '{"tools":[{"model":1,"Model":2,"mod\\u0065l":3,"model":4}],"model":"m"}';

      expect([...scan(body).fields.keys()]).toEqual(['model']);
    });

    it('leave other keys alone, duplicates included', () => {
      const body = '{"a":1,"a":2,"\\u0061":3,"models":4,"mode":5,"":6,"__proto__":{"polluted":1},"constructor":7}';

      expect(scan(body).fields.size).toBe(0);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    });

    it('are found beside a control character in a long escaped key without a crash', () => {
      expect(failure(`{"\\u0061${'b'.repeat(40)}\u0001":1}`)).toBeInstanceOf(JsonSyntaxError);
      expect(() => scanObject(Buffer.from(`{"\\u0061${'b'.repeat(150)}\u0001":1}`), new Set(['x'.repeat(40)]))).toThrow(
        JsonSyntaxError,
      );
    });
  });

  describe('what a body may hold', () => {
    it('is 250,000 values, whatever they are and wherever they stand', () => {
      for (const value of ['0', '"\\n"', '{}', '[]', '{"a":0}']) {
        expect(() => scan(`{"a":[${`${value},`.repeat(250_000)}0]}`)).toThrow(
          new StructureError('holds more than 250000 values'),
        );
      }
      expect(scan(`{"a":[${'0,'.repeat(249_996)}0],"model":1}`).fields.size).toBe(1);
    });

    it('is 10,000 keys at its top level, whichever way they are written', () => {
      const keys = (count: number) => `{${Array.from({ length: count }, (_, at) => `"\\u006b${at}":0`).join(',')}}`;

      expect(scan(keys(10_000)).fields.size).toBe(0);
      expect(() => scan(keys(10_001))).toThrow(new StructureError('has more than 10000 keys at its top level'));
    });
  });

  describe('depth', () => {
    it('accepts 128 levels and refuses 129', () => {
      expect(scan(nested(128)).fields.size).toBe(0);
      expect(failure(nested(129)).message).toContain('nested deeper than 128 levels at byte 132');
    });

    it.each([1_000, 1_000_000])('refuses %i levels without exhausting the stack', levels => {
      expect(failure(nested(levels)).message).toContain('nested deeper than 128 levels');
      expect(failure('{"a":'.repeat(levels)).message).toContain('nested deeper than 128 levels');
    });
  });

  describe('encoding', () => {
    it.each([
      ['an overlong sequence', [0xc0, 0xaf], 6],
      ['a lone continuation byte', [0x80], 6],
      ['a truncated sequence', [0xe2, 0x82], 6],
      ['an encoded surrogate', [0xed, 0xa0, 0x80], 6],
      ['a byte that UTF-8 never holds', [0x41, 0xff], 7],
    ])('refuses %s and names its first byte', (_, bytes, offset) => {
      const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);

      expect(failure(body).message).toContain('bytes that are not UTF-8 were found');
      expect(failure(body).offset).toBe(offset);
    });

    it('names the first invalid byte wherever it stands among characters of every length', () => {
      const characters = Array.from({ length: 200 }, (_, index) => ['a', 'é', '€', '😀'][index % 4]);
      for (let count = 0; count <= characters.length; count++) {
        const before = Buffer.from(`{"a":"${characters.slice(0, count).join('')}`);
        const after = Buffer.from(`${characters.slice(count).join('')}"}`);

        expect(failure(Buffer.concat([before, Buffer.from([0xff]), after])).offset).toBe(before.length);
      }
    });

    it('accepts lone surrogates, NUL and line separators when JSON.parse does', () => {
      expect(scan('{"model":"\\ud800 \\u0000 \u2028 \u2029 \u007f"}').fields.size).toBe(1);
    });
  });

  describe('long strings', () => {
    const long = 'x'.repeat(300_000);

    it.each([
      ['an escaped quote far inside', `${long}\\"${long}`],
      ['a backslash before the end', `${long}\\\\`],
      ['escapes across the block borders', `${'y'.repeat(65_535 - 11)}\\u0041${long}\\n${'z'.repeat(65_534)}\\"`],
      ['multi-byte characters', '😀'.repeat(50_000)],
    ])('end where they end, with %s', (_, content) => {
      const body = Buffer.from(`{"a":"${content}","model":"m"}`);

      const field = scanObject(body, WATCHED).fields.get('model');

      expect(body.toString('utf8', field?.start, field?.end)).toBe('"m"');
    });

    it('end at a quote that no odd number of backslashes precedes, however close together quotes stand', () => {
      for (let gap = 0; gap < 40; gap++) {
        for (let backslashes = 0; backslashes < 8; backslashes++) {
          const content = `${'x'.repeat(200)}${`${'y'.repeat(gap)}\\"`.repeat(3)}${'z'.repeat(gap)}${'\\'.repeat(backslashes)}`;
          const body = `{"a":"${content}","model":"m"${backslashes % 2 === 1 ? '"}' : '}'}`;

          const found = accepts(body) ? scan(body).fields.has('model') : null;
          expect([gap, backslashes, found]).toEqual([gap, backslashes, backslashes % 2 === 1 ? null : true]);
        }
      }
    });

    it('that never end are refused', () => {
      expect(failure(`{"a":"${long}\\"}`).message).toContain('ends inside a string');
      expect(failure(`{"a":"${long}\\"\\"\\`).message).toContain('ends inside a string');
    });

    it('may hold an unknown escape behind their first bytes, as documented', () => {
      expect(scan(`{"a":"${long}\\q\\u12"}`).fields.size).toBe(0);
      expect(failure(`{"a":"${'x'.repeat(100)}\\q${long}"}`).offset).toBe(106);
    });

    it('may hold a raw control character behind their first bytes, as documented', () => {
      expect(scan(`{"a":"${long}\n${long}"}`).fields.size).toBe(0);
      expect(failure(`{"a":"${'x'.repeat(100)}\n${long}"}`).offset).toBe(106);
    });
  });

  describe('estimates', () => {
    const PNG = 'iVBORw0KGgo';

    it.each([
      ['GIF', 'GIF89a', 0],
      ['JPEG', '\xff\xd8\xff\xe0', 0],
      ['WebP', 'RIFF\x00\x00\x00\x00WEBP', 0],
      ['MP3', 'ID3\x04', 0],
      ['MP3 without tags', '\xff\xfb\x90', 0],
      ['AAC', '\xff\xf1\x50', 0],
      ['MP4', '\x00\x00\x00\x20ftypisom', 0],
      ['WebM', '\x1aE\xdf\xa3', 0],
      ['Ogg', 'OggS', 0],
      ['FLAC', 'fLaC', 0],
      ['PDF', '%PDF-1.7', 1],
      ['a zipped office document', 'PK\x03\x04', 1],
    ])('know %s by its first bytes', (_, magic, documents) => {
      const bytes = Buffer.concat([Buffer.from(magic, 'latin1'), Buffer.alloc(4_000, 7)]);
      const base64 = bytes.toString('base64').replace(/=+$/, '');

      expect(scan(JSON.stringify({ data: base64 }))).toMatchObject({
        ...{ blobs: 1, blobBytes: base64.length, documentBytes: documents * base64.length },
      });
    });

    it('count the bytes of keys and values that look like text', () => {
      expect(scan('{"key":"é","b":[1,"\\n"]}')).toMatchObject({ textBytes: 3 + 2 + 1 + 2, blobs: 0 });
    });

    it.each([
      ['a short data URL', `data:image/png;base64,${PNG}`, 1],
      ['a data URL with escaped slashes', `data:image\\/png;base64,${PNG}`, 1],
      ['a data URL with a parameter', 'data:application/pdf;charset=utf-8;base64,JVBERi0x', 1],
      ['a long base64 string', PNG + 'QUJD/+'.repeat(1_000), 1],
      ['a long base64url string', `_9j_${'QUJD_-'.repeat(1_000)}`, 1],
      ['base64 with escaped slashes', `\\/9j\\/${'QUJD\\/+'.repeat(1_000)}`, 1],
      ['base64 of what no picture, recording or document begins with', 'QUJD'.repeat(2_000), 0],
      ['a data URL of text', `data:text/plain;base64,${'QUJD'.repeat(2_000)}`, 0],
      ['a data URL of text that says it is a picture', `data:image/png;base64,${'QUJD'.repeat(2_000)}`, 0],
      ['letters of base64 without end', 'a'.repeat(100_000), 0],
      ['a short base64 string', 'QUJD', 0],
      ['long prose', 'many words '.repeat(1_000), 0],
      ['text about data', 'database', 0],
      ['text behind a word that begins a data URL', `data:${'many words '.repeat(1_000)}`, 0],
      ['text behind the whole beginning of a data URL', `data:image/png;base64,${'many words '.repeat(1_000)}`, 0],
      ['text behind a long piece of base64', `${'QUJD'.repeat(1_000)}${' word'.repeat(1_000)}`, 0],
    ])('take %s for what it is', (_, content, blobs) => {
      const bytes = Buffer.byteLength(content);

      expect(scan(`{"data" : "${content}"}`)).toMatchObject(
        blobs === 1 ? { blobs, blobBytes: bytes, textBytes: 4 } : { blobs, blobBytes: 0, textBytes: 4 + bytes },
      );
    });

    it.each(['text', 'content', 'a', '', 'xdata'])(
      'count base64 under the key "%s" as text: the model reads it',
      key => {
        const content = 'QUJD'.repeat(2_000);

        expect(scan(`{"${key}":"${content}"}`)).toMatchObject({ blobs: 0, textBytes: 8_000 + key.length });
        expect(scan(`{"k":["${content}"]}`)).toMatchObject({ blobs: 0, textBytes: 8_001 });
      },
    );
  });
});
