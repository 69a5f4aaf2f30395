import { isUtf8 } from 'node:buffer';
import type { JsonField } from './json-field.js';
import { JsonSyntaxError } from './json-syntax-error.js';
import { ObjectWalker, type ObjectVisitor, type StructureListener } from './object-walker.js';
import { NO_JSON_STRING, unescapeText } from './string-walker.js';
import { StructureError, type StructureMeter } from './structure-meter.js';
import type { Suspects } from './suspects.js';
import { WatchedKeys } from './watched-keys.js';
import type { WatchedWord, WordIndex } from './word-index.js';

export type { JsonField, JsonKind } from './json-field.js';
export { JsonSyntaxError, NotAnObjectError } from './json-syntax-error.js';
export { StructureError } from './structure-meter.js';

export interface ScannedObject {
  /** The watched keys of the top level that were found, with the places of their values. */
  readonly fields: ReadonlyMap<string, JsonField>;
  /** Bytes inside strings that look like text, keys included. */
  readonly textBytes: number;
  /**
   * Strings that are base64 payloads or `data:` URLs of such, where the dialects put them, of files that begin as pictures,
   * recordings, films and documents do.
   */
  readonly blobs: number;
  /** Bytes of those. */
  readonly blobBytes: number;
  /** Whether one of its strings is a suspect. */
  readonly suspicious: boolean;
  /** Of those, the ones of documents, which may be text from end to end. */
  readonly documentBytes: number;
  /** What the watched words among its strings tell. */
  readonly told: ReadonlySet<string>;
}

/** What else is looked for in one pass. */
export interface ScanOptions {
  /** strings to look out for at any depth */
  readonly suspects?: Suspects;
  /** words to look out for at any depth */
  readonly words?: WordIndex;
  /** counts what the whole text holds, and refuses keys that come twice in one object */
  readonly meter?: StructureMeter;
  /** each costs time, whatever it is */
  readonly maxValues?: number | undefined;
}

/** Strings up to this many bytes count as text, whatever they hold, unless they say that they are data. */
const MAX_TEXT_LIKE_BYTES = 4096;

/** A long string is looked at in so many places, each so long, to tell base64 from text. */
const PROBES = 16;
const PROBE_BYTES = 32;
const LONGEST_PREFIX_BYTES = 128;

/** Far more than a conversation has, and few enough to be scanned and parsed in tens of milliseconds. */
const MAX_VALUES = 250_000;

/** Each is compared with the names that are watched; no dialect has a hundred. */
const MAX_TOP_LEVEL_KEYS = 10_000;

/** The keys under which the dialects take base64: a text that merely looks like it is counted as the text it is. */
const DATA_KEYS: ReadonlySet<string> = new Set([
  'data',
  'url',
  'image_url',
  'document_url',
  'file_data',
  'file_url',
  'b64_json',
]);
const LONGEST_KEY_BYTES = 16;
/** Of the same keys, however they are escaped. */
const LONGEST_SPELLING_BYTES = 6 * LONGEST_KEY_BYTES;

const NOTHING: ReadonlySet<string> = new Set();
const NO_OPTIONS: ScanOptions = {};

/** Base64 in both alphabets, and the backslash: some writers escape every slash, or wrap lines. */
const BASE64 = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\\'))
  BASE64[byte] = 1;

const DATA_URL = /^data:[\w.+-]+\\?\/[\w.+-]+(?:;[\w.+-]+=[\w.+-]+)*;base64,/;

/**
 * How files begin, as base64: PNG, JPEG, GIF, RIFF (WebP, WAV, AVI), BMP, TIFF; the MPEG-4 family (HEIC, AVIF, M4A), Matroska,
 * MP3 and AAC, FLAC, Ogg, AIFF. Anything else may be text, and is counted as such.
 */
const MEDIA = [
  /^(?:iVBORw0KGgo|\\?[/_]9j|R0lGOD|UklGR|Qk[0-3]|SUkq|TU0AK)/,
  /^(?:AAAA.GZ0eX|GkXfo|SUQz|\\?[/_]\\?[/_][E-Pk-v]|ZkxhQ|T2dnUw|Rk9ST)/,
];
/** PDF, and what is zipped or of the older offices. */
const DOCUMENT = /^(?:JVBERi0|UEsDB|0M8R4K)/;
const MAGIC_BYTES = 16;

/**
 * Checks a whole JSON text and finds the watched keys of its top level without parsing the rest, in linear time.
 *
 * Accepted is what `JSON.parse` accepts when the top level is an object, nesting stays within 128 levels, the bytes are
 * UTF-8, and every watched key is written plainly and once. Refused is everything else, with one exception: a raw control
 * character or an unknown escape may pass in a long string (see `StringWalker`).
 *
 * @param watched ASCII names; hand in the same set every time, what is derived from it is kept.
 * @throws JsonSyntaxError; StructureError where it holds too much, and what the meter throws
 */
export function scanObject(
  body: Buffer,
  watched: ReadonlySet<string>,
  { suspects, words, meter, maxValues = MAX_VALUES }: ScanOptions = NO_OPTIONS,
): ScannedObject {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf) {
    throw new JsonSyntaxError('a byte order mark was found', 0);
  }
  if (!isUtf8(body)) throw new JsonSyntaxError('bytes that are not UTF-8 were found', firstInvalidByte(body));
  const visitor = new RequestVisitor(body, watched, suspects, words);
  const walker = new ObjectWalker(
    body,
    0,
    visitor,
    meter === undefined ? null : new MeteredWalk(body, meter),
    maxValues,
  );
  walker.walk();
  const { textBytes, blobs, blobBytes, documentBytes, suspicious, told } = visitor;
  return { fields: walker.fields, textBytes, blobs, blobBytes, documentBytes, suspicious, told };
}

