import type { Socket } from 'node:net';

/**
 * Sends a TCP reset at once. `Socket.resetAndDestroy` would end the stream first, so that the other side may see a
 * clean end before the reset; setting the flag it sets and destroying the socket leaves the end out. Should a later
 * Node drop the flag, the connection still closes, and the spec of the faults says so.
 */
export function resetConnection(socket: Socket): void {
  (socket as Socket & { resetAndClosing?: boolean }).resetAndClosing = true;
  socket.destroy();
}
