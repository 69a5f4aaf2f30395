const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

/**
 * What may still pass behind `data: [DONE]`: whitespace and comments. Everything else is dropped; a client has stopped
 * reading events here, and what it never reads should not reach it.
 */
export class AfterDone {
  /** The forwarded bytes end with a whole line. */
  atLineStart = false;
  /** The blank line that dispatches `[DONE]` has been forwarded. */
  atEventBoundary = false;

  /** What the current line is. The first one is the rest of the `[DONE]` line. */
  private line: 'empty' | 'space' | 'comment' | 'dropped' = 'space';
  private afterCr = false;

  filter(chunk: Buffer): Buffer {
    const passed = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    for (const byte of chunk) {
      if (this.passes(byte)) passed[length++] = byte;
    }
    return passed.subarray(0, length);
  }

  private passes(byte: number): boolean {
    if (byte === LF || byte === CR) {
      if (byte === CR || !this.afterCr) this.endLine();
      this.afterCr = byte === CR;
      return true;
    }
    this.afterCr = false;
    if (this.line === 'empty') this.line = byte === COLON ? 'comment' : 'space';
    if (this.line === 'space' && byte !== 0x20 && byte !== 0x09) this.line = 'dropped';
    if (this.line === 'dropped') return false;
    this.atLineStart = false;
    return true;
  }

  private endLine(): void {
    if (this.atLineStart) this.atEventBoundary = true; // nothing of this line was forwarded: to the client it is blank
    this.line = 'empty';
    this.atLineStart = true;
  }
}
