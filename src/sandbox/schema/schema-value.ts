import type { PromptReading } from '../prompt-reading.js';
import type { SeededRandom } from '../seeded-random.js';
import { isJsonObject, type JsonObject } from '../wire-checks.js';
import { numberValue } from './number-value.js';
import { type CheckBudget, fitsSchema, itemSchemas } from './schema-check.js';
import { foldSchema } from './schema-fold.js';
import { asList, asNumber, NoSuchValue, refuseSchema, sameJson } from './schema-words.js';
import type { WriteBudget } from './pattern-value.js';
import { stringValue } from './string-value.js';

/** From this depth on values stay as small as the schema lets them, so that recursive schemas come to an end. */
const FULL_DEPTH = 4;
const MAX_DEPTH = 32;
const MAX_NODES = 20_000;
const MAX_CHECKS = 200_000;
const MAX_WRITTEN = 400_000;
const MAX_SIZE = 1000;
const MIN_TRIES = 6;
const PROMPTED_TRIES = 2;
const ITEM_TRIES = 24;

interface Making {
  root: unknown;
  reading: PromptReading;
  random: SeededRandom;
  nodes: number;
  checks: CheckBudget;
  written: WriteBudget;
}

/**
 * Makes a JSON value that fits the schema, filled from the prompt where that is plausible. The same arguments give the
 * same value. Throws `RequestRefusal` (400) when the schema allows no value or asks for more than the sandbox can do.
 */
export function schemaValue(schema: unknown, reading: PromptReading, random: SeededRandom): unknown {
  try {
    return make(schema, '', 0, {
      root: schema,
      reading,
      random,
      nodes: 0,
      checks: { left: MAX_CHECKS },
      written: { left: MAX_WRITTEN },
    });
  } catch (error) {
    if (error instanceof NoSuchValue) throw refuseSchema(`no value was found that fits it (${error.message})`);
    throw error;
  }
}

function make(schema: unknown, name: string, depth: number, making: Making): unknown {
  if (++making.nodes > MAX_NODES) throw refuseSchema(`it asks for more than ${MAX_NODES} values`);
  if (depth > MAX_DEPTH) throw new NoSuchValue('it never ends');
  let failure: unknown;
  const tries = MIN_TRIES + widestChoice(schema);
  for (let attempt = 0; attempt < tries; attempt++) {
    const start = depth === 0 && attempt === 0 ? 0 : making.random.between(0, 7);
    const choose = (branches: unknown[]): unknown => {
      const ordered = depth < FULL_DEPTH ? branches : simplestFirst(branches);
      return ordered[(depth < FULL_DEPTH ? start + attempt : attempt) % ordered.length];
    };
    const { reading } = making;
    try {
      // The prompt's own words come first; where they did not fit, other values may.
      if (attempt >= PROMPTED_TRIES) making.reading = varied(making, attempt);
      const value = makeFolded(foldSchema(schema, making.root, choose), name, depth, making);
      if (!needsProof(schema) || fitsSchema(schema, value, making.root, making.checks)) return value;
      failure = new NoSuchValue('its parts exclude each other');
    } catch (error) {
      if (!(error instanceof NoSuchValue)) throw error;
      failure = error;
    } finally {
      making.reading = reading;
    }
    if (!needsProof(schema)) break;
  }
  throw failure;
}

const CHOICES = ['anyOf', 'oneOf', 'allOf', 'enum', 'type'] as const;

function widestChoice(schema: unknown): number {
  if (!isJsonObject(schema)) return 0;
  return Math.min(64, Math.max(...CHOICES.map(word => asList(schema[word])?.length ?? 0)));
}

/** Plain schemas are right by construction. Where parts meet or exclude each other, the value is checked. */
function needsProof(schema: unknown): boolean {
  if (!isJsonObject(schema)) return false;
  const meeting = ['anyOf', 'oneOf', 'allOf', 'not', 'if', '$ref', 'enum', 'const', 'contains', 'uniqueItems'];
  return meeting.some(word => word in schema) || Array.isArray(schema['type']);
}

