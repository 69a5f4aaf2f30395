export interface ArrivalRules {
  /** how long each stretch of time is in which enough must come */
  readonly graceMs: number;
  /** 0 for none */
  readonly minBytesPerSecond: number;
  /** until the whole body must be here */
  readonly totalMs: number;
}

/**
 * Whether a body still comes. In each stretch of time so much of it must arrive as the minimum rate says, and in all of
 * them together the whole: a sender who stops one byte before the end holds memory no longer than that.
 */
export class ArrivalWatch {
  /** how long each stretch is */
  readonly stretchMs: number;
  private readonly minBytes: number;
  private arrived = 0;
  private elapsedMs = 0;

  constructor(private readonly rules: ArrivalRules) {
    this.stretchMs = Math.min(rules.graceMs, rules.totalMs);
    this.minBytes = (rules.minBytesPerSecond * this.stretchMs) / 1000;
  }

  add(bytes: number): void {
    this.arrived += bytes;
  }

  /** To be asked at the end of each stretch. False when the body has to be given up. */
  goesOn(): boolean {
    this.elapsedMs += this.stretchMs;
    const enough = this.arrived >= this.minBytes;
    this.arrived = 0;
    return enough && this.elapsedMs < this.rules.totalMs;
  }
}
