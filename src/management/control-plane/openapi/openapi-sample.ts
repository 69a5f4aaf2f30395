import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string];

const PREFIX = '#/components/schemas/';
/** Deeper than any body; one that holds itself would have no end. */
const MAX_DEPTH = 12;

/**
 * A request as an example, put together from the examples of its fields. Fields that may be left out and have no example are
 * left out; a required choice is its first.
 * @returns undefined where nothing is known
 */
export function sampleOf(schema: Schema, schemas: Schemas, depth = 0): unknown {
  if (depth > MAX_DEPTH) return undefined;
  if ('$ref' in schema) {
    const named = schemas[schema.$ref.slice(PREFIX.length)];
    return named === undefined ? undefined : sampleOf(named, schemas, depth + 1);
  }
  const { example, enum: choices, allOf, properties, items } = schema;
  if (example !== undefined) return example;
  if (allOf?.length === 1 && allOf[0] !== undefined) return sampleOf(allOf[0], schemas, depth + 1);
  if (properties !== undefined) return sampleOfObject(schema, schemas, depth);
  if (items !== undefined) {
    const item = sampleOf(items, schemas, depth + 1);
    return item === undefined ? undefined : [item];
  }
  return choices?.[0];
}

function sampleOfObject(
  { properties = {}, required = [] }: Exclude<Schema, { $ref: string }>,
  schemas: Schemas,
  depth: number,
): object | undefined {
  const fields = Object.entries(properties).flatMap(([name, property]) => {
    const isChoice =
      'enum' in property || ('items' in property && property.items !== undefined && 'enum' in property.items);
    if (isChoice && !required.includes(name) && !('example' in property)) return [];
    const value = sampleOf(property, schemas, depth + 1);
    return value === undefined ? [] : [[name, value] as const];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}
