import { UnreadableAnswer } from '../neutral/codec.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import { GeminiStreamDecoder } from './decode-stream.js';

const sse = (data: unknown, name: string | null = null) => ({
  event: name,
  data: typeof data === 'string' ? data : JSON.stringify(data),
  id: null,
});
const piece = (...parts: object[]) => ({ candidates: [{ content: { role: 'model', parts } }] });
const ended = (finishReason: string, ...parts: object[]) => ({
  candidates: [{ content: { role: 'model', parts }, finishReason }],
});

/** A call of which an argument comes by its path. */
const arg = (jsonPath: string, value: object = { stringValue: 'x' }) => ({ jsonPath, ...value });
const pieceOf = (jsonPath: string, value?: object) =>
  piece({ functionCall: { name: 'f', partialArgs: [arg(jsonPath, value)] } });

function read(...chunks: unknown[]): NeutralEvent[] {
  const decoder = new GeminiStreamDecoder();
  const events = chunks.flatMap(chunk => decoder.push(sse(chunk)));
  return [...events, ...decoder.end()].filter(({ type }) => type !== 'start');
}

/** The events in short: what opened, what was said, how it ended. */
const brief = (events: readonly NeutralEvent[]) =>
  events.map(event => {
    if (event.type === 'part-start') return `+${event.part} ${event.start.type}`;
    if (event.type === 'part-delta')
      return `${event.part} ${event.text}${event.signature ? ` [${event.signature.value}]` : ''}`;
    if (event.type === 'part-end') return `-${event.part}`;
    return event.type === 'finish' ? event.reason : event.type;
  });

