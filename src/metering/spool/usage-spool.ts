import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeCause, type Log } from '../../platform/logging.js';
import { FolderLock } from '../../platform/postgres/folder-lock.js';
import { Journal } from './journal.js';
import { SegmentFolder } from './segment-folder.js';
import { REAL_DISK, SpoolEntry, type SpoolDisk } from './segment.js';
import { encodeLine, type SpoolCodec } from './spool-line.js';

const SEGMENT_BYTES = 4 * 2 ** 20;
const END_WAIT_MS = 1_000;
const CLOSE_MS = 2_000;
const ATTEMPTS = 5;

export interface SpoolOptions<B, R> {
  /** the folder that holds the spools of all processes, each in a folder of its own */
  readonly root: string;
  /** never used before, for example 16 random hexadecimal digits */
  readonly processId: string;
  /** from here on the spool is full */
  readonly maxBytes: number;
  readonly codec: SpoolCodec<B, R>;
  readonly log: Pick<Log, 'error' | 'info'>;
  readonly segmentBytes?: number;
  /** how long `end` waits for a disk that does not answer */
  readonly endWaitMs?: number;
  readonly disk?: SpoolDisk;
}

interface Ended {
  readonly entry: SpoolEntry;
  readonly durable: Promise<boolean>;
}

/**
 * What this process owes the ledger, on a disk, so that a killed process takes no usage with it: a request is noted when it
 * begins and when it has ended, until the ledger has its record. `adoptSpools` finds what a dead process left.
 */
export class UsageSpool<B, R> {
  private readonly begun = new Map<string, SpoolEntry>();
  private readonly unacknowledged = new Map<string, Ended>();
  private readonly segments: SegmentFolder;
  private readonly journal: Journal;
  private closing: Promise<void> | null = null;

  private constructor(
    private readonly options: SpoolOptions<B, R>,
    private readonly folder: string,
    private readonly lock: FolderLock,
  ) {
    const { segmentBytes = SEGMENT_BYTES, disk = REAL_DISK, log } = options;
    this.segments = new SegmentFolder(folder, segmentBytes, disk, log);
    this.journal = new Journal(this.segments, log, () => this.tidy());
  }

  /** @throws {Error} when the folder cannot be made, or is not new */
  static open<B, R>(options: SpoolOptions<B, R>): UsageSpool<B, R> {
    const folder = join(options.root, options.processId);
    return new UsageSpool(options, folder, makeLocked(options.root, folder));
  }

  /** What the journal takes on the disk, with what waits for it. */
  get bytes(): number {
    return this.journal.bytes;
  }

  get full(): boolean {
    return this.bytes >= this.options.maxBytes;
  }

  /** Whether the disk refused the last write. It is tried again four times a second; until then `begin` refuses. */
  get failing(): boolean {
    return this.journal.failing;
  }

  /**
   * Notes that a request's upstream call is about to begin. When this returns true the system has the note: it outlives
   * the process, though not yet a power cut. When it returns false (full, failing or closed) nothing is noted and the
   * request should be refused. A second note of the same request replaces the first.
   */
  begin(requestId: string, begin: B): boolean {
    if (this.failing || this.full || this.closing !== null) return false;
    this.note(requestId, encodeLine('begin', requestId, this.options.codec.encodeBegin(begin)));
    if (this.journal.write()) return true;
    this.forget(requestId);
    return false;
  }

  /**
   * Keeps a request's record, with or without a begin, even when the spool is full. Resolves true once it would survive a
   * power cut; false after a second without that: it is then in memory and tried again, so the ledger should have it soon.
   * Rejects only when the codec throws.
   */
  async end(requestId: string, record: R): Promise<boolean> {
    const known = this.unacknowledged.get(requestId);
    if (known !== undefined) return known.durable;
    const line = encodeLine('end', requestId, this.options.codec.encodeEnd(record));
    if (this.closing !== null) return false;
    const ended = this.endedEntry(requestId, line, this.take(requestId));
    this.unacknowledged.set(requestId, ended);
    this.journal.push(ended.entry);
    void this.journal.commit();
    return ended.durable;
  }

  /** Nothing chargeable came of the request, and no record will come. */
  forget(requestId: string): void {
    const begun = this.take(requestId);
    if (begun === undefined || this.closing !== null) return;
    const entry = new SpoolEntry(requestId, encodeLine('forget', requestId), () => begun.release());
    entry.release(); // it says something about the begin only, whose segment goes no later than its own
    this.journal.push(entry);
    void this.journal.commit();
  }

  /** The ledger has these records. Unknown ids do no harm. */
  acknowledge(requestIds: Iterable<string>): void {
    for (const requestId of requestIds) {
      this.unacknowledged.get(requestId)?.entry.release();
      this.unacknowledged.delete(requestId);
    }
    if (this.closing !== null) return;
    this.carryForward();
    this.tidy();
  }

  /**
   * Writes what it can within two seconds and gives the folder free: gone when nothing is owed, else for the next start to
   * adopt. Acknowledge first. Safe to call twice.
   */
  close(): Promise<void> {
    this.closing ??= this.closeOnce();
    return this.closing;
  }

  private async closeOnce(): Promise<void> {
    await this.journal.close(CLOSE_MS);
    const settled = this.begun.size + this.unacknowledged.size === 0 && this.journal.idle;
    await this.segments.close(settled);
    this.lock.release();
    if (!settled) return;
    try {
      rmdirSync(this.folder);
    } catch (error) {
      this.options.log.error('a settled usage journal was left behind', { cause: describeCause(error) });
    }
  }

  private note(requestId: string, line: string): void {
    const previous = this.begun.get(requestId);
    const entry = new SpoolEntry(requestId, line, () => previous?.release());
    this.begun.set(requestId, entry);
    this.journal.push(entry);
  }

  private take(requestId: string): SpoolEntry | undefined {
    const entry = this.begun.get(requestId);
    this.begun.delete(requestId);
    return entry;
  }

  private endedEntry(requestId: string, line: string, begun: SpoolEntry | undefined): Ended {
    let settle: (durable: boolean) => void = () => undefined;
    const durable = new Promise<boolean>(resolve => (settle = resolve));
    const timer = setTimeout(settle, this.options.endWaitMs ?? END_WAIT_MS, false).unref();
    const entry = new SpoolEntry(requestId, line, () => {
      clearTimeout(timer);
      begun?.release();
      settle(true);
    });
    return { entry, durable };
  }

  private tidy(): void {
    if (this.begun.size + this.unacknowledged.size === 0 && this.journal.idle) this.segments.clear();
    else this.segments.removeSettled();
  }

  /**
   * A few long requests must not hold the oldest segment, and with it all others: once nothing but their begins is owed
   * there, they are written anew. Many are only copied when the spool is half full.
   */
  private carryForward(): void {
    const { oldest } = this.segments;
    if (oldest === null || this.failing) return;
    const owed = [...oldest.live];
    if (owed.some(entry => this.begun.get(entry.requestId) !== entry)) return;
    const bytes = owed.reduce((sum, { line }) => sum + line.length, 0);
    if (bytes > oldest.size / 4 && this.bytes < this.options.maxBytes / 2) return;
    for (const { requestId, line } of owed) this.note(requestId, line);
    void this.journal.commit();
  }
}

/** @throws {Error} when the folder is there already */
function makeLocked(root: string, folder: string): FolderLock {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt += 1) {
    mkdirSync(folder, { mode: 0o700 });
    try {
      return FolderLock.take(folder);
    } catch (error) {
      // Another start takes an empty folder without a lock for litter.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    }
  }
}
