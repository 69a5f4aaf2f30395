import { Channel, type Wire } from '../../platform/siblings/channel.js';
import type { BannerFacts } from '../banner.js';
import { DRAIN, WORKER_FAILED, WORKER_SERVES } from './messages.js';
import { Supervisor, type WorkerProcess } from './supervisor.js';

const FACTS = { baseUrl: 'http://127.0.0.1:1', modelCount: 3 } as BannerFacts;
const DRAIN_MS = 7_000;
/** Behind it whatever still runs is ended. */
const STOPPED_MS = DRAIN_MS + 30_000;
const STARTED_MS = 300_000;

/** Two ends of a channel, which deliver at once. */
function ends(): [Channel, Channel] {
  const takes: ((message: unknown) => void)[] = [];
  const end = (here: number): Wire => ({
    send: message => takes[1 - here]?.(message),
    listen: take => void (takes[here] = take),
  });
  return [new Channel(end(0)), new Channel(end(1))];
}

class FakeWorker implements WorkerProcess {
  readonly pid: number;
  readonly channel: Channel;
  /** the worker's own end */
  readonly own: Channel;
  killed = false;
  drained = false;
  private exited: (code: number | null, signal: string | null) => void = () => undefined;

  constructor(
    readonly id: number,
    readonly slot: number,
  ) {
    this.pid = 1_000 + id;
    [this.channel, this.own] = ends();
    this.own.onTold(DRAIN, () => void (this.drained = true));
  }

  kill(): void {
    this.killed = true;
  }

  onExit(exited: (code: number | null, signal: string | null) => void): void {
    this.exited = exited;
  }

  serve(): void {
    this.own.tell(WORKER_SERVES, FACTS);
  }

  exit(code: number | null = null, signal: string | null = null): void {
    this.exited(code, signal);
  }
}

function supervise(count: number) {
  const workers: FakeWorker[] = [];
  const told: string[] = [];
  const log = {
    info: (message: string) => void told.push(message),
    error: (message: string) => void told.push(message),
  };
  const supervisor = new Supervisor({
    ...{ count, drainMs: DRAIN_MS, log: log as never },
    fork: slot => {
      const worker = new FakeWorker(workers.length, slot);
      workers.push(worker);
      return worker;
    },
    connected: (_, slot) => void told.push(`connected ${slot}`),
    disconnected: worker => void told.push(`disconnected ${worker.id}`),
    announce: ({ modelCount }) => void told.push(`announce ${modelCount}`),
    exit: (code, message) => void told.push(`exit ${code}${message === undefined ? '' : `: ${message}`}`),
  });
  const worker = (index: number) => {
    const found = workers[index];
    if (found === undefined) throw new Error(`worker ${index} was not started`);
    return found;
  };
  /** What happened since the last look. */
  const news = () => told.splice(0);
  return { supervisor, workers, worker, news };
}

describe('the processes behind one port', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  it('are announced once, when all serve', () => {
    const { supervisor, worker, news } = supervise(2);
    worker(0).serve();
    expect([supervisor.serving, news()]).toEqual([1, ['connected 0', 'connected 1', 'a worker process serves']]);

    worker(1).serve();
    expect([supervisor.serving, news()]).toEqual([2, ['a worker process serves', 'announce 3']]);
  });

  it('are replaced when they die, and counted: at once where they had served for long, else after a wait', () => {
    const { supervisor, workers, worker, news } = supervise(2);
    worker(0).serve();
    worker(1).serve();
    news();

    worker(1).exit(null, 'SIGSEGV');
    expect([workers.length, supervisor.serving, supervisor.restarts]).toEqual([2, 1, 1]);
    expect(news()).toEqual(['disconnected 1', 'a worker process ended; another takes its place']);
    jest.advanceTimersByTime(250);
    expect([workers.length, worker(2).slot]).toEqual([3, 1]);
    worker(2).serve();
    expect(news()).not.toContain('announce 3');

    jest.advanceTimersByTime(60_000);
    worker(2).exit(1);
    expect([workers.length, worker(3).slot, supervisor.restarts]).toEqual([4, 1, 2]);
  });

  it('are ended when they do not serve within five minutes, and not when they do', () => {
    const { worker } = supervise(2);
    worker(0).serve();
    jest.advanceTimersByTime(STARTED_MS - 1);
    expect([worker(0).killed, worker(1).killed]).toEqual([false, false]);
    jest.advanceTimersByTime(1);
    expect([worker(0).killed, worker(1).killed]).toEqual([false, true]);
  });

  it('say why they could not start, before any served, and that ends all', async () => {
    const { worker, news } = supervise(2);
    await worker(0).own.ask(WORKER_FAILED, 'PORT is in use', 1_000);
    worker(0).exit(1);

    expect(news()).toEqual(['connected 0', 'connected 1', 'disconnected 0', 'exit 1: PORT is in use']);
    expect(worker(1).killed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('drain when they are to stop, and end with the last of them', () => {
    const { supervisor, worker, news } = supervise(2);
    worker(0).serve();
    worker(1).serve();
    supervisor.stop();
    expect([worker(0).drained, worker(1).drained, worker(0).killed]).toEqual([true, true, false]);
    news();

    worker(0).exit(0);
    expect(news()).toEqual(['disconnected 0']);
    worker(1).exit(0);
    expect(news()).toEqual(['disconnected 1', 'exit 0']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are ended when they do not drain in time, which is told and no clean end', () => {
    const { supervisor, worker, news } = supervise(2);
    worker(0).serve();
    worker(1).serve();
    supervisor.stop();
    worker(0).exit(0);
    jest.advanceTimersByTime(STOPPED_MS - 1);
    expect(worker(1).killed).toBe(false);
    jest.advanceTimersByTime(1);
    expect(worker(1).killed).toBe(true);
    news();

    worker(1).exit(null, 'SIGKILL');
    expect(news()).toEqual(['disconnected 1', 'a worker process did not stop as it should', 'exit 1']);
  });

  it('are ended at once when they are to stop for the second time', () => {
    const { supervisor, worker, news } = supervise(2);
    worker(0).serve();
    supervisor.stop();
    supervisor.stop();
    expect([worker(0).killed, worker(1).killed]).toEqual([true, true]);
    expect(news()).toContain('exit 1');
  });
});
