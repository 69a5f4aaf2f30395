import type { PromptReading } from '../prompt-reading.js';
import type { SeededRandom } from '../seeded-random.js';
import { isJsonObject, type JsonObject } from '../wire-checks.js';
import { numberValue } from './number-value.js';
import { fitsSchema, itemSchemas } from './schema-check.js';
import { foldSchema } from './schema-fold.js';
import { refuseSchema } from './schema-refusal.js';
import { asList, asNumber, canonicalJson, CHARACTERS_A_STEP, NoSuchValue } from './schema-words.js';
import type { StepBudget } from './step-budget.js';
import { stringValue } from './string-value.js';

/** From this depth on values stay as small as the schema lets them, so that recursive schemas come to an end. */
const FULL_DEPTH = 4;
const MAX_DEPTH = 32;
const STEPS_A_VALUE = 10;
/** Longer names say no more of what stands under them. */
const MAX_NAME = 200;
const MAX_SIZE = 1000;
const MIN_TRIES = 6;
const PROMPTED_TRIES = 2;
const ITEM_TRIES = 24;

interface Making {
  root: unknown;
  reading: PromptReading;
  random: SeededRandom;
  budget: StepBudget;
}

/**
 * Makes a JSON value that fits the schema, filled from the prompt where that is plausible. The same arguments give the
 * same value. Throws `RequestRefusal` (400) when the schema allows no value or asks for more than the sandbox can do.
 */
export function schemaValue(
  schema: unknown,
  reading: PromptReading,
  random: SeededRandom,
  budget: StepBudget,
): unknown {
  try {
    return make(schema, '', 0, { root: schema, reading, random, budget });
  } catch (error) {
    if (error instanceof NoSuchValue) throw refuseSchema(`no value was found that fits it (${error.message})`);
    throw error;
  }
}

