import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EnvironmentError } from '../config/read-environment.js';

const WHY: Readonly<Record<string, string>> = {
  ENOTDIR: 'is, or lies below, a file and not a folder',
  EEXIST: 'is, or lies below, a file and not a folder',
  EACCES: 'may not be written to by this account',
  EPERM: 'may not be written to by this account',
  EROFS: 'lies on a read-only file system',
  ENOSPC: 'lies on a disk that is full',
  EDQUOT: 'lies on a disk whose quota for this account is used up',
  ENAMETOOLONG: 'is too long a path',
  ELOOP: 'goes round in links',
};

/**
 * Makes the data folder and proves that files can be made in it, before anything else is started.
 * @throws {EnvironmentError} naming BOUGH_DATA_DIR and what is wrong with it
 */
export function openDataFolder(path: string): void {
  try {
    makeFolder(path);
    const probe = join(path, `.probe-${randomBytes(8).toString('hex')}`);
    writeFileSync(probe, '', { flag: 'wx', mode: 0o600 });
    rmSync(probe);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new EnvironmentError([
      `BOUGH_DATA_DIR ${WHY[code] ?? `cannot be used (${code})`}: set it to a folder that Bough may write to`,
    ]);
  }
}

/** One folder after the other: where a file system answers ENOENT to a making, Node's own recursion never ends. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another start may have been faster.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
