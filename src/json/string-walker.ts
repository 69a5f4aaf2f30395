import { JsonSyntaxError } from './json-syntax-error.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Below this many bytes a loop is cheaper than a native call. */
const WINDOW = 128;

/** Native searches go block by block: the second search over a block then finds its bytes in the processor's cache. */
const BLOCK = 64 * 1024;

/** What may follow a backslash, as a table: 1 for a simple escape, 2 for `u`. */
const ESCAPES = new Uint8Array(256);
for (const simple of '"\\/bfnrt') ESCAPES[simple.charCodeAt(0)] = 1;
ESCAPES['u'.charCodeAt(0)] = 2;

/** Which bytes are hexadecimal digits. */
const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;

/** Finds the next occurrence of one byte, and remembers what it has searched so that all searches together are linear. */
class ByteFinder {
  /** Nothing from the last start up to here is the byte. */
  private cleanTo = 0;
  /** Whether the byte stands at `cleanTo`. */
  private hit = false;

  constructor(
    private readonly body: Buffer,
    private readonly byte: number,
  ) {}

  /** The first offset in `[from, limit)` that holds the byte, else `limit`. `from` never goes back. */
  next(from: number, limit: number): number {
    if (from <= this.cleanTo) {
      if (this.cleanTo >= limit) return limit;
      if (this.hit) return this.cleanTo;
    }
    const start = Math.max(from, this.cleanTo);
    const found = this.body.subarray(start, limit).indexOf(this.byte);
    this.hit = found !== -1;
    this.cleanTo = this.hit ? start + found : limit;
    return this.cleanTo;
  }
}

/**
 * Finds the ends of the strings of one JSON text, in order. A loop reads the first bytes of a string and those behind an
 * escape, native search the rest: an image of 10 MiB costs as much as reading memory twice.
 *
 * A raw control character (RFC 8259 forbids it) is refused where the loop reads. In the rest of a long string it passes;
 * whoever parses the body finds it, and it changes nothing of what this scanner reports.
 */
export class StringWalker {
  private readonly quotes: ByteFinder;
  private readonly backslashes: ByteFinder;

  /** Whether the string that was closed last holds an escape. */
  escaped = false;

  constructor(private readonly body: Buffer) {
    this.quotes = new ByteFinder(body, QUOTE);
    this.backslashes = new ByteFinder(body, BACKSLASH);
  }

  /** The offset of the closing quote of the string whose content starts at `from`. Throws `JsonSyntaxError`. */
  close(from: number): number {
    const { body } = this;
    let at = from;
    let windowEnd = Math.min(at + WINDOW, body.length);
    this.escaped = false;
    for (;;) {
      while (at < windowEnd) {
        const byte = body[at] as number;
        if (byte === QUOTE) return at;
        if (byte === BACKSLASH) {
          at = this.skipEscape(at);
          windowEnd = Math.min(at + WINDOW, body.length);
        } else if (byte < 0x20) {
          throw new JsonSyntaxError('a control character inside a string must be escaped', at);
        } else {
          at++;
        }
      }
      if (at >= body.length) throw new JsonSyntaxError('the text ends inside a string', body.length);

      const blockEnd = Math.min(at + BLOCK, body.length);
      const quote = this.quotes.next(at, blockEnd);
      const backslash = this.backslashes.next(at, quote);
      if (backslash < quote) {
        at = this.skipEscape(backslash);
        windowEnd = Math.min(at + WINDOW, body.length);
      } else if (quote < blockEnd) {
        return quote;
      } else {
        at = blockEnd;
      }
    }
  }

  /** The offset behind the escape whose backslash stands at `at`. */
  private skipEscape(at: number): number {
    const { body } = this;
    this.escaped = true;
    const kind = at + 1 < body.length ? ESCAPES[body[at + 1] as number] : -1;
    if (kind === 1) return at + 2;
    if (kind === 2) {
      for (let digit = at + 2; digit < at + 6; digit++) {
        if (digit >= body.length) throw new JsonSyntaxError('the text ends inside a string', body.length);
        if (HEX[body[digit] as number] !== 1) {
          throw new JsonSyntaxError('\\u must be followed by four hexadecimal digits', digit);
        }
      }
      return at + 6;
    }
    if (kind === -1) throw new JsonSyntaxError('the text ends inside a string', body.length);
    throw new JsonSyntaxError('a string holds an escape that JSON does not know', at);
  }
}

/** The text that the raw content of a string stands for; null where a raw control character makes it no JSON. */
export function unescapeText(content: string): string | null {
  try {
    return JSON.parse(`"${content}"`) as string;
  } catch {
    return null;
  }
}
