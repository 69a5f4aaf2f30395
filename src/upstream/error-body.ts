import type { Exchange } from './exchange.js';

const MAX_ERROR_BODY_BYTES = 65_536;
const MAX_ERROR_BODY_MS = 5_000;

/** At most the first 64 KiB, within 5 s; the rest of an error is not worth a connection. */
export function readErrorBody(exchange: Exchange): Promise<Buffer> {
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
    exchange.attach({
      data: chunk => {
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
