import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { GatewayError } from '../errors/gateway-error.js';
import { requireJson } from '../platform/http/content-type.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import type { BodyBudget } from './body-budget.js';

/** Chunks below this are copied together: a caller may send each byte as a chunk of its own. */
const SMALL_CHUNK_BYTES = 4_096;
const BLOCK_BYTES = 16_384;

export interface BodyLimits {
  /** of the body after inflating */
  readonly maxBytes: number;
  readonly budget: BodyBudget;
}

/**
 * Reads a request's body once, whole, as bytes. The caller must `budget.give(bytes)` back when it is done with them.
 * @throws {GatewayError} invalid_request for a wrong content type, unsupported_encoding, request_too_large above
 * `maxBytes` (that many still pass), gateway_busy when the requests in memory are too many already, request_timeout when
 * the caller left before the body was here
 */
export async function readBody(request: EdgeRequest, response: ServerResponse, limits: BodyLimits): Promise<Buffer> {
  // Who left while a guard was asking the store sends no `end` and no `close` any more.
  if (request.destroyed) throw callerLeft();
  requireJson(request.headers['content-type']);
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const declared = declaredLength(request);
  if (declared !== null && declared > limits.maxBytes) throw new GatewayError('request_too_large');
  const inflated = decoded(request, encoding);
  if (request.expectsContinue) response.writeContinue();
  return encoding === 'identity' && declared !== null
    ? readDeclared(request, declared, limits)
    : readUnknown(request, inflated, limits);
}

const callerLeft = () => new GatewayError('request_timeout', { internal: 'the caller left while sending' });

function declaredLength(request: EdgeRequest): number | null {
  const header = request.headers['content-length'];
  return header === undefined ? null : Number(header);
}

function decoded(request: EdgeRequest, encoding: string): Readable {
  if (encoding === 'identity') return request;
  if (encoding === 'gzip' || encoding === 'x-gzip') return request.pipe(createGunzip());
  if (encoding === 'deflate') return request.pipe(createInflate());
  if (encoding === 'br') return request.pipe(createBrotliDecompress());
  throw new GatewayError('unsupported_encoding', {
    publicMessage: 'unsupported Content-Encoding; use gzip, deflate, br or none',
  });
}

/** The length is known: one buffer, filled in place. It counts as it is filled: a caller may declare more than it sends. */
function readDeclared(request: EdgeRequest, length: number, { budget }: BodyLimits): Promise<Buffer> {
  const body = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  return new Promise((resolve, reject) => {
    let over = false;
    const fail = (error: GatewayError) => {
      if (over) return;
      over = true;
      budget.give(filled);
      request.removeAllListeners('data');
      request.resume();
      reject(error);
    };
    request.on('data', (chunk: Buffer) => {
      try {
        budget.take(chunk.length);
      } catch (error) {
        fail(error as GatewayError);
        return;
      }
      filled += chunk.copy(body, filled);
    });
    request.once('end', () => {
      if (over) return;
      over = true;
      resolve(body);
    });
    // An error is made only when it is one: its stack costs as much as all the rest here.
    request.once('close', () => {
      if (!over) fail(callerLeft());
    });
    request.on('error', () => undefined);
  });
}

/** Chunked or compressed: counted as it comes, inflated bytes only. */
function readUnknown(request: EdgeRequest, source: Readable, { maxBytes, budget }: BodyLimits): Promise<Buffer> {
  const pieces = new Pieces();
  return new Promise((resolve, reject) => {
    let over = false;
    const fail = (error: GatewayError) => {
      if (over) return;
      over = true;
      budget.give(pieces.length);
      if (source !== request) {
        request.unpipe();
        source.destroy();
      }
      source.removeAllListeners('data');
      request.resume();
      reject(error);
    };
    source.on('data', (chunk: Buffer) => {
      if (over) return;
      if (pieces.length + chunk.length > maxBytes) {
        fail(new GatewayError('request_too_large'));
        return;
      }
      try {
        budget.take(chunk.length);
      } catch (error) {
        fail(error as GatewayError);
        return;
      }
      pieces.add(chunk);
    });
    source.once('end', () => {
      if (over) return;
      over = true;
      resolve(pieces.join());
    });
    source.on('error', () => fail(source === request ? callerLeft() : undecodable()));
    request.once('close', () => {
      // A compressed body is read to its end before its last bytes are inflated.
      if (!request.complete) fail(callerLeft());
    });
  });
}

const undecodable = () =>
  new GatewayError('invalid_request', { publicMessage: 'the request body is not what its Content-Encoding says' });

/** The chunks of a body. A Buffer for each byte that a caller sends alone would cost several hundred times the body. */
class Pieces {
  length = 0;
  private readonly pieces: Buffer[] = [];
  private block = Buffer.alloc(0);
  private start = 0;
  private end = 0;

  add(chunk: Buffer): void {
    this.length += chunk.length;
    if (chunk.length >= SMALL_CHUNK_BYTES) {
      this.endPiece();
      this.pieces.push(chunk);
      return;
    }
    if (this.end + chunk.length > this.block.length) {
      this.endPiece();
      this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      this.start = this.end = 0;
    }
    this.end += chunk.copy(this.block, this.end);
  }

  join(): Buffer {
    this.endPiece();
    return Buffer.concat(this.pieces, this.length);
  }

  private endPiece(): void {
    if (this.end > this.start) this.pieces.push(this.block.subarray(this.start, this.end));
    this.start = this.end;
  }
}
