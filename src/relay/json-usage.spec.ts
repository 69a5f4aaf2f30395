import type { TokenCounts } from '../dialects/token-counts.js';
import { usageIn } from './json-usage.js';

/** What of an answer its reader is given. */
function found(body: string): unknown {
  let given: unknown;
  const { whole, usage } = usageIn(Buffer.from(body), {
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
