import { Ajv2020 } from 'ajv/dist/2020.js';
import { turn } from '../conversation.js';
import { RequestRefusal } from '../wire/request-refusal.js';
import { type PromptReading, readPrompt } from './prompt-reading.js';
import { StepBudget } from './schema-check.js';
import { schemaValue } from './schema-value.js';
import { type SeededRandom, seededRandom } from './seeded-random.js';

const ajv = new Ajv2020({ strict: false, allErrors: false, validateFormats: false });
const READING = readPrompt([turn('user', ['Plan 3 days in Paris for "Ada" and call it blue'])]);

const make = (schema: unknown, seed = 'seed', reading: PromptReading = READING): unknown =>
  schemaValue(schema, { reading, random: seededRandom(seed), budget: new StepBudget(), isFull: true });

function expectFit(schema: object, value: unknown): void {
  const validate = ajv.compile(schema);
  if (!validate(value)) {
    throw new Error(`${JSON.stringify(value)} breaks ${JSON.stringify(schema)}: ${ajv.errorsText(validate.errors)}`);
  }
}

/** A schema of some kind, with bounds that leave room. */
function inventSchema(random: SeededRandom, depth: number): Record<string, unknown> {
  const nested = depth > 0 ? [inventObject, inventArray, inventChoice, inventAll, inventReference] : [];
  return random.pick([inventString, inventNumber, inventListed, ...nested])(random, depth);
}

type Invent = (random: SeededRandom, depth: number) => Record<string, unknown>;

const inventString: Invent = random => {
  const low = random.between(0, 20);
  return random.pick([
    { type: 'string' },
    { type: 'string', minLength: low, maxLength: low + random.between(0, 10) },
    {
      type: 'string',
      pattern: random.pick(['^[a-z]{2,5}$', '^\\d{3}-\\d{4}$', '^(foo|ba[rz])+$', '^[A-Z][\\w.-]*@x\\.(?:com|org)$']),
    },
    { type: 'string', pattern: '^[a-f0-9]+$', minLength: low, maxLength: low + 4 },
    { type: ['string', 'null'] },
    { minLength: 3 },
  ]);
};

const inventNumber: Invent = random => {
  const low = random.between(-50, 50);
  return random.pick([
    { type: 'integer', minimum: low, maximum: low + random.between(0, 5) },
    { type: 'number', exclusiveMinimum: low, exclusiveMaximum: low + 1 },
    { type: 'number', minimum: low, maximum: low + 10, multipleOf: random.pick([0.01, 0.25, 0.1, 2, 3]) },
    { type: 'integer', multipleOf: random.between(2, 9), minimum: low },
    { type: 'number', maximum: low },
    { type: 'boolean' },
    { type: 'null' },
  ]);
};

const inventListed: Invent = random =>
  random.pick([
    { enum: ['red', 'green', 'blue'] },
    { type: 'integer', enum: [1, 'two', 3] },
    { const: { a: [1, null] } },
    { enum: ['ab', 'abcdef'], minLength: 4 },
  ]);

const inventObject: Invent = (random, depth) => {
  const names = ['city', 'days', 'tags', 'name', 'note'].slice(0, random.between(1, 5));
  return {
    type: 'object',
    properties: Object.fromEntries(names.map(name => [name, inventSchema(random, depth - 1)])),
    required: names.filter(() => random.next() < 0.6),
    ...random.pick([
      {},
      { additionalProperties: false },
      { additionalProperties: { type: 'integer' }, minProperties: names.length + 1 },
      { minProperties: 1 },
      { patternProperties: { '^x-[a-z]{3}$': { type: 'boolean' } } },
    ]),
  };
};

const inventArray: Invent = (random, depth) => {
  const low = random.between(0, 3);
  return random.pick([
    { type: 'array', items: inventSchema(random, depth - 1), minItems: low, maxItems: low + random.between(0, 3) },
    { type: 'array', prefixItems: [inventSchema(random, depth - 1), { type: 'integer' }], items: false, minItems: 2 },
    { type: 'array', items: { type: 'integer', minimum: 0, maximum: 50 }, uniqueItems: true, minItems: 5 },
    { type: 'array', items: { type: 'integer' }, contains: { const: 7 }, minItems: 2 },
  ]);
};

const inventChoice: Invent = (random, depth) => {
  const branches = [inventObject(random, depth - 1), inventString(random, depth), { type: 'null' }];
  return random.pick([
    { anyOf: branches },
    { oneOf: [{ type: 'integer' }, { type: 'object', properties: { kind: { const: 'a' } }, required: ['kind'] }] },
    {
      oneOf: [
        { type: 'number', minimum: 0 },
        { type: 'number', maximum: 10 },
      ],
    },
    { type: 'string', not: { enum: ['red'] } },
  ]);
};

const inventAll: Invent = (random, depth) => ({
  allOf: [
    { type: 'object', properties: { id: { type: 'integer', minimum: 5 } }, required: ['id'] },
    { properties: { id: { maximum: 9 }, more: inventSchema(random, depth - 1) }, required: ['more'] },
  ],
});

const inventReference: Invent = (random, depth) => ({
  $id: `invented-${random.next()}`,
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: {
        value: inventSchema(random, 0),
        left: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        children: { type: 'array', items: { $ref: '#/$defs/node' }, maxItems: 3 },
      },
      required: random.pick([['value'], ['value', 'left'], ['value', 'left', 'children']]),
      additionalProperties: false,
    },
  },
  ...(depth > 5 ? { description: 'deep' } : {}),
});

