import type { Log } from '../../platform/logging.js';
import type { Channel } from '../../platform/siblings/channel.js';
import { type Fleet, type FleetAction, type FleetEvent, openFleet, step } from './fleet.js';
import { DRAIN, WORKER_FAILED, WORKER_SERVES } from './messages.js';
import type { BannerFacts } from '../banner.js';

/** A worker that does not serve after this time is ended, and counts as one that died. */
const START_MS = 300_000;
/** Behind the drain: queued usage is written, leases are given back, connections close. */
const STOP_MS = 30_000;

/** A process that serves, as the primary has it. */
export interface WorkerProcess {
  /** never used before */
  readonly id: number;
  readonly pid: number;
  readonly channel: Channel;
  /** Ends it at once. */
  kill(): void;
  onExit(exited: (code: number | null, signal: string | null) => void): void;
}

export interface SupervisorOptions {
  readonly count: number;
  readonly drainMs: number;
  readonly log: Log;
  fork(slot: number): WorkerProcess;
  /** a worker is there, or is gone */
  connected(worker: WorkerProcess, slot: number): void;
  disconnected(worker: WorkerProcess): void;
  /** all serve, for the first time */
  announce(facts: BannerFacts): void;
  /** everything has ended */
  exit(code: number, message: string | undefined): void;
}

/** Keeps so many workers running: the shell of the state machine in `fleet.ts`. */
export class Supervisor {
  private fleet: Fleet;
  private readonly workers = new Map<number, WorkerProcess>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private facts: BannerFacts | null = null;
  private restartCount = 0;

  constructor(private readonly options: SupervisorOptions) {
    const [fleet, actions] = openFleet(options.count);
    this.fleet = fleet;
    for (const action of actions) this.act(action);
  }

  get serving(): number {
    return this.fleet.slots.filter(({ status }) => status === 'serving').length;
  }

  /** how often a worker took the place of one that died */
  get restarts(): number {
    return this.restartCount;
  }

  /** The first call lets all workers drain, the second ends them at once. */
  stop(): void {
    this.take({ type: 'stop' });
  }

  private take(event: FleetEvent): void {
    const [fleet, actions] = step(this.fleet, event);
    this.fleet = fleet;
    for (const action of actions) this.act(action);
  }

  private act(action: FleetAction): void {
    const { options } = this;
    if (action.type === 'fork') this.fork(action.slot);
    else if (action.type === 'wait') this.later(action.ms, () => this.restart(action.slot));
    else if (action.type === 'announce' && this.facts !== null) options.announce(this.facts);
    else if (action.type === 'drain') this.drain();
    else if (action.type === 'exit') this.exit(action.code, action.message);
  }

  private restart(slot: number): void {
    this.take({ type: 'waited', slot });
  }

  private fork(slot: number): void {
    const { options } = this;
    const worker = options.fork(slot);
    const tooLate = this.later(START_MS, () => worker.kill());
    let failure: string | undefined;
    this.workers.set(slot, worker);
    options.connected(worker, slot);
    worker.channel.onAsked(WORKER_FAILED, message => {
      failure = message;
      return null;
    });
    worker.channel.onTold(WORKER_SERVES, facts => {
      this.cancel(tooLate);
      this.facts ??= facts;
      options.log.info('a worker process serves', { worker: slot + 1, workerPid: worker.pid });
      this.take({ type: 'serves', slot, at: performance.now() });
    });
    worker.onExit((code, signal) => {
      this.cancel(tooLate);
      this.workers.delete(slot);
      options.disconnected(worker);
      const fields = { worker: slot + 1, workerPid: worker.pid, code, signal, failure };
      // Told first: with the last of them all is over.
      if (this.fleet.phase === 'stopping' && code !== 0)
        options.log.error('a worker process did not stop as it should', fields);
      this.take({ type: 'died', slot, at: performance.now(), code, ...(failure === undefined ? {} : { failure }) });
      if (this.fleet.phase !== 'running') return;
      this.restartCount += 1;
      options.log.error('a worker process ended; another takes its place', fields);
    });
  }

  private drain(): void {
    for (const { channel } of this.workers.values()) channel.tell(DRAIN, null);
    this.later(this.options.drainMs + STOP_MS, () => this.killAll());
  }

  private exit(code: number, message: string | undefined): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.killAll();
    this.options.exit(code, message);
  }

  private killAll(): void {
    for (const worker of this.workers.values()) worker.kill();
  }

  private later(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
    return timer;
  }

  private cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.timers.delete(timer);
  }
}
