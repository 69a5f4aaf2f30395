import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeCause, type Log } from '../../platform/logging.js';
import { writeDurably } from '../../platform/postgres/durable-file.js';
import { FolderInUseError, FolderLock, LOCK_FILE } from '../../platform/postgres/folder-lock.js';
import { isSegmentName } from './segment-folder.js';
import { type ReadableLine, readSegment } from './segment-reader.js';
import type { SpoolCodec } from './spool-line.js';

export interface AdoptOptions<B, R> {
  /** the folder that holds the spools of all processes */
  readonly root: string;
  readonly codec: Pick<SpoolCodec<B, R>, 'decodeBegin' | 'decodeEnd'>;
  readonly log: Pick<Log, 'error'>;
}

interface Torn {
  readonly file: string;
  readonly bytes: number;
}

/** What a dead process left. It is ours until `discard` or `release`; a second start does not get it meanwhile. */
export class LeftSpool<B, R> {
  /** the records of requests that ended; some may be in the ledger already */
  readonly ended: R[] = [];
  /** what was noted of requests that did not end */
  readonly begun: B[] = [];
  /** writes that were cut off, by segment. What stands before them counts. */
  readonly torn: Torn[] = [];
  /** unreadable lines with good ones after them */
  corruptLines = 0;
  /** whole lines that this release does not understand */
  unknownLines = 0;
  private readonly unreadable = new Map<string, Buffer>();

  private constructor(
    readonly folder: string,
    private readonly lock: FolderLock,
    private readonly segments: readonly string[],
  ) {}

  /** Null when a living process has the folder, or nothing is left there. */
  static async adopt<B, R>(folder: string, codec: AdoptOptions<B, R>['codec']): Promise<LeftSpool<B, R> | null> {
    if (removeEmpty(folder) || isBeingMade(folder)) return null;
    const lock = takeLock(folder);
    if (lock === null) return null;
    try {
      const segments = readdirSync(folder).filter(isSegmentName).sort(bySegmentNumber);
      const spool = new LeftSpool<B, R>(
        folder,
        lock,
        segments.map(name => join(folder, name)),
      );
      await spool.read(codec);
      lock.assertHeld(); // of many that start at once, one may have lost its lock to another
      if (segments.length > 0) return spool;
    } catch (error) {
      lock.release();
      if (error instanceof FolderInUseError) return null;
      throw error;
    }
    lock.release();
    removeEmpty(folder);
    return null;
  }

  /**
   * The ledger has everything: deletes the segments. Bytes that could not be read are kept beside, as `<segment>.torn`. Lines
   * of a newer release keep the whole folder, for that release to adopt; the ledger takes no request twice.
   */
  discard(): void {
    this.lock.assertHeld();
    if (this.unknownLines === 0) {
      for (const [segment, bytes] of this.unreadable) writeDurably(`${segment}.torn`, bytes);
      for (const segment of this.segments) rmSync(segment, { force: true });
    }
    this.release();
    removeEmpty(this.folder);
  }

  /** Leaves everything as it is, for the next start. */
  release(): void {
    this.lock.release();
  }

  private async read(codec: AdoptOptions<B, R>['codec']): Promise<void> {
    const begun = new Map<string, B>();
    const ended = new Map<string, R>();
    const take = (line: ReadableLine) => {
      if (line.kind === 'other') this.unknownLines += 1;
      else if (line.kind === 'forget') begun.delete(line.requestId);
      else if (line.kind === 'end') {
        ended.set(line.requestId, codec.decodeEnd(line.value));
        begun.delete(line.requestId);
      } else if (!ended.has(line.requestId)) begun.set(line.requestId, codec.decodeBegin(line.value));
    };
    for (const segment of this.segments) await this.readOne(segment, take);
    this.ended.push(...ended.values());
    this.begun.push(...begun.values());
  }

  private async readOne(segment: string, take: (line: ReadableLine) => void): Promise<void> {
    const { corruptLines, tornBytes, bytes } = await readSegment(segment, line => {
      try {
        take(line);
      } catch {
        this.unknownLines += 1; // the codec of another release wrote it
      }
    });
    this.corruptLines += corruptLines;
    if (tornBytes > 0) this.torn.push({ file: basename(segment), bytes: tornBytes });
    if (bytes.length > 0) this.unreadable.set(segment, Buffer.concat(bytes));
  }
}

/** The spools of processes that are dead, one after the other. One that cannot be read is logged and left alone. */
export async function* adoptSpools<B, R>({ root, codec, log }: AdoptOptions<B, R>): AsyncGenerator<LeftSpool<B, R>> {
  for (const folder of foldersIn(root)) {
    try {
      const spool = await LeftSpool.adopt<B, R>(folder, codec);
      if (spool !== null) yield spool;
    } catch (error) {
      log.error('a usage journal could not be read', { folder, cause: describeCause(error) });
    }
  }
}

function foldersIn(root: string): string[] {
  try {
    const entries = readdirSync(root, { withFileTypes: true });
    return entries.filter(entry => entry.isDirectory()).map(({ name }) => join(root, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A process that starts makes its folder first and locks it next. */
function isBeingMade(folder: string): boolean {
  return !readdirSync(folder).some(name => name === LOCK_FILE || isSegmentName(name));
}

function takeLock(folder: string): FolderLock | null {
  try {
    return FolderLock.take(folder);
  } catch (error) {
    // gone: another start adopted and discarded it meanwhile
    if (error instanceof FolderInUseError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Whether the folder was empty: a process died in it before it wrote, or its unreadable bytes were taken away. */
function removeEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    if (code === 'ENOENT') return true;
    throw error;
  }
}

/** By number, for the hundred-millionth has nine digits. */
function bySegmentNumber(left: string, right: string): number {
  return Number.parseInt(left, 10) - Number.parseInt(right, 10);
}
