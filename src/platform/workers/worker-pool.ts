import { type TransferListItem, Worker } from 'node:worker_threads';
import { WORKER_ENTRY } from './worker-entry.js';
import type { WorkerMessage, WorkerReply } from './worker-messages.js';

export interface WorkerPoolOptions {
  /** threads at most; they start with work and end when there is none */
  readonly size: number;
  /** tasks that may wait for a thread; one more is refused */
  readonly maxWaiting: number;
  /** how long one task may run; then its thread is ended */
  readonly timeoutMs: number;
  /** the heap of a thread; one that needs more ends, and the gateway does not */
  readonly maxHeapMb: number;
  /** how long a thread without work is kept */
  readonly idleMs?: number;
}

interface Task {
  readonly payload: unknown;
  readonly transfer: readonly TransferListItem[];
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | null;
  /** of the task while there is one, else of the thread itself */
  timer: NodeJS.Timeout | undefined;
}

const IDLE_MS = 30_000;

/** Every thread is taken and as many tasks wait as may. */
export class WorkersBusyError extends Error {
  override readonly name = 'WorkersBusyError';
}

/** A task took longer than it may. */
export class WorkerTimeoutError extends Error {
  override readonly name = 'WorkerTimeoutError';
}

/**
 * Runs one module's `run` in worker threads, so that work that grows with somebody's input does not hold the event loop.
 * A pool has one module: tasks of another kind neither wait behind these nor share their memory. What goes in and comes
 * out is copied, save what is transferred. What a task throws arrives as an `Error` with its words; a difference that the
 * caller must act on is a result.
 */
export class WorkerPool<Payload, Result> {
  private readonly threads = new Set<Thread>();
  private readonly waiting: Task[] = [];
  private closed = false;

  constructor(
    /** the module: `new URL('./count.task.js', import.meta.url)` */
    private readonly module: URL,
    private readonly options: WorkerPoolOptions,
  ) {}

  /** @throws {WorkersBusyError | WorkerTimeoutError} */
  async run(payload: Payload, transfer: readonly TransferListItem[] = []): Promise<Result> {
    if (this.closed) throw new Error('the worker pool is closed');
    return new Promise<unknown>((resolve, reject) => {
      const task = { payload, transfer, resolve, reject };
      const free = [...this.threads].find(thread => thread.task === null) ?? this.startOne();
      if (free !== null) this.give(free, task);
      else if (this.waiting.length < this.options.maxWaiting) this.waiting.push(task);
      else reject(new WorkersBusyError('all worker threads are busy'));
    }) as Promise<Result>;
  }

  /** Ends every thread at once; what runs or waits is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    const closed = new Error('the worker pool was closed');
    for (const task of this.waiting.splice(0)) task.reject(closed);
    await Promise.all([...this.threads].map(thread => this.end(thread, closed)));
  }

  private startOne(): Thread | null {
    if (this.threads.size >= this.options.size) return null;
    const worker = new Worker(WORKER_ENTRY, {
      workerData: this.module.href,
      resourceLimits: { maxOldGenerationSizeMb: this.options.maxHeapMb },
      // Nothing of the gateway's own environment: secrets are none of a task's business.
      env: {},
    });
    // The process ends when its requests are answered, whatever a thread still does.
    worker.unref();
    const thread: Thread = { worker, task: null, timer: undefined };
    worker.on('message', (reply: WorkerReply) => this.finish(thread, reply));
    worker.on('error', (cause: unknown) => {
      void this.end(thread, new Error(`the worker thread failed: ${String(cause)}`, { cause }));
    });
    worker.on('exit', () => void this.end(thread, new Error('the worker thread ended')));
    this.threads.add(thread);
    return thread;
  }

  private give(thread: Thread, task: Task): void {
    clearTimeout(thread.timer);
    const { timeoutMs } = this.options;
    thread.task = task;
    thread.timer = setTimeout(() => {
      void this.end(thread, new WorkerTimeoutError(`a task took longer than ${timeoutMs} ms`));
    }, timeoutMs).unref();
    try {
      thread.worker.postMessage({ payload: task.payload } satisfies WorkerMessage, task.transfer);
    } catch (error) {
      // Something in it cannot be copied; the thread knows nothing of it.
      this.finish(thread, { ok: false, reason: String(error) });
    }
  }

  private finish(thread: Thread, reply: WorkerReply): void {
    const { task } = thread;
    thread.task = null;
    clearTimeout(thread.timer);
    const next = this.waiting.shift();
    if (next !== undefined) this.give(thread, next);
    else thread.timer = setTimeout(() => void this.end(thread, null), this.options.idleMs ?? IDLE_MS).unref();
    if (reply.ok) task?.resolve(reply.result);
    else task?.reject(new Error(reply.reason));
  }

  /** A thread that ended, or has to: what waits gets another one. */
  private async end(thread: Thread, reason: Error | null): Promise<void> {
    if (!this.threads.delete(thread)) return;
    clearTimeout(thread.timer);
    thread.task?.reject(reason ?? new Error('the worker thread ended'));
    thread.task = null;
    const next = this.closed ? undefined : this.waiting.shift();
    if (next !== undefined) {
      const fresh = this.startOne();
      if (fresh !== null) this.give(fresh, next);
    }
    await thread.worker.terminate();
  }
}
