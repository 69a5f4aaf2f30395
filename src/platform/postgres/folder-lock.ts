import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { birthOf, isAlive } from './process-table.js';

const ATTEMPTS = 5;

/** Held while this process uses a data folder. A lock whose process is gone is worth nothing and is taken over. */
export class FolderLock {
  private constructor(private readonly path: string) {}

  /** @throws {Error} when another living process holds the folder */
  static take(folder: string): FolderLock {
    const path = join(folder, 'bough.lock');
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (create(path)) return new FolderLock(path);
      const holder = readHolder(path);
      if (holder !== null) throw new Error(`Another Bough (process ${holder}) is using ${folder}. Set BOUGH_DATA_DIR.`);
      rmSync(path, { force: true });
    }
    throw new Error(`${path} cannot be made. Look at the folder's permissions.`);
  }

  release(): void {
    rmSync(this.path, { force: true });
  }
}

function create(path: string): boolean {
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, `${process.pid} ${birthOf(process.pid) ?? ''}\n`);
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The living process that wrote the lock, or null: its number may by now belong to another, or to ourselves. */
function readHolder(path: string): number | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const [pidText = '', birth = ''] = text.trim().split(' ');
  const pid = Number(pidText);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return null;
  return birth === '' || birth === (birthOf(pid) ?? '') ? pid : null;
}
