import type { AnswerBody } from '../upstream/decoded-body.js';
import type { BodySink } from '../upstream/exchange.js';

/**
 * The body of a stream, whose chunks that one read of the upstream's connection brought come together. While the gateway is
 * busy a read brings many small ones, and each that goes on alone costs a look at it and a piece of the answer. None waits
 * for another read: what came is handed on in the same turn of the event loop.
 */
export class GatheredBody implements AnswerBody {
  constructor(private readonly body: AnswerBody) {}

  attach(sink: BodySink): void {
    this.body.attach(new Gathering(sink));
  }

  pause(): void {
    this.body.pause();
  }

  resume(): void {
    this.body.resume();
  }
}

class Gathering implements BodySink {
  private chunks: Buffer[] = [];
  private readonly handOn = () => this.flush();

  constructor(private readonly sink: BodySink) {}

  data(chunk: Buffer): void {
    if (this.chunks.push(chunk) === 1) process.nextTick(this.handOn);
  }

  end(): void {
    this.flush();
    this.sink.end();
  }

  fail(error: Error): void {
    this.flush();
    this.sink.fail(error);
  }

  private flush(): void {
    const { chunks } = this;
    const [first] = chunks;
    if (first === undefined) return;
    this.chunks = [];
    this.sink.data(chunks.length === 1 ? first : Buffer.concat(chunks));
  }
}
