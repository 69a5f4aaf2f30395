import type { ServerResponse } from 'node:http';
import { GatewayError } from '../../../errors/gateway-error.js';
import type { EdgeRequest } from '../../../platform/http/gateway-request.js';
import { inflated } from '../../../platform/http/request-encodings.js';

const FIRST_BYTES = 16_384;

/**
 * Reads a body of the control plane whole, inflated. The data plane has a reader of its own, for bodies that are larger.
 * @throws {GatewayError} request_too_large above `maxBytes`, unsupported_encoding, invalid_request for a body that is not
 * what its encoding says, request_timeout when the caller left
 */
export function readWhole(request: EdgeRequest, response: ServerResponse, maxBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new GatewayError('request_too_large');
  if (request.destroyed) throw callerLeft();
  const source = inflated(request);
  if (request.expectsContinue) response.writeContinue();
  const bytes = new GrowingBytes(maxBytes);
  return new Promise((resolve, reject) => {
    const fail = (error: GatewayError) => {
      source.off('data', take);
      if (source !== request) {
        request.unpipe();
        source.destroy();
      }
      // What is still to come is thrown away, so that the refusal can be read.
      request.resume();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      if (!bytes.add(chunk)) fail(new GatewayError('request_too_large'));
    };
    source.on('data', take);
    source.once('end', () => resolve(bytes.whole()));
    source.on('error', () => fail(source === request ? callerLeft() : undecodable()));
    request.once('close', () => {
      if (!request.complete) fail(callerLeft());
    });
  });
}

/** Copied together: a caller may send each byte as a chunk of its own. */
class GrowingBytes {
  private bytes = Buffer.alloc(0);
  private length = 0;

  constructor(private readonly maxBytes: number) {}

  /** Whether it fitted. */
  add(chunk: Buffer): boolean {
    const end = this.length + chunk.length;
    if (end > this.maxBytes) return false;
    if (end > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(this.maxBytes, Math.max(FIRST_BYTES, end, 2 * this.bytes.length)));
      this.bytes.copy(grown, 0, 0, this.length);
      this.bytes = grown;
    }
    chunk.copy(this.bytes, this.length);
    this.length = end;
    return true;
  }

  whole(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

const callerLeft = () => new GatewayError('request_timeout', { internal: 'the caller left while sending' });
const undecodable = () =>
  new GatewayError('invalid_request', { publicMessage: 'the request body is not what its Content-Encoding says' });
