import { countSteps } from '../../../../test/support/steps.js';
import { turn } from '../conversation.js';
import { RequestRefusal } from '../wire/request-refusal.js';
import { readPrompt } from './prompt-reading.js';
import { StepBudget } from './schema-check.js';
import { schemaValue } from './schema-value.js';
import { seededRandom } from './seeded-random.js';

const READING = readPrompt([turn('user', [`Plan 3 days in Paris. ${'1 2 "x" Paris '.repeat(300)}`])]);

const MAX_STEPS = 100_000;
/** A step is this many calls of a function at most, beside what walks over the schema once. */
const CALLS_A_STEP = 10;
const CALLS_ONCE = 20_000;
const DOUBLINGS = [1, 2, 4, 8];

type Write = (size: number) => unknown;
const many = <Item>(size: number, write: (index: number) => Item) => Array.from({ length: size }, (_, at) => write(at));
const keys = (size: number, write: (index: number) => unknown) =>
  Object.fromEntries(many(size, index => [`k${index}`, write(index)]));
const nested = (size: number, wrap: (inner: unknown) => unknown, innermost: unknown = { type: 'string' }) =>
  many(size, () => 0).reduce<unknown>(wrap, innermost);
const listOf = (items: unknown, fields = {}) => ({ type: 'array', items, minItems: 500, ...fields });
const both = (left: object, right: object) => ({ allOf: [left, right] });
const required = (properties: Record<string, unknown>, fields = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  ...fields,
});

