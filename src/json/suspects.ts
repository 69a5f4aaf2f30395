import { skipSpace } from './space.js';

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const LETTER_U = 0x75;
const KELVIN_SIGN = 0x212a;

/** So far around a key it is looked whether it stands alone. */
const LOOK_BYTES = 512;
const LONE_BEFORE = /^\{\s*(?:"type"\s*:\s*null\s*,\s*)?"$/;
const LONE_AFTER = /^"\s*:\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*"type"\s*:\s*null\s*)?\}/;

/** So much of a value is shown to who says whether it is plain. */
const LONGEST_VALUE_BYTES = 2_048;

/** What to look out for. */
export interface SuspectWords {
  /** ASCII */
  readonly names: Iterable<string>;
  /** ASCII, letters first */
  readonly beginnings?: readonly string[];
  /** a key that is suspect where it is the only one of its object, save for a `type` of null */
  readonly lone?: string | null;
  /** keys that are suspect by the string that they hold */
  readonly values?: readonly SuspectValue[];
}

export interface SuspectValue {
  /** ASCII */
  readonly names: readonly string[];
  /** @param beginning of a string without escapes; @param whole whether that is all of it */
  readonly isPlain: (beginning: string, whole: boolean) => boolean;
}

/**
 * Finds out, while a text is scanned, whether a string of it is one of some names, or begins like one of some addresses, in
 * any letter case and however it is escaped. It says no more than that: where the string stands is for a parser to tell. For
 * every other string it costs a few comparisons.
 */
export class Suspects {
  /** lower case, by length */
  private readonly names: readonly (readonly Buffer[])[];
  /** lower case, by their first byte */
  private readonly beginnings: readonly (readonly Buffer[])[];
  private readonly lone: string | null;
  /** by the length of the key */
  private readonly values: readonly (readonly { readonly name: Buffer; readonly isPlain: SuspectValue['isPlain'] }[])[];
  /** the beginning of a string with escapes, as what it stands for: one byte more than the longest word has */
  private readonly read: Buffer;

  constructor({ names, beginnings = [], lone = null, values = [] }: SuspectWords) {
    const nameSet = new Set([...names].map(name => name.toLowerCase()));
    const keys = values.flatMap(({ names: each, isPlain }) => each.map(name => [name.toLowerCase(), isPlain] as const));
    const longest = Math.max(0, ...[...nameSet, ...keys.map(([name]) => name)].map(name => name.length));
    this.lone = lone;
    this.names = sorted(nameSet, name => name.length, longest + 1);
    this.values = Array.from({ length: longest + 1 }, (_, length) =>
      keys.filter(([name]) => name.length === length).map(([name, isPlain]) => ({ name: Buffer.from(name), isPlain })),
    );
    this.beginnings = sorted(beginnings, name => name.charCodeAt(0), 128);
    this.read = Buffer.alloc(Math.max(longest, ...beginnings.map(({ length }) => length)) + 1);
  }

  /** Whether the string with the content `[start, end)` is one of them. */
  match(body: Buffer, start: number, end: number, escaped: boolean): boolean {
    if (escaped) return this.matchEscaped(body, start, end);
    const candidates = this.names[end - start];
    if (candidates !== undefined && isOne(candidates, body, start)) return true;
    if (end - start === this.lone?.length && this.isLone(body, start, end)) return true;
    if (this.holdsSuspect(body, start, end)) return true;
    const addresses = this.beginnings[(body[start] as number) | 0x20];
    return addresses !== undefined && addresses.length > 0 && isOne(addresses, body, start);
  }

  private holdsSuspect(body: Buffer, start: number, end: number): boolean {
    const keys = this.values[end - start];
    if (keys === undefined || keys.length === 0) return false;
    const key = keys.find(({ name }) => isOne([name], body, start));
    if (key === undefined) return false;
    const colon = skipSpace(body, end + 1);
    if (body[colon] !== COLON) return false;
    const quote = skipSpace(body, colon + 1);
    if (body[quote] !== QUOTE) return false;
    const stop = body.subarray(quote + 1, quote + 1 + LONGEST_VALUE_BYTES).indexOf(QUOTE);
    const value = body.toString('utf8', quote + 1, quote + 1 + (stop === -1 ? LONGEST_VALUE_BYTES : stop));
    return value.includes('\\') || !key.isPlain(value, stop !== -1);
  }

  private isLone(body: Buffer, start: number, end: number): boolean {
    if (body.toString('latin1', start, end).toLowerCase() !== this.lone) return false;
    if (!LONE_AFTER.test(body.toString('latin1', end, end + LOOK_BYTES))) return false;
    const before = body.toString('latin1', Math.max(0, start - LOOK_BYTES), start);
    return LONE_BEFORE.test(before.slice(Math.max(0, before.lastIndexOf('{'))));
  }

  /** No word of theirs holds what only an escape can say, but a slash may be written as one. */
  private matchEscaped(body: Buffer, start: number, end: number): boolean {
    const { read } = this;
    const longest = read.length;
    let length = 0;
    let at = start;
    while (at < end && length < longest) {
      let code = body[at] as number;
      if (code !== BACKSLASH) at += 1;
      else if (body[at + 1] === LETTER_U) {
        code = folded(codeAt(body, at + 2));
        at += 6;
      } else if (body[at + 1] === SLASH) {
        code = SLASH;
        at += 2;
      } else break;
      read[length++] = code;
    }
    const whole = at >= end;
    if (whole && (isOne(this.names[length] ?? [], read, 0) || this.isLoneName(length))) return true;
    if (whole && (this.values[length] ?? []).some(({ name }) => isOne([name], read, 0))) return true;
    read.fill(0, length);
    return isOne(this.beginnings[(read[0] as number) | 0x20] ?? [], read, 0);
  }

  private isLoneName(length: number): boolean {
    return length === this.lone?.length && this.read.toString('latin1', 0, length).toLowerCase() === this.lone;
  }
}

/** What four hexadecimal digits stand for. */
function codeAt(body: Buffer, at: number): number {
  let code = 0;
  for (let digit = at; digit < at + 4; digit++) {
    const byte = body[digit] as number;
    code = code * 16 + (byte & 0xf) + (byte > 0x39 ? 9 : 0);
  }
  return code;
}

/** Beyond ASCII only the Kelvin sign is a letter of a name, in some parsers. */
function folded(code: number): number {
  if (code === KELVIN_SIGN) return 0x6b;
  return code < 0x80 ? code : 0x80;
}

function sorted(words: Iterable<string>, place: (word: string) => number, size: number): Buffer[][] {
  const places: Buffer[][] = Array.from({ length: size }, () => []);
  for (const word of words) places[place(word)]?.push(Buffer.from(word, 'latin1'));
  return places;
}

/** Whether one of the words stands there, in any letter case. Coarse: a few other bytes fold alike too. */
function isOne(words: readonly Buffer[], body: Buffer, start: number): boolean {
  for (const word of words) {
    let at = 0;
    while (at < word.length && ((word[at] as number) | 0x20) === ((body[start + at] as number) | 0x20)) at++;
    if (at === word.length) return true;
  }
  return false;
}
