import type { Schema } from 'genai3';
import { camelName } from '../../../packages/sandbox/src/dialects/proto-json.js';
import {
  anything,
  type Check,
  decimal,
  flag,
  freeForm,
  integer,
  isJsonObject,
  type JsonObject,
  list,
  oneOf,
  shape,
  text,
} from './wire-checks.js';

const TYPES = ['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL'];
const anyNumber = decimal(-Number.MAX_VALUE, Number.MAX_VALUE);

/** Google writes its 64-bit numbers as text. */
const count: Check = (value, path) => {
  if (typeof value === 'string') text({ pattern: /^\d{1,15}$/ })(value, path);
  else integer(0)(value, path);
};

const fields: Record<keyof Schema, Check> = {
  anyOf: (value, path) => list(checkFields, { min: 1 })(value, path),
  default: anything,
  description: text(),
  enum: list(text()),
  example: anything,
  format: text(),
  items: (value, path) => checkFields(value, path),
  maxItems: count,
  maxLength: count,
  maxProperties: count,
  maximum: anyNumber,
  minItems: count,
  minLength: count,
  minProperties: count,
  minimum: anyNumber,
  nullable: flag,
  pattern: text(),
  properties: (value, path) => {
    if (!isJsonObject(value)) return freeForm(value, path);
    for (const [name, property] of Object.entries(value)) checkFields(property, `${path}.${name.slice(0, 64)}`);
  },
  propertyOrdering: list(text()),
  required: list(text()),
  title: text(),
  type: oneOf(...TYPES, ...TYPES.map(type => type.toLowerCase())),
};

/** Google's own schema language: less than JSON Schema, and anything beyond it is refused. */
export const checkSchema: Check = (value, path) => {
  freeForm(value, path);
  checkFields(value, path);
};

function checkFields(value: unknown, path: string): void {
  shape(fields)(isJsonObject(value) ? ownNames(value) : value, path);
}

/** In camel case, without nulls: the names of the schema itself, for those of its properties are the caller's. */
function ownNames(schema: JsonObject): JsonObject {
  const given = Object.entries(schema).filter(([, value]) => value !== null);
  return Object.fromEntries(given.map(([name, value]) => [camelName(name), value]));
}
