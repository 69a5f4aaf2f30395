import { describeCause, type Log } from '../../platform/logging.js';
import type { SegmentFolder } from './segment-folder.js';
import type { Segment, SpoolEntry } from './segment.js';

/** After each sync: at most some 400 a second, each with all that came meanwhile. A lone line does not wait for it. */
const GAP_MS = 2;
const RETRY_MS = 250;

/**
 * Brings lines to the disk, in order: one write for all that wait, one sync at a time for all that were written. What
 * fails stays queued and is tried again.
 */
export class Journal {
  private queue: SpoolEntry[] = [];
  private queuedBytes = 0;
  /** written, but a power cut could still take them */
  private unsynced: SpoolEntry[] = [];
  private syncing: SpoolEntry[] = [];
  private committing: Promise<void> | null = null;
  private wanted = false;
  private retry: NodeJS.Timeout | null = null;
  private broken = false;
  private closed = false;

  constructor(
    private readonly segments: SegmentFolder,
    private readonly log: Pick<Log, 'error' | 'info'>,
    private readonly committed: () => void,
  ) {}

  /** Whether the last attempt failed and none has succeeded since. */
  get failing(): boolean {
    return this.broken;
  }

  get bytes(): number {
    return this.segments.bytes + this.queuedBytes;
  }

  /** Whether nothing is on its way. */
  get idle(): boolean {
    return this.queue.length + this.unsynced.length + this.syncing.length === 0;
  }

  push(entry: SpoolEntry): void {
    this.queue.push(entry);
    this.queuedBytes += entry.line.length;
  }

  /** Hands all that waits to the system, so that it outlives this process. False when that failed. */
  write(): boolean {
    if (this.queue.length === 0) return true;
    let segment: Segment;
    try {
      segment = this.segments.append(Buffer.from(this.queue.map(({ line }) => line).join('')));
    } catch (error) {
      this.failed(error);
      return false;
    }
    for (const entry of this.queue) {
      entry.place(segment);
      this.unsynced.push(entry);
    }
    this.queue = [];
    this.queuedBytes = 0;
    return true;
  }

  /**
   * Has all that was pushed synced soon; each entry is told. Resolves when there is no more to sync or it failed. After a
   * failure only the next retry tries: one for each request would write all that waits anew each time.
   */
  async commit(): Promise<void> {
    if (this.retry !== null) return;
    this.wanted = true;
    this.committing ??= this.commitAll();
    await this.committing;
  }

  /** Syncs what it can and stops trying. */
  async close(withinMs: number): Promise<void> {
    this.cancelRetry();
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<void>(resolve => (timer = setTimeout(resolve, withinMs)));
    await Promise.race([this.commit(), bound]);
    clearTimeout(timer);
    this.closed = true;
    this.cancelRetry();
    if (!this.idle) {
      this.log.error('usage entries were not written before the end', {
        entries: this.queue.length + this.unsynced.length + this.syncing.length,
      });
    }
  }

  private cancelRetry(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    this.retry = null;
  }

  private async commitAll(): Promise<void> {
    // whoever comes in this turn of the loop comes along
    await new Promise(resolve => setImmediate(resolve));
    while (this.wanted && !this.closed) {
      this.wanted = false;
      if (!this.write() || !(await this.sync())) break;
      this.succeeded();
      await new Promise(resolve => setTimeout(resolve, GAP_MS));
    }
    this.committing = null;
  }

  private async sync(): Promise<boolean> {
    // what an earlier attempt left is written again by now
    this.segments.removeSettled();
    this.syncing = this.unsynced;
    this.unsynced = [];
    try {
      await this.segments.sync();
    } catch (error) {
      this.distrust();
      this.failed(error);
      return false;
    }
    const synced = this.syncing;
    this.syncing = [];
    for (const entry of synced) entry.durable();
    return true;
  }

  /** What was written since the sync began may have gone to the same file, so it is written again as well. */
  private distrust(): void {
    const entries = [...this.syncing, ...this.unsynced];
    this.segments.abandon();
    for (const entry of entries) {
      entry.displace();
      this.queuedBytes += entry.line.length;
    }
    this.queue = [...entries, ...this.queue];
    this.syncing = [];
    this.unsynced = [];
  }

  private succeeded(): void {
    // A write that failed while this sync was under way has armed a retry, and only that can tell.
    if (this.broken && this.retry === null) {
      this.log.info('the usage journal is written again');
      this.broken = false;
    }
    this.committed();
  }

  private failed(error: unknown): void {
    if (!this.broken) this.log.error('the usage journal cannot be written', { cause: describeCause(error) });
    this.broken = true;
    if (this.closed || this.retry !== null) return;
    this.retry = setTimeout(() => {
      this.retry = null;
      void this.commit();
    }, RETRY_MS).unref();
  }
}