function make(schema: unknown, name: string, depth: number, making: Making): unknown {
  if (depth > MAX_DEPTH) throw new NoSuchValue('it never ends');
  let failure: unknown;
  const tries = MIN_TRIES + widestChoice(schema);
  for (let attempt = 0; attempt < tries; attempt++) {
    making.budget.spend(STEPS_A_VALUE);
    const start = depth === 0 && attempt === 0 ? 0 : making.random.between(0, 7);
    const choose = (branches: unknown[]): unknown => {
      if (depth >= FULL_DEPTH) making.budget.spend(branches.length);
      const ordered = depth < FULL_DEPTH ? branches : simplestFirst(branches);
      return ordered[(depth < FULL_DEPTH ? start + attempt : attempt) % ordered.length];
    };
    const { reading } = making;
    try {
      // The prompt's own words come first; where they did not fit, other values may.
      if (attempt >= PROMPTED_TRIES) making.reading = varied(making, attempt);
      const value = makeFolded(foldSchema(schema, making.root, choose, making.budget), name, depth, making);
      if (!needsProof(schema) || fitsSchema(schema, value, making.root, making.budget)) return value;
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
  if ('const' in schema) return repeated(schema['const'], making);
  if (Array.isArray(schema['enum'])) return pickListed(schema, schema['enum'], making);
  const { random, reading } = making;
  switch (pickType(schema, depth, random)) {
    case 'null':
      return null;
    case 'boolean':
      return random.next() < 0.5;
    case 'integer':
      return numberValue(schema, true, reading.numbers, random, making.budget);
    case 'number':
      return numberValue(schema, false, reading.numbers, random, making.budget);
    case 'array':
      return makeArray(schema, name, depth, making);
    case 'object':
      return makeObject(schema, depth, making);
    default:
      return stringValue(schema, name.slice(0, MAX_NAME), reading, random, making.budget);
  }
}

/** A value that the schema itself holds: written once there, and as often as wished in the answer. */
function repeated(value: unknown, { budget }: Making): unknown {
  budget.spend(JSON.stringify(value).length);
  return value;
}

function pickListed(schema: JsonObject, values: unknown[], making: Making): unknown {
  const { root, reading, random, budget } = making;
  const { enum: _, ...rest } = schema;
  budget.spend((values.length * reading.question.length) / CHARACTERS_A_STEP);
  const fitting = values.filter(value => fitsSchema(rest, value, root, budget));
  if (fitting.length === 0) throw new NoSuchValue('an empty enum');
  const question = reading.question.toLowerCase();
  const mentioned = fitting.find(
    value => typeof value === 'string' && value.length > 1 && question.includes(value.toLowerCase()),
  );
  return repeated(mentioned ?? random.pick(fitting), making);
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
  const singular = name.slice(0, MAX_NAME).replace(/s$/, '');
  const taken = schema['uniqueItems'] ? new Set<string>() : null;
  for (let index = 0; items.length < Math.max(wanted, Math.min(containing, most)); index++) {
    const own = index < tuple.length ? tuple[index] : rest;
    const item = index < containing ? { allOf: [schema['contains'], own ?? true] } : (own ?? true);
    const made = own === false ? undefined : makeItem(item, singular, depth, making, taken);
    if (made === undefined) break;
    items.push(made);
  }
  if (items.length < Math.max(least, containing)) throw new NoSuchValue('too few items');
  return items;
}

/** Undefined when no item was found, or none that is not yet among `taken`. */
function makeItem(schema: unknown, name: string, depth: number, making: Making, taken: Set<string> | null): unknown {
  const { reading } = making;
  try {
    for (let attempt = 0; attempt < ITEM_TRIES; attempt++) {
      // The prompt's words run out soon where every item must differ.
      if (attempt >= PROMPTED_TRIES) making.reading = varied(making, attempt);
      const item = make(schema, name, depth + 1, making);
      if (taken === null) return item;
      const known = taken.size;
      if (taken.add(canonicalJson(item, making.budget)).size > known) return item;
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
  const made = new Map<string, unknown>();
  const names = Object.keys(known);
  making.budget.spend(required.size + names.length);
  for (const key of required) {
    const own = Object.hasOwn(known, key) ? known[key] : unlisted(schema);
    add(made, key, make(own, key, depth + 1, making), making);
  }
  for (const key of names) {
    if (required.has(key) || depth >= FULL_DEPTH - 1 || made.size >= most) continue;
    const value = tryOptional(known[key], key, depth, making);
    if (value !== undefined) add(made, key, value, making);
  }
  const least = leastOf(schema, 'minProperties');
  for (let index = 0; made.size < least && index < 2 * least + 50; index++) {
    const key = nextKey(schema, names, index, making);
    if (made.has(key)) continue;
    add(made, key, make(Object.hasOwn(known, key) ? known[key] : unlisted(schema), key, depth + 1, making), making);
  }
  if (made.size < least || made.size > most) throw new NoSuchValue('too few or too many properties');
  addDependents(schema, known, made, depth, making);
  return Object.fromEntries(made);
}

function add(made: Map<string, unknown>, key: string, value: unknown, { budget }: Making): void {
  budget.spend(key.length);
  made.set(key, value);
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
  made: Map<string, unknown>,
  depth: number,
  making: Making,
) {
  const dependents = isJsonObject(schema['dependentRequired']) ? schema['dependentRequired'] : {};
  // What is added while it is walked is walked too, and so the dependents of dependents are added.
  for (const present of made.keys()) {
    const listed = asList(dependents[present]) ?? [];
    making.budget.spend(listed.length);
    for (const key of listed.map(String)) {
      if (made.has(key)) continue;
      add(made, key, make(Object.hasOwn(known, key) ? known[key] : unlisted(schema), key, depth + 1, making), making);
    }
  }
}

/** What a property must be that `properties` does not list. */
function unlisted(schema: JsonObject): unknown {
  const patterns = isJsonObject(schema['patternProperties']) ? Object.values(schema['patternProperties']) : [];
  if (patterns.length > 0) return { allOf: patterns };
  return schema['additionalProperties'] ?? schema['unevaluatedProperties'] ?? true;
}

function nextKey(schema: JsonObject, names: readonly string[], index: number, making: Making): string {
  if (index < names.length) return names[index];
  const pattern = isJsonObject(schema['patternProperties']) ? Object.keys(schema['patternProperties'])[0] : undefined;
  if (pattern !== undefined) return stringValue({ pattern }, '', making.reading, making.random, making.budget);
  if (schema['propertyNames'] !== undefined) return String(make(schema['propertyNames'], '', 1, making));
  return `field${index - names.length + 1}`;
}
