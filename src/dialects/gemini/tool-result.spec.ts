import { decodeResultText, encodeResultText, parseArguments } from './tool-result.js';

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

describe('encodeResultText', () => {
  it.each([
    ['plain text', '212 cm', { output: '212 cm' }],
    ['no text', '', { output: '' }],
    ['a JSON object', '{"level":212,"rising":true}', { level: 212, rising: true }],
    ['an empty object', ' {} ', {}],
    ['a list', '[1,2]', { output: '[1,2]' }],
    ['broken JSON', '{"level":', { output: '{"level":' }],
    ['a number that would be rounded', '{"id":12345678901234567890}', { output: '{"id":12345678901234567890}' }],
    ['a fraction that would be rounded', '{"x":0.12345678901234567}', { output: '{"x":0.12345678901234567}' }],
    ['a number that is none', '{"x":1e999}', { output: '{"x":1e999}' }],
    ['an object that would be read as a plain text', '{"output":"x"}', { output: '{"output":"x"}' }],
    ['an object that would be read as an error', '{"error":"x"}', { output: '{"error":"x"}' }],
    ['an object with more than that', '{"error":"x","code":5}', { error: 'x', code: 5 }],
    ['an object too deep for a stack', nested(5_000), { output: nested(5_000) }],
  ])('writes %s', (_, text, response) => {
    expect(encodeResultText({ text, isError: false })).toEqual(response);
    expect(decodeResultText(response)).toEqual({ text: text.trim(), isError: false });
  });

  it('writes every error under its own key', () => {
    for (const text of ['no such gauge', '{"code":5}', '']) {
      expect(encodeResultText({ text, isError: true })).toEqual({ error: text });
      expect(decodeResultText({ error: text })).toEqual({ text, isError: true });
    }
  });
});

describe('decodeResultText', () => {
  it('takes the key that many write instead of the documented one', () => {
    expect(decodeResultText({ result: '212 cm' })).toEqual({ text: '212 cm', isError: false });
  });

  it.each([[{ output: 5 }], [{ error: { code: 5 } }], [{ result: 'a', more: 1 }], [{ content: 'a' }]])(
    'hands on %j as it is',
    response => {
      expect(decodeResultText(response)).toEqual({ text: JSON.stringify(response), isError: false });
    },
  );
});

describe('parseArguments', () => {
  it.each([
    ['{"a":[1]}', { a: [1] }],
    ['', {}],
    [' ', {}],
    ['{}', {}],
    ['{"a":', null],
    ['[]', null],
    ['null', null],
    ['"a"', null],
    ['{"a":1e999}', null],
    [nested(5_000), null],
  ])('reads %j', (text, expected) => {
    expect(parseArguments(text)).toEqual(expected);
  });
});
