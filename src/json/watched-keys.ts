import { JsonSyntaxError } from './json-syntax-error.js';
import { NO_JSON_STRING, unescapeText } from './string-walker.js';

/** An escape such as `\u006d` spends six bytes on one character. */
const MAX_BYTES_PER_CHARACTER = 6;

interface KeyIndex {
  readonly names: ReadonlySet<string>;
  /** folded name → the name */
  readonly folded: ReadonlyMap<string, string>;
  /** the names as bytes, by their length */
  readonly byLength: readonly (readonly Buffer[])[];
  readonly maxBytes: number;
}

const indexes = new WeakMap<ReadonlySet<string>, KeyIndex>();

/**
 * Decides for every key of the top level whether it is a watched one. A watched key that comes twice, is written with an
 * escape, or differs only in letter case is refused: JSON parsers disagree about which of them counts (Go's takes any
 * case, most take the last duplicate), so the model that was checked might not be the model that is asked for.
 */
export class WatchedKeys {
  private readonly index: KeyIndex;
  private readonly seen = new Set<string>();

  constructor(
    private readonly body: Buffer,
    watched: ReadonlySet<string>,
  ) {
    this.index = indexOf(watched);
  }

  /** The watched name that stands in `[start, end)`, or null. Throws `JsonSyntaxError`. */
  match(start: number, end: number, escaped: boolean): string | null {
    const length = end - start;
    if (length === 0 || length > this.index.maxBytes) return null;
    if (!escaped && isAscii(this.body, start, end)) {
      // No string is made for a key that cannot match, so that a body of a million keys costs little.
      const candidates = this.index.byLength[length];
      if (candidates?.some(name => isFoldedSame(name, this.body, start)) !== true) return null;
    }
    const written = this.body.toString('utf8', start, end);
    if (this.index.names.has(written)) return this.once(written, start);
    const plain = escaped ? unescapeText(written) : written;
    if (plain === null) throw new JsonSyntaxError(NO_JSON_STRING, start);
    const name = this.index.folded.get(fold(plain));
    if (name === undefined) return null;
    if (plain === name) throw new JsonSyntaxError(`the key "${name}" must be written without escapes`, start - 1);
    throw new JsonSyntaxError(`the key "${name}" must be written in exactly this letter case`, start - 1);
  }

  private once(name: string, start: number): string {
    if (this.seen.has(name)) throw new JsonSyntaxError(`the key "${name}" appears twice`, start - 1);
    this.seen.add(name);
    return name;
  }
}

function indexOf(watched: ReadonlySet<string>): KeyIndex {
  const known = indexes.get(watched);
  if (known !== undefined) return known;
  const longest = Math.max(0, ...[...watched].map(name => name.length));
  const byLength: Buffer[][] = Array.from({ length: longest + 1 }, () => []);
  for (const name of watched) byLength[name.length]?.push(Buffer.from(name));
  const index: KeyIndex = {
    names: watched,
    folded: new Map([...watched].map(name => [fold(name), name])),
    byLength,
    maxBytes: longest * MAX_BYTES_PER_CHARACTER,
  };
  indexes.set(watched, index);
  return index;
}

/** Up and then down, because `ſ` becomes `s` only on the way up and the Kelvin sign `k` only on the way down. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function isAscii(body: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if ((body[at] as number) >= 0x80) return false;
  }
  return true;
}

/** Whether the bytes may be the name in some letter case. Coarse: a few other bytes fold alike too. */
function isFoldedSame(name: Buffer, body: Buffer, start: number): boolean {
  for (let at = 0; at < name.length; at++) {
    if (((name[at] as number) | 0x20) !== ((body[start + at] as number) | 0x20)) return false;
  }
  return true;
}
