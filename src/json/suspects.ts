const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const LETTER_U = 0x75;
const KELVIN_SIGN = 0x212a;

/** So far around a key it is looked whether it stands alone. */
const LOOK_BYTES = 512;
const LONE_BEFORE = /^\{\s*(?:"type"\s*:\s*null\s*,\s*)?"$/;
const LONE_AFTER = /^"\s*:\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*"type"\s*:\s*null\s*)?\}/;

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
  /** the beginning of a string with escapes, as what it stands for: one byte more than the longest word has */
  private readonly read: Buffer;

  /**
   * @param names ASCII
   * @param beginnings ASCII, letters first
   * @param lone a key that is suspect where it is the only one of its object, save for a `type` of null
   */
  constructor(
    names: Iterable<string>,
    beginnings: readonly string[] = [],
    private readonly lone: string | null = null,
  ) {
    const nameSet = new Set([...names].map(name => name.toLowerCase()));
    const longestName = Math.max(0, ...[...nameSet].map(name => name.length));
    this.names = sorted(nameSet, name => name.length, longestName + 1);
    this.beginnings = sorted(beginnings, name => name.charCodeAt(0), 128);
    this.read = Buffer.alloc(Math.max(longestName, ...beginnings.map(({ length }) => length)) + 1);
  }

  /** Whether the string with the content `[start, end)` is one of them. */
  match(body: Buffer, start: number, end: number, escaped: boolean): boolean {
    if (escaped) return this.matchEscaped(body, start, end);
    const candidates = this.names[end - start];
    if (candidates !== undefined && isOne(candidates, body, start)) return true;
    if (end - start === this.lone?.length && this.isLone(body, start, end)) return true;
    const addresses = this.beginnings[(body[start] as number) | 0x20];
    return addresses !== undefined && addresses.length > 0 && isOne(addresses, body, start);
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
