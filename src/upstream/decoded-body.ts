import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Transform } from 'node:stream';
import type { BodySink, Exchange } from './exchange.js';

const MAX_INFLATED_BYTES = 1_073_741_824;

class UndecodableBody extends Error {
  readonly code = 'BOUGH_UNDECODABLE';
}

/**
 * Attaches a sink to an answer, through a decoder where the upstream compressed although it was asked not to. The
 * relay and the usage tap see plain bytes, and so does the caller.
 */
export function attachDecoded(exchange: Exchange, contentEncoding: string, sink: BodySink): void {
  if (contentEncoding === '' || contentEncoding === 'identity') {
    exchange.attach(sink);
    return;
  }
  const decoder = decoderFor(contentEncoding);
  if (decoder === null) {
    exchange.abort();
    sink.fail(new UndecodableBody(`unknown content encoding`));
    return;
  }
  pipeDecoded(exchange, decoder, sink);
}

function decoderFor(contentEncoding: string): Transform | null {
  if (contentEncoding === 'gzip' || contentEncoding === 'x-gzip') return createGunzip();
  if (contentEncoding === 'deflate') return createInflate();
  if (contentEncoding === 'br') return createBrotliDecompress();
  return null;
}

function pipeDecoded(exchange: Exchange, decoder: Transform, sink: BodySink): void {
  let inflated = 0;
  let over = false;
  const failOnce = (error: Error) => {
    if (over) return;
    over = true;
    decoder.destroy();
    exchange.abort();
    sink.fail(error);
  };
  decoder.on('data', (chunk: Buffer) => {
    inflated += chunk.length;
    if (inflated > MAX_INFLATED_BYTES) failOnce(new UndecodableBody('the answer inflates to too much'));
    else if (!over) sink.data(chunk);
  });
  decoder.on('end', () => {
    if (over) return;
    over = true;
    sink.end();
  });
  decoder.on('error', error =>
    failOnce(new UndecodableBody('the answer is not what its encoding says', { cause: error })),
  );
  decoder.on('drain', () => exchange.resume());
  exchange.attach({
    data: chunk => {
      if (!over && !decoder.write(chunk)) exchange.pause();
    },
    end: () => decoder.end(),
    fail: failOnce,
  });
}
