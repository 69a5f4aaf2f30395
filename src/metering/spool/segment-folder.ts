import { close, ftruncateSync, openSync } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeCause, type Log } from '../../platform/logging.js';
import { BlockEncoder, type BlockEntry } from './block.js';
import { Segment, type SpoolDisk } from './segment.js';
import { segmentName } from './segment-reader.js';
import type { SpoolCodec } from './spool-codec.js';

/**
 * The segments of one process, oldest first. They go in that order only: were an end gone while its begin is still there,
 * the next start would take the request for one that was never settled.
 */
export class SegmentFolder<R> {
  /** of all segments together */
  bytes = 0;
  private readonly segments: Segment[] = [];
  /** the current one, and those before it with something to sync */
  private readonly opened = new Set<Segment>();
  private current: Segment | null = null;
  private number = 0;
  private syncing = false;
  private removal: Promise<void> = Promise.resolve();
  /** folders with a name in them that a power cut could still take away */
  private unsynced: string[];
  private readonly encoder: BlockEncoder<R>;

  constructor(
    private readonly folder: string,
    private readonly segmentBytes: number,
    private readonly disk: SpoolDisk,
    codec: Pick<SpoolCodec<R>, 'write'>,
    private readonly log: Pick<Log, 'error'>,
  ) {
    this.encoder = new BlockEncoder(codec, log);
    this.unsynced = [dirname(folder), dirname(dirname(folder))];
  }

  /** The oldest segment that takes no more entries. */
  get oldest(): Segment | null {
    const [first] = this.segments;
    return first === undefined || first === this.current ? null : first;
  }

  /** Writes a block to the newest segment. @throws {Error} when that fails; the same entries may then be written again */
  append(entries: readonly BlockEntry<R>[]): Segment {
    const segment = this.writable();
    const bytes = this.encoder.encode(entries, segment.dictionary);
    segment.append(bytes);
    this.bytes += bytes.length;
    return segment;
  }

  /** Makes durable what was written before, and the names of new segments. @throws {Error} when that may have failed */
  async sync(): Promise<void> {
    const folders = new Set(this.unsynced.splice(0));
    const written = [...this.opened].filter(segment => segment.dirty);
    this.syncing = true; // a file must not be closed meanwhile: its number could become another's
    const results = await Promise.allSettled([
      ...written.map(segment => segment.sync()),
      ...Array.from(folders, syncFolder),
    ]);
    this.syncing = false;
    const failed = results.find(result => result.status === 'rejected');
    if (failed !== undefined) {
      this.unsynced.push(...folders);
      throw failed.reason;
    }
    for (const segment of this.opened) {
      if (segment !== this.current && !segment.dirty) this.shut(segment);
    }
  }

  /** After a failed sync the system may call lost pages clean, so nothing more goes to a file that may have seen it. */
  abandon(): void {
    for (const segment of this.opened) this.shut(segment);
    this.current = null;
  }

  /** Deletes the segments that nobody needs, up to the first that somebody does. */
  removeSettled(): void {
    if (this.syncing) return; // it is called again after the sync
    for (let { oldest } = this; oldest !== null && oldest.live === 0; { oldest } = this) {
      this.segments.shift();
      this.bytes -= oldest.size;
      this.shut(oldest);
      this.remove(oldest.path);
    }
  }

  /** Nothing at all is needed: leaves one empty segment, which costs less than a new file for every request of a quiet hour. */
  clear(): void {
    this.removeSettled();
    if (this.current === null || this.current.size === 0) return;
    try {
      ftruncateSync(this.current.file, 0);
      this.bytes -= this.current.size;
      this.current.size = 0;
      this.current.dictionary.restart();
    } catch (error) {
      this.log.error('a settled usage journal could not be emptied', { cause: describeCause(error) });
    }
  }

  /** Deletes all of them too where `remove` says so. */
  async close(remove: boolean): Promise<void> {
    for (const segment of this.segments) {
      this.shut(segment);
      if (remove) this.remove(segment.path);
    }
    await this.removal;
  }

  private writable(): Segment {
    if (this.current !== null && this.current.size < this.segmentBytes) return this.current;
    const path = join(this.folder, segmentName(this.number + 1));
    this.current = new Segment(path, openSync(path, 'wx', 0o600), this.disk);
    this.number += 1;
    this.segments.push(this.current);
    this.opened.add(this.current);
    this.unsynced.push(this.folder);
    return this.current;
  }

  private shut(segment: Segment): void {
    // What a file system says when it closes does not matter: all that counts was synced, or is written anew.
    if (this.opened.delete(segment)) close(segment.file, () => undefined);
  }

  private remove(path: string): void {
    this.removal = this.removal
      .then(() => unlink(path))
      .catch((error: unknown) => {
        this.log.error('a settled usage journal could not be deleted', { path, cause: describeCause(error) });
      });
  }
}

/** A name is durable once its folder is. Windows opens no folder, and its file system needs none. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
