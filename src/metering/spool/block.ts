import { crc32 } from 'node:zlib';
import { describeCause, type Log } from '../../platform/logging.js';
import { ColumnReader, LostWordError } from './column-reader.js';
import { ColumnWriter } from './column-writer.js';
import type { Dictionary } from './dictionary.js';
import type { EntryKind, FoundEntry, SpoolCodec } from './spool-codec.js';

/**
 * A block is what one write brings: `magic, checksum, version, length, entries' length, entries, words`. The checksum is over
 * all behind it. No text can pretend to be a block: 0xff does not occur in UTF-8.
 */
const MAGIC = Buffer.from([0xff, 0xb0, 0xff]);
const SUM_AT = 3;
const VERSION_AT = 7;
const LENGTH_AT = 8;
const HEADER_BYTES = 12;
/** What a record's columns are, and how entries and words are laid out. Lines of JSON were the first. */
const VERSION = 2;

const KINDS: readonly EntryKind[] = ['begin', 'end', 'forget'];

/** What a block is made of. */
export interface BlockEntry<R> {
  readonly kind: EntryKind;
  readonly requestId: string;
  /** null where the kind has none */
  readonly record: R | null;
}

export class BlockEncoder<R> {
  private readonly columns = new ColumnWriter();

  constructor(
    private readonly codec: Pick<SpoolCodec<R>, 'write'>,
    private readonly log: Pick<Log, 'error'>,
  ) {}

  /** One block of all entries. Its bytes are good until the next call. An entry that the codec refuses is logged and left out. */
  encode(entries: readonly BlockEntry<R>[], dictionary: Dictionary): Buffer {
    const { columns } = this;
    dictionary.open();
    columns.open(dictionary);
    columns.skip(HEADER_BYTES);
    const lengthAt = columns.skip(4);
    for (const entry of entries) this.put(entry);
    columns.fill32(lengthAt, columns.length - lengthAt - 4);
    for (const { number, text } of dictionary.told) {
      columns.varint(number);
      columns.text(text);
    }
    const bytes = columns.view();
    MAGIC.copy(bytes);
    bytes[VERSION_AT] = VERSION;
    bytes.writeUInt32LE(bytes.length - HEADER_BYTES, LENGTH_AT);
    bytes.writeUInt32LE(crc32(bytes.subarray(VERSION_AT)), SUM_AT);
    return bytes;
  }

  private put({ kind, requestId, record }: BlockEntry<R>): void {
    const { columns } = this;
    const at = columns.skip(4);
    try {
      columns.byte(KINDS.indexOf(kind));
      columns.text(requestId);
      if (record !== null) this.codec.write(record, columns);
      columns.fill32(at, columns.length - at - 4);
    } catch (error) {
      columns.rewind(at);
      this.log.error('a usage record could not be journalled', { requestId, cause: describeCause(error) });
    }
  }
}

/** What of a segment could not be read. */
export interface Unreadable {
  /** damaged places with good entries after them, and entries that need what stood there */
  corrupt: number;
  /** behind the last good entry: a write that was cut off, most likely */
  tornBytes: number;
  /** the bytes of both */
  readonly bytes: Buffer[];
}

/** Hands on the entries of every whole block, whatever stands before it. */
export function readBlocks<R>(
  bytes: Buffer,
  codec: Pick<SpoolCodec<R>, 'read'>,
  take: (entry: FoundEntry<R>) => void,
): Unreadable {
  const unreadable: Unreadable = { corrupt: 0, tornBytes: 0, bytes: [] };
  const words = new Map<number, string>();
  let at = 0;
  while (at < bytes.length) {
    const length = blockLength(bytes, at);
    if (length > 0) {
      const block = bytes.subarray(at, at + length);
      if (!readBlock(block, words, codec, take)) {
        unreadable.corrupt += 1;
        unreadable.bytes.push(block);
      }
      at += length;
      continue;
    }
    const next = nextBlock(bytes, at + 1);
    unreadable.bytes.push(bytes.subarray(at, next));
    if (next < bytes.length) unreadable.corrupt += 1;
    else unreadable.tornBytes = next - at;
    at = next;
  }
  return unreadable;
}

/** Of the whole block that begins here; 0 where none does. */
function blockLength(bytes: Buffer, at: number): number {
  if (at + HEADER_BYTES > bytes.length || bytes.compare(MAGIC, 0, SUM_AT, at, at + SUM_AT) !== 0) return 0;
  const end = at + HEADER_BYTES + bytes.readUInt32LE(at + LENGTH_AT);
  if (end > bytes.length || crc32(bytes.subarray(at + VERSION_AT, end)) !== bytes.readUInt32LE(at + SUM_AT)) return 0;
  return end - at;
}

/** Where the next whole block begins; the end where there is none. */
function nextBlock(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(MAGIC, from); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    if (blockLength(bytes, at) > 0) return at;
  }
  return bytes.length;
}

/** False where an entry needs a word of a block that is lost. */
function readBlock<R>(
  block: Buffer,
  words: Map<number, string>,
  codec: Pick<SpoolCodec<R>, 'read'>,
  take: (entry: FoundEntry<R>) => void,
): boolean {
  // A newer release keeps this frame, but what is in it only that one knows.
  if (block[VERSION_AT] !== VERSION) {
    take({ kind: 'unknown', requestId: null });
    return true;
  }
  const payload = new ColumnReader(block.subarray(HEADER_BYTES), words);
  const entries = new ColumnReader(payload.take(payload.uint32()), words);
  // They stand behind the entries that use them.
  while (!payload.atEnd) {
    const number = payload.varint();
    words.set(number, payload.text());
  }
  let whole = true;
  while (!entries.atEnd) {
    const entry = readEntry(new ColumnReader(entries.take(entries.uint32()), words), codec);
    if (entry === null) whole = false;
    else take(entry);
  }
  return whole;
}

/** Null where a word of it is lost. */
function readEntry<R>(columns: ColumnReader, codec: Pick<SpoolCodec<R>, 'read'>): FoundEntry<R> | null {
  let requestId: string | null = null;
  try {
    const kind = KINDS[columns.byte()];
    requestId = columns.text();
    if (kind === undefined) return { kind: 'unknown', requestId };
    if (kind === 'forget') return columns.atEnd ? { kind, requestId } : { kind: 'unknown', requestId };
    const record = codec.read(requestId, columns);
    return columns.atEnd ? { kind, requestId, record } : { kind: 'unknown', requestId };
  } catch (error) {
    return error instanceof LostWordError ? null : { kind: 'unknown', requestId };
  }
}
