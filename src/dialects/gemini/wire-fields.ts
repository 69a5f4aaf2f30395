import type { Json, JsonObject } from '../neutral/neutral.types.js';
import { RequestFieldError } from '../request-field-error.js';
import { fieldPath, isObject, type LossList } from '../wire/field-reader.js';

/** As deep as Google's own JSON may go. */
const MAX_DEPTH = 100;

/**
 * One message of a request, read by the names of its fields. Google's JSON takes every name in camelCase or in snake_case; a
 * null counts as absent, and an integer may stand in quotes. What was never read is told in the end.
 *
 * Whatever does not fit throws `RequestFieldError` with the caller's own path.
 */
export class WireFields {
  /** the names as the caller wrote them, by their camelCase form */
  private readonly written = new Map<string, string>();
  private readonly unread = new Set<string>();

  constructor(
    private readonly object: JsonObject,
    readonly path: string,
  ) {
    for (const [key, value] of Object.entries(object)) {
      if (value === null) continue;
      const name = camelCase(key);
      if (this.written.has(name)) throw refusal(this.pathTo(key), 'is given in two spellings');
      this.written.set(name, key);
      this.unread.add(name);
    }
  }

  /** The caller's path to a field. */
  at(name: string): string {
    return this.pathTo(this.written.get(name) ?? name);
  }

  has(name: string): boolean {
    return this.written.has(name);
  }

  take(name: string): Exclude<Json, null> | undefined {
    const key = this.written.get(name);
    if (key === undefined) return undefined;
    this.unread.delete(name);
    return this.object[key] as Exclude<Json, null>;
  }

  text(name: string): string | null {
    const value = this.take(name);
    if (value === undefined || typeof value === 'string') return value ?? null;
    throw refusal(this.at(name), 'must be a string');
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value) return value;
    throw refusal(this.at(name), 'must be a non-empty string');
  }

  flag(name: string): boolean | null {
    const value = this.take(name);
    if (value === undefined || typeof value === 'boolean') return value ?? null;
    throw refusal(this.at(name), 'must be a boolean');
  }

  number(name: string): number | null {
    const value = this.take(name);
    if (value === undefined) return null;
    // What is too large for a number was read as Infinity, which JSON cannot say.
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw refusal(this.at(name), 'must be a finite number');
  }

  integer(name: string, least: number): number | null {
    const value = this.take(name);
    if (value === undefined) return null;
    const integer = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
    if (Number.isSafeInteger(integer) && (integer as number) >= least) return integer as number;
    throw refusal(this.at(name), `must be an integer of at least ${least}`);
  }

  /** One of the names of an enum, in upper case; the one that says nothing counts as absent. */
  constant(name: string): string | null {
    const value = this.text(name)?.toUpperCase() ?? '';
    return value === '' || value.endsWith('_UNSPECIFIED') ? null : value;
  }

  texts(name: string): readonly string[] {
    const value = this.take(name);
    if (value === undefined) return [];
    if (!isList(value) || value.some(item => typeof item !== 'string')) {
      throw refusal(this.at(name), 'must be an array of strings');
    }
    return value as readonly string[];
  }

  /** An object that is handed on as it is. */
  carried(name: string): JsonObject | null {
    const value = this.take(name);
    if (value === undefined) return null;
    if (!isObject(value)) throw refusal(this.at(name), 'must be an object');
    requireCarriable(value, this.at(name));
    return value;
  }

  message(name: string): WireFields | null {
    const value = this.take(name);
    if (value === undefined) return null;
    if (!isObject(value)) throw refusal(this.at(name), 'must be an object');
    return new WireFields(value, this.at(name));
  }

  /** Messages; one that stands alone counts as a list of one, as it does at Google. */
  messages(name: string): readonly WireFields[] {
    const value = this.take(name);
    if (value === undefined) return [];
    const items = isList(value) ? value : [value];
    return items.map((item, index) => {
      const path = `${this.at(name)}[${index}]`;
      if (!isObject(item)) throw refusal(path, 'must be an object');
      return new WireFields(item, path);
    });
  }

  /** Names each of the fields as a loss, where it is given. */
  lose(names: readonly string[], losses: LossList, reason?: string): void {
    for (const name of names) if (this.take(name) !== undefined) losses.add(this.at(name), reason);
  }

  /** The names that were not read, in camelCase. */
  rest(): readonly string[] {
    return [...this.unread];
  }

  /** Names everything that was not read. */
  loseRest(losses: LossList): void {
    this.lose(this.rest(), losses);
  }

  private pathTo(key: string): string {
    return fieldPath(this.path, key);
  }
}

export function refusal(path: string, rule: string): RequestFieldError {
  return new RequestFieldError(path, `${path} ${rule}`);
}

/** A leading underscore is a part of the name. */
export function camelCase(key: string): string {
  return key.replaceAll(/(?<=[a-zA-Z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** @throws {RequestFieldError} */
export function requireCarriable(value: Json, path: string): void {
  if (!isCarriable(value)) throw refusal(path, 'must hold finite numbers only, and not be nested more than 100 levels');
}

/** What is handed on must be sayable in JSON again: no infinite number, and no nesting that exhausts a stack. */
export function isCarriable(value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH || level.some(item => typeof item === 'number' && !Number.isFinite(item))) return false;
    level = level.flatMap(item => (typeof item === 'object' && item !== null ? (Object.values(item) as Json[]) : []));
  }
  return true;
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
