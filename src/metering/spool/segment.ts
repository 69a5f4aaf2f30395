import { fdatasync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { Dictionary } from './dictionary.js';

/** The two steps that can fail when a disk does; tests put a bad one in their place. */
export interface SpoolDisk {
  /** @returns how many of the bytes it took */
  write(file: number, bytes: Buffer, position: number): number;
  sync(file: number): Promise<void>;
}

export const REAL_DISK: SpoolDisk = {
  write: (file, bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
  sync: promisify(fdatasync),
};

/** One file of the journal. */
export class Segment {
  /** what is known to be written; a failed write may have left bytes behind it, which the next one covers */
  size = 0;
  /** how many of its entries somebody needs */
  live = 0;
  /** whether something was written since the last sync began */
  dirty = false;
  readonly dictionary = new Dictionary();

  constructor(
    readonly path: string,
    readonly file: number,
    private readonly disk: SpoolDisk,
  ) {}

  /** @throws {Error} when not all could be written; the same entries may then be written again */
  append(bytes: Buffer): void {
    this.dirty = true;
    let done = 0;
    while (done < bytes.length) {
      const taken = this.disk.write(this.file, done === 0 ? bytes : bytes.subarray(done), this.size + done);
      if (taken <= 0) throw new Error('the disk takes nothing');
      done += taken;
    }
    this.size += bytes.length;
    this.dictionary.written(bytes.length);
  }

  async sync(): Promise<void> {
    this.dirty = false;
    const words = this.dictionary.startSync();
    await this.disk.sync(this.file);
    this.dictionary.synced(words);
  }
}
