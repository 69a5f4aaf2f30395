import { asList, asNumber, canonicalJson, isJsonObject, type JsonObject } from '../json.js';
import { RequestRefusal } from '../wire/request-refusal.js';

/** Some tens of milliseconds of the processor, and more than a schema that somebody means asks for. */
const MAX_STEPS = 100_000;
const MAX_DEPTH = 64;
const CHARACTERS_A_STEP = 64;

/** Thrown when the sandbox cannot answer to a schema at all: it says why, and the caller sees 400. */
export function refuseSchema(reason: string): RequestRefusal {
  return new RequestRefusal(400, `Invalid schema: ${reason}`, { param: 'schema', code: 'invalid_json_schema' });
}

/** How much work the schemas of one answer may take together: all its choices and its call. */
export class StepBudget {
  private taken = 0;

  get spent(): number {
    return this.taken;
  }

  /** To be called before the work: about a step for a comparison or a character written. Throws `RequestRefusal`. */
  spend(steps: number): void {
    this.taken += steps;
    if (this.taken > MAX_STEPS) throw refuseSchema('it asks for too much work');
  }
}

/** The schema a local reference (`#`, `#/$defs/x`) points to. Throws `RequestRefusal` when there is none. */
export function followReference(root: unknown, reference: unknown, budget: StepBudget): unknown {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference)) {
    throw refuseSchema(`only references within the schema are followed, not '${String(reference).slice(0, 64)}'`);
  }
  budget.spend(1 + reference.length);
  let target = root;
  for (const step of reference.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    const parent: object = typeof target === 'object' && target !== null ? target : {};
    if (!Object.hasOwn(parent, key)) throw refuseSchema(`nothing is defined at '${reference.slice(0, 64)}'`);
    target = (parent as JsonObject)[key];
  }
  return target;
}

/** Text to compare a value by. */
function comparable(value: unknown, budget: StepBudget): string {
  const text = canonicalJson(value);
  budget.spend(1 + text.length / CHARACTERS_A_STEP);
  return text;
}

/**
 * Whether a value fits a schema. `pattern` and `format` count as met: the expressions are the caller's, and running them
 * could hold the event loop for hours; the generator writes strings so that they fit in the first place.
 */
export function fitsSchema(schema: unknown, value: unknown, root: unknown, budget: StepBudget, depth = 0): boolean {
  if (schema === true || schema === undefined) return true;
  if (!isJsonObject(schema) || depth > MAX_DEPTH) return false;
  budget.spend(4);
  const fits = (part: unknown, item = value): boolean => fitsSchema(part, item, root, budget, depth + 1);
  const { $ref: reference, const: constant, enum: listed, type, allOf, anyOf, oneOf, not } = schema;

  if (reference !== undefined && !fits(followReference(root, reference, budget))) return false;
  if (constant !== undefined || Array.isArray(listed)) {
    const text = comparable(value, budget);
    const allowed = constant === undefined ? asList(listed) : [constant];
    if (!allowed.some(one => comparable(one, budget) === text)) return false;
  }
  if (type !== undefined && !asTypes(type).some(name => isOfType(name, value))) return false;
  if (!asList(allOf).every(part => fits(part))) return false;
  if (Array.isArray(anyOf) && !anyOf.some(part => fits(part))) return false;
  if (Array.isArray(oneOf) && oneOf.filter(part => fits(part)).length !== 1) return false;
  if (not !== undefined && fits(not)) return false;
  if (typeof value === 'number') return fitsNumber(schema, value);
  if (typeof value === 'string') return hasSize([...value].length, schema, 'Length', budget);
  if (Array.isArray(value)) return fitsArray(schema, value, fits, budget);
  return !isJsonObject(value) || fitsObject(schema, value, fits, budget);
}

export function asTypes(type: unknown): string[] {
  return (Array.isArray(type) ? type.slice(0, 8) : [type]).filter(name => typeof name === 'string');
}

function isOfType(name: string, value: unknown): boolean {
  if (name === 'null') return value === null;
  if (name === 'array') return Array.isArray(value);
  if (name === 'object') return isJsonObject(value);
  return name === 'integer' ? Number.isInteger(value) : typeof value === name;
}

/** Whether a size lies between a schema's `minLength` and `maxLength`, or the same of `Items` or `Properties`. */
function hasSize(size: number, schema: JsonObject, of: string, budget: StepBudget): boolean {
  budget.spend(size / CHARACTERS_A_STEP);
  return size >= (asNumber(schema[`min${of}`]) ?? 0) && size <= (asNumber(schema[`max${of}`]) ?? Infinity);
}

/** Number bounds, with the boolean `exclusiveMinimum` of older drafts understood as well. */
export function fitsNumber(schema: JsonObject, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
  const [low, high] = [asNumber(minimum) ?? -Infinity, asNumber(maximum) ?? Infinity];
  if (value < low || value > high) return false;
  if (value <= (asNumber(above) ?? -Infinity) || value >= (asNumber(below) ?? Infinity)) return false;
  if ((above === true && value === low) || (below === true && value === high)) return false;
  return typeof multipleOf !== 'number' || Number.isInteger(value / multipleOf);
}

type Fits = (part: unknown, item?: unknown) => boolean;

function fitsArray(schema: JsonObject, value: unknown[], fits: Fits, budget: StepBudget): boolean {
  if (!hasSize(value.length, schema, 'Items', budget)) return false;
  const tuple = asList(schema['prefixItems']);
  if (!value.every((item, index) => fits(index < tuple.length ? tuple[index] : schema['items'], item))) return false;
  const isUnique = schema['uniqueItems'] === true;
  if (isUnique && new Set(value.map(item => comparable(item, budget))).size < value.length) return false;
  return schema['contains'] === undefined || value.some(item => fits(schema['contains'], item));
}

function fitsObject(schema: JsonObject, value: JsonObject, fits: Fits, budget: StepBudget): boolean {
  const keys = Object.keys(value);
  const required = asList(schema['required']).map(String);
  budget.spend(keys.length + required.length);
  if (!hasSize(keys.length, schema, 'Properties', budget)) return false;
  if (!required.every(key => Object.hasOwn(value, key))) return false;
  const known = isJsonObject(schema['properties']) ? schema['properties'] : {};
  return keys.every(key => {
    if (Object.hasOwn(known, key)) return fits(known[key], value[key]);
    return isJsonObject(schema['patternProperties']) || fits(schema['additionalProperties'], value[key]);
  });
}
