import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onConnectionClosed } from '../platform/http/connection-closed.js';
import { SharedTimer } from '../platform/shared-timers.js';
import { AbortSource, type Abortable } from '../upstream/abort-signal.js';

/** Node's own, of which its socket timeout is made. */
interface SocketHandle {
  /** bytes that were handed over to be written */
  readonly bytesWritten: number;
  /** those of them that the operating system has not taken yet */
  readonly writeQueueSize: number;
}

const FLUSH_BEFORE_DESTROY_MS = 1_000;
/** A stall is noticed so much later at most, as a part of its time. */
const LOOKS_IN_A_STALL = 60;

/**
 * Disconnects a caller that takes nothing for the stall timeout. A slow one that takes a little in each of them is
 * served to the end: what counts is whether its socket has sent bytes, not whether all of them are gone.
 */
class WriteProgress {
  private readonly timer: SharedTimer;
  private sent: number;
  private sentAt: number;

  constructor(
    private readonly response: ServerResponse,
    private readonly stallMs: number,
  ) {
    this.sent = this.bytesSent();
    this.sentAt = performance.now();
    this.timer = SharedTimer.every(stallMs / LOOKS_IN_A_STALL, () => this.look());
  }

  stop(): void {
    this.timer.cancel();
  }

  private look(): void {
    const now = performance.now();
    const sent = this.bytesSent();
    // Without a socket it waits behind another answer on its connection, which has a clock of its own.
    if (sent !== this.sent || this.response.socket === null) this.sentAt = now;
    else if (now - this.sentAt >= this.stallMs) this.response.destroy();
    this.sent = sent;
  }

  /** What the operating system has taken. Only the handle tells how far it is within one large write. */
  private bytesSent(): number {
    const { socket } = this.response;
    if (socket === null) return 0;
    const handle = handleOf(socket);
    return handle == null ? socket.bytesWritten - socket.writableLength : handle.bytesWritten - handle.writeQueueSize;
  }
}

function handleOf(socket: Socket): SocketHandle | null | undefined {
  return (socket as Socket & { readonly _handle?: SocketHandle | null })._handle;
}

/** Whether the operating system has all of an answer that was ended, so that no reader can hold it up. */
function isTaken({ socket }: ServerResponse): boolean {
  return socket !== null && socket.writableLength === 0 && handleOf(socket)?.writeQueueSize === 0;
}

/**
 * The caller's side of an answer: tells when the caller leaves, passes back-pressure on, and gives up on a caller that
 * no longer reads.
 */
export class ClientConnection {
  private readonly gone = new AbortSource();
  private stall: WriteProgress | null = null;
  private onDrain: (() => void) | null = null;
  private forget: () => void = () => undefined;

  constructor(
    readonly response: ServerResponse,
    private readonly writeStallMs: number,
  ) {
    response.on('close', () => this.closed());
    // An answer that waits behind another on a pipelined connection has no socket yet, and no `close` of its own.
    this.forget = onConnectionClosed(response.req.socket, () => this.closed());
    // An error here is the caller leaving; `close` follows and says so.
    response.on('error', () => undefined);
    if (response.destroyed) this.closed();
  }

  /** Fires when the caller leaves before the answer is finished. */
  get signal(): Abortable {
    return this.gone;
  }

  get disconnected(): boolean {
    return this.gone.aborted;
  }

  /** Calls back once when the caller leaves, at once when it has left already. */
  onDisconnect(callback: () => void): void {
    if (this.disconnected) callback();
    else this.gone.addEventListener('abort', callback);
  }

  /**
   * Sends bytes. False when the caller reads too slowly: send nothing more until `resume` is called. A caller that
   * takes nothing for the stall timeout is disconnected.
   */
  write(bytes: Buffer, resume: () => void): boolean {
    if (this.disconnected) return true;
    if (this.response.write(bytes)) return true;
    if (this.onDrain === null) this.response.once('drain', () => this.drained());
    this.onDrain = resume;
    this.stall ??= new WriteProgress(this.response, this.writeStallMs);
    return false;
  }

  /** Ends the answer, with its last bytes. A caller that does not take them within the stall timeout is disconnected. */
  end(bytes?: Buffer): void {
    if (this.disconnected) return;
    if (bytes === undefined) this.response.end();
    else this.response.end(bytes);
    if (this.response.writableFinished || isTaken(this.response)) return;
    this.stall ??= new WriteProgress(this.response, this.writeStallMs);
  }

  /** Sends last bytes and then breaks the connection, so that nobody takes the end for a success. */
  destroyAfter(bytes: Buffer): void {
    if (this.disconnected) return;
    const timer = SharedTimer.after(FLUSH_BEFORE_DESTROY_MS, () => this.response.destroy());
    this.response.write(bytes, () => {
      timer.cancel();
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
    this.forget();
    if (!this.response.writableFinished) this.gone.fire();
  }

  private clearStall(): void {
    this.stall?.stop();
    this.stall = null;
  }
}
