import { isCarriable, isList, isObject, isSaid, type Json, type JsonObject } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import { RequestFieldError } from '../request-field-error.js';

/**
 * Reads the fields of a wire object. What is absent or null is not said; what has another type than its dialect says is
 * refused by its path, never by its value.
 */
export class FieldReader {
  /** @param maxDepth levels that a value which is handed on may have */
  constructor(
    private readonly refusal: (field: string, message: string) => Error,
    private readonly maxDepth = Number.POSITIVE_INFINITY,
  ) {}

  refuse(field: string, rule: string): never {
    throw this.refusal(field, `${field} ${rule}`);
  }

  object(value: Json | undefined, field: string): JsonObject {
    return isObject(value) ? value : this.refuse(field, 'must be an object');
  }

  array(value: Json | undefined, field: string): readonly Json[] {
    return isList(value) ? value : this.refuse(field, 'must be an array');
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

  /** An object of strings. */
  findStrings(owner: JsonObject, key: string, path = ''): Readonly<Record<string, string>> | null {
    const strings = this.findObject(owner, key, path);
    const all = Object.values(strings ?? {}).every(value => typeof value === 'string');
    return all
      ? (strings as Readonly<Record<string, string>> | null)
      : this.refuse(fieldPath(path, key), 'must hold strings only');
  }

  /** One of a few words. */
  findOneOf<Word extends string>(owner: JsonObject, key: string, words: readonly Word[], path = ''): Word | null {
    if (!isSaid(owner[key])) return null;
    return (
      words.find(word => word === owner[key]) ?? this.refuse(fieldPath(path, key), `must be one of ${words.join(', ')}`)
    );
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
    return this.refuse(
      fieldPath(path, key),
      `must be an integer${least === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${least}`}`,
    );
  }

  /** A value that is handed on as it is, such as a schema: JSON must be able to say it again. */
  carried<Value extends Json>(value: Value, field: string): Value {
    if (isCarriable(value, this.maxDepth)) return value;
    const bounded = Number.isFinite(this.maxDepth) ? `, and not be nested more than ${this.maxDepth} levels` : '';
    return this.refuse(field, `must hold finite numbers only${bounded}`);
  }
}

/** For what a caller sent. */
export const REQUEST: FieldReader = new FieldReader(refused);

/** The same, of a vendor that takes no more levels than this. */
export const readerWithin = (maxDepth: number): FieldReader => new FieldReader(refused, maxDepth);

/** For what an upstream answered. */
export const ANSWER: FieldReader = new FieldReader((_field, message) => new UnreadableAnswer(message));

/** A path may come into a header or a log: a key that is no plain name is written in quotes, in printable ASCII. */
export function fieldPath(path: string, key: string): string {
  if (/^[\w$-]{1,64}$/.test(key)) return path === '' ? key : `${path}.${key}`;
  const shown = key.slice(0, 64).replaceAll(/[^\x20-\x7e]|["\\]/g, '?');
  return `${path}["${shown}"]`;
}

/** A caller's word as a sentence may repeat it: where it is no plain name, only that. */
export function plainWord(word: string): string {
  return /^[\w.-]{1,64}$/.test(word) ? word : 'unknown';
}

function refused(field: string, message: string): Error {
  return new RequestFieldError(field, message);
}
