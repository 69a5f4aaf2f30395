import { Chance } from '../../test/support/chance.js';
import { TopLevelValues } from './top-level-values.js';

const NAMES = new Set(['usage', 'output']);

/** Read in pieces that end before these places. */
function read(text: string, cuts: readonly number[] = []) {
  const bytes = Buffer.from(text);
  const values = new TopLevelValues(NAMES);
  let from = 0;
  for (const cut of [...cuts.map(place => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]) {
    // What was handed in may be written over.
    const piece = Buffer.from(bytes.subarray(from, cut));
    values.push(piece);
    piece.fill(0x22);
    from = cut;
  }
  return { whole: values.whole, found: values.read() };
}
const everywhere = (text: string) => Array.from({ length: Buffer.byteLength(text) }, (_, index) => index);

const WORDS = [
  'usage',
  '"usage":',
  '\\',
  '"',
  '\\"',
  '{"usage":{"n":1}}',
  ',',
  '}',
  '\u00fc\ud83d\ude00',
  'output',
  '\u0001',
];

function valueOf(chance: Chance, depth = 0): unknown {
  const kind = chance.int(0, depth > 3 ? 2 : 4);
  if (kind === 0) return chance.pick([0, -1.5e3, true, false, null]);
  if (kind === 1) return chance.list(0, 4, () => chance.pick(WORDS)).join('');
  if (kind === 2) return chance.pick(WORDS).repeat(chance.int(20, 90));
  if (kind === 3) return chance.list(0, 4, () => valueOf(chance, depth + 1));
  return Object.fromEntries(chance.list(0, 4, () => [chance.pick(WORDS), valueOf(chance, depth + 1)]));
}
/** What is kept of a value: a string that is written in more than 250 bytes is cut. */
function isKeptOf(kept: unknown, full: unknown): boolean {
  if (typeof full === 'string') {
    const isBeginning = (beginning: string) =>
      full.startsWith(beginning.replaceAll('\ufffd', '')) && beginning.length < 300;
    return kept === full || (JSON.stringify(full).length > 125 && typeof kept === 'string' && isBeginning(kept));
  }
  if (typeof full !== 'object' || full === null) return Object.is(kept, full) || kept === full;
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept) !== Array.isArray(full)) return false;
  const [left, right] = [Object.values(kept), Object.values(full)];
  return left.length === right.length && right.every((each, index) => isKeptOf(left[index], each));
}

describe('the values of top-level keys', () => {
  it('are those that JSON.parse finds, however the text is cut into pieces, but for their long strings', () => {
    for (let seed = 1; seed <= 1_000; seed += 1) {
      const chance = new Chance(seed);
      const gap = chance.pick(['', ' ', '\n\t']);
      const members = chance.list(0, 5, () => {
        const key = chance.pick(['usage', 'output', ...WORDS]);
        return `${JSON.stringify(key)}${gap}:${gap}${JSON.stringify(valueOf(chance))}`;
      });
      const text = `${gap}{${members.join(`${gap},`)}}${gap}`;
      const cuts = chance.list(0, 12, () => chance.int(0, 1_000_000));
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const { whole, found } = read(text, cuts);

      expect([seed, whole]).toEqual([seed, true]);
      const names = [...NAMES].filter(name => Object.hasOwn(parsed, name));
      expect([seed, ...Object.keys(found).toSorted()]).toEqual([seed, ...names.toSorted()]);
      for (const [name, kept] of Object.entries(found)) {
        if (!isKeptOf(kept, parsed[name])) expect({ seed, name, kept }).toEqual(parsed[name]);
      }
    }
  });

  it.each<[string, string, unknown]>([
    ['in front', '{"usage":{"n":7},"text":"long"}', 7],
    ['in the middle', '{"a":[{}],"usage":{"n":7},"b":"x"}', 7],
    ['at the end', '{"a":"x","usage":{"n":7}}', 7],
    ['in front of a quoted one', '{"usage":{"n":7},"text":"\\"usage\\":{\\"n\\":1}"}', 7],
    ['in front of one in an argument', '{"usage":{"n":7},"calls":[{"args":{"usage":{"n":1}}}]}', 7],
    ['in front of the word alone', '{"usage":{"n":7},"name":"usage"}', 7],
    ['behind a quoted backslash', '{"text":"\\\\","usage":{"n":7}}', 7],
    ['written with escapes', '{"\\u0075sage":{"n":7}}', 7],
    ['twice: the last', '{"usage":{"n":1},"usage":{"n":7}}', 7],
    ['and null behind it', '{"usage":{"n":1},"usage":null}', undefined],
    ['in an object that is nested', '{"body":{"usage":{"n":1}}}', undefined],
    ['in a list', '[{"usage":{"n":1}}]', undefined],
    ['complete where the text breaks off behind it', '{"usage":{"n":7}', 7],
    ['broken off itself', '{"usage":{"n":7', undefined],
  ])('%s', (_, text, expected) => {
    for (const cuts of [[], everywhere(text)]) {
      expect((read(text, cuts).found['usage'] as { n?: number } | null | undefined)?.n).toBe(expected);
    }
  });

  it.each(['', ' ', '[]', '{', '{"a":1', '{"a":"}', '{"a":[1}', '{} x', '{}{}', '"{}"'])(
    '%p is no whole object',
    text => {
      for (const cuts of [[], everywhere(text)]) expect(read(text, cuts).whole).toBe(false);
    },
  );

  it('are kept without their long strings, and not at all where they are longer all the same', () => {
    const picture = 'iVBOR\\"'.repeat(500_000);
    const text = JSON.stringify({ output: [{ result: picture }, { type: 'web_search_call' }], usage: { n: 7 } });
    const { output, usage } = read(text, [1_000, 1_001, 65_536, 3_000_000]).found as Record<string, object[]>;

    expect([output?.[1], usage]).toEqual([{ type: 'web_search_call' }, { n: 7 }]);
    expect(JSON.stringify(output).length).toBeLessThan(500);
    expect(read(JSON.stringify({ output: Array(600_000).fill(1), usage: { n: 7 } })).found).toEqual({
      usage: { n: 7 },
    });
  });
});