const KINDS: Readonly<Record<string, Write>> = {
  'an enum': size => ({ enum: many(10 * size, index => `v${index}`) }),
  'an enum of objects': size => ({ enum: many(size, index => keys(10, () => index)) }),
  'an enum that none of its rest fits': size => ({ enum: many(size, index => index), type: 'string' }),
  'two enums': size => both({ enum: many(size, at => at) }, { enum: many(size, at => at + size - 1) }),
  'two enums of long texts': size =>
    both({ enum: many(size, at => 'x'.repeat(999) + at) }, { enum: many(size, at => 'x'.repeat(999) + (at + size)) }),
  'an enum in each item': size => listOf({ enum: many(size, index => `v${index}`) }),
  'an enum in each property': size => required(keys(size, () => ({ enum: many(size, index => `v${index}`) }))),
  'a large constant in each item': size => listOf({ const: 'x'.repeat(1_000 * size) }),
  'a large object in each item': size => listOf({ const: keys(size, index => index) }),
  'a long name in each item': size => listOf(required({ ['x'.repeat(1_000 * size)]: { type: 'boolean' } })),
  'items that differ': size => listOf({ type: 'string' }, { uniqueItems: true, minItems: size }),
  'items that cannot differ': size => listOf({ enum: many(size, at => at) }, { uniqueItems: true, minItems: size + 1 }),
  'objects that differ': size =>
    listOf(required(keys(9, () => ({ type: 'integer' }))), { uniqueItems: true, minItems: size }),
  'lists in lists': size => nested(Math.min(20, size), items => ({ type: 'array', items, minItems: size })),
  'many items': size => ({ type: 'array', items: { type: 'string' }, minItems: size }),
  'items by place': size => ({ type: 'array', prefixItems: many(size, () => ({ type: 'integer' })) }),
  'items that are contained': size => listOf({ type: 'string' }, { contains: { minLength: 9 }, minContains: size }),
  'allOf of properties': size => ({ allOf: many(size, index => required({ [`k${index}`]: { type: 'string' } })) }),
  'allOf of one property': size => ({ allOf: many(size, () => required({ k: { type: 'string' } })) }),
  'allOf of closed objects': size => ({
    allOf: many(size, () =>
      required(
        keys(size, () => ({})),
        { additionalProperties: false },
      ),
    ),
  }),
  'allOf of required lists': size => ({
    allOf: many(size, at => ({ required: many(size, index => `k${at * size + index}`) })),
  }),
  'allOf of types': size => ({ allOf: many(size, () => ({ type: many(size, index => `t${index}`) })) }),
  'allOf in allOf': size => nested(size, inner => ({ allOf: [inner, inner] })),
  'anyOf of what does not fit': size => both({ type: 'string' }, { anyOf: many(size, () => ({ type: 'integer' })) }),
  'anyOf in anyOf': size => nested(size, inner => ({ anyOf: [{ type: 'integer' }, inner] })),
  'anyOf twice in anyOf': size =>
    both({ type: 'boolean' }, nested(Math.min(size, 20), at => ({ anyOf: [at, at] })) as object),
  'oneOf of equals': size => ({ oneOf: many(size, () => ({ type: 'string' })) }),
  'not in not': size => nested(size, inner => ({ not: inner })),
  'a chain of references': size => ({
    $ref: '#/$defs/k0',
    $defs: keys(size, at => (at === size - 1 ? { type: 'string' } : { $ref: `#/$defs/k${at + 1}` })),
  }),
  'references that double': size => ({
    $ref: '#/$defs/k0',
    $defs: keys(size, at =>
      at === size - 1 ? { type: 'string' } : { allOf: many(2, () => ({ $ref: `#/$defs/k${at + 1}` })) },
    ),
  }),
  'references to the whole': size => required(keys(size, () => ({ anyOf: [{ $ref: '#' }, { type: 'null' }] }))),
  'a long reference': size => listOf({ $ref: `#/${'a/'.repeat(size)}a`, ...(nested(size, a => ({ a })) as object) }),
  'properties in properties': size => nested(size, inner => required({ inner, other: inner })),
  'many properties': size => required(keys(10 * size, () => ({ type: 'string' }))),
  'properties nobody lists': size => ({ type: 'object', required: many(size, index => `k${index}`) }),
  'properties by their number': size => ({
    type: 'object',
    properties: keys(size, () => ({})),
    minProperties: 2 * size,
  }),
  'properties by a pattern': size => ({
    type: 'object',
    patternProperties: keys(size, () => ({})),
    minProperties: size,
  }),
  'words that are none': size => listOf(keys(size, () => 1)),
  'many types': size => listOf({ type: [...many(size, () => 'null'), 'string'] }),
  'steps that are never whole': size => required(keys(size, () => ({ type: 'integer', multipleOf: Math.PI }))),
  'numbers that are not': size =>
    required(keys(size, () => ({ type: 'number', minimum: 1, maximum: 1.1, multipleOf: 7 }))),
  'long texts': size => required(keys(size, () => ({ type: 'string', minLength: 1_000 }))),
  patterns: size => required(keys(size, () => ({ type: 'string', pattern: '(a?){90}' }))),
};

const make = (schema: unknown, budget: StepBudget) =>
  schemaValue(schema, { reading: READING, random: seededRandom('x'), budget, isFull: true });
const READY = make({ type: 'string' }, new StepBudget());

describe('the work for a schema', () => {
  it.each(Object.entries(KINDS))('is what its budget says: %s', async (_, write) => {
    expect(READY).toBeDefined();
    for (const size of DOUBLINGS.map(times => 25 * times)) {
      const schema = write(size);
      const budget = new StepBudget();
      const calls = await countSteps(() => {
        try {
          make(schema, budget);
        } catch (error) {
          if (!(error instanceof RequestRefusal)) throw error;
        }
      });
      expect([
        size,
        calls,
        budget.spent,
        calls <= CALLS_ONCE + CALLS_A_STEP * Math.min(budget.spent, MAX_STEPS),
      ]).toEqual([size, calls, budget.spent, true]);
    }
  });

  it('has one bound for everything that is made in an answer', () => {
    const budget = new StepBudget();
    const ask = () => make(KINDS['many properties'](100), budget);
    ask();
    expect(() => many(100, ask)).toThrow(RequestRefusal);
  });
});
