import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeCause, type Log } from '../../platform/logging.js';
import { FolderLock } from '../../platform/postgres/folder-lock.js';
import { EndWaits } from './end-waits.js';
import { Journal } from './journal.js';
import { SegmentFolder } from './segment-folder.js';
import { REAL_DISK, type SpoolDisk } from './segment.js';
import type { SpoolCodec } from './spool-codec.js';
import { SpoolEntry } from './spool-entry.js';

const SEGMENT_BYTES = 4 * 2 ** 20;
const END_WAIT_MS = 1_000;
const CLOSE_MS = 2_000;
const ATTEMPTS = 5;
/** What a begin takes that is written anew, about. */
const BEGIN_BYTES = 128;
const FEW_REQUESTS = 2;
const REFUSED = Promise.resolve(false);

export interface SpoolOptions<R> {
  /** the folder that holds the spools of all processes, each in a folder of its own */
  readonly root: string;
  /** never used before, for example 16 random hexadecimal digits */
  readonly processId: string;
  /** from here on the spool is full */
  readonly maxBytes: number;
  readonly codec: SpoolCodec<R>;
  readonly log: Pick<Log, 'error' | 'info'>;
  readonly segmentBytes?: number;
  /** how long `end` waits for a disk that does not answer */
  readonly endWaitMs?: number;
  readonly disk?: SpoolDisk;
}

/**
 * What this process owes the ledger, on a disk, so that a killed process takes no usage with it: a request is noted when it
 * begins and when it has ended, until the ledger has its record. `adoptSpools` finds what a dead process left.
 */
export class UsageSpool<R> {
  private readonly begun = new Map<string, SpoolEntry<R>>();
  private readonly unacknowledged = new Map<string, SpoolEntry<R>>();
  private readonly waits: EndWaits<R>;
  private readonly segments: SegmentFolder<R>;
  private readonly journal: Journal<R>;
  private closing: Promise<void> | null = null;

  private constructor(
    private readonly options: SpoolOptions<R>,
    private readonly folder: string,
    private readonly lock: FolderLock,
  ) {
    const { segmentBytes = SEGMENT_BYTES, disk = REAL_DISK, codec, log } = options;
    this.waits = new EndWaits(options.endWaitMs ?? END_WAIT_MS);
    this.segments = new SegmentFolder(folder, segmentBytes, disk, codec, log);
    this.journal = new Journal(this.segments, log, {
      isQuiet: () => this.begun.size <= FEW_REQUESTS,
      committed: () => {
        this.waits.check();
        this.tidy();
      },
      refused: entry => {
        if (this.begun.get(entry.requestId) === entry) this.begun.delete(entry.requestId);
      },
    });
  }

  /** @throws {Error} when the folder cannot be made, or is not new */
  static open<R>(options: SpoolOptions<R>): UsageSpool<R> {
    const folder = join(options.root, options.processId);
    return new UsageSpool(options, folder, makeLocked(options.root, folder));
  }

  /** What the journal takes on the disk, with about as much as waits for it. */
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
   * Notes that a request's upstream call is about to begin. Resolves at the end of this turn of the event loop: true when the
   * system has the note, so that it outlives the process, though not yet a power cut; false (full, failing or closed) when
   * nothing is noted and the request should be refused. A second note of the same request replaces the first. Never rejects.
   */
  begin(requestId: string, record: R): Promise<boolean> {
    if (this.failing || this.full || this.closing !== null) return REFUSED;
    return this.note(requestId, record);
  }

  /**
   * Keeps a request's record, with or without a begin, even when the spool is full. Resolves true once the system has it and
   * a power cut would leave it or its begin; false after a second without that: it is then in memory and tried again, so the
   * ledger should have it soon. Never rejects.
   */
  async end(requestId: string, record: R): Promise<boolean> {
    const known = this.unacknowledged.get(requestId);
    if (known !== undefined) return this.waits.add(known);
    if (this.closing !== null) return false;
    const entry = SpoolEntry.end(requestId, record, this.take(requestId));
    this.unacknowledged.set(requestId, entry);
    return (await this.journal.push(entry)) && entry.safe ? true : this.waits.add(entry);
  }

  /** Nothing chargeable came of the request, and no record will come. */
  forget(requestId: string): void {
    const begun = this.take(requestId);
    if (begun !== null && this.closing === null) void this.journal.push(SpoolEntry.forget(begun));
  }

  /** The ledger has these records. Unknown ids do no harm. */
  acknowledge(requestIds: Iterable<string>): void {
    for (const requestId of requestIds) {
      this.unacknowledged.get(requestId)?.release();
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

  private note(requestId: string, record: R): Promise<boolean> {
    const entry = SpoolEntry.begin(requestId, record, this.begun.get(requestId) ?? null);
    this.begun.set(requestId, entry);
    return this.journal.push(entry);
  }

  private take(requestId: string): SpoolEntry<R> | null {
    const entry = this.begun.get(requestId) ?? null;
    this.begun.delete(requestId);
    return entry;
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
    const owed = [...this.begun.values()].filter(({ segment }) => segment === oldest);
    if (owed.length < oldest.live) return;
    if (owed.length * BEGIN_BYTES > oldest.size / 4 && this.bytes < this.options.maxBytes / 2) return;
    for (const { requestId, record } of owed) if (record !== null) void this.note(requestId, record);
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
