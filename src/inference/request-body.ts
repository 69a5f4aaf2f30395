import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { GatewayError } from '../errors/gateway-error.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import type { BodyBudget } from './body-budget.js';

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json$/;

export interface BodyLimits {
  /** of the body after inflating */
  readonly maxBytes: number;
  readonly budget: BodyBudget;
}

/**
 * Reads a request's body once, whole, as bytes. The caller must `budget.give(bytes)` back when it is done with them.
 * @throws {GatewayError} invalid_request for a wrong content type, unsupported_encoding, request_too_large above
 * `maxBytes` (that many still pass), gateway_busy when the requests in memory are too many already
 */
export async function readBody(request: EdgeRequest, response: ServerResponse, limits: BodyLimits): Promise<Buffer> {
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

function requireJson(contentType: string | undefined): void {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map(part => part.trim().toLowerCase());
  if (!JSON_TYPE.test(type)) {
    const given = contentType === undefined ? 'none was sent' : `"${type.slice(0, 80)}" was sent`;
    throw new GatewayError('invalid_request', {
      publicMessage: `the Content-Type header must be application/json; ${given.replace(/[^\x20-\x7e]/g, '?')}`,
      param: 'content-type',
    });
  }
  const charset = parameters
    .find(parameter => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new GatewayError('invalid_request', {
      publicMessage: 'the request body must be UTF-8; send Content-Type: application/json without another charset',
      param: 'content-type',
    });
  }
}

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

/** The length is known: one buffer, filled in place. */
function readDeclared(request: EdgeRequest, length: number, { budget }: BodyLimits): Promise<Buffer> {
  budget.take(length);
  const body = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  return new Promise((resolve, reject) => {
    const fail = () => {
      budget.give(length);
      reject(new GatewayError('request_timeout', { internal: 'the caller left while sending' }));
    };
    request.on('data', (chunk: Buffer) => {
      filled += chunk.copy(body, filled);
    });
    request.once('end', () => {
      request.off('close', fail);
      resolve(body);
    });
    request.once('close', fail);
    request.on('error', () => undefined);
  });
}

/** Chunked or compressed: counted as it comes, inflated bytes only. */
function readUnknown(request: EdgeRequest, source: Readable, { maxBytes, budget }: BodyLimits): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    let over = false;
    const fail = (error: GatewayError) => {
      if (over) return;
      over = true;
      budget.give(size);
      if (source !== request) {
        request.unpipe();
        source.destroy();
      }
      source.removeAllListeners('data');
      request.resume();
      reject(error);
    };
    const gone = () => fail(new GatewayError('request_timeout', { internal: 'the caller left while sending' }));
    source.on('data', (chunk: Buffer) => {
      if (over) return;
      if (size + chunk.length > maxBytes) {
        fail(new GatewayError('request_too_large'));
        return;
      }
      try {
        budget.take(chunk.length);
      } catch (error) {
        fail(error as GatewayError);
        return;
      }
      size += chunk.length;
      chunks.push(chunk);
    });
    source.once('end', () => {
      if (over) return;
      over = true;
      request.off('close', gone);
      resolve(Buffer.concat(chunks, size));
    });
    source.on('error', () => {
      fail(
        new GatewayError('invalid_request', {
          publicMessage: 'the request body is not what its Content-Encoding says',
        }),
      );
    });
    request.once('close', () => {
      // A compressed body is read to its end before its last bytes are inflated.
      if (!request.complete) gone();
    });
  });
}
