import type { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { GatewayError } from '../../errors/gateway-error.js';
import type { EdgeRequest } from './gateway-request.js';
import { createZstd } from './zstd-frames.js';

type Inflate = () => NodeJS.ReadWriteStream & Readable;

const INFLATE: ReadonlyMap<string, Inflate> = new Map<string, Inflate>([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  ['deflate', () => zlib.createInflate()],
  ['br', () => zlib.createBrotliDecompress()],
  ...(createZstd === null ? [] : [['zstd', createZstd] as const]),
]);

/** The values of `Content-Encoding` that are read here, as refusals name them. */
const READ_ENCODINGS = [...INFLATE.keys()].filter(name => !name.startsWith('x-'));

/**
 * The body of a request, inflated: the request itself where it is sent as it is. Who reads it bounds it.
 * @throws {GatewayError} unsupported_encoding
 */
export function inflated(request: EdgeRequest): Readable {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity') return request;
  const inflate = INFLATE.get(encoding);
  if (inflate !== undefined) return request.pipe(inflate());
  throw new GatewayError('unsupported_encoding', {
    publicMessage: `unsupported Content-Encoding; use ${READ_ENCODINGS.join(', ')} or none`,
  });
}
