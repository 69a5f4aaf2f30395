import { asList, isList, isObject, type Json, type JsonObject } from '../../json/value.js';
import { resolvePointer } from './json-pointer.js';

const FORMATS: ReadonlySet<Json> = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
]);
/** Keywords that OpenAI's strict mode takes as they are. */
const PLAIN: ReadonlySet<string> = new Set([
  'type',
  'title',
  'description',
  'enum',
  'const',
  '$ref',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
]);
/** Keywords that it refuses, and that hold nobody to anything. */
const LEFT_OUT: ReadonlySet<string> = new Set(['$schema', '$comment', 'default', 'example', 'examples']);
const MAX_SCHEMAS = 5_000;
/** Characters of JSON that are written out in the place of references. */
const MAX_COPIED = 262_144;
const MAX_LEVELS = 10;

/**
 * A schema as OpenAI's strict mode takes it, where it can say the same: each object closed, each of its properties required.
 * Null for one that says more, or is larger than that mode takes (5,000 schemas, 10 levels).
 */
export function strictSchema(schema: JsonObject): JsonObject | null {
  if (schema['type'] !== 'object' || 'anyOf' in schema) return null;
  return new StrictWriter(schema).object(schema, 0);
}

/** What may stand beside a reference: elsewhere than at the root there is nothing of it. */
const BESIDE_REFERENCE: ReadonlySet<string> = new Set(['$ref', '$defs', 'definitions']);

class StrictWriter {
  private schemas = 0;
  private copied = 0;
  /** of the schemas that were copied, in characters */
  private readonly sizes = new Map<JsonObject, number>();

  constructor(private readonly root: JsonObject) {}

  object(value: Json, level: number): JsonObject | null {
    this.schemas += 1;
    if (!isObject(value) || this.schemas > MAX_SCHEMAS || level > MAX_LEVELS) return null;
    const { type, $ref: reference, anyOf, enum: values } = value;
    if (typeof reference === 'string') {
      const target = resolvePointer(this.root, reference);
      if (!isObject(target)) return null;
      // A reference stands alone there. What is said beside it is said of a copy.
      const { $ref: _, ...beside } = value;
      const isAlone = Object.keys(beside).every(key => BESIDE_REFERENCE.has(key) || LEFT_OUT.has(key));
      if (!isAlone) return this.mayCopy(target) ? this.object({ ...target, ...beside }, level + 1) : null;
    }
    if ([type, reference, anyOf, values, value['const']].every(said => said === undefined)) return null;
    const written: [string, Json][] = typeOfValues(value);
    for (const [keyword, said] of Object.entries(value)) {
      if (LEFT_OUT.has(keyword)) continue;
      const kept = this.keyword(keyword, said, value, level);
      if (kept === null) return null;
      written.push([keyword, kept]);
    }
    const types = isList(type) ? type : [type];
    if (types.includes('array') && !isObject(value['items'])) return null;
    const isOpen = types.includes('object') && !('additionalProperties' in value);
    if (isOpen && !isObject(value['properties'])) return null;
    return Object.fromEntries(isOpen ? [...written, ['additionalProperties', false]] : written);
  }

  private mayCopy(target: JsonObject): boolean {
    const size = this.sizes.get(target) ?? JSON.stringify(target).length;
    this.sizes.set(target, size);
    this.copied += size;
    return this.copied <= MAX_COPIED;
  }

  /** Null for what the mode does not take. */
  private keyword(keyword: string, said: Json, owner: JsonObject, level: number): Json | null {
    if (PLAIN.has(keyword)) return said;
    if (keyword === 'format') return FORMATS.has(said) ? said : null;
    if (keyword === 'additionalProperties') return said === false ? said : null;
    if (keyword === 'required') return isList(said) && areKeys(said, owner['properties']) ? said : null;
    if (keyword === 'items') return this.object(said, level + 1);
    if (keyword === 'anyOf') return isList(said) ? this.list(said, level) : null;
    if (keyword === '$defs' || keyword === 'definitions') return this.map(said, level);
    if (keyword !== 'properties' || !isObject(said)) return null;
    const required = new Set(asList(owner['required']));
    return Object.keys(said).every(name => required.has(name)) ? this.map(said, level) : null;
  }

  private list(list: readonly Json[], level: number): Json | null {
    const written: JsonObject[] = [];
    for (const inner of list) {
      const schema = this.object(inner, level + 1);
      if (schema === null) return null;
      written.push(schema);
    }
    return written;
  }

  private map(map: Json, level: number): JsonObject | null {
    if (!isObject(map)) return null;
    const written: [string, Json][] = [];
    for (const [name, inner] of Object.entries(map)) {
      const schema = this.object(inner, level + 1);
      if (schema === null) return null;
      written.push([name, schema]);
    }
    return Object.fromEntries(written);
  }
}

function areKeys(names: readonly Json[], properties: Json | undefined): boolean {
  return names.every(name => typeof name === 'string' && isObject(properties) && Object.hasOwn(properties, name));
}

/** The mode wants the type beside a list of values, which others leave out. */
function typeOfValues({ type, $ref: reference, anyOf, enum: values, const: value }: JsonObject): [string, Json][] {
  if ([type, reference, anyOf].some(said => said !== undefined)) return [];
  const types = new Set([...asList(values), ...(value === undefined ? [] : [value])].map(jsonTypeOf));
  const [only = 'null', ...others] = types;
  return [['type', others.length === 0 ? only : [...types]]];
}

function jsonTypeOf(value: Json): string {
  if (value === null) return 'null';
  return isList(value) ? 'array' : typeof value;
}
