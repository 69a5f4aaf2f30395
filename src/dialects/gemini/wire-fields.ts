import { isList, type Json, type JsonObject } from '../../json/value.js';
import { fieldPath, type FieldReader, readerWithin } from '../wire/field-reader.js';
import type { LossList } from '../wire/loss-list.js';

/** As deep as Google's own JSON may go. */
export const MAX_DEPTH = 100;
export const READER: FieldReader = readerWithin(MAX_DEPTH);

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
      if (this.written.has(name)) READER.refuse(fieldPath(path, key), 'is given in two spellings');
      this.written.set(name, key);
      this.unread.add(name);
    }
  }

  /** The caller's path to a field. */
  at(name: string): string {
    return fieldPath(this.path, this.written.get(name) ?? name);
  }

  has(name: string): boolean {
    return this.written.has(name);
  }

  take(name: string): Exclude<Json, null> | undefined {
    return this.object[this.read(name)] ?? undefined;
  }

  string(name: string): string | null {
    return READER.findString(this.object, this.read(name), this.path);
  }

  /** A string that is not empty. */
  name(name: string): string {
    return READER.name(this.take(name), this.at(name));
  }

  boolean(name: string): boolean | null {
    return READER.findBoolean(this.object, this.read(name), this.path);
  }

  number(name: string): number | null {
    return READER.findNumber(this.object, this.read(name), this.path);
  }

  integer(name: string, least: number): number | null {
    const key = this.read(name);
    const value = this.object[key];
    const quoted = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? { [key]: Number(value) } : this.object;
    return READER.findInteger(quoted, key, least, this.path);
  }

  /**
   * One of the names of an enum, in upper case; the one that says nothing counts as absent.
   * @param numbered the names by their numbers, which Google's older SDKs send over REST; none where they are not known
   */
  constant(name: string, numbered: readonly string[] = []): string | null {
    const given = this.take(name);
    const value = (typeof given === 'number' ? numbered[given] : undefined) ?? this.string(name)?.toUpperCase() ?? '';
    return value === '' || value.endsWith('_UNSPECIFIED') ? null : value;
  }

  strings(name: string): readonly string[] {
    const value = this.take(name) ?? [];
    if (isList(value) && value.every(item => typeof item === 'string')) return value;
    return READER.refuse(this.at(name), 'must be an array of strings');
  }

  /** An object of strings. */
  stringMap(name: string): Readonly<Record<string, string>> | null {
    return READER.findStrings(this.object, this.read(name), this.path);
  }

  /** An object that is handed on as it is. */
  carried(name: string): JsonObject | null {
    const value = READER.findObject(this.object, this.read(name), this.path);
    return value && READER.carried(value, this.at(name));
  }

  message(name: string): WireFields | null {
    const value = READER.findObject(this.object, this.read(name), this.path);
    return value && new WireFields(value, this.at(name));
  }

  /** Messages; one that stands alone counts as a list of one, as it does at Google. */
  messages(name: string): readonly WireFields[] {
    const value = this.take(name) ?? [];
    return (isList(value) ? value : [value]).map((item, index) => {
      const path = `${this.at(name)}[${index}]`;
      return new WireFields(READER.object(item, path), path);
    });
  }

  /** The names that were not read, in camelCase. */
  rest(): readonly string[] {
    return [...this.unread];
  }

  /** Names everything that was not read. */
  loseRest(losses: LossList): void {
    for (const name of this.rest()) {
      this.unread.delete(name);
      losses.add(this.at(name));
    }
  }

  /** The key as it was written, which counts as read from now on. */
  private read(name: string): string {
    this.unread.delete(name);
    return this.written.get(name) ?? name;
  }
}

/** A leading underscore is a part of the name. */
export function camelCase(key: string): string {
  return key.replaceAll(/(?<=[a-zA-Z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
