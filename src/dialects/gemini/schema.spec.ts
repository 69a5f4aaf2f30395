import { decodeSchema, encodeSchema } from './schema.js';

describe('decodeSchema', () => {
  it.each([
    ['types', { type: 'STRING' }, { type: 'string' }],
    ['a type that is not specified', { type: 'TYPE_UNSPECIFIED', description: 'x' }, { description: 'x' }],
    ['several types', { type: ['STRING', 'NULL'] }, { type: ['string', 'null'] }],
    [
      'types by their numbers',
      { type: 6, properties: { a: { type: 1 }, b: { type: 5, items: { type: 3, nullable: true } } } },
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'array', items: { type: ['integer', 'null'] } } },
      },
    ],
    ['a type that is not specified, by its number', { type: 0, description: 'x' }, { description: 'x' }],
    ['null beside a type', { type: 'INTEGER', nullable: true }, { type: ['integer', 'null'] }],
    ['null that is not wanted', { type: 'INTEGER', nullable: false }, { type: 'integer' }],
    [
      'null among values',
      { type: 'STRING', format: 'enum', enum: ['A', 'B'], nullable: true },
      { type: ['string', 'null'], enum: ['A', 'B', null] },
    ],
    [
      'null among alternatives',
      { anyOf: [{ type: 'STRING' }, { type: 'NUMBER' }], nullable: true },
      { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] },
    ],
    [
      'counts in quotes',
      { type: 'ARRAY', items: { type: 'STRING', maxLength: '9' }, minItems: '1', max_items: 3 },
      { type: 'array', items: { type: 'string', maxLength: 9 }, minItems: 1, maxItems: 3 },
    ],
    ['an example', { type: 'STRING', example: { type: 'STRING' } }, { type: 'string', examples: [{ type: 'STRING' }] }],
    ['formats', { type: 'STRING', format: 'date-time' }, { type: 'string', format: 'date-time' }],
    [
      'references',
      { ref: '#/$defs/node', defs: { node: { type: 'OBJECT' } } },
      { $ref: '#/$defs/node', $defs: { node: { type: 'object' } } },
    ],
    [
      'names of properties, which are no keywords',
      {
        type: 'OBJECT',
        properties: { type: { type: 'STRING' }, any_of: { type: 'NUMBER' }, nullable: { type: 'BOOLEAN' } },
      },
      {
        type: 'object',
        properties: { type: { type: 'string' }, any_of: { type: 'number' }, nullable: { type: 'boolean' } },
      },
    ],
    [
      'values, which are data',
      { default: { type: 'STRING' }, enum: ['STRING'] },
      { default: { type: 'STRING' }, enum: ['STRING'] },
    ],
    ['nulls, which say nothing', { type: 'STRING', items: null }, { type: 'string' }],
  ])('reads %s', (_, schema, expected) => {
    expect(decodeSchema(schema)).toEqual(expected);
  });

  it('orders the properties as it is told', () => {
    const properties = { a: { type: 'STRING' }, b: { type: 'STRING' }, c: { type: 'STRING' } };
    const decoded = decodeSchema({ type: 'OBJECT', properties, propertyOrdering: ['c', 'a'] });

    expect(Object.keys(decoded['properties'] as object)).toEqual(['c', 'a', 'b']);
    expect(decoded).not.toHaveProperty('propertyOrdering');
  });

  it('takes a property named __proto__ for a property', () => {
    const schema = JSON.parse('{"type":"OBJECT","properties":{"__proto__":{"type":"STRING"}},"__proto__":{"x":1}}');

    expect(JSON.stringify(decodeSchema(schema))).toBe(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"__proto__":{"x":1}}',
    );
  });
});

describe('encodeSchema', () => {
  it('leaves out $schema as a keyword, at any depth, and nothing else', () => {
    const $schema = 'https://json-schema.org/draft/2020-12/schema';
    const schema = {
      $schema,
      type: 'object',
      properties: { $schema: { type: 'string', $schema }, list: { type: 'array', items: [{ $schema, type: 'null' }] } },
      $defs: { one: { $schema, const: { $schema } } },
      additionalProperties: { $schema, type: 'number' },
      examples: [{ $schema }],
    };
    const before = structuredClone(schema);

    expect(encodeSchema(schema)).toEqual({
      type: 'object',
      properties: { $schema: { type: 'string' }, list: { type: 'array', items: [{ type: 'null' }] } },
      $defs: { one: { const: { $schema } } },
      additionalProperties: { type: 'number' },
      examples: [{ $schema }],
    });
    expect(schema).toEqual(before);
  });
});
