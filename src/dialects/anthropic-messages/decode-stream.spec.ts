import { foldEvents } from '../../../test/support/neutral-events.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { NeutralEvent } from '../neutral/neutral-event.js';
import { MessagesStreamDecoder } from './decode-stream.js';

/** Each event, named by the type of its data. */
function decode(...events: readonly object[]): NeutralEvent[] {
  const decoder = new MessagesStreamDecoder();
  const read = events.flatMap(data => [
    ...decoder.push({ event: (data as { type: string }).type, data: JSON.stringify(data), id: null }),
  ]);
  return [...read, ...decoder.end()];
}

const START = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    model: 'claude-test',
    usage: { input_tokens: 8000, output_tokens: 1, service_tier: 'priority' },
  },
};
const STOP = { type: 'message_stop' };
const open = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block });
const delta = (index: number, fields: object) => ({ type: 'content_block_delta', index, delta: fields });
const close = (index: number) => ({ type: 'content_block_stop', index });
const finish = (stop_reason: string, usage?: object) => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null },
  usage,
});
const call = (index: number, input: object = {}) =>
  open(index, { type: 'tool_use', id: `t${index}`, name: 'find', input });
const json = (index: number, partial_json: string) => delta(index, { type: 'input_json_delta', partial_json });

describe('MessagesStreamDecoder', () => {
  it('reads every kind of delta', () => {
    const citation = { type: 'char_location', cited_text: 'x', document_title: 'T' };
    const events = decode(
      START,
      { type: 'ping' },
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'H' }),
      delta(0, { type: 'thinking_delta', thinking: 'm.' }),
      delta(0, { type: 'signature_delta', signature: 'S==' }),
      close(0),
      open(1, { type: 'redacted_thinking', data: 'R==' }),
      close(1),
      open(2, { type: 'text', text: 'S' }),
      delta(2, { type: 'text_delta', text: 'o.' }),
      delta(2, { type: 'citations_delta', citation }),
      close(2),
      call(3),
      json(3, ''),
      json(3, '{"q":'),
      json(3, '1}'),
      close(3),
      finish('tool_use', { output_tokens: 120 }),
      { type: 'message_delta', delta: {}, usage: { input_tokens: 0, output_tokens: 250 } },
      STOP,
    );

    expect(foldEvents(events)).toMatchObject({
      start: { id: 'msg_1', model: 'claude-test', usage: { input: 8000, output: 1 }, serviceTier: 'priority' },
      parts: [
        { type: 'reasoning', text: 'Hm.', opaque: { origin: 'anthropic', value: 'S==' } },
        { type: 'reasoning', text: '', redacted: true, opaque: { origin: 'anthropic', value: 'R==' } },
        { type: 'text', text: 'So.', citations: [{ title: 'T', text: 'x' }] },
        { type: 'tool-call', id: 't3', name: 'find', arguments: '{"q":1}' },
      ],
      finish: { reason: 'tool-calls', stopSequence: null },
      usage: { input: 8000, output: 250 },
      open: 0,
    });
  });

  it.each([
    ['none', [], {}, '{}'],
    ['empty pieces', [''], {}, '{}'],
    ['those of the start', [''], { q: 1 }, '{"q":1}'],
  ])('gives a call its arguments when the stream gives %s', (_, pieces, input, expected) => {
    const events = decode(
      START,
      call(0, input),
      ...pieces.map(piece => json(0, piece)),
      close(0),
      finish('tool_use'),
      STOP,
    );

    expect(foldEvents(events).parts).toMatchObject([{ arguments: expected }]);
  });

  it('tells of a thought without words only that it is signed', () => {
    const thought = [
      open(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'signature_delta', signature: 'S' }),
      close(0),
    ];

    expect(foldEvents(decode(START, ...thought, finish('end_turn'), STOP)).parts).toEqual([
      { type: 'reasoning', redacted: false, text: '', opaque: { origin: 'anthropic', value: 'S' } },
    ]);
    expect(foldEvents(decode(START, open(0, { type: 'thinking' }), close(0), finish('end_turn'), STOP)).parts).toEqual(
      [],
    );
  });

  it('lets a signature that travelled alone stand for itself where nothing behind it can bear it', () => {
    const signature = (index: number) => [
      open(index, { type: 'thinking', thinking: '', signature: '' }),
      delta(index, { type: 'signature_delta', signature: `bough.gemini.G${index}` }),
      close(index),
    ];
    const events = decode(
      START,
      ...signature(0),
      open(1, { type: 'thinking', thinking: 'Hm.', signature: '' }),
      close(1),
      ...signature(2),
      open(3, { type: 'redacted_thinking', data: 'R' }),
      close(3),
      ...signature(4),
      call(5),
      close(5),
      ...signature(6),
      finish('tool_use'),
      STOP,
    );

    expect(foldEvents(events).parts).toMatchObject([
      { type: 'reasoning', text: '', opaque: { origin: 'gemini', value: 'G0' } },
      { type: 'reasoning', text: 'Hm.', opaque: null },
      { type: 'reasoning', text: '', opaque: { origin: 'gemini', value: 'G2' } },
      { type: 'reasoning', redacted: true },
      { type: 'tool-call', signature: { origin: 'gemini', value: 'G4' } },
      { type: 'reasoning', text: '', opaque: { origin: 'gemini', value: 'G6' } },
    ]);
  });

  it('passes over the blocks of the vendor’s own tools, and over what is new', () => {
    const events = decode(
      START,
      open(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      json(0, '{"query":"x"}'),
      close(0),
      open(1, { type: 'text', text: '' }),
      delta(1, { type: 'sparkle_delta', sparkle: 1 }),
      delta(1, { type: 'text_delta', text: 'Hi' }),
      close(1),
      { type: 'sparkle' },
      finish('end_turn'),
      STOP,
    );

    expect(foldEvents(events)).toMatchObject({ parts: [{ type: 'text', text: 'Hi' }], finish: { reason: 'stop' } });
  });

  it('closes at the reason what the stream left open', () => {
    const events = decode(START, open(0, { type: 'text', text: 'cut' }), call(1), finish('max_tokens'), STOP);

    expect(foldEvents(events)).toMatchObject({
      parts: [{ text: 'cut' }, { arguments: '{}' }],
      finish: { reason: 'length' },
      open: 0,
    });
  });

  it('finishes an answer that ended without a reason by what it holds', () => {
    expect(foldEvents(decode(START, call(0), close(0), STOP)).finish).toMatchObject({ reason: 'tool-calls' });
  });

  it('finishes nothing that the upstream did not end', () => {
    expect(foldEvents(decode(START, open(0, { type: 'text', text: 'cut' })))).toMatchObject({ finish: null, open: 0 });
  });

  it('reports the failure of the upstream, and nothing behind it', () => {
    const events = decode(
      START,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      open(0, { type: 'text', text: 'a' }),
      STOP,
    );

    expect(events.slice(1)).toEqual([{ type: 'error', message: 'Overloaded', code: 'overloaded_error' }]);
  });

  it('reads events without names, and lets [DONE] pass', () => {
    const decoder = new MessagesStreamDecoder();
    const push = (data: string) => decoder.push({ event: null, data, id: null });

    expect(push(JSON.stringify(START))).toHaveLength(1);
    expect(push('[DONE]')).toEqual([]);
    expect(push(JSON.stringify(finish('end_turn')))).toMatchObject([{ type: 'finish', reason: 'stop' }]);
  });

  it.each([
    ['broken JSON', 'message_delta', '{"type":"message_delta",'],
    ['HTML', null, '<html>secret</html>'],
    ['a list', 'content_block_delta', '[]'],
    ['a delta of no block', 'content_block_delta', JSON.stringify(delta(4, { type: 'text_delta', text: 'secret' }))],
    ['a block without a number', 'content_block_start', '{"content_block":{"type":"text","text":"secret"}}'],
    ['a call without a name', 'content_block_start', '{"index":0,"content_block":{"type":"tool_use","id":"t"}}'],
  ])('refuses %s, without repeating it', (_, event, data) => {
    const push = () => new MessagesStreamDecoder().push({ event, data, id: null });

    expect(push).toThrow(UnreadableAnswer);
    expect(push).not.toThrow(/secret/);
  });

  it.each([
    ['text for a call', call(0), { type: 'text_delta', text: 'a' }],
    ['arguments for a text', open(0, { type: 'text', text: '' }), { type: 'input_json_delta', partial_json: '{}' }],
    [
      'a thought for a redacted one',
      open(0, { type: 'redacted_thinking', data: 'R' }),
      { type: 'thinking_delta', thinking: 'a' },
    ],
  ])('refuses %s', (_, block, fields) => {
    expect(() => decode(START, block, delta(0, fields))).toThrow(UnreadableAnswer);
  });
});