function simplestFirst(branches: unknown[]): unknown[] {
  const weight = (branch: unknown): number => {
    if (!isJsonObject(branch)) return 0;
    if (branch['type'] === 'null' || 'const' in branch || 'enum' in branch) return 0;
    if ('$ref' in branch || 'properties' in branch || 'allOf' in branch) return 2;
    return branch['type'] === 'array' ? 1 : 0;
  };
  return branches.toSorted((left, right) => weight(left) - weight(right));
}

function makeFolded(schema: JsonObject, name: string, depth: number, making: Making): unknown {
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return pickListed(schema, schema['enum'], making);
  const { random, reading } = making;
  switch (pickType(schema, depth, random)) {
    case 'null':
      return null;
    case 'boolean':
      return random.next() < 0.5;
    case 'integer':
      return numberValue(schema, true, reading.numbers, random);
    case 'number':
      return numberValue(schema, false, reading.numbers, random);
    case 'array':
      return makeArray(schema, name, depth, making);
    case 'object':
      return makeObject(schema, depth, making);
    default:
      return stringValue(schema, name, reading, random, making.written);
  }
}

function pickListed(schema: JsonObject, values: unknown[], { root, reading, random, checks }: Making): unknown {
  const { enum: _, ...rest } = schema;
  const fitting = values.filter(value => fitsSchema(rest, value, root, checks));
  if (fitting.length === 0) throw new NoSuchValue('an empty enum');
  const question = reading.question.toLowerCase();
  const mentioned = fitting.find(
    value => typeof value === 'string' && value.length > 1 && question.includes(value.toLowerCase()),
  );
  return mentioned ?? random.pick(fitting);
}

