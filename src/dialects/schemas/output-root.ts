import { isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import { resolvePointer } from './json-pointer.js';
import { branchesOf, typesOf } from './schema-types.js';

/** The one property of an object that holds an answer which is no object itself. */
const ANSWER_KEY = 'answer';
const ANSWER_PATH = `#/properties/${ANSWER_KEY}`;
const DEFINITIONS: ReadonlySet<string> = new Set(['$defs', 'definitions']);
/** References are followed this far to see what the root is. */
const MAX_STEPS = 64;

/** Whether an answer that fits the schema may be something else than an object: a list, a number, one of several. */
export function mayBeNoObject(schema: JsonObject): boolean {
  let root = schema;
  for (let steps = 0; typeof root['$ref'] === 'string' && steps < MAX_STEPS; steps += 1) {
    const target = resolvePointer(schema, root['$ref']);
    if (!isObject(target)) return false;
    root = target;
  }
  if (branchesOf(root) !== null) return true;
  const types = typesOf(root, []);
  if (types.length === 0) return 'enum' in root || 'const' in root;
  return types.some(type => type !== 'object');
}

/** An object with one property, which is as the schema says. What the schema refers to in itself stands one level deeper. */
export function asObjectRoot(schema: JsonObject): JsonObject {
  const own = Object.entries(schema).filter(([key]) => !DEFINITIONS.has(key));
  const definitions = Object.entries(schema).filter(([key]) => DEFINITIONS.has(key));
  return {
    type: 'object',
    properties: { [ANSWER_KEY]: deeper(Object.fromEntries(own)) },
    required: [ANSWER_KEY],
    additionalProperties: false,
    ...Object.fromEntries(definitions.map(([key, value]) => [key, deeper(value)])),
  };
}

function deeper<Value extends Json>(value: Value): Value {
  if (isList(value)) return value.map(inner => deeper(inner)) as Json as Value;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, Json] => [
    key,
    key === '$ref' && typeof inner === 'string' ? moved(inner) : deeper(inner),
  ]);
  return Object.fromEntries(entries) as Json as Value;
}

function moved(reference: string): string {
  if (reference === '#') return ANSWER_PATH;
  const [, first = ''] = reference.split('/', 2);
  return reference.startsWith('#/') && !DEFINITIONS.has(first) ? `${ANSWER_PATH}${reference.slice(1)}` : reference;
}
