import type { Json, JsonObject, Loss } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';

/** Reading values of the wire. Each reader is told the value's path, for the error that names it. */

export function asObject(value: Json | undefined): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

export function getObject(value: Json | undefined, path: string): JsonObject {
  const object = asObject(value);
  if (object === null) throw new RequestFieldError(path, `${path} must be an object`);
  return object;
}

export function getList(value: Json | undefined, path: string): readonly Json[] {
  if (!Array.isArray(value)) throw new RequestFieldError(path, `${path} must be an array`);
  return value as readonly Json[];
}

export function getString(value: Json | undefined, path: string): string {
  if (typeof value !== 'string') throw new RequestFieldError(path, `${path} must be a string`);
  return value;
}

/** Null and absent are the same to this API. */
export function findString(value: Json | undefined, path: string): string | null {
  return value == null ? null : getString(value, path);
}

export function findBoolean(value: Json | undefined, path: string): boolean | null {
  if (value == null) return null;
  if (typeof value !== 'boolean') throw new RequestFieldError(path, `${path} must be a boolean`);
  return value;
}

export function findNumber(value: Json | undefined, path: string): number | null {
  if (value == null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new RequestFieldError(path, `${path} must be a number`);
  }
  return value;
}

export function findCount(value: Json | undefined, path: string): number | null {
  if (value == null) return null;
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw new RequestFieldError(path, `${path} must be a non-negative integer`);
  }
  return value as number;
}

/** A number beyond what JSON text may hold was read as infinite, and would be written as null: that is refused. */
export function checkNumbers(value: Json | undefined, path: string): void {
  if (!holdsOnlyFiniteNumbers(value)) throw new RequestFieldError(path, `${path} holds a number that is out of range`);
}

export function holdsOnlyFiniteNumbers(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(holdsOnlyFiniteNumbers);
}

/** Names the keys of `object` that have a value and no neutral meaning. `path` is '' for the request itself. */
export function loseUnknown(object: JsonObject, known: ReadonlySet<string>, path: string, losses: Loss[]): void {
  for (const [key, value] of Object.entries(object)) {
    if (value === null || known.has(key)) continue;
    losses.push({ field: path === '' ? key : `${path}.${key}`, reason: 'it has no counterpart in other dialects' });
  }
}
