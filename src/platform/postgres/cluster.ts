import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fchownSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import { CHILD_ENVIRONMENT } from './child-environment.js';
import { type ClusterPlace, MARKER } from './cluster-folder.js';
import { readText, writeDurably } from './durable-file.js';
import { endInitdb } from './postmaster.js';

const INITDB_MS = 120_000;
/** Lies beside a cluster from before its initdb until after: what is there then is ours to delete. */
const UNFINISHED = 'initializing';
const RETRIES = 5;

/** A cluster on disk: `data` is PostgreSQL's own folder. */
export interface Cluster {
  readonly data: string;
  readonly password: string;
  /** where the password is kept, for messages */
  readonly passwordFile: string;
  readonly account: Account | null;
}

/**
 * Opens the cluster at a place, or makes it. What an interrupted initdb left is made anew; what it did not make is never
 * deleted.
 * @throws {Error} when initdb fails, with what it said; when there is a cluster that nobody finished for us
 */
export async function prepareCluster(dataDir: string, binaries: Binaries, place: ClusterPlace): Promise<Cluster> {
  const passwordFile = join(dataDir, 'postgres.password');
  const data = join(place.folder, 'data');
  const cluster = { data, password: readOrMakePassword(passwordFile), passwordFile, account: place.account };
  if (!existsSync(join(place.folder, MARKER))) {
    await removeUnfinished(place.folder, data);
    await initialize(place.folder, cluster, binaries);
    writeDurably(join(place.folder, MARKER), `${new Date().toISOString()}\n`);
  }
  rmSync(join(place.folder, UNFINISHED), { force: true });
  return cluster;
}

function readOrMakePassword(path: string): string {
  const kept = readText(path);
  if (kept !== null) return kept;
  const password = randomBytes(24).toString('hex');
  writeDurably(path, `${password}\n`);
  return password;
}

async function removeUnfinished(folder: string, data: string): Promise<void> {
  if (!existsSync(data)) return;
  if (!existsSync(join(folder, UNFINISHED)) && existsSync(join(data, 'global', 'pg_control'))) {
    throw new Error(
      `${data} holds a database that is not marked as finished, and it will not be deleted. Move it away, or, if it is ` +
        `complete, make the file ${join(folder, MARKER)}.`,
    );
  }
  // The initdb of a Bough that was killed may still be writing here.
  await endInitdb(data);
  rmSync(data, { recursive: true, force: true, maxRetries: RETRIES });
}

async function initialize(folder: string, { data, password, account }: Cluster, { initdb }: Binaries): Promise<void> {
  const passwordFile = join(folder, 'password.tmp');
  rmSync(passwordFile, { force: true });
  lendFile(passwordFile, password, account);
  writeDurably(join(folder, UNFINISHED), 'in progress\n');
  const options = ['-D', data, '-U', 'bough', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  try {
    await run(initdb, [...options, '-E', 'UTF8', '--locale=C'], account);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** A file that the account alone can read. Given away by its handle: a name could have become a link meanwhile. */
function lendFile(path: string, text: string, account: Account | null): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, text);
    if (account !== null) fchownSync(file, account.uid, account.gid);
  } finally {
    closeSync(file);
  }
}

function run(program: string, args: string[], account: Account | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(account ?? {}),
      env: CHILD_ENVIRONMENT,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: INITDB_MS,
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    child.on('error', error => reject(new Error(`PostgreSQL's initdb cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`PostgreSQL's initdb failed (${signal ?? code}):\n${said.trim()}`));
    });
  });
}
