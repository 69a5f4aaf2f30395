import { ByteAccumulator } from '../sse/byte-accumulator.js';
import type { StreamTap } from './stream-tap.js';
import { WrappedTap } from './wrapped-tap.js';

const EMPTY: Buffer = Buffer.alloc(0);
const ERROR = Buffer.from('error');

/**
 * Lets a stream through as it comes, but for events that speak of an error: those wait until they are whole, and go on
 * without what must not be seen.
 */
export class ScrubbedTap extends WrappedTap {
  private readonly held = new ByteAccumulator();
  /** the last bytes before a chunk, in which the word may begin */
  private last = EMPTY;
  private lineStart = true;
  private boundary = true;

  constructor(
    inner: StreamTap,
    private readonly scrub: (bytes: Buffer) => Buffer,
  ) {
    super(inner);
  }

  /** Of the bytes that went on, not of those that wait. */
  override get atLineStart(): boolean {
    return this.held.length === 0 ? this.inner.atLineStart : this.lineStart;
  }

  override get atEventBoundary(): boolean {
    return this.held.length === 0 ? this.inner.atEventBoundary : this.boundary;
  }

  push(chunk: Buffer): Buffer {
    if (this.held.length === 0) {
      this.lineStart = this.inner.atLineStart;
      this.boundary = this.inner.atEventBoundary;
    }
    const bytes = this.inner.push(chunk);
    if (this.held.length === 0 && !this.speaksOfError(bytes)) return bytes;
    this.held.append(bytes, 0, bytes.length);
    return this.inner.atEventBoundary || this.inner.done || this.inner.stopped ? this.release() : EMPTY;
  }

  end(): { readonly complete: boolean; readonly tail: Buffer } {
    const { complete, tail } = this.inner.end();
    return complete ? { complete, tail: Buffer.concat([this.release(), tail]) } : { complete, tail };
  }

  private release(): Buffer {
    if (this.held.length === 0) return EMPTY;
    const bytes = Buffer.from(this.held.view());
    this.held.clear();
    return this.scrub(bytes);
  }

  private speaksOfError(bytes: Buffer): boolean {
    const found =
      bytes.includes(ERROR) ||
      (this.last.length > 0 && Buffer.concat([this.last, bytes.subarray(0, ERROR.length - 1)]).includes(ERROR));
    this.last = this.inner.atEventBoundary ? EMPTY : Buffer.from(bytes.subarray(1 - ERROR.length));
    return found;
  }
}
