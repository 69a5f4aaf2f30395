import type { ServerResponse } from 'node:http';
import { CallerDeparture, type Departure } from '../upstream/departure.js';

const FLUSH_BEFORE_DESTROY_MS = 1_000;

/**
 * The caller's side of an answer: tells when the caller leaves, passes back-pressure on, and gives up on a caller that
 * no longer reads.
 */
export class ClientConnection {
  private readonly gone = new CallerDeparture();
  private stallTimer: NodeJS.Timeout | null = null;
  private onDrain: (() => void) | null = null;

  constructor(
    readonly response: ServerResponse,
    private readonly writeStallMs: number,
  ) {
    response.on('close', () => this.closed());
    response.on('drain', () => this.drained());
    // An error here is the caller's departure; `close` follows and says so.
    response.on('error', () => undefined);
    if (response.destroyed) this.gone.fire();
  }

  /** Fires when the caller leaves before the answer is finished. */
  get departure(): Departure {
    return this.gone;
  }

  get departed(): boolean {
    return this.gone.aborted;
  }

  /** Calls back once when the caller leaves, at once when it has left already. */
  onDeparture(callback: () => void): void {
    if (this.departed) callback();
    else this.gone.addEventListener('abort', callback);
  }

  /**
   * Sends bytes. False when the caller reads too slowly: send nothing more until `resume` is called. A caller that
   * takes nothing for the stall timeout is disconnected.
   */
  write(bytes: Buffer, resume: () => void): boolean {
    if (this.departed) return true;
    if (this.response.write(bytes)) return true;
    this.onDrain = resume;
    this.stallTimer ??= setTimeout(() => this.response.destroy(), this.writeStallMs);
    return false;
  }

  /** Sends last bytes and then breaks the connection, so that nobody takes the end for a success. */
  destroyAfter(bytes: Buffer): void {
    if (this.departed) return;
    const timer = setTimeout(() => this.response.destroy(), FLUSH_BEFORE_DESTROY_MS);
    this.response.write(bytes, () => {
      clearTimeout(timer);
      this.response.destroy();
    });
  }

  private drained(): void {
    this.clearStall();
    const resume = this.onDrain;
    this.onDrain = null;
    resume?.();
  }

  private closed(): void {
    this.clearStall();
    if (!this.response.writableFinished) this.gone.fire();
  }

  private clearStall(): void {
    if (this.stallTimer !== null) clearTimeout(this.stallTimer);
    this.stallTimer = null;
  }
}
