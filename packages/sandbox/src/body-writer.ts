import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { constants, createGzip } from 'node:zlib';
import type { ClientPresence } from './client-presence.js';
import type { FaultPlan } from './fault-plan.js';

/** Other requests share the event loop, so a long body lets them in after this many writes. */
const WRITES_PER_TURN = 64;

/** Writes the body of a response at the pace the client reads it; every method throws `ClientLeft` when it has gone. */
export interface BodyWriter {
  write(bytes: string | Buffer): Promise<void>;
  end(): Promise<void>;
}

/** A writer that splits, drips and compresses as the plan asks. The head of the response must have been set before. */
export function createBodyWriter(response: ServerResponse, plan: FaultPlan, client: ClientPresence): BodyWriter {
  const { sink, flush } = plan.gzip === 'valid' ? compressed(response, client) : { sink: response, flush: undefined };
  const slice = plan.drip?.bytes ?? plan.splitBytes;
  let writes = 0;

  const writeWhole = async (bytes: string | Buffer): Promise<void> => {
    client.throwIfLeft();
    const isTaken = sink.write(bytes);
    await flush?.();
    if (!isTaken) await once(sink, 'drain', { signal: client.signal }).catch(() => client.throwIfLeft());
    if (++writes % WRITES_PER_TURN === 0) await nextTurn();
  };

  return {
    async write(bytes) {
      if (slice === undefined) return writeWhole(bytes);
      const buffer = Buffer.from(bytes as string);
      for (let start = 0; start < buffer.length; start += slice) {
        await writeWhole(buffer.subarray(start, start + slice));
        // Without a turn between them, the socket would join the pieces again.
        if (plan.drip === undefined) await nextTurn();
        else await client.wait(plan.drip.ms);
      }
    },
    async end() {
      client.throwIfLeft();
      sink.end();
    },
  };
}

/** Each event is flushed through the compressor, as the client would otherwise wait for a full block of them. */
function compressed(response: ServerResponse, client: ClientPresence): { sink: Writable; flush: () => Promise<void> } {
  const gzip = createGzip();
  gzip.pipe(response);
  let flushed: () => void = () => undefined;
  // A destroyed compressor calls nobody back.
  client.signal.addEventListener('abort', () => flushed(), { once: true });
  client.signal.addEventListener('abort', () => gzip.destroy(), { once: true });
  const flush = (): Promise<void> => {
    return new Promise(resolve => {
      flushed = resolve;
      gzip.flush(constants.Z_SYNC_FLUSH, resolve);
    });
  };
  return { sink: gzip, flush };
}
