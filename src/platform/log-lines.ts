/** Where whole lines go: a stream of pino's, or what stands for one. */
export interface LineOutput {
  write(text: string): unknown;
}

export interface LineBounds {
  /** so many bytes at most are handed on in one piece; a longer line goes alone */
  readonly pieceBytes: number;
  /** milliseconds that a line waits at most */
  readonly withinMs: number;
}

/** Those that hold lines back at this moment. */
const holding = new Set<LogLines>();
// Before the output's own listener, which writes what it was given.
process.prependListener('exit', () => {
  for (const lines of holding) lines.flush();
});

/**
 * Gathers log lines and hands them on in pieces: a write for each would cost more than the line, and an output that measures
 * what it has gathered with each line measures it hundreds of times. A line is never divided. What waits is handed on when
 * the process ends by itself.
 */
export class LogLines {
  private text = '';
  private bytes = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly output: LineOutput,
    private readonly bounds: LineBounds,
  ) {}

  /** @param line with its end */
  write(line: string): void {
    const { pieceBytes, withinMs } = this.bounds;
    const bytes = Buffer.byteLength(line);
    if (this.bytes > 0 && this.bytes + bytes > pieceBytes) this.flush();
    this.text += line;
    this.bytes += bytes;
    if (this.bytes >= pieceBytes) this.flush();
    else if (this.timer === null) {
      this.timer = setTimeout(() => this.flush(), withinMs).unref();
      holding.add(this);
    }
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    holding.delete(this);
    const { text } = this;
    this.text = '';
    this.bytes = 0;
    if (text !== '') this.output.write(text);
  }
}
