import { JsonSyntaxError, StructureError } from '../../json/scan.js';
import { RequestFieldError } from '../request-field-error.js';
import { readEmbeddingsRequest } from './request-fields.js';

const read = (body: string) => readEmbeddingsRequest(Buffer.from(body));
const readInput = (input: unknown) => read(JSON.stringify({ model: 'm', input }));

describe('readEmbeddingsRequest', () => {
  it('reads what the gateway must know', () => {
    const body = '{"model":"qwen3-embedding","input":["a","b"],"dimensions":256,"encoding_format":"base64","user":"u"}';

    expect(read(body)).toMatchObject({
      model: 'qwen3-embedding',
      inputs: 2,
      inputTokensKnown: null,
      dimensions: 256,
      encodingFormat: 'base64',
      scanned: { blobs: 0 },
    });
  });

  it('fills in what is absent or null', () => {
    const plain = { model: null, inputs: 1, inputTokensKnown: null, dimensions: null, encodingFormat: 'float' };

    expect(read('{"input":"a"}')).toMatchObject(plain);
    expect(read('{"input":"a","model":null,"dimensions":null,"encoding_format":null,"stream":null}')).toMatchObject(
      plain,
    );
    expect(read('{"input":"a","model":7,"stream":false}')).toMatchObject(plain);
  });

  it.each([
    ['one text', 'a', 1, null],
    ['150 texts', Array.from({ length: 150 }, () => 'a'), 150, null],
    ['token ids', [1, 2, 3], 1, 3],
    ['more than 150 token ids', Array.from({ length: 500 }, (_, id) => id), 1, 500],
    ['lists of token ids', [[1, 2], [0]], 2, 3],
  ])('counts %s', (_, input, inputs, inputTokensKnown) => {
    expect(readInput(input)).toMatchObject({ inputs, inputTokensKnown });
  });

  it.each([
    ['151 texts', Array.from({ length: 151 }, () => 'a'), 'input', 'input must hold at most 150 items, got 151'],
    ['151 lists', Array.from({ length: 151 }, () => [1]), 'input', 'input must hold at most 150 items, got 151'],
    ['no text', '', 'input', 'input must not be empty'],
    ['an empty list', [], 'input', 'input must not be empty'],
    ['a list with an empty text', ['a', ''], 'input[1]', 'input[1] must not be empty'],
    ['an empty list of token ids', [[1], []], 'input[1]', 'input[1] must not be empty'],
    ['negative token ids', [1, -1], 'input', 'input must hold token ids, which are non-negative integers'],
    ['fractions', [[0.5]], 'input[0]', 'input[0] must hold token ids, which are non-negative integers'],
    ['token ids and text', [1, 'a'], 'input', 'input must hold token ids, which are non-negative integers'],
    ['text and token ids', ['a', 1], 'input', expect.stringMatching(/^input must be a string, an array/)],
    ['lists and text', [[1], 'a'], 'input', expect.stringMatching(/^input must be a string, an array/)],
    ['a list of objects', [{}], 'input', expect.stringMatching(/^input must be a string, an array/)],
    ['an object', { a: 1 }, 'input', expect.stringMatching(/^input must be a string, an array/)],
    ['a number', 5, 'input', expect.stringMatching(/^input must be a string, an array/)],
    ['null', null, 'input', 'input is required'],
    ['nothing', undefined, 'input', 'input is required'],
  ])('refuses %s as input', (_, input, field, message) => {
    expect(() => readInput(input)).toThrow(RequestFieldError);
    expect(() => readInput(input)).toThrow(expect.objectContaining({ field, message }));
  });

  it.each([
    ['"stream":true', 'stream', 'stream is not available for embeddings'],
    ['"stream":"yes"', 'stream', 'stream must be a boolean'],
    ['"encoding_format":"int8"', 'encoding_format', 'encoding_format must be float or base64'],
    ['"encoding_format":5', 'encoding_format', 'encoding_format must be float or base64'],
    ['"dimensions":0', 'dimensions', 'dimensions must be a positive integer'],
    ['"dimensions":1.5', 'dimensions', 'dimensions must be a positive integer'],
    ['"dimensions":"256"', 'dimensions', 'dimensions must be a positive integer'],
  ])('refuses %s', (pair, field, message) => {
    expect(() => read(`{"input":"a",${pair}}`)).toThrow(expect.objectContaining({ field, message }));
  });

  it('takes as many token ids as any provider, and refuses a body of more than 500,000 values', () => {
    const ids = (count: number) => `{"model":"m","input":[${'7,'.repeat(count - 1)}7]}`;

    expect(read(ids(300_000)).inputTokensKnown).toBe(300_000);
    expect(() => read(ids(500_000))).toThrow(new StructureError('holds more than 500000 values'));
  });

  it('refuses an input larger than it would count', () => {
    const body = Buffer.alloc(33 * 1024 * 1024, 'a');
    body.write('{"input":"');
    body.write('"}', body.length - 2);

    expect(() => readEmbeddingsRequest(body)).toThrow(expect.objectContaining({ field: 'input' }));
  });

  it('refuses what is no JSON object', () => {
    expect(() => read('["a"]')).toThrow(JsonSyntaxError);
    expect(() => read('{"input":"a","input":"b"}')).toThrow(JsonSyntaxError);
  });
});
