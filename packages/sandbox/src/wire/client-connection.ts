import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Thrown out of whatever was being done for a client that has disconnected; it ends the work and is nobody's error. */
export class ClientDisconnected extends Error {}

/** Knows whether somebody still listens to the response. */
export class ClientConnection {
  readonly signal: AbortSignal;

  constructor(response: ServerResponse) {
    const disconnected = new AbortController();
    response.once('close', () => disconnected.abort());
    this.signal = disconnected.signal;
  }

  throwIfDisconnected(): void {
    if (this.signal.aborted) throw new ClientDisconnected();
  }

  /** Waits, in milliseconds. Throws `ClientDisconnected` as soon as the client goes. */
  async wait(ms: number): Promise<void> {
    this.throwIfDisconnected();
    if (ms > 0) await delay(ms, undefined, { signal: this.signal }).catch(() => this.throwIfDisconnected());
  }

  /** Never returns: throws `ClientDisconnected` when the client has had enough. */
  async untilDisconnected(): Promise<never> {
    this.throwIfDisconnected();
    await new Promise(resolve => this.signal.addEventListener('abort', resolve, { once: true }));
    throw new ClientDisconnected();
  }
}