describe('GeminiStreamDecoder', () => {
  it('begins with what is known of the answer', () => {
    const decoder = new GeminiStreamDecoder();
    const [start] = decoder.push(
      sse({
        responseId: 'r',
        modelVersion: 'm',
        createTime: '2026-05-04T10:20:30.9Z',
        usageMetadata: { promptTokenCount: 5, totalTokenCount: 5, serviceTier: 'standard' },
      }),
    );

    expect(start).toEqual({
      type: 'start',
      id: 'r',
      model: 'm',
      createdAt: 1_777_890_030,
      usage: { input: 5, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 },
      serviceTier: 'default',
    });
    expect(decoder.push(sse({ responseId: 'other' }))).toEqual([]);
  });

  it('goes on with a part while more of its kind comes', () => {
    const thought = (text: string) => ({ text, thought: true });

    expect(
      brief(
        read(
          piece(thought('a')),
          piece(thought('b'), { text: 'c' }),
          piece({ text: 'd' }, thought('e')),
          ended('STOP'),
        ),
      ),
    ).toEqual(['+0 reasoning', '0 a', '0 b', '-0', '+1 text', '1 c', '1 d', '-1', '+2 reasoning', '2 e', '-2', 'stop']);
  });

  it('tells a call whole, between the words around it', () => {
    const f = { functionCall: { name: 'f', args: { a: 1 } } };

    expect(brief(read(piece({ text: 'a' }, f, { functionCall: { name: 'g' } }), ended('STOP', { text: 'b' })))).toEqual(
      [
        '+0 text',
        '0 a',
        '-0',
        '+1 tool-call',
        '1 {"a":1}',
        '-1',
        '+2 tool-call',
        '2 {}',
        '-2',
        '+3 text',
        '3 b',
        '-3',
        'tool-calls',
      ],
    );
  });

  it('gives calls without ids different ids, the same every time', () => {
    const calls = [
      { responseId: 'r', ...piece({ functionCall: { name: 'f' } }, { functionCall: { name: 'f' } }) },
      piece({ functionCall: { name: 'f' } }),
    ];
    const idsOf = () =>
      read(...calls).flatMap(({ ...e }) =>
        e.type === 'part-start' && e.start.type === 'tool-call' ? [e.start.id] : [],
      );

    expect(new Set(idsOf()).size).toBe(3);
    expect(idsOf()).toEqual(idsOf());
  });

  describe('signatures', () => {
    const signature = (value: string, text = '') => ({ text, thoughtSignature: value });

    it.each<[string, object[], string[]]>([
      ['belongs to the words before it', [{ text: 'a' }, signature('S')], ['+0 text', '0 a', '0  [S]', '-0']],
      [
        'belongs to the thought before it',
        [{ text: 'a', thought: true }, signature('S')],
        ['+0 reasoning', '0 a', '0  [S]', '-0'],
      ],
      ['stands alone where nothing is before it', [signature('S')], ['+0 reasoning', '0  [S]', '-0']],
      [
        'stands alone behind a call',
        [{ functionCall: { name: 'f' } }, signature('S')],
        ['+0 tool-call', '0 {}', '-0', '+1 reasoning', '1  [S]', '-1'],
      ],
      [
        'stands alone behind words that have one',
        [signature('S', 'a'), signature('T')],
        ['+0 text', '0 a [S]', '-0', '+1 reasoning', '1  [T]', '-1'],
      ],
      ['stays with words that go on', [signature('S', 'a'), { text: 'b' }], ['+0 text', '0 a [S]', '0 b', '-0']],
      [
        'begins a part where there is one already',
        [signature('S', 'a'), signature('T', 'b')],
        ['+0 text', '0 a [S]', '-0', '+1 text', '1 b [T]', '-1'],
      ],
      [
        'stays on its call',
        [{ functionCall: { name: 'f' }, thoughtSignature: 'S' }],
        ['+0 tool-call', '0 {} [S]', '-0'],
      ],
    ])('one %s', (_, parts, expected) => {
      expect(brief(read(piece(...parts)))).toEqual(expected);
      expect(brief(read(...parts.map(part => piece(part))))).toEqual(expected);
    });

    it('tells a thought of another vendor that shows nothing', () => {
      const thoughtSignature = Buffer.from('bough.redacted.anthropic.X').toString('base64');

      expect(read(piece({ text: '', thought: true, thoughtSignature }))).toEqual([
        { type: 'part-start', choice: 0, part: 0, start: { type: 'reasoning', redacted: true } },
        { type: 'part-delta', choice: 0, part: 0, text: '', signature: { origin: 'anthropic', value: 'X' } },
        { type: 'part-end', choice: 0, part: 0 },
      ]);
    });
  });

  it.each([
    ['STOP', 'stop'],
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ['SAFETY', 'content-filter'],
    ['RECITATION', 'content-filter'],
    ['BLOCKLIST', 'content-filter'],
    ['PROHIBITED_CONTENT', 'content-filter'],
    ['SPII', 'content-filter'],
    ['IMAGE_SAFETY', 'content-filter'],
    ['MALFORMED_FUNCTION_CALL', 'error'],
    ['UNEXPECTED_TOOL_CALL', 'error'],
    ['OTHER', 'error'],
    ['MISSING_THOUGHT_SIGNATURE', 'error'],
    ['MODEL_ARMOR', 'content-filter'],
    ['SOMETHING_NEW', 'length'],
    ['constructor', 'length'],
  ])('ends for %s with %s', (wire, reason) => {
    expect(brief(read(ended(wire)))).toEqual([reason]);
  });

  it('ends once, although a reason came with every event', () => {
    expect(
      brief(read(ended('STOP', { text: 'a' }), ended('STOP', { text: 'b' }), ended('FINISH_REASON_UNSPECIFIED'))),
    ).toEqual(['+0 text', '0 a', '0 b', '-0', 'stop']);
  });

  it('leaves a choice without a reason unfinished', () => {
    expect(brief(read(piece({ text: 'a' })))).toEqual(['+0 text', '0 a', '-0']);
  });

  it('keeps a limit that stopped a call apart from calls that are complete', () => {
    expect(brief(read(ended('MAX_TOKENS', { functionCall: { name: 'f' } }))).at(-1)).toBe('length');
  });

  it('ends a blocked prompt as what it is', () => {
    expect(read({ promptFeedback: { blockReason: 'SAFETY' } })).toEqual([
      { type: 'finish', choice: 0, reason: 'content-filter', stopSequence: null },
    ]);
    expect(brief(read({ promptFeedback: { safetyRatings: [] } }))).toEqual([]);
  });

  it('reads the choices apart', () => {
    const of = (index: number, text: string, finishReason?: string) => ({
      index,
      content: { parts: [{ text }] },
      finishReason,
    });
    const events = read(
      { candidates: [of(1, 'x'), of(0, 'a')] },
      { candidates: [of(0, 'b', 'STOP')] },
      { candidates: [of(1, 'y', 'MAX_TOKENS')] },
    );

    expect(brief(events.filter(e => 'choice' in e && e.choice === 0))).toEqual(['+0 text', '0 a', '0 b', '-0', 'stop']);
    expect(brief(events.filter(e => 'choice' in e && e.choice === 1))).toEqual([
      '+0 text',
      '0 x',
      '0 y',
      '-0',
      'length',
    ]);
  });

  it('tells the usage whenever it comes', () => {
    const usage = (candidatesTokenCount: number) => ({ usageMetadata: { promptTokenCount: 1, candidatesTokenCount } });
    const events = read({ ...piece({ text: 'a' }), ...usage(1) }, ended('STOP'), usage(2));

    expect(events.flatMap(e => (e.type === 'usage' ? [e.usage.output] : []))).toEqual([1, 2]);
  });

  describe('sources', () => {
    const grounding = (endIndex: number, partIndex?: number) => ({
      groundingChunks: [{ web: { uri: 'https://a.example', title: 'a' } }],
      groundingSupports: [{ segment: { endIndex, partIndex, text: 'q' }, groundingChunkIndices: [0] }],
    });
    const citationsOf = (events: readonly NeutralEvent[]) =>
      events.flatMap(e => (e.type === 'part-delta' ? (e.citations ?? []) : []));

    it('counts in UTF-16 units what Google counts in bytes', () => {
      const candidate = { content: { parts: [{ text: 'é😀a' }] }, groundingMetadata: grounding(6) };

      expect(citationsOf(read({ candidates: [candidate] }))).toEqual([
        { title: 'a', url: 'https://a.example', text: 'q', start: 0, end: 3, wire: null },
      ]);
    });

    it('finds the words that came before', () => {
      const last = { content: { parts: [{ text: '' }] }, groundingMetadata: grounding(3) };

      expect(citationsOf(read(piece({ text: 'é' }), piece({ text: 'ab' }), { candidates: [last] }))).toMatchObject([
        { start: 0, end: 2 },
      ]);
    });

    it('finds them also where the last words come with the source', () => {
      const last = { content: { parts: [{ text: 'b' }] }, groundingMetadata: grounding(4) };

      expect(citationsOf(read(piece({ text: 'éa' }), { candidates: [last] }))).toMatchObject([{ start: 0, end: 3 }]);
    });

    it('counts from the part that is named', () => {
      const candidate = { content: { parts: [{ text: 'xx' }, { text: 'yy' }] }, groundingMetadata: grounding(1, 1) };

      expect(citationsOf(read({ candidates: [candidate] }))).toMatchObject([{ start: 2, end: 3 }]);
    });

    it('names a source that rests on nothing that can be found, without a place', () => {
      const candidate = { content: { parts: [{ text: 'a' }] }, groundingMetadata: grounding(99) };

      expect(citationsOf(read({ candidates: [candidate] }))).toMatchObject([
        { url: 'https://a.example', start: null, end: null },
      ]);
    });
  });

  it('hands on log probabilities with the words they are for', () => {
    const logprobsResult = { chosenCandidates: [{ token: 'a', logProbability: -1 }], topCandidates: [] };
    const candidate = { content: { parts: [{ text: 'a' }, { functionCall: { name: 'f' } }] }, logprobsResult };
    const [, delta] = read({ candidates: [candidate] });

    expect(delta).toMatchObject({ text: 'a', logprobs: [{ token: 'a', logprob: -1, bytes: null, top: [] }] });
  });

  it("tells the upstream's error, and nothing behind it", () => {
    const decoder = new GeminiStreamDecoder();

    expect(decoder.push(sse({ error: { code: 503, message: 'overloaded', status: 'UNAVAILABLE' } }))).toEqual([
      { type: 'error', message: 'overloaded', code: 'UNAVAILABLE' },
    ]);
    expect(decoder.push(sse(ended('STOP', { text: 'a' })))).toEqual([]);
    expect(decoder.end()).toEqual([]);
  });

  describe('a call whose arguments come in pieces', () => {
    const call = (functionCall: object, more: object = {}) => piece({ functionCall, ...more });
    const more = { willContinue: true };
    const callsOf = (events: readonly NeutralEvent[]) =>
      brief(events).filter(word => /^\d/.test(word) || word.endsWith(' tool-call'));

    it('is told whole where it ends, with its seal', () => {
      const events = read(
        call({ name: 'f', id: 'call-1', ...more }, { thoughtSignature: 'c2VhbA==' }),
        call({ partialArgs: [{ ...arg('$.city', { stringValue: 'Par' }), ...more }], ...more }),
        call({ partialArgs: [arg('$.city', { stringValue: 'is' })], ...more }),
        call({
          partialArgs: [arg('$.days[0].n', { numberValue: 0.5 }), arg("$.days[0]['a b']", { nullValue: null })],
          ...more,
        }),
        call({ partialArgs: [arg('$.days[1].ok', { boolValue: false })], ...more }),
        call({}),
        ended('STOP', { text: '' }),
      );
      expect(callsOf(events)).toEqual([
        '+0 tool-call',
        '0 {"city":"Paris","days":[{"n":0.5,"a b":null},{"ok":false}]} [c2VhbA==]',
      ]);
      expect(events[0]).toMatchObject({ start: { id: 'call-1', name: 'f' } });
      expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'tool-calls' });
    });

    it.each([
      ['the next one', [call({ name: 'g', args: { b: 2 } })]],
      [
        'the next one, in pieces',
        [call({ name: 'g', ...more }), call({ partialArgs: [arg('$.b', { numberValue: 2 })] })],
      ],
    ])('ends without a word at %s', (_, next) => {
      const events = read(
        call({ name: 'f', ...more }),
        call({ partialArgs: [arg('$.a')], ...more }),
        ...next,
        ended('STOP'),
      );
      expect(callsOf(events)).toEqual(['+0 tool-call', '0 {"a":"x"}', '+1 tool-call', '1 {"b":2}']);
      expect(
        new Set(
          events.flatMap(event =>
            event.type === 'part-start' && event.start.type === 'tool-call' ? event.start.id : [],
          ),
        ).size,
      ).toBe(2);
    });

    it('ends without a word at the end of the answer, and keeps keys that mean something elsewhere', () => {
      const events = read(
        call({ name: 'f', ...more }),
        call({ partialArgs: [arg('$.__proto__.a')], ...more }),
        ended('STOP'),
      );
      expect(callsOf(events)).toEqual(['+0 tool-call', '0 {"__proto__":{"a":"x"}}']);
    });

    it('is a whole one where nothing is said to come', () => {
      expect(callsOf(read(call({ name: 'f', args: { a: 1 }, willContinue: false }), ended('STOP')))).toEqual([
        '+0 tool-call',
        '0 {"a":1}',
      ]);
    });
  });

  it('knows an error by the name of its event', () => {
    expect(new GeminiStreamDecoder().push(sse({ message: 'no', code: 7 }, 'error'))).toEqual([
      { type: 'error', message: 'no', code: '7' },
    ]);
  });

  it.each<[string, unknown]>([
    ['no JSON', '{"candidates":'],
    ['a list', []],
    ['null', 'null'],
    ['the end of another dialect', '[DONE]'],
    ['candidates that are no list', { candidates: {} }],
    ['a candidate that is no object', { candidates: ['a'] }],
    ['an index that is none', { candidates: [{ index: -1 }] }],
    ['an index beyond reason', { candidates: [{ index: 1e9 }] }],
    ['content that is no object', { candidates: [{ content: 'a' }] }],
    ['parts that are no list', { candidates: [{ content: { parts: {} } }] }],
    ['a part that is no object', piece(null as never)],
    ['text that is no string', piece({ text: 5 })],
    ['a call without a name', piece({ functionCall: { args: {} } })],
    ['arguments that are no object', piece({ functionCall: { name: 'f', args: '{}' } })],
    ['a piece of no call', piece({ functionCall: { partialArgs: [] } })],
    ['the end of no call', piece({ functionCall: {} })],
    ['a piece without a path', piece({ functionCall: { name: 'f', partialArgs: [{ stringValue: 'a' }] } })],
    ['a piece of a broken path', pieceOf('$.a[')],
    ['a piece of everything', pieceOf('$')],
    ['a piece beyond the end of its list', pieceOf('$.a[7]')],
    [
      'a piece of a number that is none',
      '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[{"jsonPath":"$.a","numberValue":1e999}]}}]}}]}',
    ],
    ['a piece of no value', pieceOf('$.a', { stringValue: { a: 1 } })],
    ['a piece within a word', piece({ functionCall: { name: 'f', partialArgs: [arg('$.a'), arg('$.a.b')] } })],
    [
      'a number that is none',
      '{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1e999}}}]}}]}',
    ],
    ['media without data', piece({ inlineData: { mimeType: 'image/png' } })],
  ])('cannot read %s', (_, chunk) => {
    expect(() => read(chunk)).toThrow(UnreadableAnswer);
  });
});
