import type { JsonField, JsonKind } from './json-field.js';
import { JsonSyntaxError, NotAnObjectError } from './json-syntax-error.js';
import { endOfLiteral, endOfNumber } from './scalars.js';
import { StringWalker } from './string-walker.js';
import { StructureError } from './structure-meter.js';

/** Containers inside one another, the top-level object included. */
const MAX_DEPTH = 128;

const QUOTE = 0x22;
const COMMA = 0x2c;
const SLASH = 0x2f;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

const NO_STACK = new Uint8Array(0);
/** Memory outside the heap costs more than a short walk, and there is one walk at a time but where one begins another. */
let spareStack: Uint8Array<ArrayBuffer> | null = null;

/** What the walk asks about: which keys of the top level matter, and what strings there are. */
export interface ObjectVisitor {
  /** Content range of a key of the top level. The returned name has its value recorded; null passes over it. */
  topLevelKey(start: number, end: number, escaped: boolean): string | null;
  /** Content range of every string, keys included; `escaped` tells whether one of its first bytes is an escape's. */
  text(start: number, end: number, escaped: boolean): void;
}

/** What is told of every value, container and key at every level, where somebody wants to know. */
export interface StructureListener {
  value(): void;
  enter(kind: 'object' | 'list'): void;
  /** content range of a key */
  key(start: number, end: number, escaped: boolean): void;
  leave(): void;
}

/**
 * Walks a JSON text whose top level must be an object, once, from left to right, and checks its whole grammar. It holds a
 * stack of at most `MAX_DEPTH` bytes and calls nothing that calls itself, so no nesting can exhaust the call stack.
 */
export class ObjectWalker {
  /** Values of the keys that the visitor named; the last one wins. Complete values stay when the walk throws later. */
  readonly fields = new Map<string, JsonField>();

  private readonly strings: StringWalker;
  private open = NO_STACK;
  private depth = 0;
  private pos: number;
  private fieldName: string | null = null;
  private fieldStart = 0;
  private values = 0;

  constructor(
    private readonly body: Buffer,
    start: number,
    private readonly visitor: ObjectVisitor,
    private readonly listener: StructureListener | null = null,
    private readonly maxValues = Infinity,
  ) {
    this.pos = start;
    this.strings = new StringWalker(body);
  }

  /**
   * Walks to the end of the body.
   * @throws JsonSyntaxError at the first byte that cannot stand where it stands; StructureError where it holds too much
   */
  walk(): void {
    this.open = spareStack ?? new Uint8Array(MAX_DEPTH + 1);
    spareStack = null;
    try {
      this.walkObject();
    } finally {
      spareStack = this.open;
      this.open = NO_STACK;
    }
  }

