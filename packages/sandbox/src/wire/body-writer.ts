import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ClientConnection } from './client-connection.js';
import type { FaultPlan } from '../faults/fault-plan.js';

/** Other requests share the event loop, so a long body lets them in after this many writes. */
const WRITES_PER_TURN = 64;

/** Writes the body of a response at the pace the client reads it; every method throws `ClientDisconnected` when it has gone. */
export interface BodyWriter {
  write(bytes: string | Buffer): Promise<void>;
  end(): Promise<void>;
}

/** A writer that drips as the plan asks. The head of the response must have been set before. */
export function createBodyWriter(response: ServerResponse, plan: FaultPlan, client: ClientConnection): BodyWriter {
  let writes = 0;

  const writeWhole = async (bytes: string | Buffer): Promise<void> => {
    client.throwIfDisconnected();
    const isTaken = response.write(bytes);
    if (!isTaken) await once(response, 'drain', { signal: client.signal }).catch(() => client.throwIfDisconnected());
    if (++writes % WRITES_PER_TURN === 0) await nextTurn();
  };

  return {
    async write(bytes) {
      if (plan.drip === undefined) return writeWhole(bytes);
      const buffer = Buffer.from(bytes as string);
      for (let start = 0; start < buffer.length; start += plan.drip.bytes) {
        await writeWhole(buffer.subarray(start, start + plan.drip.bytes));
        await client.wait(plan.drip.ms);
      }
    },
    async end() {
      client.throwIfDisconnected();
      response.end();
    },
  };
}
