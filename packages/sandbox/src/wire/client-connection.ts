import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Thrown out of whatever was being done for a client that has disconnected; it ends the work and is nobody's error. */
export class ClientDisconnected extends Error {}

/** Knows whether somebody still listens to the response. */
export interface ClientConnection {
  readonly signal: AbortSignal;
  /** Waits, in milliseconds. Throws `ClientDisconnected` as soon as the client goes. */
  wait(ms: number): Promise<void>;
  throwIfDisconnected(): void;
  /** Never returns: throws `ClientDisconnected` when the client has had enough. */
  untilDisconnected(): Promise<never>;
}

export function watchClient(response: ServerResponse): ClientConnection {
  const disconnected = new AbortController();
  response.once('close', () => disconnected.abort());
  const { signal } = disconnected;
  const throwIfDisconnected = (): void => {
    if (signal.aborted) throw new ClientDisconnected();
  };
  return {
    signal,
    throwIfDisconnected,
    async wait(ms) {
      throwIfDisconnected();
      if (ms > 0) await delay(ms, undefined, { signal }).catch(() => throwIfDisconnected());
    },
    async untilDisconnected() {
      throwIfDisconnected();
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      throw new ClientDisconnected();
    },
  };
}
