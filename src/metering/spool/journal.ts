import { describeCause, type Log } from '../../platform/logging.js';
import type { SegmentFolder } from './segment-folder.js';
import type { Segment } from './segment.js';
import type { SpoolEntry } from './spool-entry.js';

/**
 * After each sync while requests are many: at most some 200 a second, each with all that came meanwhile. A sync takes as much
 * processor time as ten records.
 */
const GAP_MS = 4;
/** Nobody waits for an end's own sync, so it comes with the next begin's, or alone after so long. */
const END_SYNC_MS = 5;
const RETRY_MS = 250;
/** What an entry takes on the disk, as long as it is not there. */
const ENTRY_BYTES = 128;

export interface JournalOwner<R> {
  /** whether so few requests run that each may have a sync of its own */
  isQuiet(): boolean;
  /** something was synced, and all of it was told so */
  committed(): void;
  /** a begin that nobody relies on yet could not be written, and never will be */
  refused(entry: SpoolEntry<R>): void;
}

/**
 * Brings entries to the disk, in order: one write for all of a turn of the event loop, one sync at a time for all that were
 * written. What fails stays queued and is tried again.
 */
export class Journal<R> {
  private queue: SpoolEntry<R>[] = [];
  /** written, but a power cut could still take them */
  private unsynced: SpoolEntry<R>[] = [];
  private syncing: SpoolEntry<R>[] = [];
  /** the write at the end of this turn */
  private turn: Promise<boolean> | null = null;
  private turnFailed = false;
  private committing: Promise<void> | null = null;
  private wanted = false;
  private endSync: NodeJS.Timeout | null = null;
  private retry: NodeJS.Timeout | null = null;
  private broken = false;
  private closed = false;

  constructor(
    private readonly segments: SegmentFolder<R>,
    private readonly log: Pick<Log, 'error' | 'info'>,
    private readonly owner: JournalOwner<R>,
  ) {}

  /** Whether the last attempt failed and none has succeeded since. */
  get failing(): boolean {
    return this.broken;
  }

  get bytes(): number {
    return this.segments.bytes + this.queue.length * ENTRY_BYTES;
  }

  /** Whether nothing is on its way. */
  get idle(): boolean {
    return this.queue.length + this.unsynced.length + this.syncing.length === 0;
  }

  /**
   * Queues an entry for the one write of this turn of the event loop. Resolves then: true when the system has the entry, so
   * that it outlives this process, false when the write failed. A sync follows by itself, soon for a begin.
   */
  push(entry: SpoolEntry<R>): Promise<boolean> {
    this.queue.push(entry);
    this.turn ??= this.endOfTurn();
    return this.turn;
  }

  /** Syncs what it can and stops trying. */
  async close(withinMs: number): Promise<void> {
    this.cancelTimers();
    let timer: NodeJS.Timeout | undefined;
    const bound = new Promise<void>(resolve => (timer = setTimeout(resolve, withinMs)));
    await Promise.race([this.commit(), bound]);
    clearTimeout(timer);
    this.closed = true;
    this.cancelTimers();
    if (!this.idle) {
      this.log.error('usage entries were not written before the end', {
        entries: this.queue.length + this.unsynced.length + this.syncing.length,
      });
    }
  }

  private cancelTimers(): void {
    if (this.retry !== null) clearTimeout(this.retry);
    if (this.endSync !== null) clearTimeout(this.endSync);
    this.retry = null;
    this.endSync = null;
  }

  private endOfTurn(): Promise<boolean> {
    this.turnFailed = false;
    return new Promise(resolve => {
      setImmediate(() => {
        this.turn = null;
        const written = this.write() && !this.turnFailed;
        resolve(written);
        if (written) this.syncLater();
      });
    });
  }

  /** After a failure only the retry tries: one attempt each turn would write all that waits anew each time. */
  private write(): boolean {
    if (this.queue.length === 0) return true;
    if (this.retry !== null) return this.refuse();
    let segment: Segment;
    try {
      segment = this.segments.append(this.queue);
    } catch (error) {
      this.failed(error);
      return this.refuse();
    }
    for (const entry of this.queue) {
      entry.place(segment);
      this.unsynced.push(entry);
    }
    this.queue = [];
    return true;
  }

  /** Lets go of what waits and nobody relies on: its request is refused. */
  private refuse(): false {
    this.turnFailed = true;
    const refused = this.queue.filter(entry => isRefusable(entry));
    this.queue = this.queue.filter(entry => !isRefusable(entry));
    for (const entry of refused) this.owner.refused(entry);
    return false;
  }

  private syncLater(): void {
    if (this.unsynced.length === 0) return;
    if (this.unsynced.some(({ kind }) => kind === 'begin')) void this.commit();
    else this.endSync ??= setTimeout(() => void this.commit(), END_SYNC_MS).unref();
  }

  /** Has all that was pushed synced soon; each entry is told. Resolves when there is no more to sync or it failed. */
  private commit(): Promise<void> {
    if (this.endSync !== null) clearTimeout(this.endSync);
    this.endSync = null;
    if (this.retry !== null) return Promise.resolve();
    this.wanted = true;
    this.committing ??= this.commitAll();
    return this.committing;
  }

  private async commitAll(): Promise<void> {
    // Nothing is over before `committing` is set, not even where the first write fails.
    await Promise.resolve();
    while (this.wanted && !this.closed) {
      this.wanted = false;
      if (!this.write() || !(await this.sync())) break;
      this.succeeded();
      if (!this.owner.isQuiet()) await new Promise(resolve => setTimeout(resolve, GAP_MS));
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
    for (const entry of synced) entry.settle();
    return true;
  }

  /** What was written since the sync began may have gone to the same file, so it is written again as well. */
  private distrust(): void {
    const entries = [...this.syncing, ...this.unsynced];
    this.segments.abandon();
    for (const entry of entries) entry.displace();
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
    this.owner.committed();
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

function isRefusable({ kind, promised }: Pick<SpoolEntry<unknown>, 'kind' | 'promised'>): boolean {
  return kind === 'begin' && !promised;
}
