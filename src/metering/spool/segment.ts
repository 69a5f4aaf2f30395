import { fdatasync, writeSync } from 'node:fs';
import { promisify } from 'node:util';

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

/** A line of the journal, in memory for as long as its segment must not go. */
export class SpoolEntry {
  private segment: Segment | null = null;
  private released = false;

  constructor(
    readonly requestId: string,
    readonly line: string,
    /** called once the line is on the disk */
    readonly durable: () => void = () => undefined,
  ) {}

  place(segment: Segment): void {
    this.segment = segment;
    if (!this.released) segment.live.add(this);
  }

  /** Takes back `place`, when what was written cannot be trusted. */
  displace(): void {
    this.segment?.live.delete(this);
    this.segment = null;
  }

  /** Nobody needs the line any more: its segment may go. */
  release(): void {
    this.released = true;
    this.segment?.live.delete(this);
  }
}

/** One file of the journal. */
export class Segment {
  /** what is known to be written; a failed write may have left bytes behind it, which the next one covers */
  size = 0;
  readonly live = new Set<SpoolEntry>();
  /** whether something was written since the last sync began */
  dirty = false;

  constructor(
    readonly path: string,
    readonly file: number,
    private readonly disk: SpoolDisk,
  ) {}

  /** @throws {Error} when not all could be written; the same bytes may then be written again */
  append(bytes: Buffer): void {
    this.dirty = true;
    let done = 0;
    while (done < bytes.length) {
      const taken = this.disk.write(this.file, bytes.subarray(done), this.size + done);
      if (taken <= 0) throw new Error('the disk takes nothing');
      done += taken;
    }
    this.size += bytes.length;
  }

  sync(): Promise<void> {
    this.dirty = false;
    return this.disk.sync(this.file);
  }
}
