import { Chance } from '../../test/support/chance.js';
import { cutFields } from './cut.js';
import { JsonSyntaxError } from './json-syntax-error.js';

const cut = (json: string, names: string[], added?: string) => cutFields(Buffer.from(json), names, added).toString();

describe('fields that are cut out of a JSON object', () => {
  it.each([
    ['the first', '{"model":"m","a":1}', '{"a":1}'],
    ['one in the middle', '{"a":1,"model":"m","b":2}', '{"a":1,"b":2}'],
    ['the last', '{"a":1,"model":"m"}', '{"a":1}'],
    ['the only one', '{"model":"m"}', '{}'],
    ['two beside each other', '{"a":1,"model":"m","stream":true,"b":2}', '{"a":1,"b":2}'],
    ['all', '{"model":"m","stream":true}', '{}'],
    ['the first two', '{"stream":false,"model":"m","a":1}', '{"a":1}'],
    ['one that comes twice', '{"model":"m","a":1,"model":"n"}', '{"a":1}'],
    ['one that is written with escapes', String.raw`{"a":1,"\u006dodel":"m"}`, '{"a":1}'],
    ['an object', '{"model":{"model":[1,{"x":"}"}]},"a":1}', '{"a":1}'],
    ['none', '{"a":{"model":1},"models":2,"b":"model"}', '{"a":{"model":1},"models":2,"b":"model"}'],
    ['none of nothing', ' { } ', ' { } '],
  ])('%s', (_, json, expected) => {
    expect(cut(json, ['model', 'stream'])).toBe(expected);
  });

  it('leave every other byte as it came', () => {
    const json = '\n{ "a" : 1e400 ,\t"model" : "m" , "b":"\\u00e9\u{1f33f}\\/" , "n" : 0.10 }\r\n';
    expect(cut(json, ['model'])).toBe('\n{ "a" : 1e400  , "b":"\\u00e9\u{1f33f}\\/" , "n" : 0.10 }\r\n');
  });

  it.each([
    ['before what is left', '{"model":"m","a":1}', '{"v":1,"a":1}'],
    ['before the first', ' {"a":1,"model":"m"}', ' {"v":1,"a":1}'],
    ['where nothing is left', '{ "model" : "m" }', '{"v":1 }'],
    ['where nothing was', '{}', '{"v":1}'],
  ])('make place for another %s', (_, json, expected) => {
    expect(cut(json, ['model'], '"v":1')).toBe(expected);
  });

  it('leave what JSON.parse finds without them, whatever the object is', () => {
    for (let seed = 1; seed <= 400; seed += 1) {
      const chance = new Chance(seed);
      const blank = () => chance.pick(['', ' ', '\n\t', '  ']);
      const key = () => chance.pick(['"model"', '"stream"', String.raw`"str\u0065am"`, '"a"', '"b,"', '"}"', '"é"']);
      const value = () => chance.pick(['1', '"x"', 'null', '[1, {"model":2}]', '{"stream":"\\","}', '"\\\\"', 'true']);
      const member = () => `${blank()}${key()}${blank()}:${blank()}${value()}${blank()}`;
      const json = `${blank()}{${chance.list(0, 6, member).join(',')}${blank()}}${blank()}`;
      const added = chance.pick(['', '"v":[1]']);
      const { model: _, stream: __, ...rest } = JSON.parse(json) as Record<string, unknown>;
      const expected = added === '' ? rest : { v: [1], ...rest };
      expect([json, JSON.parse(cut(json, ['model', 'stream'], added))]).toEqual([json, expected]);
    }
  });

  it('are not looked for in what is no object', () => {
    for (const json of ['', '[]', '{"model":1', '{"a":1,}', '{"model":1}x']) {
      expect(() => cut(json, ['model'])).toThrow(JsonSyntaxError);
    }
  });

  it('do not change the body they were cut from', () => {
    const body = Buffer.from('{"model":"m","a":1}');
    cutFields(body, ['model'], '"v":1');
    expect(body.toString()).toBe('{"model":"m","a":1}');
  });
});
