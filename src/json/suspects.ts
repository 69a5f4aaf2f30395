import { unescapeText } from './string-walker.js';

const MAX_BYTES_PER_CHARACTER = 6;

/** So far around a key it is looked whether it stands alone. */
const LOOK_BYTES = 512;
const LONE_BEFORE = /\{\s*(?:"type"\s*:\s*null\s*,\s*)?"$/;
const LONE_AFTER = /^"\s*:\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*"type"\s*:\s*null\s*)?\}/;

/**
 * Finds out, while a text is scanned, whether a string of it is one of some names, or begins like one of some addresses, in
 * any letter case and however it is escaped. It says no more than that: where the string stands is for a parser to tell. For
 * every other string it costs a few comparisons.
 */
export class Suspects {
  /** lower case, by length */
  private readonly names: readonly (readonly Buffer[])[];
  private readonly nameSet: ReadonlySet<string>;
  private readonly longestName: number;
  /** lower case, by their first byte */
  private readonly beginnings: readonly (readonly Buffer[])[];
  private readonly longestBeginning: number;

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
    this.nameSet = new Set([...names].map(name => name.toLowerCase()));
    this.longestName = Math.max(0, ...[...this.nameSet].map(name => name.length));
    this.names = sorted(this.nameSet, name => name.length, this.longestName + 1);
    this.beginnings = sorted(beginnings, name => name.charCodeAt(0), 128);
    this.longestBeginning = Math.max(0, ...beginnings.map(({ length }) => length));
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
    return (
      LONE_BEFORE.test(body.toString('latin1', Math.max(0, start - LOOK_BYTES), start)) &&
      LONE_AFTER.test(body.toString('latin1', end, end + LOOK_BYTES))
    );
  }

  private matchEscaped(body: Buffer, start: number, end: number): boolean {
    const longest = Math.max(this.longestName, this.longestBeginning) * MAX_BYTES_PER_CHARACTER;
    // A cut within an escape leaves no text, and the byte before the cut may be one: it is cut once more, where none can be.
    const raw = body.toString('latin1', start, Math.min(end, start + longest));
    const whole = end - start <= longest;
    const text = unescapeText(whole ? raw : raw.replace(/\\(?:u[0-9a-fA-F]{0,3})?$/, ''))?.toLowerCase();
    if (text === undefined) return true;
    if (whole && (text === this.lone || this.nameSet.has(text))) return true;
    return this.beginnings[text.charCodeAt(0)]?.some(begin => text.startsWith(begin.toString('latin1'))) === true;
  }
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
