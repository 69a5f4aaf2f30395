import { asList, isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import { RequestFieldError } from '../request-field-error.js';
import type { LossList } from '../wire/loss-list.js';
import { Copies } from './copies.js';
import { resolvePointer } from './json-pointer.js';
import { mergeAllOf } from './merge-all-of.js';
import { describe, wordsOf } from './schema-words.js';

const CHOICES = ['anyOf', 'oneOf'] as const;

/**
 * The schema of a function's arguments as one object, for a vendor that takes no `allOf`, `anyOf`, `oneOf` or `$ref` at its
 * root: what is said in parts is said in one; of a choice all properties may be given, and the choice is told in words.
 * @param field where the schema stands in the caller's request
 * @throws {RequestFieldError} for one whose references make it far longer
 */
export function objectRoot(schema: JsonObject, field: string, losses: LossList): JsonObject {
  const split = isList(schema['allOf']) || typeof schema['$ref'] === 'string';
  const { $defs, definitions } = schema;
  const { schema: merged, references } = split
    ? mergeAllOf(schema, schema, () => {})
    : { schema, references: [] as const };
  copy(new Set(references.map(reference => resolvePointer(schema, reference) ?? null)), schema, field);
  const whole: JsonObject = split
    ? { ...merged, ...($defs && { $defs }), ...(definitions && { definitions }) }
    : schema;
  return CHOICES.some(keyword => isList(whole[keyword])) ? withoutChoices(whole, schema, field, losses) : whole;
}

function withoutChoices(whole: JsonObject, root: JsonObject, field: string, losses: LossList): JsonObject {
  const { anyOf, oneOf, ...rest } = whole;
  const properties = new Map<string, Json>(Object.entries(isObject(rest['properties']) ? rest['properties'] : {}));
  const branches = new Set([...asList(anyOf), ...asList(oneOf)].map(branch => referred(branch, root)));
  copy(branches, root, field);
  for (const branch of branches) {
    for (const [name, property] of propertiesOf(branch)) {
      if (!properties.has(name)) properties.set(name, property);
    }
  }
  const words = CHOICES.flatMap(keyword => {
    const choice = whole[keyword];
    if (choice === undefined) return [];
    losses.add(`${field}.${keyword}`, 'is told in the description; this model is given one object');
    return [wordsOf(keyword, choice)];
  });
  const description = describe(rest['description'], words);
  return { ...rest, type: 'object', properties: Object.fromEntries(properties), description };
}

/** Parts of one part may be referred to one by one: each is written again. */
function copy(targets: ReadonlySet<Json>, root: JsonObject, field: string): void {
  const copies = new Copies(root);
  for (const target of targets) {
    if (copies.mayCopy(target)) continue;
    throw new RequestFieldError(field, `${field} refers again and again to what is long: say it once`);
  }
}

/** What a branch refers to, which is the same thing however often it is referred to. */
function referred(branch: Json, root: JsonObject): Json {
  const reference = isObject(branch) ? branch['$ref'] : null;
  return typeof reference === 'string' ? (resolvePointer(root, reference) ?? null) : branch;
}

function propertiesOf(schema: Json): readonly (readonly [string, Json])[] {
  const properties = isObject(schema) ? schema['properties'] : null;
  return isObject(properties) ? Object.entries(properties) : [];
}
