import type { StreamedText, StreamTap, Told } from './stream-tap.js';
import type { TokenCounts } from './token-counts.js';

/** A tap that changes what another lets through, and knows of the stream what that one knows. */
export abstract class WrappedTap implements StreamTap {
  constructor(protected readonly inner: StreamTap) {}

  abstract push(chunk: Buffer): Buffer;

  abstract end(): { readonly complete: boolean; readonly tail: Buffer };

  get usage(): TokenCounts | null {
    return this.inner.usage;
  }

  get usageFinal(): boolean {
    return this.inner.usageFinal;
  }

  get spoke(): boolean {
    return this.inner.spoke;
  }

  get ending(): boolean {
    return this.inner.ending;
  }

  get done(): boolean {
    return this.inner.done;
  }

  get stopped(): boolean {
    return this.inner.stopped;
  }

  get failed(): boolean {
    return this.inner.failed;
  }

  get failure(): Told | null {
    return this.inner.failure;
  }

  get nextSequence(): number | undefined {
    return this.inner.nextSequence;
  }

  get malformed(): boolean {
    return this.inner.malformed;
  }

  get atLineStart(): boolean {
    return this.inner.atLineStart;
  }

  get atEventBoundary(): boolean {
    return this.inner.atEventBoundary;
  }

  streamedText(): StreamedText {
    return this.inner.streamedText();
  }
}
