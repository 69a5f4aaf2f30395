import { readYaml } from './yaml-document.js';
import { scanObject } from '../../../json/scan.js';
import { StructureError, StructureMeter } from '../../../json/structure-meter.js';

const LIMITS = { depth: 4, keys: 5, items: 6, values: 20 };
const NOTHING: ReadonlySet<string> = new Set();

const list = (size: number, write: (index: number) => string) =>
  Array.from({ length: size }, (_, i) => write(i)).join();
const object = (size: number) => `{${list(size, index => `"k${index}":1`)}}`;

/** The sentence of the refusal; null for what is taken. JSON is YAML too. */
const refusals = (text: string): (string | null)[] =>
  [
    () => scanObject(Buffer.from(text), NOTHING, { meter: new StructureMeter(LIMITS) }),
    () => readYaml(Buffer.from(text), LIMITS),
  ].map(read => {
    try {
      read();
      return null;
    } catch (error) {
      if (error instanceof StructureError) return error.message;
      throw error;
    }
  });

describe('what a body may hold, in JSON and in YAML,', () => {
  it.each([
    ['the deepest', '{"a":[[[1]]]}', '{"a":[[[[1]]]]}', 'is nested deeper than 4 levels'],
    ['the deepest, when empty', '{"a":[[[]]]}', '{"a":[[[[]]]]}', 'is nested deeper than 4 levels'],
    ['the most keys', object(5), object(6), 'has an object of more than 5 keys'],
    ['the most keys further in', `{"a":[${object(5)}]}`, `{"a":[${object(6)}]}`, 'has an object of more than 5 keys'],
    [
      'the longest list',
      `{"a":[${list(6, () => '1')}]}`,
      `{"a":[${list(7, () => '1')}]}`,
      'has a list of more than 6 items',
    ],
    [
      'the most values',
      `{"a":[${list(6, () => '[1,1]')}]}`,
      `{"a":[${list(6, () => '[1,1]')}],"b":1}`,
      'holds more than 20 values',
    ],
    ['every key once', '{"a":{"k":1},"b":{"k":1}}', '{"a":{"k":1,"x":2,"k":1}}', 'has the key "k" twice in one object'],
    ['every key once, however written', '{"a":1,"b":1}', '{"a":1,"\\u0061":1}', 'has the key "a" twice in one object'],
  ])('is %s that is taken, and one more is refused', (_, taken, refused, sentence) => {
    expect(refusals(taken)).toEqual([null, null]);
    expect(refusals(refused)).toEqual([`the request body ${sentence}`, `the request body ${sentence}`]);
  });

  it('counts what an alias stands for where it stands, and ends one that stands within itself', () => {
    const read = (text: string) => () => readYaml(Buffer.from(text), LIMITS);
    expect(read('a: &a [1, 2]\nb: [*a, *a]')()).toEqual({
      a: [1, 2],
      b: [
        [1, 2],
        [1, 2],
      ],
    });
    expect(read(`a: &a [1, 2, 3, 4]\nb: [${list(4, () => '*a')}]`)).toThrow('holds more than 20 values');
    expect(read('a: &a [*a]')).toThrow('is nested deeper than 4 levels');
    expect(read('a: *a')).toThrow('YAML');
  });

  it.each([
    ['a list', '[1]'],
    ['a word', 'word'],
    ['two documents', 'a: 1\n---\nb: 1'],
    ['a key that is no word', '? [a]\n: 1'],
    ['bytes that are no UTF-8', Buffer.from('a: \xff', 'latin1')],
  ])('is no YAML of an object where it is %s', (_, text) => {
    expect(() => readYaml(Buffer.from(text as string), LIMITS)).toThrow(/^the request body is not valid YAML: /);
  });
});
