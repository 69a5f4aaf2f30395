import { isJsonObject, type JsonObject } from '../wire-checks.js';
import {
  asList,
  asNumber,
  canonicalJson,
  CHARACTERS_A_STEP,
  followReference,
  numberBounds,
  sameJson,
} from './schema-words.js';
import type { StepBudget } from './step-budget.js';

const MAX_DEPTH = 100;
/** There are seven. */
const MAX_TYPES = 16;

/** A check makes functions and reads some thirty words of a schema. */
const STEPS_A_CHECK = 2;

/**
 * Whether a value fits a schema. `pattern` and `format` count as met: the expressions are the caller's, and running them
 * could hold the event loop for hours; the generator builds strings so that they fit in the first place.
 */
export function fitsSchema(schema: unknown, value: unknown, root: unknown, budget: StepBudget, depth = 0): boolean {
  if (schema === true || schema === undefined) return true;
  if (schema === false || !isJsonObject(schema) || depth > MAX_DEPTH) return false;
  budget.spend(STEPS_A_CHECK);
  const fits = (part: unknown, item = value): boolean => fitsSchema(part, item, root, budget, depth + 1);

  if ('$ref' in schema && !fits(followReference(root, schema['$ref'], budget))) return false;
  if ('const' in schema && !sameJson(schema['const'], value, budget)) return false;
  if (Array.isArray(schema['enum']) && !schema['enum'].some(allowed => sameJson(allowed, value, budget))) return false;
  if (!fitsType(schema['type'], value)) return false;
  if (!fitsCombinations(schema, fits)) return false;
  if (typeof value === 'number') return fitsNumber(schema, value);
  if (typeof value === 'string') return fitsString(schema, value, budget);
  if (Array.isArray(value)) return fitsArray(schema, value, fits, budget);
  return !isJsonObject(value) || fitsObject(schema, value, fits, budget);
}

type Fits = (part: unknown, item?: unknown) => boolean;

function fitsCombinations(schema: JsonObject, fits: Fits): boolean {
  if (asList(schema['allOf'])?.every(part => fits(part)) === false) return false;
  if (asList(schema['anyOf'])?.some(part => fits(part)) === false) return false;
  const exclusive = asList(schema['oneOf']);
  if (exclusive !== undefined && exclusive.filter(part => fits(part)).length !== 1) return false;
  if ('not' in schema && fits(schema['not'])) return false;
  return !('if' in schema) || fits(fits(schema['if']) ? schema['then'] : schema['else']);
}

function fitsType(type: unknown, value: unknown): boolean {
  if (type === undefined) return true;
  return [type]
    .flat()
    .slice(0, MAX_TYPES)
    .some(name => {
      if (name === 'null') return value === null;
      if (name === 'array') return Array.isArray(value);
      if (name === 'object') return isJsonObject(value);
      if (name === 'integer') return Number.isInteger(value);
      return typeof value === name;
    });
}

function within(size: number, schema: JsonObject, low: string, high: string): boolean {
  return size >= (asNumber(schema[low]) ?? 0) && size <= (asNumber(schema[high]) ?? Infinity);
}

function fitsNumber(schema: JsonObject, value: number): boolean {
  const { low, high, aboveLow, belowHigh } = numberBounds(schema);
  const step = asNumber(schema['multipleOf']);
  if (value < low || value > high || (aboveLow && value === low) || (belowHigh && value === high)) return false;
  return step === undefined || Number.isInteger(value / step);
}

function fitsString(schema: JsonObject, value: string, budget: StepBudget): boolean {
  budget.spend(value.length / CHARACTERS_A_STEP);
  // Characters are counted only where somebody asks.
  if (!('minLength' in schema) && !('maxLength' in schema)) return true;
  budget.spend(value.length);
  return within([...value].length, schema, 'minLength', 'maxLength');
}

function fitsArray(schema: JsonObject, value: unknown[], fits: Fits, budget: StepBudget): boolean {
  if (!within(value.length, schema, 'minItems', 'maxItems')) return false;
  const { tuple, rest } = itemSchemas(schema);
  if (!value.every((item, index) => fits(index < tuple.length ? tuple[index] : rest, item))) return false;
  if (schema['uniqueItems'] === true && new Set(value.map(item => canonicalJson(item, budget))).size < value.length) {
    return false;
  }
  if (!('contains' in schema)) return true;
  const found = value.filter(item => fits(schema['contains'], item)).length;
  return found >= (asNumber(schema['minContains']) ?? 1) && found <= (asNumber(schema['maxContains']) ?? Infinity);
}

function fitsObject(schema: JsonObject, value: JsonObject, fits: Fits, budget: StepBudget): boolean {
  const keys = Object.keys(value);
  budget.spend(keys.length + (asList(schema['required'])?.length ?? 0));
  if (!within(keys.length, schema, 'minProperties', 'maxProperties')) return false;
  if (asList(schema['required'])?.every(key => Object.hasOwn(value, String(key))) === false) return false;
  const known = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return keys.every(key => {
    if (Object.hasOwn(known, key)) return fits(known[key], value[key]);
    return isJsonObject(schema['patternProperties']) || fits(schema['additionalProperties'], value[key]);
  });
}

/** Tuples are spelled `prefixItems` and `items` today, `items` and `additionalItems` in older drafts. */
export function itemSchemas(schema: JsonObject): { tuple: unknown[]; rest: unknown } {
  const prefix = asList(schema['prefixItems']);
  if (prefix !== undefined) return { tuple: prefix, rest: schema['items'] };
  const older = asList(schema['items']);
  return older === undefined ? { tuple: [], rest: schema['items'] } : { tuple: older, rest: schema['additionalItems'] };
}
