import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { resolve as resolvePath } from 'node:path';
import pg from 'pg';
import { type Account, lentAccount } from './account.js';
import { type Binaries, findBinaries } from './binaries.js';
import { type Cluster, clearFormerPostmaster, prepareCluster, stopPostmaster } from './cluster.js';
import { FolderLock } from './folder-lock.js';

const START_MS = 60_000;
const POLL_MS = 25;
const PORT_ATTEMPTS = 3;
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  log_min_messages: 'warning',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: (line: string) => void;
  /** false only where losing everything does not matter, as in tests */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres {
  /** of the database `bough`, with its password: never logged */
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts the real PostgreSQL of the npm package on a free loopback port, with its files under `dataDir`. Works as root
 * and as an ordinary user; survives a kill of itself and of its parent. Nothing is downloaded.
 * @throws {Error} with a sentence for the operator
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolvePath(options.dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = FolderLock.take(dataDir);
  try {
    const account = lentAccount();
    const binaries = findBinaries(account);
    const cluster = await prepareCluster(dataDir, binaries, account);
    await clearFormerPostmaster(cluster, options.log);
    const server = await startServer(cluster, binaries, account, options);
    const stop = async () => {
      await server.stop();
      lock.release();
    };
    try {
      return { url: await openDatabase(cluster, server.port), pid: server.pid, stop };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Server {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

async function startServer(
  cluster: Cluster,
  binaries: Binaries,
  account: Account | null,
  options: EmbeddedPostgresOptions,
): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const server = launch(cluster, binaries, account, port, options);
    try {
      await server.ready;
      return { port, pid: server.pid, stop: () => server.stop() };
    } catch (error) {
      await server.stop();
      // Somebody may have taken the port between our look and PostgreSQL's.
      if (attempt === PORT_ATTEMPTS || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

function launch(
  { data, password }: Cluster,
  { postgres }: Binaries,
  account: Account | null,
  port: number,
  { log, durable = true }: EmbeddedPostgresOptions,
) {
  const settings = { ...SETTINGS, ...(durable ? {} : NOT_DURABLE), port: String(port) };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  // A group of its own: Ctrl-C in a terminal is for Bough, which stops PostgreSQL last, not for both at once.
  const child = spawn(postgres, args, {
    ...(account ?? {}),
    cwd: '/',
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const last: string[] = [];
  let stopping = false;
  child.stderr?.on('data', (chunk: Buffer) => {
    for (const line of chunk
      .toString()
      .split('\n')
      .filter(text => text.trim() !== '')) {
      last.push(line);
      last.splice(0, last.length - 20);
      if (/ (FATAL|PANIC): /.test(line) && !stopping) log(`PostgreSQL: ${line}`);
    }
  });
  child.on('exit', code => {
    if (!stopping) log(`PostgreSQL ended by itself (${code})`);
  });
  child.on('error', () => undefined);
  return {
    pid: child.pid ?? 0,
    ready: untilReady(child, port, password, last),
    stop: async () => {
      stopping = true;
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        await stopPostmaster(child.pid);
    },
  };
}

/** Ready is who answers a query, whatever the log says. */
async function untilReady(child: ChildProcess, port: number, password: string, last: readonly string[]): Promise<void> {
  const state = { ended: false };
  child.on('exit', () => (state.ended = true));
  child.on('error', () => (state.ended = true));
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && !state.ended) {
    const client = new pg.Client({
      connectionString: urlOf(port, password, 'postgres'),
      connectionTimeoutMillis: 2_000,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return;
    } catch {
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  throw new Error(`PostgreSQL did not start${state.ended ? '' : ' in time'}:\n${last.join('\n')}`);
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

function urlOf(port: number, password: string, database: string): string {
  return `postgresql://bough:${password}@127.0.0.1:${port}/${database}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
