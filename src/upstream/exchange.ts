import { Dispatcher } from 'undici';

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

const DROPPED: BodySink = { data: () => undefined, end: () => undefined, fail: () => undefined };

/** The caller's own departure; told apart from failures of the upstream. */
export class ExchangeAborted extends Error {
  override readonly name = 'ExchangeAborted';
}

/**
 * One request to an upstream and its answer: an undici handler that hands the head over as a promise and the body to
 * whichever sink is attached. What arrives before a sink is attached is kept; from then on nothing is buffered here.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly head: Promise<AnswerHead>;
  private resolveHead!: (head: AnswerHead) => void;
  private rejectHead!: (error: Error) => void;
  private controller: Dispatcher.DispatchController | null = null;
  private sink: BodySink | null = null;
  private readonly early: Buffer[] = [];
  private outcome: 'open' | 'ended' | Error = 'open';
  private abortReason: Error | null = null;
  private leaveTimer: NodeJS.Timeout | undefined;
  /** whether any byte of an answer has come: before that a request may be repeated elsewhere */
  answered = false;

  constructor() {
    this.head = new Promise((resolve, reject) => {
      this.resolveHead = resolve;
      this.rejectHead = reject;
    });
    // Whoever waits handles the rejection; an aborted exchange has nobody waiting.
    this.head.catch(() => undefined);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.abortReason !== null) controller.abort(this.abortReason);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return;
    this.answered = true;
    this.resolveHead({ status, rawHeaders: (controller.rawHeaders ?? []) as Buffer[] });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.abortReason !== null) return;
    if (this.sink === null) this.early.push(chunk);
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
  }

  pause(): void {
    this.controller?.pause();
  }

  resume(): void {
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
    this.leaveTimer = setTimeout(() => this.abort(), withinMs);
  }

  private finish(outcome: 'ended' | Error): void {
    if (this.outcome !== 'open') return;
    this.outcome = outcome;
    clearTimeout(this.leaveTimer);
    if (this.sink !== null && this.abortReason === null) this.tell(this.sink, outcome);
  }

  private tell(sink: BodySink, outcome: 'ended' | Error): void {
    if (outcome === 'ended') sink.end();
    else sink.fail(outcome);
  }
}
