import type { Socket } from 'node:net';

const callbacks = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back once when a connection closes, at once when it has closed already. One listener serves all requests of a
 * connection, however many are pipelined on it.
 * @returns how to take the callback back
 */
export function onConnectionClosed(socket: Socket, callback: () => void): () => void {
  if (socket.destroyed) {
    callback();
    return () => undefined;
  }
  let waiting = callbacks.get(socket);
  if (waiting === undefined) {
    const made = new Set<() => void>();
    socket.once('close', () => {
      for (const waiter of made) waiter();
      made.clear();
    });
    callbacks.set(socket, made);
    waiting = made;
  }
  const all = waiting;
  all.add(callback);
  return () => all.delete(callback);
}
