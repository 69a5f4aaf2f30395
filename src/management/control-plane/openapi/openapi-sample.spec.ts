import { sampleOf } from './openapi-sample.js';

const TEXT = { type: 'string', example: 'x' } as const;

describe('an example of a body', () => {
  it('is put together from the examples of the fields, through references and lists', () => {
    const schemas = { Part: { type: 'object', properties: { name: TEXT } } } as const;
    const body = {
      type: 'object',
      properties: {
        name: TEXT,
        part: { $ref: '#/components/schemas/Part' },
        noted: { allOf: [{ $ref: '#/components/schemas/Part' }], description: 'the same' },
        parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } },
      },
    };
    const part = { name: 'x' };
    expect(sampleOf(body, schemas)).toEqual({ name: 'x', part, noted: part, parts: [part] });
  });

  it('has the first of a choice that must be made, and leaves out what may be', () => {
    const choice = { type: 'string', enum: ['a', 'b'] };
    const body = {
      type: 'object',
      required: ['must'],
      properties: { must: choice, may: choice, free: { type: 'string' } },
    };
    expect(sampleOf(body, {})).toEqual({ must: 'a' });
  });

  it('has an end, also of a body that holds itself', () => {
    const body = { type: 'object', properties: { name: TEXT, inner: { $ref: '#/components/schemas/Body' } } };
    expect(sampleOf(body, { Body: body })).toMatchObject({ name: 'x', inner: { name: 'x', inner: { name: 'x' } } });
  });

  it('is none where nothing is known', () => {
    expect(sampleOf({ type: 'object', properties: { free: { type: 'string' } } }, {})).toBeUndefined();
    expect(sampleOf({ $ref: '#/components/schemas/None' }, {})).toBeUndefined();
  });
});
