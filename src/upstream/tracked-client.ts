import type { Socket } from 'node:net';
import { Client, type Dispatcher, type buildConnector } from 'undici';

/** One connection to an upstream, and how much of what was written to it has left this machine's program. */
export class Connection {
  /** requests that were begun on it */
  requests = 0;
  /** the last bytes could not be written */
  writeFailed = false;
  private bytesAtBreak: number | null = null;

  constructor(private readonly socket: Socket) {
    // Before the break is handled, which takes what still waits to be written out of the counts.
    const noteBreak = (error?: NodeJS.ErrnoException) => {
      this.bytesAtBreak ??= this.bytesOut;
      if (error?.syscall === 'write') this.writeFailed = true;
    };
    socket.on('error', noteBreak);
    socket.on('end', noteBreak);
  }

  /** What the operating system has taken; no more once the connection broke. */
  get bytesOut(): number {
    return this.bytesAtBreak ?? this.socket.bytesWritten - this.socket.writableLength;
  }
}

/** What a request says to the client that sends it. */
export interface Carried {
  readonly carriedBy: (client: TrackedClient) => void;
}

/** A client of one connection that tells its requests which connection that is. */
export class TrackedClient extends Client {
  private readonly line: { connection: Connection | null };

  constructor(origin: URL, options: Client.Options) {
    const line: { connection: Connection | null } = { connection: null };
    super(origin, { ...options, connect: tracked(options.connect as buildConnector.connector, line) });
    this.line = line;
  }

  get connection(): Connection | null {
    return this.line.connection;
  }

  override dispatch(
    options: Dispatcher.DispatchOptions & Partial<Carried>,
    handler: Dispatcher.DispatchHandler,
  ): boolean {
    options.carriedBy?.(this);
    return super.dispatch(options, handler);
  }
}

function tracked(connect: buildConnector.connector, line: { connection: Connection | null }): buildConnector.connector {
  return (options, callback) =>
    connect(options, (...outcome: Parameters<buildConnector.Callback>) => {
      // A failure comes with one argument, whatever the types say.
      line.connection = outcome[0] === null ? new Connection(outcome[1]) : null;
      callback(...outcome);
    });
}
