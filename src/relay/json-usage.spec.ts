import type { TokenCounts } from '../dialects/token-counts.js';
import { answer as anyAnswer } from '../../test/support/answer-generator.js';
import { Chance } from '../../test/support/chance.js';
import { DESCRIPTORS } from '../dialects/descriptors.js';
import { CHAT_COMPLETIONS_CODEC } from '../dialects/chat-completions/descriptor.js';
import type { JsonObject } from '../json/value.js';
import { type FoundUsage, usageFoundIn, usageIn } from './json-usage.js';

/** What of an answer its reader is given. */
function found(body: string): unknown {
  let given: unknown;
  const { whole, usage } = usageFoundIn(Buffer.from(body), {
    usageFields: { usage: null, calls: ['"search"', '"fetch"'] },
    readUsage: fields => {
      given = fields;
      return { output: 1 } as TokenCounts;
    },
  });
  expect(usage).toEqual({ output: 1 });
  return whole ? given : null;
}

const LONG = 'x'.repeat(16_384);

describe('what a whole answer says must be paid', () => {
  it.each<[string, object, object]>([
    ['nothing', { other: 1 }, {}],
    ['its usage', { other: 1, usage: { a: 1 } }, { usage: { a: 1 } }],
    ['a usage of 16 KiB', { usage: LONG.slice(2) }, { usage: LONG.slice(2) }],
    ['no usage that is longer than any', { usage: LONG.slice(1) }, { usage: undefined }],
    ['calls of what must be paid', { calls: [{ of: 'search' }] }, { calls: [{ of: 'search' }] }],
    ['calls of another', { calls: [{ of: 'fetch' }] }, { calls: [{ of: 'fetch' }] }],
    ['such calls, however long', { calls: [LONG, 'search'] }, { calls: [LONG, 'search'] }],
    ['no calls of what is free', { calls: [{ of: 'weather' }], usage: 1 }, { usage: 1 }],
    ['no words beside them', { calls: [], said: '"search"' }, {}],
  ])('is read of it: %s', (_, answer, fields) => {
    expect(found(JSON.stringify(answer))).toEqual(fields);
  });

  it('is nothing where it is not whole', () => {
    expect(found('{"usage":{"a":1}')).toBeNull();
  });
});

describe('A short answer is parsed, and a long one looked through', () => {
  const request = CHAT_COMPLETIONS_CODEC.decodeRequest({
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
  }).request;
  const options = { model: 'm', requestId: 'req-1', now: 5, streamUsage: true, request };
  const translated = Object.values(DESCRIPTORS).flatMap(dialect => {
    const { name, codec, usageFields } = dialect;
    const rules = { usageFields, readUsage: (told: object) => dialect.readUsage(told as JsonObject) };
    return codec === null ? [] : [{ name, codec, rules }];
  });

  it.each(translated)('with the same usage: $name', ({ codec, rules }) => {
    const charged: FoundUsage[] = [];
    for (let seed = 1; seed <= 40; seed += 1) {
      const chance = new Chance(seed);
      const body = Buffer.from(JSON.stringify(codec.encodeResponse(anyAnswer(chance), options).wire));
      const texts = [body, Buffer.from(`\ufeff${body.toString()}`), Buffer.from(` ${body.toString()}\n`)];
      for (let cut = chance.int(1, 40); cut < body.length; cut += chance.int(20, 80)) texts.push(body.subarray(0, cut));
      for (const text of texts) {
        const short = usageIn(text, rules);
        expect(short).toEqual(usageFoundIn(text, rules));
        charged.push(short);
      }
    }
    expect(charged.some(({ whole, usage }) => whole && usage !== null)).toBe(true);
    expect(charged.some(({ whole }) => !whole)).toBe(true);
  });
});
