import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/postgres/embedded-postgres.js';
import { stopPostmaster } from '../../src/platform/postgres/postmaster.js';
import { Checkout, killPrograms, said } from './checkout.js';

/** Runs statements in a connection of their own; the rows of the last. */
export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** Leaves a number in the database, to be found again by `kept`. */
export async function keep({ url }: { url: string }, n: number): Promise<void> {
  await query(url, `CREATE TABLE kept (n int); INSERT INTO kept VALUES (${n})`);
}

export async function kept({ url }: { url: string }): Promise<unknown> {
  return (await query(url, 'SELECT n FROM kept'))[0]?.['n'];
}

/** Looks until it is so. Here and not the gateway's, whose file brings the whole program with it: three seconds. */
export async function until(look: () => Promise<boolean> | boolean, what: string, withinMs = 10_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** Embedded PostgreSQLs of one spec, in this process and in programs of their own; nothing of them stays behind. */
export class EmbeddedServers {
  readonly log: string[] = [];
  /** one for each test, below a folder that everybody may enter */
  dataDir = '';
  /** what root shares lies there, not in /var/lib */
  sharedFolder = '';
  private base = '';
  private readonly running = new Set<EmbeddedPostgres>();
  /** PostgreSQLs of other programs, which outlive them */
  private readonly orphans = new Set<number>();

  constructor() {
    beforeAll(() => {
      this.base = realpathSync(mkdtempSync(join(tmpdir(), 'bough-embedded-')));
      chmodSync(this.base, 0o755);
    });
    beforeEach(() => this.prepare());
    afterEach(() => this.stopAll());
    afterAll(() => rmSync(this.base, { recursive: true, force: true, maxRetries: 5 }));
  }

  makeCheckout(): Checkout {
    return Checkout.make(join(this.base, 'checkout'));
  }

  async start(folder = this.dataDir, durable = false): Promise<EmbeddedPostgres> {
    const postgres = await startEmbeddedPostgres({
      dataDir: folder,
      log: line => this.log.push(line),
      durable,
      sharedFolder: this.sharedFolder,
      startTimeoutMs: 15_000,
    });
    this.running.add(postgres);
    return postgres;
  }

  /** @throws {Error} what the program said when its PostgreSQL did not start */
  async spawn(
    checkout: Checkout,
    folder: string,
    user: { uid?: number; gid?: number } = {},
    then = '',
  ): Promise<{ child: ChildProcess; url: string; pid: number }> {
    const child = checkout.spawn(folder, user, { sharedFolder: this.sharedFolder }, then);
    const words = await said(child);
    if (words.error !== undefined) throw new Error(words.error);
    this.orphans.add(words.pid);
    return { child, url: words.url, pid: words.pid };
  }

  private prepare(): void {
    const folder = mkdtempSync(join(this.base, 'case-'));
    chmodSync(folder, 0o755);
    this.dataDir = join(folder, 'data');
    mkdirSync(this.dataDir, { mode: 0o755 });
    this.sharedFolder = join(folder, 'shared');
    this.log.length = 0;
  }

  private async stopAll(): Promise<void> {
    await killPrograms();
    for (const postgres of this.running) await postgres.stop();
    this.running.clear();
    for (const pid of this.orphans) await stopPostmaster(pid);
    this.orphans.clear();
  }
}
