import { isList, isObject, type Json, type JsonObject } from '../../json/value.js';

const TYPES: ReadonlySet<string> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']);

/** Keywords that say of what type a schema is that does not say so. */
const IMPLIED: readonly (readonly [type: string, keywords: readonly string[]])[] = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'maxProperties']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems']],
  ['string', ['pattern', 'minLength', 'maxLength', 'format']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];

/**
 * The types of a schema, in lower case, with `null` for OpenAPI's `nullable`; empty where any is allowed.
 * @param inherited the types of the schema around, for a branch that names none
 */
export function typesOf(schema: JsonObject, inherited: readonly string[]): readonly string[] {
  const declared = (isList(schema['type']) ? schema['type'] : [schema['type'] ?? null]).flatMap(type =>
    typeof type === 'string' && TYPES.has(type.toLowerCase()) ? [type.toLowerCase()] : [],
  );
  const types = declared.length > 0 ? declared : impliedBy(schema, inherited);
  const nullable = schema['nullable'] === true && types.length > 0;
  return [...new Set(nullable ? [...types, 'null'] : types)];
}

function impliedBy(schema: JsonObject, inherited: readonly string[]): readonly string[] {
  const implied = IMPLIED.find(([, keywords]) => keywords.some(keyword => keyword in schema));
  return implied === undefined ? inherited : [implied[0]];
}

/** The list of values of a schema, where all of them are plain; null for none. A type beside it says nothing more. */
export function literalsOf(schema: JsonObject): JsonObject | null {
  const { enum: values, const: value, nullable } = schema;
  const orNull = nullable === true && isList(values) && !values.includes(null) ? [null] : [];
  const literals: JsonObject = {
    ...(isList(values) && values.length > 0 && values.every(isPlain) && { enum: [...values, ...orNull] }),
    ...(value !== undefined && isPlain(value) && { const: value }),
  };
  return Object.keys(literals).length === 0 ? null : literals;
}

function isPlain(value: Json): boolean {
  return value === null || typeof value !== 'object';
}

export interface Branches {
  readonly keyword: 'anyOf' | 'oneOf';
  readonly list: readonly Json[];
}

/** The schemas of which one holds; null for none, and for an object that has properties beside them. */
export function branchesOf(schema: JsonObject): Branches | null {
  const { properties, nullable } = schema;
  if (isObject(properties) && Object.keys(properties).length > 0) return null;
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const list = schema[keyword];
    if (!isList(list) || list.length === 0) continue;
    return { keyword, list: nullable === true ? [...list, { type: 'null' }] : list };
  }
  return null;
}
