import { unescapeText } from './string-walker.js';

/** Of the values that are looked for, so much is kept; a longer one is not read. */
const MAX_VALUE_BYTES = 1_048_576;
/** A string within them is kept up to here: names are shorter, and what is longer is text or a picture. */
const MAX_STRING_BYTES = 256;
/** The longest escape, `\u0000`. */
const ESCAPE_BYTES = 6;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LETTER_U = 0x75;
const COLON = 0x3a;
const OPEN = new Set(Buffer.from('{['));
const CLOSE = new Set(Buffer.from('}]'));
const OPEN_BRACE = 0x7b;

/**
 * The values of some top-level keys of an object that comes in pieces, wherever in it they stand: what a text quotes and what
 * is nested deeper are none of them. Tolerant as `findAllInObject` is: the last of two wins, and a value that was complete
 * counts where the text breaks off behind it. Nothing is held but those values, without their long strings.
 */
export class TopLevelValues {
  private readonly found = new Map<string, unknown>();
  private readonly longestKey: number;
  private depth = 0;
  private closed = false;
  private broken = false;
  private inString = false;
  private long = false;
  private stringBytes = 0;
  /** digits that are still to come of an escape */
  private digits = 0;
  /** the last byte was the backslash of one */
  private escaped = false;
  private expectsKey = false;
  /** the bytes of a top-level key, or of the value that is kept */
  private kept: Buffer[] | null = null;
  private keptBytes = 0;
  private key: string | null = null;

  constructor(private readonly names: ReadonlySet<string>) {
    this.longestKey = Math.max(...[...names].map(name => name.length)) * ESCAPE_BYTES + 2;
  }

  /** The text so far is one object from its beginning to its end. */
  get whole(): boolean {
    return this.closed && !this.broken;
  }

  push(chunk: Buffer): void {
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      const byte = chunk[at] as number;
      if (!this.inString) {
        if (byte > 0x20) from = this.outside(chunk, byte, at, from);
        at += 1;
      } else if (this.kept !== null && !this.isLong()) {
        this.inside(byte);
        at += 1;
      } else {
        this.keep(chunk, from, at);
        at = from = this.closeOf(chunk, at);
        if (at < chunk.length) [this.inString, at] = [false, at + 1];
      }
    }
    this.keep(chunk, from, chunk.length);
  }

  /** What was found, parsed. */
  read(): Readonly<Record<string, unknown>> {
    const values = new Map(this.found);
    if (this.key !== null) take(values, this.key, this.keptText());
    return Object.fromEntries(values);
  }

  /** Of the string that is kept, what follows is not. */
  private isLong(): boolean {
    this.long ||= this.stringBytes >= MAX_STRING_BYTES && !this.escaped && this.digits === 0;
    return this.long;
  }

  private inside(byte: number): void {
    this.stringBytes += 1;
    if (this.digits > 0) this.digits -= 1;
    else if (this.escaped) [this.escaped, this.digits] = [false, byte === LETTER_U ? 4 : 0];
    else if (byte === BACKSLASH) this.escaped = true;
    else if (byte === QUOTE) this.inString = false;
  }

  /** Where the string ends that goes on at `at`; the end of the chunk where it goes on behind that. */
  private closeOf(chunk: Buffer, at: number): number {
    for (let from = at; ;) {
      const quote = chunk.indexOf(QUOTE, from);
      const end = quote < 0 ? chunk.length : quote;
      let slashes = 0;
      while (end - slashes > from && chunk[end - slashes - 1] === BACKSLASH) slashes += 1;
      // The first byte of the chunk may be the second half of an escape.
      const isEscaped = (slashes + (slashes === end - from && this.escaped ? 1 : 0)) % 2 === 1;
      this.escaped = quote < 0 && isEscaped;
      if (quote < 0 || !isEscaped) return end;
      from = quote + 1;
    }
  }

  /** @returns from where on the chunk is kept, where anything is */
  private outside(chunk: Buffer, byte: number, at: number, from: number): number {
    if (this.broken) return from;
    if (byte === QUOTE) {
      this.inString = true;
      this.long = false;
      this.stringBytes = 0;
      this.digits = 0;
      return this.expectsKey && this.depth === 1 ? this.begin(at) : from;
    }
    if (this.depth === 0) return this.atTop(byte, from);
    if (OPEN.has(byte)) this.depth += 1;
    else if (this.depth > 1) this.depth -= CLOSE.has(byte) ? 1 : 0;
    else if (byte === COLON && this.expectsKey) return this.endKey(chunk, at, from);
    else if (byte === COMMA || CLOSE.has(byte)) {
      this.endValue(chunk, at, from);
      this.expectsKey = byte === COMMA;
      if (byte !== COMMA) [this.depth, this.closed] = [0, true];
    }
    return from;
  }

  private atTop(byte: number, from: number): number {
    if (byte === OPEN_BRACE && !this.closed) [this.depth, this.expectsKey] = [1, true];
    else this.broken = true;
    return from;
  }

  private begin(at: number): number {
    this.kept = [];
    this.keptBytes = 0;
    return at;
  }

  private endKey(chunk: Buffer, at: number, from: number): number {
    this.keep(chunk, from, at);
    const written = this.keptText().trim();
    const name = written.length > this.longestKey ? null : unescapeText(written.slice(1, -1));
    this.expectsKey = false;
    this.kept = null;
    if (name === null || !this.names.has(name)) return at;
    this.key = name;
    return this.begin(at + 1);
  }

  private endValue(chunk: Buffer, at: number, from: number): void {
    this.keep(chunk, from, at);
    if (this.key !== null) take(this.found, this.key, this.keptText());
    this.key = null;
    this.kept = null;
  }

  private keep(chunk: Buffer, from: number, to: number): void {
    if (this.kept === null || from >= to) return;
    this.keptBytes += to - from;
    // A slice would hold all of the chunk.
    if (this.keptBytes <= MAX_VALUE_BYTES) this.kept.push(Buffer.from(chunk.subarray(from, to)));
  }

  private keptText(): string {
    return this.keptBytes > MAX_VALUE_BYTES || this.kept === null ? '' : Buffer.concat(this.kept).toString('utf8');
  }
}

/** A value that is no JSON, or too long, says nothing, and takes nothing back. */
function take(values: Map<string, unknown>, key: string, text: string): void {
  try {
    values.set(key, JSON.parse(text));
  } catch {
    // It may have been cut.
  }
}
