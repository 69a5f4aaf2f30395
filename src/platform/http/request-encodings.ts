import type { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import { GatewayError } from '../../errors/gateway-error.js';
import type { EdgeRequest } from './gateway-request.js';

type Inflate = () => NodeJS.ReadWriteStream & Readable;

/** Node has it from 22.15 and 24 on; what it is typed by here does not know it. */
interface WithZstd {
  readonly createZstdDecompress?: (options: { params: Record<number, number> }) => ReturnType<Inflate>;
  readonly constants: Readonly<Record<string, number>>;
}

/** 8 MiB, which every reader of this format must be able to hold (RFC 8878); a caller may name a window of any size. */
const ZSTD_WINDOW_LOG = 23;

function zstdOf({ createZstdDecompress: create, constants }: WithZstd): [string, Inflate][] {
  const windowLog = constants['ZSTD_d_windowLogMax'];
  if (create === undefined || windowLog === undefined) return [];
  return [['zstd', () => create({ params: { [windowLog]: ZSTD_WINDOW_LOG } })]];
}

const INFLATE: ReadonlyMap<string, Inflate> = new Map([
  ['gzip', () => zlib.createGunzip()],
  ['x-gzip', () => zlib.createGunzip()],
  ['deflate', () => zlib.createInflate()],
  ['br', () => zlib.createBrotliDecompress()],
  ...zstdOf(zlib as unknown as WithZstd),
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
