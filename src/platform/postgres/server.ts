import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import { CHILD_ENVIRONMENT } from './child-environment.js';
import type { Cluster } from './cluster.js';
import { readPostmasterFile, signalFastShutdown, stopPostmaster } from './postmaster.js';

const POLL_MS = 25;
const CONNECT_MS = 2_000;
const PORT_ATTEMPTS = 3;
const LINES_KEPT = 20;
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

export interface ServerOptions {
  readonly log: (line: string) => void;
  /** milliseconds from the launch to the first answer */
  readonly startTimeoutMs: number;
  readonly durable: boolean;
}

export interface Server {
  readonly port: number;
  readonly pid: number;
  /** Fast shutdown, harder when that takes too long. A second call waits for the first. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL on a free loopback port and waits until it answers.
 * @throws {Error} with PostgreSQL's own last words when it does not start
 */
export async function startServer(cluster: Cluster, program: string, options: ServerOptions): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const launched = new Launched(cluster, program, port, options);
    try {
      await launched.untilReady(cluster, options.startTimeoutMs);
      return launched;
    } catch (error) {
      await launched.stop();
      // Somebody may have taken the port between our look and PostgreSQL's.
      if (attempt === PORT_ATTEMPTS || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

/** postgresql:// URL with the password: never logged. */
export function urlOf(port: number, password: string, database: string): string {
  return `postgresql://bough:${password}@127.0.0.1:${port}/${database}`;
}

class Launched implements Server {
  private readonly child: ChildProcess;
  private readonly last: string[] = [];
  private ended = false;
  private stopped: Promise<void> | null = null;

  constructor(
    { data, account }: Cluster,
    program: string,
    readonly port: number,
    private readonly options: ServerOptions,
  ) {
    const settings = { ...SETTINGS, ...(options.durable ? {} : NOT_DURABLE), port: String(port) };
    const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    // A group of its own: Ctrl-C in a terminal is for Bough, which stops PostgreSQL last, not for both at once.
    this.child = spawn(program, args, {
      ...(account ?? {}),
      env: CHILD_ENVIRONMENT,
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child.stderr?.on('data', (chunk: Buffer) => this.hear(chunk.toString()));
    this.child.on('error', error => {
      this.ended = true;
      this.last.push(error.message);
    });
    process.once('exit', this.endWithUs);
    this.child.on('exit', (code, signal) => {
      this.ended = true;
      process.off('exit', this.endWithUs);
      if (this.stopped === null) options.log(`PostgreSQL ended by itself (${signal ?? code})`);
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  stop(): Promise<void> {
    this.stopped ??= this.ended || this.pid === 0 ? Promise.resolve() : stopPostmaster(this.pid);
    return this.stopped;
  }

  /**
   * Nobody is asked before PostgreSQL itself says that it listens: what else answers on that port is not told a
   * password. Then ready is who answers a query.
   */
  async untilReady(cluster: Cluster, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (performance.now() < deadline && !this.ended) {
      const file = readPostmasterFile(cluster.data);
      if (file?.ready === true && file.pid === this.pid && (await answers(cluster, this.port))) return;
      await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
    throw new Error(`PostgreSQL did not start${this.ended ? '' : ' in time'}:\n${this.last.join('\n')}`);
  }

  /** However this process ends, short of a kill: PostgreSQL, in a group of its own, would go on without it. */
  private readonly endWithUs = (): void => {
    if (!this.ended && this.pid !== 0) signalFastShutdown(this.pid);
  };

  private hear(text: string): void {
    for (const line of text.split('\n').filter(said => said.trim() !== '')) {
      this.last.push(line);
      this.last.splice(0, this.last.length - LINES_KEPT);
      if (/ (FATAL|PANIC): /.test(line) && this.stopped === null) this.options.log(`PostgreSQL: ${line}`);
    }
  }
}

async function answers({ password, passwordFile }: Cluster, port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: urlOf(port, password, 'postgres'),
    connectionTimeoutMillis: CONNECT_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch (error) {
    // invalid_password: asking again would not help.
    if ((error as { code?: unknown }).code !== '28P01') return false;
    throw new Error(`The password in ${passwordFile} is not the database's. Restore the file from a backup.`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
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
