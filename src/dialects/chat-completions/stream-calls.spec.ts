import { calls, delta, partsOf, read, sse, STOP } from '../../../test/support/chat-events.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { ChatStreamDecoder } from './decode-stream.js';

const call = (id: string, name: string, text: string) => ({ type: 'tool-call', id, name, text });

describe('StreamCalls', () => {
  it.each([
    [
      'by index',
      [
        calls({ index: 0, id: 'a', function: { name: 'f', arguments: '' } }),
        calls({ index: 0, function: { arguments: '{"x":' } }),
        calls({ index: 0, function: { arguments: '1}' } }),
      ],
    ],
    ['whole', [calls({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } })]],
    [
      'with id and name in every event',
      [
        calls({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":' } }),
        calls({ index: 0, id: 'a', function: { name: 'f', arguments: '1}' } }),
      ],
    ],
    [
      'with id, name and arguments apart',
      [
        calls({ index: 0, id: 'a' }),
        calls({ index: 0, function: { name: 'f' } }),
        calls({ index: 0, function: { arguments: '{"x":1}' } }),
      ],
    ],
    [
      'with the name in pieces',
      [
        calls({ index: 0, id: 'a', function: { name: '' } }),
        calls({ index: 0, function: { name: 'f' } }),
        calls({ index: 0, function: { name: '', arguments: '{"x":1}' } }),
      ],
    ],
    [
      'with arguments before the name',
      [
        calls({ index: 0, id: 'a', function: { arguments: '{"x":' } }),
        calls({ index: 0, function: { name: 'f', arguments: '1}' } }),
      ],
    ],
    [
      'without an index',
      [calls({ id: 'a', function: { name: 'f', arguments: '{"x":' } }), calls({ function: { arguments: '1}' } })],
    ],
    [
      'with the whole call once more at the end',
      [
        calls({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }),
        calls({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }),
      ],
    ],
    ['with arguments as an object', [calls({ index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } })]],
  ])('puts a call together that comes %s', (_, chunks) => {
    expect(partsOf(read(...chunks, delta({}, 'tool_calls')))).toEqual([
      call('a', 'f', '{"x":1}'),
      { finish: 'tool-calls' },
    ]);
  });

  it('joins a name that comes in pieces', () => {
    const chunks = [
      calls({ index: 0, id: 'a', function: { name: 'get_' } }),
      calls({ index: 0, function: { name: 'it' } }),
    ];

    expect(partsOf(read(...chunks, STOP))).toEqual([call('a', 'get_it', '{}'), { finish: 'tool-calls' }]);
  });

  it.each([
    [
      'by index, interleaved',
      [
        calls(
          { index: 0, id: 'a', function: { name: 'f', arguments: '{"x"' } },
          { index: 1, id: 'b', function: { name: 'g', arguments: '{' } },
        ),
        calls({ index: 1, function: { arguments: '}' } }),
        calls({ index: 0, function: { arguments: ':1}' } }),
      ],
    ],
    [
      'all under index 0',
      [
        calls({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }),
        calls({ index: 0, id: 'b', function: { name: 'g', arguments: '{}' } }),
      ],
    ],
    [
      'without an index',
      [
        calls(
          { id: 'a', function: { name: 'f', arguments: '{"x":1}' } },
          { id: 'b', function: { name: 'g', arguments: '' } },
        ),
      ],
    ],
    [
      'with gaps between the indices',
      [
        calls({ index: 2, id: 'a', function: { name: 'f', arguments: '{"x":1}' } }),
        calls({ index: 5, id: 'b', function: { name: 'g', arguments: '{}' } }),
      ],
    ],
  ])('keeps two calls apart that come %s', (_, chunks) => {
    expect(partsOf(read(...chunks, STOP))).toEqual([
      call('a', 'f', '{"x":1}'),
      call('b', 'g', '{}'),
      { finish: 'tool-calls' },
    ]);
  });

  it.each([
    [
      'in one event',
      [
        calls(
          { index: 0, function: { name: 'f', arguments: '{}' } },
          { index: 0, function: { name: 'f', arguments: '{}' } },
        ),
      ],
    ],
    [
      'without arguments, in one event',
      [calls({ index: 0, function: { name: 'f' } }, { index: 0, function: { name: 'f' } })],
    ],
    [
      'one after the other',
      [
        calls({ index: 0, function: { name: 'f', arguments: '{}' } }),
        calls({ index: 0, function: { name: 'f', arguments: '{}' } }),
      ],
    ],
    [
      'with one id for all',
      [
        calls({ index: 0, id: 'same', function: { name: 'f', arguments: '{}' } }),
        calls({ index: 0, id: 'same', function: { name: 'f', arguments: '{ }' } }),
      ],
    ],
  ])('gives every call an id of its own when a server does not: two equal calls %s', (_, chunks) => {
    const parts = partsOf(read(...chunks, STOP)) as { id?: string; text?: string }[];

    expect(parts).toHaveLength(3);
    expect(new Set(parts.map(part => part.id)).size).toBe(3); // the third is the end, which has none
    expect(parts[0]?.id).not.toBe('');
    expect(parts.slice(0, 2).map(part => JSON.parse(part.text ?? '') as object)).toEqual([{}, {}]);
  });

  it('reads the API of the first form', () => {
    const chunks = [
      delta({ function_call: { name: 'f', arguments: '' } }),
      delta({ function_call: { arguments: '{"x":1}' } }, 'function_call'),
    ];
    const [part, end] = partsOf(read(...chunks));

    expect(part).toMatchObject({
      type: 'tool-call',
      name: 'f',
      text: '{"x":1}',
      id: expect.stringMatching(/^call_/) as string,
    });
    expect(end).toEqual({ finish: 'tool-calls' });
  });

  it('reads the free input of a custom tool', () => {
    const chunks = [
      calls({ index: 0, id: 'a', type: 'custom', custom: { name: 'sql', input: 'SELECT ' } }),
      calls({ index: 0, type: 'custom', custom: { input: '"x"' } }),
    ];

    expect(partsOf(read(...chunks, STOP))[0]).toEqual({ ...call('a', 'sql', 'SELECT "x"'), custom: true });
  });

  it('keeps the order of calls that have no arguments yet when words begin', () => {
    const events = read(calls({ index: 0, id: 'c', function: { name: 'f' } }), delta({ content: 'x' }), STOP);

    expect(partsOf(events)).toMatchObject([
      { type: 'tool-call', text: '{}' },
      { type: 'text' },
      { finish: 'tool-calls' },
    ]);
  });

  it('refuses a call that never gets a name', () => {
    const decoder = new ChatStreamDecoder();
    decoder.push(sse(calls({ index: 0, function: { arguments: '{}' } })));

    expect(() => decoder.push(sse(STOP))).toThrow(UnreadableAnswer);
  });
});
