import type { JsonField } from './json-field.js';
import { JsonSyntaxError } from './json-syntax-error.js';
import { ObjectWalker } from './object-walker.js';
import { unescapeText } from './string-walker.js';

/** Longer strings are no names of anything. */
const MAX_STRING_BYTES = 512;

/** The longest number that is read: a 64-bit integer with room to spare. */
const MAX_NUMBER_BYTES = 32;

/** A copy of the body in which `json`, a JSON text, stands in the place of the field's value. The body stays as it is. */
export function spliceValue(body: Buffer, field: JsonField, json: string): Buffer {
  const bytes = Buffer.byteLength(json);
  const spliced = Buffer.allocUnsafe(body.length - (field.end - field.start) + bytes);
  body.copy(spliced, 0, 0, field.start);
  spliced.write(json, field.start);
  body.copy(spliced, field.start + bytes, field.end);
  return spliced;
}

/** The string, with its escapes resolved; null for another kind or for more than 512 bytes between the quotes. */
export function readString(body: Buffer, field: JsonField): string | null {
  if (field.kind !== 'string' || field.end - field.start > MAX_STRING_BYTES + 2) return null;
  const value = parseValue(body, field);
  return typeof value === 'string' ? value : null;
}

/** The integer, whichever way it is written (`256`, `256.0`, `2.56e2`); null for another kind or beyond 2^53 - 1. */
export function readInteger(body: Buffer, field: JsonField): number | null {
  if (field.kind !== 'number' || field.end - field.start > MAX_NUMBER_BYTES) return null;
  const value = Number(body.toString('latin1', field.start, field.end));
  return Number.isSafeInteger(value) ? value + 0 : null; // minus zero becomes zero
}

/** The boolean; null for another kind. */
export function readBoolean(_body: Buffer, field: JsonField): boolean | null {
  if (field.kind === 'true') return true;
  return field.kind === 'false' ? false : null;
}

/** The object, parsed; null for another kind or for more than `maxBytes`. `__proto__` is a key like any other. */
export function readSmallObject(body: Buffer, field: JsonField, maxBytes: number): Record<string, unknown> | null {
  if (field.kind !== 'object' || field.end - field.start > maxBytes) return null;
  const value = parseValue(body, field);
  return value === undefined ? null : (value as Record<string, unknown>);
}

/** Keys that are looked for, and how long the longest is. */
export class KeySet {
  /** bytes */
  readonly longest: number;
  private readonly keys: ReadonlySet<string>;

  constructor(keys: readonly string[]) {
    this.keys = new Set(keys);
    this.longest = Math.max(0, ...keys.map(key => Buffer.byteLength(key)));
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }
}

/**
 * Finds the values of top-level keys in an upstream's answer, to take what must be paid out without parsing the rest. Tolerant:
 * a byte order mark is stepped over, the last duplicate wins, a key may be written with escapes, and where the text breaks
 * off or goes wrong, a value that was complete before still counts. `whole` tells whether the text was one JSON object from
 * its beginning to its end.
 */
export function findAllInObject(
  body: Buffer,
  keys: KeySet,
): { readonly fields: ReadonlyMap<string, JsonField>; readonly whole: boolean } {
  const hasMark = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const { longest } = keys;
  const walker = new ObjectWalker(body, hasMark ? 3 : 0, {
    text: () => undefined,
    topLevelKey: (start, end, escaped) => {
      if (end - start > (escaped ? longest * 6 : longest)) return null;
      const written = body.toString('utf8', start, end);
      const key = escaped ? unescapeText(written) : written;
      return key !== null && keys.has(key) ? key : null;
    },
  });
  let whole = true;
  try {
    walker.walk();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    whole = false;
  }
  return { fields: walker.fields, whole };
}

/** The same for one key; `field` is null where it is not there. */
export function findInObject(body: Buffer, key: string): { readonly field: JsonField | null; readonly whole: boolean } {
  const { fields, whole } = findAllInObject(body, new KeySet([key]));
  return { field: fields.get(key) ?? null, whole };
}

/** The value, parsed; undefined where it is longer than `maxBytes`, or no JSON after all. */
export function readValue(body: Buffer, field: JsonField, maxBytes: number): unknown {
  return field.end - field.start > maxBytes ? undefined : parseValue(body, field);
}

/** Undefined where the value is no JSON after all: a long string may hold a raw control character or an unknown escape. */
function parseValue(body: Buffer, field: JsonField): unknown {
  try {
    return JSON.parse(body.toString('utf8', field.start, field.end));
  } catch {
    return undefined;
  }
}
