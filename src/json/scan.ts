import { isUtf8 } from 'node:buffer';
import type { JsonField } from './json-field.js';
import { JsonSyntaxError } from './json-syntax-error.js';
import { ObjectWalker, type ObjectVisitor } from './object-walker.js';
import { WatchedKeys } from './watched-keys.js';

export type { JsonField, JsonKind } from './json-field.js';
export { JsonSyntaxError } from './json-syntax-error.js';

export interface ScannedObject {
  /** The watched keys of the top level that were found, with the places of their values. */
  readonly fields: ReadonlyMap<string, JsonField>;
  /** Bytes inside strings that look like text, keys included. */
  readonly textBytes: number;
  /** Strings that look like base64 payloads or `data:` URLs. */
  readonly blobs: number;
}

/** Strings up to this many bytes count as text, whatever they hold. */
const MAX_TEXT_LIKE_BYTES = 4096;

/** So much of a long string is looked at to tell base64 from text. */
const BASE64_PROBE_BYTES = 256;

/** Base64 in both alphabets, and the backslash: some writers escape every slash, or wrap lines. */
const BASE64 = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\'))
  BASE64[byte] = 1;

const DATA_URL = Buffer.from('data:');

/**
 * Checks a whole JSON text and finds the watched keys of its top level without parsing the rest, in linear time.
 *
 * Accepted is what `JSON.parse` accepts when the top level is an object, nesting stays within 128 levels, the bytes are
 * UTF-8, and every watched key is written plainly and once. Refused is everything else, with one exception: a raw control
 * character may pass in a long string (see `StringWalker`).
 *
 * @param watched ASCII names; hand in the same set every time, what is derived from it is kept.
 * @throws JsonSyntaxError
 */
export function scanObject(body: Buffer, watched: ReadonlySet<string>): ScannedObject {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new JsonSyntaxError('a byte order mark was found', 0);
  }
  if (!isUtf8(body)) throw new JsonSyntaxError('bytes that are not UTF-8 were found', firstInvalidByte(body));
  const visitor = new RequestVisitor(body, watched);
  const walker = new ObjectWalker(body, 0, visitor);
  walker.walk();
  return { fields: walker.fields, textBytes: visitor.textBytes, blobs: visitor.blobs };
}

class RequestVisitor implements ObjectVisitor {
  textBytes = 0;
  blobs = 0;
  private readonly keys: WatchedKeys;

  constructor(
    private readonly body: Buffer,
    watched: ReadonlySet<string>,
  ) {
    this.keys = new WatchedKeys(body, watched);
  }

  topLevelKey(start: number, end: number, escaped: boolean): string | null {
    return this.keys.match(start, end, escaped);
  }

  text(start: number, end: number): void {
    if (this.looksLikeBlob(start, end)) this.blobs++;
    else this.textBytes += end - start;
  }

  private looksLikeBlob(start: number, end: number): boolean {
    const { body } = this;
    if (body[start] === DATA_URL[0] && end - start >= DATA_URL.length) {
      if (body.compare(DATA_URL, 0, DATA_URL.length, start, start + DATA_URL.length) === 0) return true;
    }
    if (end - start <= MAX_TEXT_LIKE_BYTES) return false;
    for (let at = start; at < start + BASE64_PROBE_BYTES; at++) {
      if (BASE64[body[at] as number] !== 1) return false;
    }
    return true;
  }
}

/** Halves the body until the fault stands alone: linear, and only ever done for a body that is refused. */
function firstInvalidByte(body: Buffer): number {
  let valid = 0;
  let invalid = body.length;
  while (invalid - valid > 8) {
    let middle = valid + ((invalid - valid) >> 1);
    // A character of four bytes has at most three continuation bytes to step back over.
    for (let back = 0; back < 3 && ((body[middle] as number) & 0xc0) === 0x80; back++) middle--;
    if (isUtf8(body.subarray(valid, middle))) valid = middle;
    else invalid = middle;
  }
  while (valid < invalid) {
    let length = 1;
    while (length <= 4 && !isUtf8(body.subarray(valid, valid + length))) length++;
    if (length > 4) return valid;
    valid += length;
  }
  return valid;
}