class RequestVisitor implements ObjectVisitor {
  textBytes = 0;
  blobs = 0;
  blobBytes = 0;
  suspicious = false;
  documentBytes = 0;
  told = NOTHING;
  private readonly keys: WatchedKeys;
  private topLevelKeys = 0;

  constructor(
    private readonly body: Buffer,
    watched: ReadonlySet<string>,
    private readonly suspects: Suspects | undefined,
    private readonly words: WordIndex | undefined,
  ) {
    this.keys = new WatchedKeys(body, watched);
  }

  topLevelKey(start: number, end: number, escaped: boolean): string | null {
    if (++this.topLevelKeys > MAX_TOP_LEVEL_KEYS) {
      throw new StructureError(`has more than ${MAX_TOP_LEVEL_KEYS} keys at its top level`);
    }
    return this.keys.match(start, end, escaped);
  }

  text(start: number, end: number, escaped: boolean): void {
    if (this.suspects !== undefined && !this.suspicious)
      this.suspicious = this.suspects.match(this.body, start, end, escaped);
    if (this.words !== undefined) {
      for (const word of this.words.find(this.body, start, end, escaped)) this.noteWord(word, start);
    }
    const payload = this.payloadOf(start, end);
    if (payload === null) {
      this.textBytes += end - start;
      return;
    }
    const head = this.body.toString('latin1', payload, Math.min(end, payload + MAGIC_BYTES));
    const isDocument = DOCUMENT.test(head);
    if (!isDocument && !MEDIA.some(magic => magic.test(head))) {
      this.textBytes += end - start;
      return;
    }
    this.blobs += 1;
    this.blobBytes += end - start;
    if (isDocument) this.documentBytes += end - start;
  }

  private noteWord({ tells, under }: WatchedWord, start: number): void {
    if (this.told.has(tells)) return;
    if (under !== undefined && !isUnder(keyBefore(this.body, start, LONGEST_SPELLING_BYTES), under)) return;
    this.told = new Set([...this.told, tells]);
  }

  /** Where the base64 of a string begins; null where it is none, or none that a dialect takes. */
  private payloadOf(start: number, end: number): number | null {
    const { body } = this;
    const mayBeDataUrl = body[start] === 0x64 && body[start + 4] === 0x3a;
    if (!mayBeDataUrl && end - start <= MAX_TEXT_LIKE_BYTES) return null;
    if (!DATA_KEYS.has(keyBefore(body, start, LONGEST_KEY_BYTES))) return null;
    if (!mayBeDataUrl) return isBase64(body, start, end) ? start : null;
    const prefix = DATA_URL.exec(body.toString('latin1', start, Math.min(end, start + LONGEST_PREFIX_BYTES)));
    const payload = start + (prefix?.[0].length ?? 0);
    return prefix !== null && isBase64(body, payload, end) ? payload : null;
  }
}

/** Tells a meter of a text's keys as what they stand for. */
class MeteredWalk implements StructureListener {
  constructor(
    private readonly body: Buffer,
    private readonly meter: StructureMeter,
  ) {}

  value(): void {
    this.meter.value();
  }

  enter(kind: 'object' | 'list'): void {
    this.meter.enter(kind);
  }

  key(start: number, end: number, escaped: boolean): void {
    const written = this.body.toString('utf8', start, end);
    const plain = escaped ? unescapeText(written) : written;
    if (plain === null) throw new JsonSyntaxError(NO_JSON_STRING, start);
    this.meter.key(plain);
  }

  leave(): void {
    this.meter.leave();
  }
}

/** Whether a key is this one, as it is written or as it stands for. */
function isUnder(written: string, key: string): boolean {
  return written === key || (written.includes('\\') && unescapeText(written) === key);
}

/** The key whose value is the string with its content at `start`; '' where it is an element of a list, or a key itself. */
function keyBefore(body: Buffer, start: number, longest: number): string {
  let at = skipBlanksBack(body, start - 2);
  if (body[at] !== 0x3a) return '';
  at = skipBlanksBack(body, at - 1);
  const end = at;
  do at -= 1;
  while (at >= 0 && end - at <= longest && body[at] !== 0x22);
  return body[at] === 0x22 ? body.toString('latin1', at + 1, end) : '';
}

function skipBlanksBack(body: Buffer, from: number): number {
  let at = from;
  while (at > 0 && (body[at] as number) <= 0x20) at -= 1;
  return at;
}

/** Looks at places all over the string: text behind a beginning that looks like base64 must not pass for it. */
function isBase64(body: Buffer, start: number, end: number): boolean {
  const step = Math.max(PROBE_BYTES, (end - start) / PROBES);
  for (let probe = start; probe < end; probe += step) {
    const stop = Math.min(end, Math.floor(probe) + PROBE_BYTES);
    for (let at = Math.floor(probe); at < stop; at += 1) {
      if (BASE64[body[at] as number] !== 1) return false;
    }
  }
  return true;
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
