import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** Thrown out of whatever was being done for a client that has left; it ends the work and is nobody's error. */
export class ClientLeft extends Error {}

/** Knows whether somebody still listens to the response. */
export interface ClientPresence {
  readonly signal: AbortSignal;
  /** Waits, in milliseconds. Throws `ClientLeft` as soon as the client goes. */
  wait(ms: number): Promise<void>;
  throwIfLeft(): void;
  /** Never returns: throws `ClientLeft` when the client has had enough. */
  untilLeft(): Promise<never>;
}

export function watchClient(response: ServerResponse): ClientPresence {
  const leaving = new AbortController();
  response.once('close', () => leaving.abort());
  const { signal } = leaving;
  const throwIfLeft = (): void => {
    if (signal.aborted) throw new ClientLeft();
  };
  return {
    signal,
    throwIfLeft,
    async wait(ms) {
      throwIfLeft();
      if (ms > 0) await delay(ms, undefined, { signal }).catch(() => throwIfLeft());
    },
    async untilLeft() {
      throwIfLeft();
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      throw new ClientLeft();
    },
  };
}