const TYPE_SIGNS: ReadonlyArray<readonly [string, readonly string[]]> = [
  ['object', ['properties', 'required', 'additionalProperties', 'patternProperties', 'minProperties', 'propertyNames']],
  ['array', ['items', 'prefixItems', 'minItems', 'maxItems', 'contains', 'uniqueItems']],
  ['number', ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']],
];

function pickType(schema: JsonObject, depth: number, random: SeededRandom): string {
  const types = [schema['type'] ?? []].flat().map(String);
  if (types.length > 0) {
    if (depth >= FULL_DEPTH && types.includes('null')) return 'null';
    const substantial = types.filter(type => type !== 'null');
    return substantial.length > 0 ? random.pick(substantial) : 'null';
  }
  return TYPE_SIGNS.find(([, signs]) => signs.some(sign => sign in schema))?.[0] ?? 'string';
}

/** A lower bound on the number of items or properties. Throws `RequestRefusal` when it is beyond reason. */
function leastOf(schema: JsonObject, word: 'minItems' | 'minProperties'): number {
  const least = asNumber(schema[word]) ?? 0;
  if (least > MAX_SIZE) throw refuseSchema(`'${word}' above ${MAX_SIZE} is not supported`);
  return least;
}

function makeArray(schema: JsonObject, name: string, depth: number, making: Making): unknown[] {
  const least = leastOf(schema, 'minItems');
  const most = asNumber(schema['maxItems']) ?? Infinity;
  const { tuple, rest } = itemSchemas(schema);
  const usual = Math.max(tuple.length, depth < FULL_DEPTH - 1 ? 2 : 0);
  const wanted = Math.min(most, Math.max(least, usual));
  const items: unknown[] = [];
  const containing = 'contains' in schema ? (asNumber(schema['minContains']) ?? 1) : 0;
  const singular = name.replace(/s$/, '');
  for (let index = 0; items.length < Math.max(wanted, Math.min(containing, most)); index++) {
    const own = index < tuple.length ? tuple[index] : rest;
    const item = index < containing ? { allOf: [schema['contains'], own ?? true] } : (own ?? true);
    const made =
      own === false ? undefined : makeItem(item, singular, depth, making, schema['uniqueItems'] ? items : []);
    if (made === undefined) break;
    items.push(made);
  }
  if (items.length < Math.max(least, containing)) throw new NoSuchValue('too few items');
  return items;
}

/** Undefined when no item was found, or none that is not yet among `taken`. */
function makeItem(schema: unknown, name: string, depth: number, making: Making, taken: unknown[]): unknown {
  const { reading } = making;
  try {
    for (let attempt = 0; attempt < ITEM_TRIES; attempt++) {
      // The prompt's words run out soon where every item must differ.
      if (attempt >= PROMPTED_TRIES) making.reading = varied(making, attempt);
      const item = make(schema, name, depth + 1, making);
      if (!taken.some(other => sameJson(other, item))) return item;
    }
  } catch (error) {
    if (!(error instanceof NoSuchValue)) throw error;
  } finally {
    making.reading = reading;
  }
  return undefined;
}

function varied({ reading, random }: Making, attempt: number): PromptReading {
  const keywords = [`${random.pick(['part', 'item', 'note', 'case'])} ${random.between(1, 99 * attempt)}`];
  return { ...reading, question: '', quoted: [], names: keywords, numbers: [], keywords };
}

function makeObject(schema: JsonObject, depth: number, making: Making): JsonObject {
  const known = isJsonObject(schema['properties']) ? schema['properties'] : {};
  const required = new Set((asList(schema['required']) ?? []).map(String));
  const most = asNumber(schema['maxProperties']) ?? Infinity;
  const made: Array<[string, unknown]> = [];
  for (const key of required) {
    const own = Object.hasOwn(known, key) ? known[key] : unlisted(schema);
    made.push([key, make(own, key, depth + 1, making)]);
  }
  for (const key of Object.keys(known)) {
    if (required.has(key) || depth >= FULL_DEPTH - 1 || made.length >= most) continue;
    const value = tryOptional(known[key], key, depth, making);
    if (value !== undefined) made.push([key, value]);
  }
  const least = leastOf(schema, 'minProperties');
  for (let index = 0; made.length < least && index < 2 * least + 50; index++) {
    const key = nextKey(schema, known, index, making);
    if (made.some(([taken]) => taken === key)) continue;
    made.push([key, make(Object.hasOwn(known, key) ? known[key] : unlisted(schema), key, depth + 1, making)]);
  }
  if (made.length < least || made.length > most) throw new NoSuchValue('too few or too many properties');
  addDependents(schema, known, made, depth, making);
  return Object.fromEntries(made);
}

function tryOptional(schema: unknown, key: string, depth: number, making: Making): unknown {
  try {
    return make(schema, key, depth + 1, making);
  } catch (error) {
    if (error instanceof NoSuchValue) return undefined;
    throw error;
  }
}

function addDependents(
  schema: JsonObject,
  known: JsonObject,
  made: Array<[string, unknown]>,
  depth: number,
  making: Making,
) {
  const dependents = isJsonObject(schema['dependentRequired']) ? schema['dependentRequired'] : {};
  // The list grows while it is walked, so the dependents of dependents are added too.
  for (const [present] of made) {
    for (const key of (asList(dependents[present]) ?? []).map(String)) {
      if (made.some(([name]) => name === key)) continue;
      made.push([key, make(Object.hasOwn(known, key) ? known[key] : unlisted(schema), key, depth + 1, making)]);
    }
  }
}

/** What a property must be that `properties` does not list. */
function unlisted(schema: JsonObject): unknown {
  const patterns = isJsonObject(schema['patternProperties']) ? Object.values(schema['patternProperties']) : [];
  if (patterns.length > 0) return { allOf: patterns };
  return schema['additionalProperties'] ?? schema['unevaluatedProperties'] ?? true;
}

function nextKey(schema: JsonObject, known: JsonObject, index: number, making: Making): string {
  const names = Object.keys(known);
  if (index < names.length) return names[index];
  const pattern = isJsonObject(schema['patternProperties']) ? Object.keys(schema['patternProperties'])[0] : undefined;
  if (pattern !== undefined) return stringValue({ pattern }, '', making.reading, making.random, making.written);
  if (schema['propertyNames'] !== undefined) return String(make(schema['propertyNames'], '', 1, making));
  return `field${index - names.length + 1}`;
}
