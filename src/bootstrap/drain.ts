import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lifecycle } from '../platform/lifecycle.js';
import type { ActiveStreams } from '../relay/active-streams.js';

const POLL_MS = 20;
/** After the error events, callers get this long to read them before their sockets are closed. */
const FAREWELL_MS = 1_500;

/**
 * Lets what runs come to its end: readiness fails at once, new work is refused, running answers have `drainMs`, then
 * streams get their dialect's error event.
 */
export async function drain(
  server: Server,
  lifecycle: Lifecycle,
  streams: ActiveStreams,
  drainMs: number,
): Promise<void> {
  lifecycle.beginDrain();
  const deadline = performance.now() + drainMs;
  server.closeIdleConnections();
  while ((await isBusy(server, streams)) && performance.now() < deadline) {
    await pause(POLL_MS);
    server.closeIdleConnections();
  }
  streams.interruptAll();
  const farewell = performance.now() + FAREWELL_MS;
  while ((await isBusy(server, streams)) && performance.now() < farewell) {
    await pause(POLL_MS);
    server.closeIdleConnections();
  }
  server.closeAllConnections();
}

/** A stream whose caller has left has no connection, but may still be waited for what it cost. */
async function isBusy(server: Server, streams: ActiveStreams): Promise<boolean> {
  return streams.count > 0 || (await countConnections(server)) > 0;
}

function countConnections(server: Server): Promise<number> {
  return new Promise(resolve => server.getConnections((_, count) => resolve(count ?? 0)));
}
