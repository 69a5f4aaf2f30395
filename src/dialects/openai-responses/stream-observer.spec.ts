import { JsonSyntaxError } from '../../json/scan.js';
import { RequestFieldError } from '../request-field-error.js';
import { readResponsesRequest } from './request-fields.js';
import { createResponsesObserver } from './stream-observer.js';

const USAGE = { input_tokens: 12, output_tokens: 7 };
const event = (type: string, fields: object = {}) =>
  Buffer.from(JSON.stringify({ type, sequence_number: 1, ...fields }));

function facts(...events: [string | null, Buffer][]) {
  const read = createResponsesObserver();
  for (const [name, data] of events) read.inspect(name, data);
  const { usage, finished, terminal, failed, malformed } = read;
  return { usage: usage?.output ?? null, finished, terminal, failed, malformed };
}

const OPEN = { usage: null, finished: false, terminal: false, failed: false, malformed: false };

describe('what the events of a Responses stream say', () => {
  it.each(['response.completed', 'response.incomplete'])('%s ends it, with its usage', type => {
    const data = event(type, { response: { usage: USAGE } });
    const ended = { ...OPEN, usage: 7, finished: true, terminal: true };
    expect(facts([type, data])).toEqual(ended);
    // Some servers leave the names of events out.
    expect(facts([null, data])).toEqual(ended);
  });

  it.each(['error', 'response.failed'])('%s is a failure, and no end', type => {
    expect(facts([type, event(type, { response: { usage: USAGE } })])).toEqual({ ...OPEN, usage: 7, failed: true });
  });

  it('text that speaks of ends is none', () => {
    const delta = '"type":"response.completed" [DONE] error';
    expect(facts(['response.output_text.delta', event('response.output_text.delta', { delta })])).toEqual(OPEN);
  });

  it.each(['<html>', '{"type":', '7', 'event'])('%s is no event', text => {
    expect(facts([null, Buffer.from(text)])).toEqual({ ...OPEN, malformed: true });
  });

  it('a [DONE] behind them is passed over, and so are events that nobody knows', () => {
    expect(facts([null, Buffer.from('[DONE]')], ['response.new_thing', event('response.new_thing')])).toEqual(OPEN);
  });
});

describe('the usage of a Responses stream', () => {
  it.each([
    ['response.created', { response: { usage: null } }, { usageFinal: false, ending: false, repeats: true }],
    ['response.output_item.added', {}, { usageFinal: false, ending: false, repeats: false }],
    ['response.output_text.delta', { delta: 'a' }, { usageFinal: false, ending: false, repeats: false }],
    ['response.output_text.done', { text: 'a' }, { usageFinal: false, ending: true, repeats: true }],
    ['response.output_item.done', {}, { usageFinal: false, ending: true, repeats: true }],
    ['response.completed', { response: { usage: USAGE } }, { usageFinal: true, ending: false, repeats: true }],
    ['response.completed', { response: {} }, { usageFinal: false, ending: false, repeats: true }],
    ['response.failed', { response: { usage: USAGE } }, { usageFinal: true, ending: false, repeats: true }],
  ])('behind %s %p: %p', (type, fields, told) => {
    const read = createResponsesObserver();
    read.inspect(null, event('response.output_text.done'));
    read.inspect(null, event(type, fields));

    expect({ usageFinal: read.usageFinal, ending: read.ending, repeats: read.repeats }).toEqual(told);
  });
});

describe('each text of a Responses stream counts once', () => {
  const at = (output_index: number, content_index?: number) => ({
    output_index,
    ...(content_index !== undefined && { content_index }),
  });
  const delta = (...where: [number, number]) =>
    ['response.output_text.delta', { ...at(...where), delta: 'a' }] as const;
  const text = (...where: [number, number]) => ['response.output_text.done', { ...at(...where), text: 'a' }] as const;
  const part = (...where: [number, number]) => ['response.content_part.done', { ...at(...where), part: {} }] as const;
  const call = (index: number) => ['response.function_call_arguments.done', { ...at(index), arguments: '{}' }] as const;
  const item = (index: number) => ['response.output_item.done', { ...at(index), item: {} }] as const;
  const whole = ['response.completed', { response: {} }] as const;

  it.each<[string, readonly (readonly [string, object])[], readonly number[]]>([
    ['by deltas', [delta(0, 0), delta(0, 0), text(0, 0), part(0, 0), item(0), whole], [0, 1]],
    ['by a text that is done', [text(0, 0), part(0, 0), item(0), whole], [0]],
    ['by a part that is done', [part(0, 0), part(0, 1), item(0), whole], [0, 1]],
    ['by an item that is done', [item(0), item(1), whole], [0, 1]],
    ['by the whole answer', [whole], [0]],
    ['by arguments that are done, behind deltas of a text', [delta(0, 0), item(0), call(1), item(1)], [0, 2]],
    ['of items that are made at once', [delta(0, 0), delta(1, 0), text(0, 0), text(1, 0), item(1), item(0)], [0, 1]],
    ['of a part without deltas beside one with', [delta(0, 0), text(0, 0), text(0, 1), item(0)], [0, 2]],
  ])('%s', (_, events, counted) => {
    const read = createResponsesObserver();
    const repeats = events.map(([type, fields]) => (read.inspect(type, event(type, fields)), read.repeats));
    expect(repeats.flatMap((repeated, index) => (repeated ? [] : [index]))).toEqual(counted);
  });

  it('wherever its place is written', () => {
    const read = createResponsesObserver();
    const long = 'x'.repeat(1_000);
    for (const [type, key] of [
      ['response.output_text.delta', 'delta'],
      ['response.output_text.done', 'text'],
    ] as const) {
      read.inspect(type, Buffer.from(JSON.stringify({ [key]: long, output_index: 3, content_index: 0, type })));
      expect(read.repeats).toBe(key === 'text');
    }
    read.inspect(null, event('response.output_item.done', at(3)));
    expect(read.repeats).toBe(true);
  });
});

describe('what the gateway reads of a Responses request', () => {
  const read = (body: string) => readResponsesRequest(Buffer.from(body));

  it('is model, stream and bound; null is absent', () => {
    expect(read('{"model":"gpt-5-4","stream":true,"max_output_tokens":300,"input":"hi"}')).toMatchObject({
      model: 'gpt-5-4',
      stream: true,
      maxOutputTokens: 300,
    });
    expect(read('{"model":null,"stream":null,"max_output_tokens":null}')).toMatchObject({
      model: null,
      stream: false,
      maxOutputTokens: null,
    });
  });

  it.each([
    ['{"stream":"yes"}', 'stream'],
    ['{"max_output_tokens":-1}', 'max_output_tokens'],
    ['{"max_output_tokens":1.5}', 'max_output_tokens'],
  ])('refuses %s by its field', (body, field) => {
    expect(() => read(body)).toThrow(RequestFieldError);
    expect(() => read(body)).toThrow(field);
  });

  it('refuses two models', () => {
    expect(() => read('{"model":"a","model":"b"}')).toThrow(JsonSyntaxError);
  });
});
