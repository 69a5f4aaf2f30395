import { JsonSyntaxError } from '../../json/scan.js';
import { RequestFieldError } from '../request-field-error.js';
import { readChatRequest } from './request-fields.js';

const read = (body: string) => readChatRequest(Buffer.from(body));

describe('readChatRequest', () => {
  it('reads what the gateway must know', () => {
    const body =
      '{"model":"gpt-5-4","messages":[{"role":"user","content":"hi"}],"stream":true,"n":3,' +
      '"max_tokens":100,"stream_options":{"include_usage":true}}';

    expect(read(body)).toMatchObject({
      model: 'gpt-5-4',
      stream: true,
      n: 3,
      maxOutputTokens: 100,
      includeUsage: true,
      scanned: { blobs: 0 },
    });
  });

  it('fills in what is absent or null', () => {
    const empty = { model: null, stream: false, n: 1, maxOutputTokens: null, includeUsage: false };

    expect(read('{}')).toMatchObject(empty);
    expect(
      read(
        '{"model":null,"stream":null,"n":null,"max_tokens":null,"max_completion_tokens":null,"stream_options":null}',
      ),
    ).toMatchObject(empty);
  });

  it.each([
    ['{"max_tokens":5}', 5],
    ['{"max_completion_tokens":6}', 6],
    ['{"max_tokens":5,"max_completion_tokens":6}', 6],
    ['{"max_tokens":9,"max_completion_tokens":6}', 9],
    ['{"max_tokens":0}', 0],
    ['{"max_tokens":5,"max_completion_tokens":null}', 5],
  ])('takes the limit that covers either field: %s', (body, limit) => {
    expect(read(body).maxOutputTokens).toBe(limit);
  });

  it.each([
    ['12', null],
    ['""', null],
    ['{"name":"gpt"}', null],
    [`"${'m'.repeat(512)}"`, 'm'.repeat(512)],
    [`"${'m'.repeat(513)}"`, null],
    ['"\\u0067pt"', 'gpt'],
  ])('reads the model %s', (model, expected) => {
    expect(read(`{"model":${model}}`).model).toBe(expected);
  });

  it.each([
    ['stream', '"true"', 'stream must be a boolean'],
    ['stream', '1', 'stream must be a boolean'],
    ['n', '0', 'n must be a positive integer'],
    ['n', '1.5', 'n must be a positive integer'],
    ['n', '"2"', 'n must be a positive integer'],
    ['max_tokens', '-1', 'max_tokens must be a non-negative integer'],
    ['max_tokens', '1e999', 'max_tokens must be a non-negative integer'],
    ['max_completion_tokens', '[]', 'max_completion_tokens must be a non-negative integer'],
    ['stream_options', 'true', 'stream_options must be an object of at most 4096 bytes'],
    ['stream_options', `{"x":"${'y'.repeat(5000)}"}`, 'stream_options must be an object of at most 4096 bytes'],
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

  it.each([['{"include_usage":false}'], ['{"include_usage":1}'], ['{}']])(
    'takes %s for no wish to see usage',
    options => {
      expect(read(`{"stream_options":${options}}`).includeUsage).toBe(false);
    },
  );

  it('refuses a body that is no acceptable JSON object', () => {
    expect(() => read('{"model":"a","model":"b"}')).toThrow(JsonSyntaxError);
    expect(() => read('{"model":"a"')).toThrow(JsonSyntaxError);
  });
});