  private walkObject(): void {
    this.requireObject();
    do {
      const byte = this.nextToken();
      if (this.depth === 1) this.fieldStart = this.pos;
      if (++this.values > this.maxValues) throw new StructureError(`holds more than ${this.maxValues} values`);
      this.listener?.value();
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (this.enter(byte)) continue;
      } else {
        const kind = this.scalar(byte);
        if (this.depth === 1) this.record(kind);
      }
      this.leave();
    } while (this.depth > 0);
    if (this.nextToken() !== -1) throw new JsonSyntaxError('more text follows the object', this.pos);
  }

  /** Enters a container. True when a value comes next; false when it was empty and is closed again. */
  private enter(byte: number): boolean {
    if (this.depth === MAX_DEPTH) throw new JsonSyntaxError(`nested deeper than ${MAX_DEPTH} levels`, this.pos);
    this.open[++this.depth] = byte;
    this.listener?.enter(byte === OPEN_OBJECT ? 'object' : 'list');
    this.pos++;
    const next = this.nextToken();
    if (next === (byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.exit();
      return false;
    }
    if (byte === OPEN_OBJECT) this.key(next);
    return true;
  }

  /** Behind a value: closes what ends here and stands before the next value, or at depth 0. */
  private leave(): void {
    while (this.depth > 0) {
      const byte = this.nextToken();
      const inObject = this.open[this.depth] === OPEN_OBJECT;
      if (byte === COMMA) {
        this.pos++;
        const next = this.nextToken();
        if (next === CLOSE_OBJECT || next === CLOSE_ARRAY)
          throw new JsonSyntaxError('a comma without a value after it', this.pos);
        if (inObject) this.key(next);
        return;
      }
      if (byte !== (inObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
        throw this.unexpected(byte, inObject ? 'a comma or } was expected' : 'a comma or ] was expected');
      }
      this.exit();
    }
  }

  private exit(): void {
    const kind = this.open[this.depth] === OPEN_OBJECT ? 'object' : 'array';
    this.depth--;
    this.listener?.leave();
    this.pos++;
    if (this.depth === 1) this.record(kind);
  }

  /** Reads a key and its colon; `byte` is the byte at `pos`. */
  private key(byte: number): void {
    if (byte !== QUOTE) throw this.unexpected(byte, 'a key in double quotes was expected');
    const start = this.pos + 1;
    const end = this.strings.close(start);
    const escaped = this.strings.holdsEscape(start, end);
    this.visitor.text(start, end, escaped);
    this.listener?.key(start, end, escaped);
    if (this.depth === 1) this.fieldName = this.visitor.topLevelKey(start, end, escaped);
    this.pos = end + 1;
    const next = this.nextToken();
    if (next !== COLON) throw this.unexpected(next, 'a colon was expected');
    this.pos++;
  }

  private scalar(byte: number): JsonKind {
    if (byte === QUOTE) {
      const start = this.pos + 1;
      const end = this.strings.close(start);
      this.visitor.text(start, end, this.strings.escaped);
      this.pos = end + 1;
      return 'string';
    }
    const kind = literalAt(byte);
    if (kind !== null) {
      this.pos = endOfLiteral(this.body, this.pos, kind);
      return kind;
    }
    if (byte === 0x4e || byte === 0x49) throw new JsonSyntaxError('NaN and Infinity are not JSON', this.pos);
    if (byte !== 0x2d && !(byte >= 0x30 && byte <= 0x39)) throw this.unexpected(byte, 'a value was expected');
    this.pos = endOfNumber(this.body, this.pos);
    return 'number';
  }

  private record(kind: JsonKind): void {
    if (this.fieldName !== null) this.fields.set(this.fieldName, { start: this.fieldStart, end: this.pos, kind });
  }

  /** Steps over whitespace. The byte at `pos`, or -1 at the end of the body. */
  private nextToken(): number {
    const { body } = this;
    let at = this.pos;
    for (; at < body.length; at++) {
      const byte = body[at] as number;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        this.pos = at;
        return byte;
      }
    }
    this.pos = at;
    return -1;
  }

  private requireObject(): void {
    const byte = this.nextToken();
    if (byte === OPEN_OBJECT) return;
    if (byte === -1) throw new NotAnObjectError('nothing', this.pos);
    if (byte === OPEN_ARRAY) throw new NotAnObjectError('an array', this.pos);
    if (byte === QUOTE) throw new NotAnObjectError('a string', this.pos);
    const start = this.pos;
    const kind = this.scalar(byte); // throws where it is not even a value
    throw new NotAnObjectError(kind === 'number' ? 'a number' : kind, start);
  }

  private unexpected(byte: number, expected: string): JsonSyntaxError {
    if (byte === -1) return new JsonSyntaxError('the text ends before the object is closed', this.pos);
    if (byte === SLASH) return new JsonSyntaxError('comments are not allowed', this.pos);
    if (byte === 0x27) return new JsonSyntaxError('strings need double quotes', this.pos);
    return new JsonSyntaxError(expected, this.pos);
  }
}

function literalAt(byte: number): 'true' | 'false' | 'null' | null {
  if (byte === 0x74) return 'true';
  if (byte === 0x66) return 'false';
  return byte === 0x6e ? 'null' : null;
}
