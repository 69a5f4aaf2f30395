import { JsonSyntaxError } from '../../json/scan.js';
import { RequestFieldError } from '../request-field-error.js';
import { readGeminiRequest } from './request-fields.js';

const read = (body: string) => readGeminiRequest(Buffer.from(body));

describe('readGeminiRequest', () => {
  it.each([
    ['{}', null, 1],
    ['{"contents":[{"parts":[{"text":"\\"maxOutputTokens\\":5"}]}]}', null, 1],
    ['{"generationConfig":null}', null, 1],
    ['{"generationConfig":{}}', null, 1],
    ['{"generationConfig":{"maxOutputTokens":100,"candidateCount":3}}', 100, 3],
    ['{"generation_config":{"max_output_tokens":100,"candidate_count":3}}', 100, 3],
    ['{"generationConfig":{"maxOutputTokens":0,"candidateCount":null}}', 0, 1],
    ['{"generationConfig":{"maxOutputTokens":"256"}}', 256, 1],
    ['{"generationConfig":{"maxOutputTokens":2.56e2}}', 256, 1],
    ['{"generationConfig":{"responseSchema":{"properties":{"maxOutputTokens":{"type":"STRING"}}}}}', null, 1],
    ['{"maxOutputTokens":7}', null, 1],
  ])('reads the bounds of %s', (body, maxOutputTokens, candidates) => {
    expect(read(body)).toMatchObject({ maxOutputTokens, candidates });
  });

  it('takes the larger of two spellings, so that what is reserved covers either', () => {
    expect(
      read(
        '{"generationConfig":{"maxOutputTokens":5,"max_output_tokens":9},"generation_config":{"maxOutputTokens":7}}',
      ),
    ).toMatchObject({ maxOutputTokens: 9 });
    expect(read('{"generation_config":{"candidateCount":4},"generationConfig":{"candidateCount":2}}')).toMatchObject({
      candidates: 4,
    });
  });

  it('finds the bounds beside a schema of a megabyte', () => {
    const schema = JSON.stringify({ type: 'OBJECT', description: 'x'.repeat(1024 * 1024) });

    expect(read(`{"generationConfig":{"responseSchema":${schema},"maxOutputTokens":12}}`).maxOutputTokens).toBe(12);
  });

  it('counts text and media for an estimate', () => {
    const image = `iVBORw0KGgo${'A'.repeat(8181)}`;
    const { scanned } = read(`{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"${image}"}}]}]}`);

    expect(scanned).toMatchObject({ blobs: 1, blobBytes: 8192 });
  });

  it.each([
    ['{"generationConfig":5}', 'generationConfig', 'generationConfig must be an object'],
    [
      '{"generationConfig":{"maxOutputTokens":-1}}',
      'generationConfig.maxOutputTokens',
      'generationConfig.maxOutputTokens must be a non-negative integer',
    ],
    [
      '{"generation_config":{"max_output_tokens":"many"}}',
      'generation_config.max_output_tokens',
      'generation_config.max_output_tokens must be a non-negative integer',
    ],
    [
      '{"generationConfig":{"candidateCount":0}}',
      'generationConfig.candidateCount',
      'generationConfig.candidateCount must be a positive integer',
    ],
    [
      '{"generationConfig":{"maxOutputTokens":1,"maxOutputTokens":9}}',
      'generationConfig',
      'generationConfig must hold each field once, plainly written',
    ],
    [
      '{"generationConfig":{"max\\u004futputTokens":9}}',
      'generationConfig',
      'generationConfig must hold each field once, plainly written',
    ],
  ])('refuses %s', (body, field, message) => {
    expect(() => read(body)).toThrow(RequestFieldError);
    expect(() => read(body)).toThrow(expect.objectContaining({ field, message }));
  });

  it('refuses what is no JSON object', () => {
    expect(() => read('[]')).toThrow(JsonSyntaxError);
    expect(() => read('{"generationConfig":{"maxOutputTokens":1}')).toThrow(JsonSyntaxError);
  });
});
