import type { Json, JsonObject, Loss } from '../neutral/neutral.types.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { RequestFieldError } from '../request-field-error.js';

/**
 * Reads the fields of a wire object. What is absent or null is not said; what has another type than its dialect says is
 * refused by its path, never by its value.
 */
export class FieldReader {
  constructor(private readonly refusal: (field: string, message: string) => Error) {}

  refuse(field: string, rule: string): never {
    throw this.refusal(field, `${field} ${rule}`);
  }

  object(value: Json | undefined, field: string): JsonObject {
    return isObject(value) ? value : this.refuse(field, 'must be an object');
  }

  array(value: Json | undefined, field: string): readonly Json[] {
    return Array.isArray(value) ? (value as readonly Json[]) : this.refuse(field, 'must be an array');
  }

  string(value: Json | undefined, field: string): string {
    return typeof value === 'string' ? value : this.refuse(field, 'must be a string');
  }

  /** A string that is not empty. */
  name(value: Json | undefined, field: string): string {
    return typeof value === 'string' && value !== '' ? value : this.refuse(field, 'must be a non-empty string');
  }

  findObject(owner: JsonObject, key: string, path = ''): JsonObject | null {
    return isSaid(owner[key]) ? this.object(owner[key], fieldPath(path, key)) : null;
  }

  /** An empty list where it is not said. */
  list(owner: JsonObject, key: string, path = ''): readonly Json[] {
    return isSaid(owner[key]) ? this.array(owner[key], fieldPath(path, key)) : [];
  }

  findString(owner: JsonObject, key: string, path = ''): string | null {
    return isSaid(owner[key]) ? this.string(owner[key], fieldPath(path, key)) : null;
  }

  findBoolean(owner: JsonObject, key: string, path = ''): boolean | null {
    const value = owner[key];
    if (!isSaid(value)) return null;
    return typeof value === 'boolean' ? value : this.refuse(fieldPath(path, key), 'must be a boolean');
  }

  findNumber(owner: JsonObject, key: string, path = ''): number | null {
    const value = owner[key];
    if (!isSaid(value)) return null;
    // 1e999 was read as Infinity, which JSON cannot say again.
    return Number.isFinite(value) ? (value as number) : this.refuse(fieldPath(path, key), 'must be a finite number');
  }

  findInteger(owner: JsonObject, key: string, least: number, path = ''): number | null {
    const value = owner[key];
    if (!isSaid(value)) return null;
    if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
    return this.refuse(fieldPath(path, key), `must be an integer${least < 0 ? '' : ` of at least ${least}`}`);
  }

  /** A value that is handed on as it is, such as a schema: it must hold no number that JSON cannot say again. */
  carried<Value extends Json>(value: Value, field: string): Value {
    const pending: Json[] = [value];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (typeof next === 'number' && !Number.isFinite(next)) this.refuse(field, 'must hold finite numbers only');
      if (typeof next !== 'object' || next === null) continue;
      for (const inner of Object.values(next) as Json[]) pending.push(inner);
    }
    return value;
  }
}

/** For what a caller sent. */
export const REQUEST: FieldReader = new FieldReader((field, message) => new RequestFieldError(field, message));

/** For what an upstream answered. */
export const ANSWER: FieldReader = new FieldReader((_field, message) => new UnreadableAnswer(message));

/** The losses of one request, in the order they were found. */
export class LossList {
  readonly losses: Loss[] = [];
  private readonly fields = new Set<string>();

  add(field: string, reason: string = NOT_TRANSLATED): void {
    this.fields.add(field);
    this.losses.push({ field, reason });
  }

  /** For what may stand in many places but is worth one word. */
  addOnce(field: string, reason: string): void {
    if (!this.fields.has(field)) this.add(field, reason);
  }

  /** Names what is said beside the fields that are read. */
  addUnknown(owner: JsonObject, known: ReadonlySet<string>, path = ''): void {
    for (const key of Object.keys(owner)) {
      if (!known.has(key) && isSaid(owner[key])) this.add(fieldPath(path, key), NOT_TRANSLATED);
    }
  }
}

export const NOT_TRANSLATED = 'has no counterpart in other dialects';

export function isSaid(value: Json | undefined): value is Exclude<Json, null> {
  return value !== undefined && value !== null;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A path may come into a header or a log: a key that is no plain name is written in quotes, in printable ASCII. */
export function fieldPath(path: string, key: string): string {
  if (/^[\w$-]{1,64}$/.test(key)) return path === '' ? key : `${path}.${key}`;
  const shown = key.slice(0, 64).replaceAll(/[^\x20-\x7e]|["\\]/g, '?');
  return `${path}["${shown}"]`;
}
