import { JsonSyntaxError } from './json-syntax-error.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** So many bytes of a string are looked at one by one. */
const STRICT_BYTES = 128;

/** Where quotes stand closer together than this, as in code and in JSON within text, a loop finds the next one sooner than a native search. */
const CLOSE_TOGETHER = 64;

/** What is known where a parser refuses what was let pass. */
export const NO_JSON_STRING = 'a string holds a raw control character or an escape that JSON does not know';

/** What may follow a backslash, as a table: 1 for a simple escape, 2 for `u`. */
const ESCAPES = new Uint8Array(256);
for (const simple of '"\\/bfnrt') ESCAPES[simple.charCodeAt(0)] = 1;
ESCAPES['u'.charCodeAt(0)] = 2;

/** Which bytes are hexadecimal digits. */
const HEX = new Uint8Array(256);
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1;

/**
 * Finds the ends of the strings of one JSON text, in order. A loop reads the first bytes of a string; in the rest only
 * quotes are searched, natively, and the backslashes before them counted: text of 10 MiB costs little more than an image.
 *
 * A raw control character, and an escape that JSON does not know, are refused where the loop reads. In the rest of a long
 * string they pass; who parses the body finds them. They change nothing of what this scanner reports.
 */
export class StringWalker {
  /** Whether the first bytes of the string that was closed last hold an escape: enough to know a short word by. */
  escaped = false;

  constructor(private readonly body: Buffer) {}

  /** The offset of the closing quote of the string whose content starts at `from`. Throws `JsonSyntaxError`. */
  close(from: number): number {
    const { body } = this;
    const strictEnd = Math.min(from + STRICT_BYTES, body.length);
    let at = from;
    this.escaped = false;
    while (at < strictEnd) {
      const byte = body[at] as number;
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) at = this.skipEscape(at);
      else if (byte < 0x20) throw new JsonSyntaxError('a control character inside a string must be escaped', at);
      else at++;
    }
    return this.closeLong(at);
  }

  /** Whether the whole content of the string that was closed last, which began at `from`, holds an escape. */
  holdsEscape(from: number, end: number): boolean {
    return this.escaped || (end - from > STRICT_BYTES && this.body.subarray(from, end).includes(BACKSLASH));
  }

  /** The same for the rest of a long string; `from` is in no escape. */
  private closeLong(from: number): number {
    const { body } = this;
    let at = from;
    for (;;) {
      const quote = body.indexOf(QUOTE, at);
      if (quote === -1) throw new JsonSyntaxError('the text ends inside a string', body.length);
      if (!isEscaped(body, at, quote)) return quote;
      const near = quote - at < CLOSE_TOGETHER;
      at = quote + 1;
      if (!near) continue;
      at = this.skipNear(at);
      if (body[at] === QUOTE) return at;
    }
  }

  /** Steps over escaped quotes that stand close together. The offset of the closing one, or of a byte that is in no escape. */
  private skipNear(from: number): number {
    const { body } = this;
    let at = from;
    let stop = at + CLOSE_TOGETHER;
    while (at < stop && at < body.length && body[at] !== QUOTE) {
      if (body[at] !== BACKSLASH) {
        at++;
      } else {
        if (body[at + 1] === QUOTE) stop = at + 2 + CLOSE_TOGETHER;
        at += 2;
      }
    }
    return at;
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

/** Whether an odd number of backslashes stands before the quote; at `from` no escape has begun. */
function isEscaped(body: Buffer, from: number, quote: number): boolean {
  let at = quote;
  while (at > from && body[at - 1] === BACKSLASH) at--;
  return (quote - at) % 2 === 1;
}

/** The text that the raw content of a string stands for; null where it is no JSON after all. */
export function unescapeText(content: string): string | null {
  try {
    return JSON.parse(`"${content}"`) as string;
  } catch {
    return null;
  }
}