/** References count from the root, so a schema with any stands alone. */
function inventRoot(index: number): Record<string, unknown> {
  const random = seededRandom(`schema ${index}`);
  if (index % 8 === 0) return inventReference(random, 2);
  for (;;) {
    const schema = inventSchema(random, 3);
    if (!JSON.stringify(schema).includes('$ref')) return schema;
  }
}

it.each(Array.from({ length: 200 }, (_, index) => [index]))('fits the invented schema %i', index => {
  const schema = inventRoot(index);
  for (const seed of ['a', 'b', 'c']) expectFit(schema, make(schema, seed));
});

it.each<[string, object]>([
  ['a list of itself', { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false }],
  [
    'a tree that must have children',
    {
      $ref: '#/definitions/tree',
      definitions: {
        tree: {
          type: 'object',
          properties: { c: { type: 'array', items: { $ref: '#/definitions/tree' } } },
          required: ['c'],
        },
      },
    },
  ],
  [
    'an expression language',
    {
      $defs: {
        expression: {
          oneOf: [
            { type: 'number' },
            {
              type: 'object',
              properties: {
                op: { enum: ['+', '*'] },
                left: { $ref: '#/$defs/expression' },
                right: { $ref: '#/$defs/expression' },
              },
              required: ['op', 'left', 'right'],
              additionalProperties: false,
            },
          ],
        },
      },
      type: 'object',
      properties: { root: { $ref: '#/$defs/expression' } },
      required: ['root'],
    },
  ],
  [
    'a choice told apart by a constant',
    {
      type: 'array',
      minItems: 3,
      items: {
        anyOf: [
          {
            type: 'object',
            properties: { t: { const: 'a' }, x: { type: 'number' } },
            required: ['t', 'x'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: { t: { const: 'b' }, y: { type: 'string' } },
            required: ['t', 'y'],
            additionalProperties: false,
          },
        ],
      },
    },
  ],
  ['a schema that says true', { type: 'object', properties: { any: true }, required: ['any', 'unlisted'] }],
])('fits %s', (_, schema) => {
  expectFit(schema, make(schema));
});

it.each([
  ['date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
  ['date', /^\d{4}-\d\d-\d\d$/],
  ['time', /^\d\d:\d\d:\d\dZ$/],
  ['email', /^[^@\s]+@[^@\s]+\.[a-z]+$/],
  ['hostname', /^[a-z0-9.-]+$/],
  ['ipv4', /^(?:\d{1,3}\.){3}\d{1,3}$/],
  ['uri', /^https?:\/\//],
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
])('writes strings of the format %s', (format, expected) => {
  expect(make({ type: 'string', format })).toMatch(expected);
});

it('meets a format and a length at once', () => {
  expect(make({ type: 'string', format: 'uri', minLength: 40 })).toHaveLength(40);
});

it('takes values from the prompt where it can', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' }, colour: { enum: ['red', 'blue'] } },
    required: ['city', 'days', 'colour'],
  };
  const reading = readPrompt([turn('user', ['Plan 3 days in Paris in blue'])]);
  expect(make(schema, '', reading)).toEqual({
    city: 'Paris',
    days: 3,
    colour: 'blue',
  });
});

it.each<[string, object]>([
  ['contradictions', { allOf: [{ type: 'string' }, { type: 'number' }] }],
  ['empty ranges', { type: 'integer', minimum: 5, maximum: 4 }],
  ['endless required recursion', { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] }],
  ['references to itself', { $ref: '#' }],
  ['unknown references', { $ref: '#/$defs/nothing' }],
  ['references elsewhere', { $ref: 'https://example.com/schema.json' }],
  ['patterns with look-ahead', { type: 'string', pattern: '^(?=a)b$' }],
  ['huge arrays', { type: 'array', items: {}, minItems: 1_000_000 }],
  ['huge strings', { type: 'string', minLength: 1e9 }],
  ['schemas that grow without end', { oneOf: [{ type: 'string' }, { $ref: '#' }, { $ref: '#' }] }],
])('refuses %s, and comes to an end', (_, schema) => {
  expect(() => make(schema)).toThrow(RequestRefusal);
});

describe('strings that ask for too much are refused', () => {
  const nested = (pattern: string) => `(${pattern}){999}`;
  const properties = (count: number, schema: object) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`p${index}`, schema]));

  it.each<[string, object]>([
    ['repeats within repeats', { type: 'string', pattern: '(((){99}){999}){999}' }],
    ['repeats of nothing', { type: 'string', pattern: nested(nested(nested(nested('')))) }],
    ['a length that the pattern never has', { type: 'string', pattern: nested('(x{0}){999}'), minLength: 5 }],
    [
      'one pattern in every property',
      {
        type: 'object',
        properties: properties(900, { type: 'string', pattern: '(a?){900}' }),
        required: Object.keys(properties(900, {})),
      },
    ],
    [
      'long strings in every property',
      {
        type: 'object',
        properties: properties(900, { type: 'string', minLength: 200_000 }),
        required: Object.keys(properties(900, {})),
      },
    ],
    ['a class of everything', { type: 'string', pattern: `[${'\u0000-\uffff'.repeat(300)}]` }],
  ])('%s', (_, schema) => {
    expect(() => make(schema)).toThrow(RequestRefusal);
  });
});
