/** What one turn of the event loop moves of large bodies: about a millisecond's worth of copying. */
const BYTES_A_TURN = 1_048_576;

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * Shares the turns of the event loop between large bodies and everything else: who has had a turn's bytes goes on in a later
 * one, first come, first served, so that between two of them whatever else is ready has its place.
 */
export class LoopPace {
  private left: number;
  private counting = false;
  private readonly waiting: Waiting[] = [];

  /** @param later calls back in the next turn */
  constructor(
    private readonly bytesATurn = BYTES_A_TURN,
    private readonly later: (go: () => void) => void = setImmediate,
  ) {
    this.left = bytesATurn;
  }

  /** Counts bytes that were moved. Whether this turn has room for more, and nobody waits for it. */
  spend(bytes: number): boolean {
    this.left -= bytes;
    this.count();
    return this.left > 0 && this.waiting.length === 0;
  }

  /** Calls `go`, which moves so many bytes: at once where this turn has room, else in the first that has. */
  take(bytes: number, go: () => void): void {
    if (this.left <= 0 || this.waiting.length > 0) {
      this.await(bytes, go);
      return;
    }
    this.spend(bytes);
    go();
  }

  /** Calls `go`, which moves so many bytes, in the first later turn that has room. */
  await(bytes: number, go: () => void): void {
    this.waiting.push({ bytes, go });
    this.count();
  }

  /** Resolves when so many bytes may be moved. */
  room(bytes: number): Promise<void> {
    return new Promise(resolve => this.take(bytes, resolve));
  }

  private count(): void {
    if (this.counting) return;
    this.counting = true;
    this.later(() => this.turn());
  }

  private turn(): void {
    this.counting = false;
    this.left = this.bytesATurn;
    for (let next = this.waiting[0]; next !== undefined && this.left > 0; next = this.waiting[0]) {
      this.waiting.shift();
      this.left -= next.bytes;
      next.go();
    }
    if (this.waiting.length > 0) this.count();
  }
}

/** There is one event loop, so there is one of these. */
export const LOOP_PACE = new LoopPace();
