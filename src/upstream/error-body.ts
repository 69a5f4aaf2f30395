import { decodedBody } from './decoded-body.js';
import type { Exchange } from './exchange.js';

const MAX_ERROR_BODY_BYTES = 65_536;
const MAX_ERROR_BODY_MS = 5_000;

/** At most the first 64 KiB of the plain text, within 5 s; the rest of an error is not worth a connection. */
export function readErrorBody(exchange: Exchange, contentEncoding: string): Promise<Buffer> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    };
    const timer = setTimeout(() => {
      exchange.abort();
      done();
    }, MAX_ERROR_BODY_MS);
    decodedBody(exchange, contentEncoding).attach({
      data: chunk => {
        if (size >= MAX_ERROR_BODY_BYTES) return;
        chunks.push(chunk.subarray(0, MAX_ERROR_BODY_BYTES - size));
        size += chunk.length;
        if (size >= MAX_ERROR_BODY_BYTES) {
          exchange.abort();
          done();
        }
      },
      end: done,
      fail: done,
    });
  });
}
