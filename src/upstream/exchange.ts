import { Dispatcher } from 'undici';
import { SharedTimer } from '../platform/shared-timers.js';
import type { Abortable } from './abort-signal.js';
import type { Carried, Connection, TrackedClient } from './tracked-client.js';

/** Takes an answer's body. Every call may come synchronously; after `end` or `fail` nothing follows. */
export interface BodySink {
  data(chunk: Buffer): void;
  end(): void;
  fail(error: Error): void;
}

export interface AnswerHead {
  readonly status: number;
  /** name, value, name, value … as they came */
  readonly rawHeaders: readonly Buffer[] | readonly string[];
}

/** What may arrive before there is a sink for it; then the upstream has to wait. */
const MAX_EARLY_BYTES = 1_048_576;
const DROPPED: BodySink = { data: () => undefined, end: () => undefined, fail: () => undefined };

/** The caller left; told apart from failures of the upstream. */
export class ExchangeAborted extends Error {
  override readonly name = 'ExchangeAborted';
}

/**
 * One request to an upstream and its answer: an undici handler that hands the head over as a promise and the body to
 * whichever sink is attached. What arrives before a sink is attached is kept; from then on nothing is buffered here.
 */
export class Exchange implements Dispatcher.DispatchHandler, Carried {
  readonly head: Promise<AnswerHead>;
  private resolveHead!: (head: AnswerHead) => void;
  private rejectHead!: (error: Error) => void;
  private controller: Dispatcher.DispatchController | null = null;
  private sink: BodySink | null = null;
  private readonly early: Buffer[] = [];
  private earlyBytes = 0;
  private paused = false;
  private outcome: 'open' | 'ended' | Error = 'open';
  private abortReason: Error | null = null;
  private leaveTimer: SharedTimer | null = null;
  private client: TrackedClient | null = null;
  private connection: Connection | null = null;
  /** what had left over the connection before this request; null while nothing of it was written */
  private bytesBefore: number | null = null;
  /** it was written to a connection that had carried a request before */
  private reused = false;
  /** whether any byte of an answer has come */
  answered = false;

  /** @param bodyBytes of the request */
  constructor(private readonly bodyBytes = 0) {
    this.head = new Promise((resolve, reject) => {
      this.resolveHead = resolve;
      this.rejectHead = reject;
    });
    // Who waits handles the rejection; an aborted exchange has nobody waiting.
    this.head.catch(() => undefined);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    this.begin(this.client?.connection ?? null);
    if (this.abortReason !== null) controller.abort(this.abortReason);
  }

  readonly carriedBy = (client: TrackedClient): void => {
    this.client = client;
  };

  /**
   * Whether the upstream may have all of the request, so that it may be at work on it. It cannot while nothing was written,
   * or less than the body has bytes.
   */
  get mayHaveBeenTaken(): boolean {
    const { connection, bytesBefore } = this;
    if (bytesBefore === null) return false;
    return connection === null || (!connection.writeFailed && connection.bytesOut - bytesBefore >= this.bodyBytes);
  }

  /** Whether it broke before the upstream can have had it, on a connection that had been left idle, or on none at all. */
  get mayBeRepeated(): boolean {
    return !this.answered && !this.mayHaveBeenTaken && (this.reused || this.bytesBefore === null);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.answered = true;
    this.resolveHead({ status, rawHeaders: (controller.rawHeaders ?? []) as Buffer[] });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.abortReason !== null) return;
    if (this.sink === null) this.keep(chunk);
    else this.sink.data(chunk);
  }

  onResponseEnd(): void {
    this.finish('ended');
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.rejectHead(error);
    this.finish(error);
  }

  /** Upgrades are not for us: an upstream that switches protocols has failed. */
  onRequestUpgrade(): void {
    this.abort(new Error('the upstream switched protocols'));
  }

  /** From here the body goes to `sink`, what was kept first. */
  attach(sink: BodySink): void {
    this.sink = sink;
    for (const chunk of this.early.splice(0)) {
      if (this.abortReason !== null) return;
      sink.data(chunk);
    }
    if (this.outcome !== 'open') this.tell(sink, this.outcome);
    else if (this.earlyBytes > MAX_EARLY_BYTES && !this.paused) this.resume();
  }

  pause(): void {
    this.paused = true;
    this.controller?.pause();
  }

  resume(): void {
    this.paused = false;
    this.controller?.resume();
  }

  /** Closes the connection to the upstream at once. Nothing reaches the sink any more. */
  abort(reason: Error = new ExchangeAborted('the caller left')): void {
    if (this.abortReason !== null || this.outcome !== 'open') return;
    this.abortReason = reason;
    this.rejectHead(reason);
    this.controller?.abort(reason);
  }

  /**
   * The sink has all it needs, though the upstream has not ended its answer. What follows is read and dropped, so that
   * the connection can serve again; one that is not over by then is closed.
   */
  leave(withinMs: number): void {
    if (this.abortReason !== null || this.outcome !== 'open') return;
    this.sink = DROPPED;
    this.resume();
    this.leaveTimer = SharedTimer.after(withinMs, () => this.abort());
  }

  private begin(connection: Connection | null): void {
    this.connection = connection;
    this.bytesBefore = connection?.bytesOut ?? 0;
    if (connection !== null) this.reused = connection.requests++ > 0;
  }

  private keep(chunk: Buffer): void {
    this.early.push(chunk);
    this.earlyBytes += chunk.length;
    if (this.earlyBytes > MAX_EARLY_BYTES) this.controller?.pause();
  }

  private finish(outcome: 'ended' | Error): void {
    if (this.outcome !== 'open') return;
    this.outcome = outcome;
    this.leaveTimer?.cancel();
    if (this.sink !== null && this.abortReason === null) this.tell(this.sink, outcome);
  }

  private tell(sink: BodySink, outcome: 'ended' | Error): void {
    if (outcome === 'ended') sink.end();
    else sink.fail(outcome);
  }
}

/** Others may wait for the same endpoint, so it is fetched to its end; this caller does not wait for it any longer. */
export async function unlessLeft<Value>(value: Promise<Value> | Value, signal: Abortable): Promise<Value> {
  if (!(value instanceof Promise)) return value;
  let leave = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new ExchangeAborted('the caller left'));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([value, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
