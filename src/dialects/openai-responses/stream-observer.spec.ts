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
    ['response.output_item.done', {}, { usageFinal: false, ending: true, repeats: false }],
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
