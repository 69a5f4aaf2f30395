import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Transform } from 'node:stream';
import { createZstd } from '../platform/http/zstd-frames.js';
import type { AwsEventStream } from './aws-event-stream.js';
import type { BodySink, Exchange } from './exchange.js';
import type { Outgoing } from '../providers/provider.js';
import type { AnswerHeaders } from './answer-headers.js';

const MAX_INFLATED_BYTES = 1_073_741_824;

class UndecodableBody extends Error {
  readonly code = 'BOUGH_UNDECODABLE';
}

/** An answer's body as plain bytes, whatever the upstream sent: it takes one sink, and waits when it is told to. */
export interface AnswerBody {
  attach(sink: BodySink): void;
  pause(): void;
  resume(): void;
}

/**
 * The body of an answer, through a decoder where the upstream compressed although it was asked not to. The relay and the
 * usage tap see plain bytes, and so does the caller.
 * @param maxBytes of plain bytes: an answer that inflates to more is broken off
 */
export function decodedBody(
  exchange: Exchange,
  contentEncoding: string,
  maxBytes: number = MAX_INFLATED_BYTES,
): AnswerBody {
  if (contentEncoding === '' || contentEncoding === 'identity') return exchange;
  const decoder = decoderFor(contentEncoding);
  return decoder === null ? new UnknownEncoding(exchange) : new InflatedBody(exchange, decoder, maxBytes);
}

/** What of an answer says how its stream comes. */
interface FramedAnswer {
  readonly exchange: Exchange;
  readonly headers: Pick<AnswerHeaders, 'contentEncoding'>;
  readonly framing: Outgoing['framing'];
}

/** The same for a stream, as server-sent events whatever its framing. */
export function answerBody({ exchange, headers, framing }: FramedAnswer): AnswerBody {
  const decoded = decodedBody(exchange, headers.contentEncoding);
  return framing === 'aws-event-stream' ? new ReframedBody(decoded, exchange) : decoded;
}

function decoderFor(contentEncoding: string): Transform | null {
  if (contentEncoding === 'gzip' || contentEncoding === 'x-gzip') return createGunzip();
  if (contentEncoding === 'deflate') return createInflate();
  if (contentEncoding === 'br') return createBrotliDecompress();
  if (contentEncoding === 'zstd') return createZstd?.() ?? null;
  return null;
}

/** Amazon's frames as server-sent events. What one chunk completes goes on at once, so the brake is the one below. */
class ReframedBody implements AnswerBody {
  constructor(
    private readonly framed: AnswerBody,
    private readonly exchange: Exchange,
  ) {}

  attach(sink: BodySink): void {
    // Loaded when it is needed; until then the exchange keeps what arrives.
    import('./aws-event-stream.js').then(
      ({ AwsEventStream }) => this.convert(new AwsEventStream(), sink),
      (error: Error) => sink.fail(error),
    );
  }

  pause(): void {
    this.framed.pause();
  }

  resume(): void {
    this.framed.resume();
  }

  private convert(stream: AwsEventStream, sink: BodySink): void {
    const failed = () => {
      if (stream.fault === null) return false;
      this.exchange.abort();
      sink.fail(stream.fault);
      return true;
    };
    this.framed.attach({
      data: chunk => {
        if (stream.fault !== null) return;
        const events = stream.push(chunk);
        if (events.length > 0) sink.data(events);
        failed();
      },
      end: () => {
        if (stream.fault !== null) return;
        stream.end();
        if (!failed()) sink.end();
      },
      fail: error => {
        if (stream.fault === null) sink.fail(error);
      },
    });
  }
}

class UnknownEncoding implements AnswerBody {
  constructor(private readonly exchange: Exchange) {}

  attach(sink: BodySink): void {
    this.exchange.abort();
    sink.fail(new UndecodableBody('unknown content encoding'));
  }

  pause(): void {}

  resume(): void {}
}

/**
 * Two flows, each with a brake of its own: a caller who reads slowly stops the decoder, and a full decoder stops the
 * upstream. With one brake for both, the decoder would let go what the caller holds.
 */
class InflatedBody implements AnswerBody {
  private inflated = 0;
  private over = false;

  constructor(
    private readonly exchange: Exchange,
    private readonly decoder: Transform,
    private readonly maxBytes: number,
  ) {}

  attach(sink: BodySink): void {
    const { decoder, exchange } = this;
    const fail = (error: Error) => this.failOnce(error, sink);
    decoder.on('data', (chunk: Buffer) => {
      this.inflated += chunk.length;
      if (this.inflated > this.maxBytes) fail(new UndecodableBody('the answer inflates to too much'));
      else if (!this.over) sink.data(chunk);
    });
    decoder.on('end', () => {
      if (this.over) return;
      this.over = true;
      sink.end();
    });
    decoder.on('error', error =>
      fail(new UndecodableBody('the answer is not what its encoding says', { cause: error })),
    );
    decoder.on('drain', () => exchange.resume());
    exchange.attach({
      data: chunk => {
        if (!this.over && !decoder.write(chunk)) exchange.pause();
      },
      end: () => decoder.end(),
      fail,
    });
  }

  pause(): void {
    this.decoder.pause();
  }

  resume(): void {
    this.decoder.resume();
  }

  private failOnce(error: Error, sink: BodySink): void {
    if (this.over) return;
    this.over = true;
    this.decoder.destroy();
    this.exchange.abort();
    sink.fail(error);
  }
}
