import { JsonSyntaxError } from '../../json/scan.js';
import { RequestFieldError } from '../request-field-error.js';
import { readMessagesRequest } from './request-fields.js';

const read = (body: string) => readMessagesRequest(Buffer.from(body));

describe('readMessagesRequest', () => {
  it('reads what the gateway must know', () => {
    const body = '{"model":"claude-opus-5","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}';

    expect(read(body)).toMatchObject({
      model: 'claude-opus-5',
      stream: true,
      maxOutputTokens: 100,
      scanned: { blobs: 0 },
    });
  });

  it('leaves what is absent or null to the upstream', () => {
    const empty = { model: null, stream: false, maxOutputTokens: null };

    expect(read('{}')).toMatchObject(empty);
    expect(read('{"model":null,"stream":null,"max_tokens":null}')).toMatchObject(empty);
  });

  it.each([
    ['12', null],
    ['""', null],
    [`"${'m'.repeat(512)}"`, 'm'.repeat(512)],
    [`"${'m'.repeat(513)}"`, null],
    ['"\\u0063laude"', 'claude'],
  ])('reads the model %s', (model, expected) => {
    expect(read(`{"model":${model}}`).model).toBe(expected);
  });

  it.each([
    ['stream', '"true"', 'stream must be a boolean'],
    ['max_tokens', '-1', 'max_tokens must be a non-negative integer'],
    ['max_tokens', '1.5', 'max_tokens must be a non-negative integer'],
    ['max_tokens', '1e999', 'max_tokens must be a non-negative integer'],
    ['max_tokens', '"5"', 'max_tokens must be a non-negative integer'],
  ])('refuses %s: %s, by name', (field, value, message) => {
    let error: unknown;
    try {
      read(`{"model":"m","${field}":${value}}`);
    } catch (thrown) {
      error = thrown;
    }

    expect(error).toBeInstanceOf(RequestFieldError);
    expect(error).toMatchObject({ field, message });
  });

  it('refuses a body that is no acceptable JSON object', () => {
    expect(() => read('{"model":"a","model":"b"}')).toThrow(JsonSyntaxError);
    expect(() => read('{"model":"a"')).toThrow(JsonSyntaxError);
  });
});
