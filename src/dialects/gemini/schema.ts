import { isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import { camelCase } from './wire-fields.js';

/** Google writes these 64-bit integers as strings. */
const COUNTS = new Set(['minItems', 'maxItems', 'minLength', 'maxLength', 'minProperties', 'maxProperties']);

/** Keywords that JSON Schema spells otherwise. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['defs', '$defs'],
  ['ref', '$ref'],
]);

/** Keywords whose value is a map from names to schemas, in Google's form and in JSON Schema. */
const MAPS = new Set(['properties', '$defs', 'defs', 'definitions', 'patternProperties', 'dependentSchemas']);

/** Keywords whose value is data and no schema. */
const DATA = new Set(['enum', 'const', 'default', 'example', 'examples', 'required', 'propertyOrdering']);

/** Google's Schema, which is OpenAPI's of old, as the JSON Schema that says the same. */
export function decodeSchema(schema: JsonObject): JsonObject {
  const decoded: Record<string, Json> = {};
  for (const [key, value] of Object.entries(schema)) {
    const keyword = camelCase(key);
    if (value !== null && keyword !== 'nullable' && keyword !== 'propertyOrdering')
      decodeKeyword(decoded, keyword, value);
  }
  orderProperties(decoded, schema['propertyOrdering'] ?? schema['property_ordering']);
  return schema['nullable'] === true ? orNull(decoded) : decoded;
}

/** Google's types by their numbers, which its older SDKs send over REST. */
const TYPES = ['type_unspecified', 'string', 'number', 'integer', 'boolean', 'array', 'object', 'null'] as const;

function decodeKeyword(decoded: Record<string, Json>, keyword: string, value: Json): void {
  if (keyword === 'type') {
    const type = typeOf(value);
    if (type !== TYPES[0]) decoded['type'] = type;
  } else if (keyword === 'format' && value === 'enum') {
    return; // the list of values says so itself
  } else if (keyword === 'example') {
    decoded['examples'] = [value];
  } else if (COUNTS.has(keyword)) {
    decoded[keyword] = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  } else {
    set(decoded, RENAMED.get(keyword) ?? keyword, mapSchemas(keyword, value, decodeSchema));
  }
}

function typeOf(type: Json): Json {
  if (typeof type === 'string') return type.toLowerCase();
  if (typeof type === 'number') return TYPES[type] ?? type;
  return isList(type) ? type.map(typeOf) : type;
}

/** JSON objects keep the order of their keys, which is all that `propertyOrdering` asks for. */
function orderProperties(decoded: Record<string, Json>, ordering: Json | undefined): void {
  const properties = decoded['properties'];
  if (!isList(ordering) || !isObject(properties)) return;
  const place = new Map(ordering.map((name, index) => [name, index]));
  const placeOf = (name: string): number => place.get(name) ?? ordering.length;
  decoded['properties'] = Object.fromEntries(
    Object.entries(properties).toSorted(([one], [other]) => placeOf(one) - placeOf(other)),
  );
}

function orNull(schema: Record<string, Json>): JsonObject {
  const { type, anyOf, enum: values } = schema;
  if (isList(anyOf) && type === undefined) return { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  if (typeof type !== 'string') return schema;
  return { ...schema, type: [type, 'null'], ...(isList(values) && { enum: [...values, null] }) };
}

/** A JSON Schema without `$schema`, wherever it stands as a keyword: some of Google's backends refuse it. */
export function encodeSchema(schema: JsonObject): JsonObject {
  const encoded: Record<string, Json> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword !== '$schema') set(encoded, keyword, mapSchemas(keyword, value, encodeSchema));
  }
  return encoded;
}

/** The schemas within the value of a keyword, each through `map`. The names in a map are no keywords. */
function mapSchemas(keyword: string, value: Json, map: (schema: JsonObject) => JsonObject): Json {
  if (DATA.has(keyword)) return value;
  if (isList(value)) return value.map(item => (isObject(item) ? map(item) : item));
  if (!isObject(value)) return value;
  if (!MAPS.has(keyword)) return map(value);
  const entries = Object.entries(value).map(([name, inner]) => [name, isObject(inner) ? map(inner) : inner] as const);
  return Object.fromEntries(entries);
}

/** A key such as `__proto__` is a key like any other. */
function set(target: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
