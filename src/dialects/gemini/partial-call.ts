import { isCarriable, isList, isObject, type Json, type JsonObject, nonEmpty } from '../../json/value.js';
import { UnreadableAnswer } from '../neutral/codec.js';
import type { Opaque } from '../neutral/neutral.types.js';
import type { CallPart } from './answer-parts.js';
import { MAX_DEPTH } from './wire-fields.js';

type Key = string | number;
/** While it grows. A list has no holes: its next item is the one behind its last. */
type Growing = { [key: string]: Grown } | Grown[];
type Grown = Growing | string | number | boolean | null;

/** A key of a path: `.name`, `[0]` or `['name']`. */
const KEY = /\.([^.[\]]+)|\[(\d{1,6})\]|\['([^'\\]*)'\]|\["([^"\\]*)"\]/y;

/** The values that `partialArgs` may hold, beside a null that stands under `nullValue`. */
const VALUES = ['stringValue', 'numberValue', 'boolValue'] as const;

/**
 * A function call whose arguments come piece by piece (`functionCall.partialArgs` with `jsonPath` and a value, of which a string
 * may come in several pieces itself). It is told whole once it has ended: other dialects stream the text of the arguments, and
 * this wire streams their values.
 */
export class PartialCall {
  private readonly args: Growing;

  private constructor(
    private readonly id: string | null,
    private readonly name: string,
    private readonly signature: Opaque | null,
    begun: Json | undefined,
  ) {
    this.args = Object.assign(emptyObject(), isObject(begun) ? begun : {});
  }

  /** The call with one piece more, or the one that the piece begins. @throws {UnreadableAnswer} */
  static after(before: PartialCall | null, piece: JsonObject, signature: Opaque | null): PartialCall {
    const name = nonEmpty(piece['name']);
    if (name === null && before === null) throw new UnreadableAnswer('a function call has no name');
    const call = before ?? new PartialCall(nonEmpty(piece['id']), name ?? '', signature, piece['args']);
    const pieces = piece['partialArgs'] ?? [];
    if (!isList(pieces)) throw new UnreadableAnswer('the pieces of a function call are no list');
    for (const entry of pieces) call.add(entry);
    return call;
  }

  whole(): CallPart {
    const { id, name, signature, args } = this;
    return { type: 'call', id, name, arguments: JSON.stringify(args), signature };
  }

  private add(piece: Json): void {
    if (!isObject(piece)) throw new UnreadableAnswer('a piece of a function call is no object');
    const keys = keysOf(piece['jsonPath']);
    const value = valueOf(piece);
    // A null of the protocol's is a piece without a value: the path alone says nothing.
    if (value === undefined) return;
    let place: Growing = this.args;
    for (const [at, key] of keys.entries()) {
      const next = keys[at + 1];
      const known = get(place, key);
      if (next === undefined)
        set(place, key, typeof known === 'string' && typeof value === 'string' ? known + value : value);
      else if (known === undefined) place = set(place, key, typeof next === 'number' ? [] : emptyObject());
      else if (typeof known === 'object' && known !== null) place = known;
      else throw new UnreadableAnswer('a piece of a function call lies within a value that holds nothing');
    }
  }
}

function valueOf(piece: JsonObject): string | number | boolean | null | undefined {
  if ('nullValue' in piece) return null;
  const value = VALUES.map(name => piece[name]).find(given => given != null);
  if (value === undefined) return undefined;
  if (typeof value === 'object' || !isCarriable(value)) {
    throw new UnreadableAnswer('a piece of a function call holds no value that JSON can say');
  }
  return value;
}

function keysOf(path: Json | undefined): readonly Key[] {
  if (typeof path !== 'string' || !path.startsWith('$'))
    throw new UnreadableAnswer('a piece of a function call has no path');
  const keys: Key[] = [];
  KEY.lastIndex = 1;
  while (KEY.lastIndex < path.length) {
    const found = KEY.exec(path);
    if (found === null || keys.length === MAX_DEPTH) throw new UnreadableAnswer('the path of a piece cannot be read');
    const [, name, index, single, double] = found;
    keys.push(index === undefined ? (name ?? single ?? double ?? '') : Number(index));
  }
  if (keys.length === 0) throw new UnreadableAnswer('a piece of a function call is of no argument');
  return keys;
}

/** Without a prototype: a key such as `__proto__` is a key like any other. */
function emptyObject(): { [key: string]: Grown } {
  return Object.create(null) as { [key: string]: Grown };
}

function get(place: Growing, key: Key): Grown | undefined {
  if (Array.isArray(place)) return typeof key === 'number' ? place[key] : undefined;
  return place[key];
}

function set<Value extends Grown>(place: Growing, key: Key, value: Value): Value {
  if (!Array.isArray(place)) place[key] = value;
  else if (typeof key === 'number' && key <= place.length) place[key] = value;
  else throw new UnreadableAnswer('a piece of a function call is beyond the end of its list');
  return value;
}
