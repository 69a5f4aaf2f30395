import type { OpenAPIObject } from '@nestjs/swagger';

type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
type Schema = Schemas[string];

const PREFIX = '#/components/schemas/';

/**
 * A request as an example, put together from the examples of its fields. Fields that may be left out and have no example are
 * left out; a required choice is its first.
 * @returns undefined where nothing is known
 */
export function sampleOf(schema: Schema, schemas: Schemas): unknown {
  if ('$ref' in schema) {
    const named = schemas[schema.$ref.slice(PREFIX.length)];
    return named === undefined ? undefined : sampleOf(named, schemas);
  }
  const { example, enum: choices, allOf, properties, items } = schema;
  if (example !== undefined) return example;
  if (allOf?.length === 1 && allOf[0] !== undefined) return sampleOf(allOf[0], schemas);
  if (properties !== undefined) return sampleOfObject(properties, schema.required ?? [], schemas);
  if (items !== undefined) {
    const item = sampleOf(items, schemas);
    return item === undefined ? undefined : [item];
  }
  return choices?.[0];
}

function sampleOfObject(properties: Schemas, required: readonly string[], schemas: Schemas): object | undefined {
  const fields = Object.entries(properties).flatMap(([name, property]) => {
    const isChoice =
      'enum' in property || ('items' in property && property.items !== undefined && 'enum' in property.items);
    if (isChoice && !required.includes(name) && !('example' in property)) return [];
    const value = sampleOf(property, schemas);
    return value === undefined ? [] : [[name, value] as const];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}
