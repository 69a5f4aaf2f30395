import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, canEnter, ownerOf } from './account.js';
import { readText, writeDurably } from './durable-file.js';
import { openSharedFolder } from './shared-folder.js';

/** Lies beside a cluster that was finished. */
export const MARKER = 'initialized';
const LOCATION = 'postgres.location';
const HOME = 'home';

/** Where a data folder's cluster lies, and who PostgreSQL runs as there: null for ourselves. */
export interface ClusterPlace {
  readonly folder: string;
  readonly account: Account | null;
}

/**
 * Finds the place of the cluster, or makes one: in the data folder, or, where the account cannot reach that, as under a
 * private home, in the shared folder. The data folder then says where, so that moving it or opening it up loses nothing.
 * @throws {Error} when the shared folder cannot be used
 */
export function clusterPlace(
  dataDir: string,
  shared: string,
  lent: Account | null,
  log: (line: string) => void,
): ClusterPlace {
  const near = join(dataDir, 'postgres');
  if (existsSync(join(near, MARKER))) return placeAt(near, lent);
  const id = readText(join(dataDir, LOCATION));
  if (id !== null && !isCopy(dataDir, join(shared, id))) return placeElsewhere(dataDir, shared, id, lent);
  if (id !== null) {
    log('this data folder is a copy of one that is still there; it gets a database of its own');
    // What it says is true of the other folder only; a later start must not find it.
    rmSync(join(dataDir, LOCATION));
  }
  if (canEnter(dataDir, lent)) return placeAt(near, lent);
  const fresh = `cluster-${randomBytes(8).toString('hex')}`;
  writeDurably(join(dataDir, LOCATION), `${fresh}\n`);
  return placeElsewhere(dataDir, shared, fresh, lent);
}

/**
 * Two data folders that name one cluster: a checkout was copied. The cluster belongs to the folder that it names itself,
 * unless that one is gone, which means that it was moved here.
 */
function isCopy(dataDir: string, folder: string): boolean {
  const home = readText(join(folder, HOME));
  if (home === null) return false;
  const [ours, theirs] = [join(dataDir, LOCATION), join(home, LOCATION)];
  if (readText(theirs) !== readText(ours)) return false;
  // One folder that can be reached by two paths is no copy.
  const [a, b] = [statSync(ours), statSync(theirs)];
  return a.dev !== b.dev || a.ino !== b.ino;
}

function placeElsewhere(dataDir: string, shared: string, id: string, lent: Account | null): ClusterPlace {
  const place = placeAt(join(openSharedFolder(shared), id), lent);
  if (readText(join(place.folder, HOME)) !== dataDir) writeDurably(join(place.folder, HOME), `${dataDir}\n`);
  return place;
}

function placeAt(path: string, lent: Account | null): ClusterPlace {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  // The real path is the one that PostgreSQL's processes are found by.
  const folder = realpathSync(path);
  const finished = existsSync(join(folder, MARKER));
  const account = finished ? ownerOf(join(folder, 'data'), lent) : lent;
  if (account !== null && statSync(folder).uid !== account.uid) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o700);
  return { folder, account };
}
