import { crc32 } from 'node:zlib';

/** eight hexadecimal digits and a blank */
const SUM_LENGTH = 9;

type Kind = 'begin' | 'end' | 'forget';

/** What a line says. `other` is whole but of a kind this release does not know: a newer one wrote it. */
export type SpoolLine =
  | { readonly kind: Kind; readonly requestId: string; readonly value: unknown }
  | { readonly kind: 'other' }
  | { readonly kind: 'corrupt' };

/** How the two shapes become JSON and come back. JSON has no big integers: they travel as text. */
export interface SpoolCodec<B, R> {
  encodeBegin(begin: B): unknown;
  decodeBegin(json: unknown): B;
  encodeEnd(record: R): unknown;
  decodeEnd(json: unknown): R;
}

/** One line with its checksum. JSON escapes line ends and lone surrogates, so a line is a line and UTF-8 loses nothing. */
export function encodeLine(kind: Kind, requestId: string, value?: unknown): string {
  const json = JSON.stringify({ kind, requestId, value });
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/** Reads a line without its line end. */
export function decodeLine(bytes: Buffer): SpoolLine {
  const json = bytes.subarray(SUM_LENGTH);
  const sum = `${crc32(json).toString(16).padStart(8, '0')} `;
  if (bytes.length <= SUM_LENGTH || bytes.toString('latin1', 0, SUM_LENGTH) !== sum) return { kind: 'corrupt' };
  try {
    return classify(JSON.parse(json.toString('utf8')));
  } catch {
    return { kind: 'other' }; // its checksum is right: somebody meant it so
  }
}

function classify(json: unknown): SpoolLine {
  if (typeof json !== 'object' || json === null) return { kind: 'other' };
  const { kind, requestId, value } = json as Record<string, unknown>;
  if (kind !== 'begin' && kind !== 'end' && kind !== 'forget') return { kind: 'other' };
  return typeof requestId === 'string' ? { kind, requestId, value } : { kind: 'other' };
}
