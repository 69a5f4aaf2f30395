import { scanObject, type JsonField } from './scan.js';
import { findInObject, readBoolean, readInteger, readSmallObject, readString, spliceValue } from './splice.js';

const WATCHED: ReadonlySet<string> = new Set(['v']);

function only(value: string): { body: Buffer; field: JsonField } {
  const body = Buffer.from(`{"é":0,"v":${value},"z":"€"}`);
  return { body, field: scanObject(body, WATCHED).fields.get('v') as JsonField };
}

describe('spliceValue', () => {
  it.each([['"a"'], ['"a much longer model name than before"'], ['"ü😀"'], ['null']])(
    'replaces the value by %s',
    json => {
      const { body, field } = only('"model"');
      const before = Buffer.from(body);

      expect(spliceValue(body, field, json).toString()).toBe(`{"é":0,"v":${json},"z":"€"}`);
      expect(body.equals(before)).toBe(true);
    },
  );

  it('keeps every other byte, numbers beyond 2^53 and odd spelling included', () => {
    const { body, field } = only('1e999');
    const rest = ' "seed" : 12345678901234567890, "t": 0.10, "u": -0, "x": "\\ud800\\u0000\\/" }';
    const whole = Buffer.concat([body.subarray(0, -1), Buffer.from(`,${rest}`)]);

    expect(spliceValue(whole, field, '1').toString()).toBe(`{"é":0,"v":1,"z":"€",${rest}`);
  });
});

describe('readString', () => {
  it.each([
    ['"gpt-5"', 'gpt-5'],
    ['"\\u0067pt\\ud800\\u0000"', 'gpt\ud800\u0000'],
    ['""', ''],
    [`"${'x'.repeat(512)}"`, 'x'.repeat(512)],
    [`"${'x'.repeat(513)}"`, null],
    ['12', null],
    ['null', null],
    [`"${'x'.repeat(300)}\n"`, null],
  ])('reads %s', (value, expected) => {
    const { body, field } = only(value);

    expect(readString(body, field)).toBe(expected);
  });
});

describe('readInteger', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['256', 256],
    ['256.0', 256],
    ['2.56e2', 256],
    ['-3', -3],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', null],
    ['1e999', null],
    ['1.5', null],
    [`1${'0'.repeat(40)}`, null],
    ['"1"', null],
    ['true', null],
  ])('reads %s', (value, expected) => {
    const { body, field } = only(value);

    expect(readInteger(body, field)).toBe(expected);
  });
});

describe('readBoolean', () => {
  it.each([
    ['true', true],
    ['false', false],
    ['null', null],
    ['"true"', null],
    ['1', null],
  ])('reads %s', (value, expected) => {
    const { body, field } = only(value);

    expect(readBoolean(body, field)).toBe(expected);
  });
});

describe('readSmallObject', () => {
  it('parses an object within the bound', () => {
    const { body, field } = only('{"include_usage":true}');

    expect(readSmallObject(body, field, 22)).toEqual({ include_usage: true });
    expect(readSmallObject(body, field, 21)).toBeNull();
  });

  it('takes __proto__ for a key like any other', () => {
    const { body, field } = only('{"__proto__":{"polluted":true}}');

    expect(Object.keys(readSmallObject(body, field, 100) ?? {})).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([['[1]'], ['"x"'], ['null'], [`{"a":"${'x'.repeat(300)}\n"}`]])('gives null for %s', value => {
    const { body, field } = only(value);

    expect(readSmallObject(body, field, 1_000)).toBeNull();
  });
});

describe('findInObject', () => {
  const find = (answer: string | Buffer): string | null => {
    const body = Buffer.from(answer as string);
    const field = findInObject(body, 'usage').field;
    return field && body.toString('utf8', field.start, field.end);
  };

  it.each([
    [
      'at the end',
      '{"choices":[{"message":{"content":"\\"usage\\":{}"}}],"usage":{"total_tokens":3}}',
      '{"total_tokens":3}',
    ],
    ['only at the top level', '{"choices":[{"usage":{"a":1}}]}', null],
    ['the last of several', '{"usage":null,"usage":{"a":1},"usage":{"a":2}}', '{"a":2}'],
    ['written with an escape', '{"us\\u0061ge":{"a":1}}', '{"a":1}'],
    ['behind a byte order mark', '\ufeff{"usage":{"a":1}}', '{"a":1}'],
    ['when it was complete before the text broke off', '{"usage":{"a":1},"choices":[{"mess', '{"a":1}'],
    ['not when it is itself cut', '{"choices":[],"usage":{"a":1', null],
    ['not in another letter case', '{"Usage":{"a":1}}', null],
    ['not in an array', '[{"usage":{"a":1}}]', null],
    ['not in an empty answer', '', null],
    ['not in a page of HTML', '<html>"usage":{}</html>', null],
  ])('finds it %s', (_, answer, expected) => {
    expect(find(answer)).toBe(expected);
  });

  it('does not mind invalid UTF-8 elsewhere', () => {
    expect(find(Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('","usage":{}}')]))).toBe('{}');
  });
});
