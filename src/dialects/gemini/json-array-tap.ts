import { SseParser } from '../../sse/frames.js';
import type { StreamTap } from '../stream-tap.js';
import { WrappedTap } from '../wrapped-tap.js';

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * `streamGenerateContent` without `alt=sse`: one JSON array whose elements arrive one by one. The stream behind it is always
 * server-sent events; this writes each event's data as an element, and closes the array when the answer is whole.
 */
export class JsonArrayTap extends WrappedTap {
  private readonly parser: SseParser;
  private elements = 0;

  constructor(inner: StreamTap, maxLineBytes: number) {
    super(inner);
    this.parser = new SseParser({ maxLineBytes });
  }

  /** White space may stand between any two elements. */
  override get atLineStart(): boolean {
    return true;
  }

  override get atEventBoundary(): boolean {
    return true;
  }

  push(chunk: Buffer): Buffer {
    const written = this.write(this.inner.push(chunk));
    return this.inner.done ? Buffer.concat([written, this.close()]) : written;
  }

  end(): { readonly complete: boolean; readonly tail: Buffer } {
    const wasDone = this.inner.done;
    const { complete, tail } = this.inner.end();
    const written = this.write(tail);
    const last = this.parser.end();
    const rest = last === null ? written : Buffer.concat([written, this.element(last.data)]);
    return { complete, tail: complete && !wasDone ? Buffer.concat([rest, this.close()]) : rest };
  }

  /** An error, as the array's last element. */
  error(body: object): Buffer {
    return Buffer.concat([this.element(JSON.stringify(body)), Buffer.from('\n]\n')]);
  }

  private write(bytes: Buffer): Buffer {
    if (bytes.length === 0) return EMPTY;
    return Buffer.concat(this.parser.push(bytes).map(event => this.element(event.data)));
  }

  private element(json: string): Buffer {
    const lead = this.elements === 0 ? '[' : ',\r\n';
    this.elements += 1;
    return Buffer.from(lead + json);
  }

  private close(): Buffer {
    return Buffer.from(this.elements === 0 ? '[]' : '\n]\n');
  }
}
