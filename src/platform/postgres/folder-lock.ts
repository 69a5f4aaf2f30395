import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf, isAlive } from './process-table.js';

export const LOCK_FILE = 'bough.lock';
const ATTEMPTS = 5;
/** What file systems without hard links answer; on them a lock is made in two steps, which is almost as good. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** Another living process holds the folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
}

/**
 * Held while this process uses a data folder. A lock whose process is gone is worth nothing and is taken over. It appears
 * with its content in one step, so that nobody ever reads half of one.
 */
export class FolderLock {
  private constructor(
    private readonly folder: string,
    private readonly path: string,
    private readonly content: string,
  ) {}

  /** @throws {FolderInUseError} when a living process holds the folder, be it this one */
  static take(folder: string): FolderLock {
    const path = join(folder, LOCK_FILE);
    const content = `${process.pid} ${birthOf(process.pid) ?? ''} ${identityOf(folder)} ${randomBytes(8).toString('hex')}\n`;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (publish(path, content)) return new FolderLock(folder, path, content);
      const holder = livingHolder(read(path), folder);
      if (holder !== null) throw inUse(folder, holder);
      removeStale(path, folder);
    }
    throw new Error(`${path} cannot be made. Look at the folder's permissions.`);
  }

  /**
   * Looks again, before anything is touched that two must not touch: when three programs find the lock of a dead one at
   * the same moment, one of them may have lost its own. A lock that is only away, because another program looks whether
   * its holder lives, is made again: else neither of the two would have the folder.
   * @throws {FolderInUseError} when the lock is another's by now
   */
  assertHeld(): void {
    if (read(this.path) === null) this.makeAgain();
    const text = read(this.path);
    if (text !== this.content) throw inUse(this.folder, livingHolder(text, this.folder) ?? 0);
  }

  private makeAgain(): void {
    try {
      publish(this.path, this.content);
    } catch (error) {
      // the folder is gone: another adopted what was in it
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Gives up this lock and no other: a second call does nothing. */
  release(): void {
    if (read(this.path) === this.content) rmSync(this.path, { force: true });
  }
}

function inUse(folder: string, holder: number): Error {
  return new FolderInUseError(`Another Bough (process ${holder}) is using ${folder}. Set BOUGH_DATA_DIR.`);
}

function identityOf(folder: string): string {
  const { dev, ino } = statSync(folder);
  return `${dev}:${ino}`;
}

/** False when there is a lock already. */
function publish(path: string, content: string): boolean {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  writeFileSync(draft, content, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === undefined || !NO_LINKS.includes(code)) throw error;
    return publishWithoutLink(path, content);
  } finally {
    rmSync(draft, { force: true });
  }
}

function publishWithoutLink(path: string, content: string): boolean {
  try {
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moved away before it is judged: between a look and a removal the lock could have become another's. */
function removeStale(path: string, folder: string): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const text = read(aside);
  if (text !== null && livingHolder(text, folder) !== null) publish(path, text);
  rmSync(aside, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * The living process that wrote the lock, or null: its number may by now belong to another or to ourselves, and the lock
 * may have been copied here with the whole folder.
 */
function livingHolder(text: string | null, folder: string): number | null {
  const [pidText = '', birth = '', identity = ''] = (text ?? '').trimEnd().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
  if (identity !== '' && identity !== identityOf(folder)) return null;
  return birth === '' || birth === (birthOf(pid) ?? '') ? pid : null;
}
