import { crc32 } from 'node:zlib';
import type { Unreadable } from './block.js';
import type { FoundEntry, SpoolCodec } from './spool-codec.js';

const LINE_END = 0x0a;
/** eight hexadecimal digits and a blank */
const SUM_LENGTH = 9;

/**
 * Reads a segment of the first format, which releases before this one left: lines of JSON, each behind its checksum. Hands on
 * every good line, whatever stands before it.
 */
export function readLines<R>(
  bytes: Buffer,
  codec: Pick<SpoolCodec<R>, 'fromJson'>,
  take: (entry: FoundEntry<R>) => void,
): Unreadable {
  const unreadable: Unreadable = { corrupt: 0, tornBytes: 0, bytes: [] };
  let badLines = 0;
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(LINE_END, at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end + 1);
    const entry = end < 0 ? null : readLine(line.subarray(0, -1), codec);
    at += line.length;
    if (entry === null) {
      badLines += 1;
      unreadable.tornBytes += line.length;
      unreadable.bytes.push(line);
      continue;
    }
    unreadable.corrupt += badLines;
    badLines = 0;
    unreadable.tornBytes = 0;
    take(entry);
  }
  return unreadable;
}

/** Null for a damaged line. */
function readLine<R>(line: Buffer, codec: Pick<SpoolCodec<R>, 'fromJson'>): FoundEntry<R> | null {
  const json = line.subarray(SUM_LENGTH);
  const sum = `${crc32(json).toString(16).padStart(8, '0')} `;
  if (line.length <= SUM_LENGTH || line.toString('latin1', 0, SUM_LENGTH) !== sum) return null;
  let requestId: string | null = null;
  try {
    const said = JSON.parse(json.toString('utf8')) as Record<string, unknown>;
    if (typeof said['requestId'] !== 'string') return { kind: 'unknown', requestId };
    ({ requestId } = said as { requestId: string });
    const { kind, value } = said;
    if (kind === 'forget') return { kind, requestId };
    if (kind !== 'begin' && kind !== 'end') return { kind: 'unknown', requestId };
    return { kind, requestId, record: codec.fromJson(value) };
  } catch {
    return { kind: 'unknown', requestId }; // its checksum is right: somebody meant it so
  }
}
