import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describeCause, type Log } from '../../platform/logging.js';
import { writeDurably } from '../../platform/postgres/durable-file.js';
import { FolderInUseError, FolderLock, LOCK_FILE } from '../../platform/postgres/folder-lock.js';
import { isSegmentName, readSegment } from './segment-reader.js';
import type { FoundEntry, SpoolCodec } from './spool-codec.js';

export interface AdoptOptions<R> {
  /** the folder that holds the spools of all processes */
  readonly root: string;
  readonly codec: Pick<SpoolCodec<R>, 'read' | 'fromJson'>;
  readonly log: Pick<Log, 'error'>;
}

interface Torn {
  readonly file: string;
  readonly bytes: number;
}

/** What a dead process left. It is ours until `discard` or `release`; a second start does not get it meanwhile. */
export class LeftSpool<R> {
  /** the records of requests that ended; some may be in the ledger already */
  readonly ended: R[] = [];
  /** what was noted of requests that did not end */
  readonly begun: R[] = [];
  /** writes that were cut off, by segment. What stands before them counts. */
  readonly torn: Torn[] = [];
  /** damaged places with good entries after them */
  corrupt = 0;
  /** what is whole and this release does not understand */
  unknown = 0;
  private readonly unreadable = new Map<string, Buffer>();

  private constructor(
    readonly folder: string,
    private readonly lock: FolderLock,
    private readonly segments: readonly string[],
  ) {}

  /** Null when a living process has the folder, or nothing is left there. */
  static async adopt<R>(folder: string, codec: AdoptOptions<R>['codec']): Promise<LeftSpool<R> | null> {
    if (removeEmpty(folder) || isBeingMade(folder)) return null;
    const lock = takeLock(folder);
    if (lock === null) return null;
    try {
      const segments = readdirSync(folder).filter(isSegmentName).sort(bySegmentNumber);
      const spool = new LeftSpool<R>(
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
   * The ledger has everything: deletes the segments. Bytes that could not be read are kept beside, as `<segment>.torn`. What
   * a newer release wrote keeps the whole folder, for that release to adopt; the ledger takes no request twice.
   */
  discard(): void {
    this.lock.assertHeld();
    if (this.unknown === 0) {
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

  private async read(codec: AdoptOptions<R>['codec']): Promise<void> {
    const begun = new Map<string, R>();
    const ended = new Map<string, R>();
    const unknown = new Set<string>();
    const take = (entry: FoundEntry<R>) => {
      const { kind, requestId } = entry;
      if (kind === 'unknown') {
        this.unknown += 1;
        if (requestId !== null) unknown.add(requestId);
      } else if (kind === 'end') ended.set(requestId, entry.record);
      else if (kind === 'forget') begun.delete(requestId);
      else begun.set(requestId, entry.record);
    };
    for (const segment of this.segments) await this.readOne(segment, codec, take);
    this.ended.push(...ended.values());
    for (const [requestId, record] of begun) {
      // What another release says of a request may be its end, which an estimate would forestall.
      if (!ended.has(requestId) && !unknown.has(requestId)) this.begun.push(record);
    }
  }

  private async readOne(
    segment: string,
    codec: AdoptOptions<R>['codec'],
    take: (entry: FoundEntry<R>) => void,
  ): Promise<void> {
    const { corrupt, tornBytes, bytes } = await readSegment(segment, codec, take);
    this.corrupt += corrupt;
    if (tornBytes > 0) this.torn.push({ file: basename(segment), bytes: tornBytes });
    if (bytes.length > 0) this.unreadable.set(segment, Buffer.concat(bytes));
  }
}

/** The spools of processes that are dead, one after the other. One that cannot be read is logged and left alone. */
export async function* adoptSpools<R>({ root, codec, log }: AdoptOptions<R>): AsyncGenerator<LeftSpool<R>> {
  for (const folder of foldersIn(root)) {
    try {
      const spool = await LeftSpool.adopt<R>(folder, codec);
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
