import { createHmac } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { lentAccount } from './account.js';
import { findBinaries } from './binaries.js';
import { clusterPlace } from './cluster-folder.js';
import { type Cluster, prepareCluster } from './cluster.js';
import { FolderLock } from './folder-lock.js';
import { clearFormerPostmaster } from './postmaster.js';
import { type Server, startServer, urlOf } from './server.js';
import { openSharedFolder, SHARED_FOLDER } from './shared-folder.js';

const START_MS = 60_000;
const APPLICATION_ROLE = 'bough_app';

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** milliseconds from the launch of PostgreSQL to its first answer; a minute unless given */
  readonly startTimeoutMs?: number;
  /** false only where losing everything does not matter, as in tests */
  readonly durable?: boolean;
  /** where root puts what PostgreSQL's account could not reach otherwise; root's own folder, open to all */
  readonly sharedFolder?: string;
}

export interface EmbeddedPostgres {
  /** of the database `bough`, as its owner, with the password: never logged */
  readonly url: string;
  /** the same for the role that requests are served with, which the migrations set up */
  readonly applicationUrl: string;
  readonly pid: number;
  /** Stops PostgreSQL and gives the data folder free. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts the real PostgreSQL of the npm package on a free loopback port, with its files under `dataDir`. Works as root
 * and as an ordinary user; survives a kill of itself and of its parent. Nothing is downloaded.
 * @throws {Error} with a sentence for the operator: no PostgreSQL for this platform, no permission, folder in use, or
 *   what PostgreSQL itself said, such as a full disk
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = openDataFolder(options.dataDir);
  const lock = takeLock(dataDir);
  try {
    const { cluster, server } = await startCluster(dataDir, lock, options);
    try {
      const stop = async () => {
        await server.stop();
        lock.release();
      };
      const url = await openDatabase(cluster, server.port);
      return { url, applicationUrl: applicationUrl(url), pid: server.pid, stop };
    } catch (error) {
      await server.stop();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Its real path: by another one, what an earlier start left could not be recognized. */
function openDataFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return realpathSync(path);
  } catch (error) {
    throw unusable(path, error);
  }
}

function takeLock(dataDir: string): FolderLock {
  try {
    return FolderLock.take(dataDir);
  } catch (error) {
    throw error instanceof Error && 'code' in error ? unusable(dataDir, error) : error;
  }
}

function unusable(path: string, error: unknown): Error {
  const why = error instanceof Error ? error.message : String(error);
  return new Error(
    `The data folder ${path} cannot be used: ${why}. Make it a folder that this process may write to, or set BOUGH_DATA_DIR to another one.`,
    {
      cause: error,
    },
  );
}

async function startCluster(
  dataDir: string,
  lock: FolderLock,
  { log, startTimeoutMs = START_MS, durable = true, sharedFolder = SHARED_FOLDER }: EmbeddedPostgresOptions,
): Promise<{ cluster: Cluster; server: Server }> {
  const place = clusterPlace(dataDir, sharedFolder, lentAccount(), log);
  const binaries = findBinaries(place.account, () =>
    place.account === null ? ownFolder(join(dataDir, 'programs')) : openSharedFolder(sharedFolder),
  );
  lock.assertHeld();
  const cluster = await prepareCluster(dataDir, binaries, place);
  await clearFormerPostmaster(cluster.data, log);
  return { cluster, server: await startServer(cluster, binaries.postgres, { log, startTimeoutMs, durable }) };
}

function ownFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

/** The password follows from the owner's, so that a data folder needs no second file, and a restored one fits. */
function applicationUrl(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  url.password = createHmac('sha256', url.password).update('the application role').digest('hex');
  url.username = APPLICATION_ROLE;
  return url.href;
}

async function openDatabase({ password }: Cluster, port: number): Promise<string> {
  const client = new pg.Client({ connectionString: urlOf(port, password, 'postgres') });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = 'bough'");
    if (rowCount === 0) await client.query('CREATE DATABASE bough');
  } finally {
    await client.end();
  }
  return urlOf(port, password, 'bough');
}
