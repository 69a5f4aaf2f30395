import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, canEnter } from './account.js';
import type { Binaries } from './binaries.js';
import { commandOf, waitUntilGone } from './process-table.js';
import { sharedFolder } from './shared-folder.js';

const INITDB_MS = 120_000;
const STOP_MS = 10_000;
const MARKER = 'initialized';

/** A cluster on disk: `data` is PostgreSQL's own folder, the rest is ours. */
export interface Cluster {
  readonly folder: string;
  readonly data: string;
  readonly password: string;
}

/**
 * Finds or makes the cluster of a data folder. Where the account cannot reach the data folder, as under a private home,
 * the cluster lies in a folder of its own elsewhere, and the data folder says where.
 * @throws {Error} when initdb fails, with what it said
 */
export async function prepareCluster(dataDir: string, binaries: Binaries, account: Account | null): Promise<Cluster> {
  const password = readOrMake(join(dataDir, 'postgres.password'), () => randomBytes(24).toString('hex'));
  const folder = clusterFolder(dataDir, account);
  const cluster = { folder, data: join(folder, 'data'), password };
  // Only a cluster that was finished is one: an initdb that was interrupted leaves no marker, and nothing of worth.
  if (!existsSync(join(folder, MARKER))) {
    rmSync(cluster.data, { recursive: true, force: true });
    await initialize(cluster, binaries, account);
    writeFileSync(join(folder, MARKER), `${new Date().toISOString()}\n`);
  }
  return cluster;
}

function readOrMake(path: string, make: () => string): string {
  if (!existsSync(path)) writeFileSync(path, `${make()}\n`, { mode: 0o600 });
  return readFileSync(path, 'utf8').trim();
}

function clusterFolder(dataDir: string, account: Account | null): string {
  const near = join(dataDir, 'postgres');
  if (existsSync(join(near, MARKER)) || canEnter(dataDir, account)) return makeFolder(near, account);
  const id = readOrMake(join(dataDir, 'postgres.location'), () => `cluster-${randomBytes(8).toString('hex')}`);
  return makeFolder(join(sharedFolder(), id), account);
}

function makeFolder(folder: string, account: Account | null): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account !== null) chownSync(folder, account.uid, account.gid);
  chmodSync(folder, 0o700);
  return folder;
}

async function initialize(
  { folder, data, password }: Cluster,
  { initdb }: Binaries,
  account: Account | null,
): Promise<void> {
  const passwordFile = join(folder, 'password.tmp');
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== null) chownSync(passwordFile, account.uid, account.gid);
  const options = [
    '-D',
    data,
    '-U',
    'bough',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C',
  ];
  try {
    await run(initdb, options, account);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function run(program: string, args: string[], account: Account | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(account ?? {}),
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: INITDB_MS,
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve();
      else reject(new Error(`PostgreSQL's initdb failed:\n${said.trim()}`));
    });
  });
}

/**
 * Clears the way for a start: stops a postmaster that outlived its Bough (we hold the folder's lock, so nobody needs it),
 * and removes the trace of one that is gone, whose number may belong to another process by now.
 */
export async function clearFormerPostmaster({ data }: Cluster, log: (line: string) => void): Promise<void> {
  const pidFile = join(data, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const command = Number.isInteger(pid) && pid > 0 ? commandOf(pid) : null;
  if (command !== null && command.includes(data)) {
    log(`stopping the PostgreSQL (process ${pid}) that outlived an earlier start`);
    await stopPostmaster(pid);
  }
  rmSync(pidFile, { force: true });
}

/** Fast shutdown, then an immediate one, then none at all. The write-ahead log makes each of them safe. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await waitUntilGone(pid, STOP_MS)) return;
  }
}
