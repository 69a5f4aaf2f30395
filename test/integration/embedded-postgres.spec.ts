import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/postgres/embedded-postgres.js';
import { canEnter } from '../../src/platform/postgres/account.js';
import { isAlive } from '../../src/platform/postgres/process-table.js';
import { eventually } from '../support/gateway.js';

describe('the embedded PostgreSQL', () => {
  let dataDir: string;
  const log: string[] = [];
  const running: EmbeddedPostgres[] = [];
  const programs: ChildProcess[] = [];
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'bough-embedded-'));
    chmodSync(dataDir, 0o755);
    log.length = 0;
  });
  afterEach(async () => {
    for (const child of programs.splice(0)) child.kill('SIGKILL');
    for (const postgres of running.splice(0)) await postgres.stop();
    const elsewhere = join(dataDir, 'postgres.location');
    if (existsSync(elsewhere))
      rmSync(join('/var/lib/bough', readFileSync(elsewhere, 'utf8').trim()), { recursive: true, force: true });
    rmSync(dataDir, { recursive: true, force: true });
  });

  const start = async (folder = dataDir, durable = false) => {
    const postgres = await startEmbeddedPostgres({ dataDir: folder, log: line => log.push(line), durable });
    running.push(postgres);
    return postgres;
  };
  const query = async (url: string, text: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  const stop = async (postgres: EmbeddedPostgres) => {
    running.splice(running.indexOf(postgres), 1);
    await postgres.stop();
  };

  it('keeps its data over a stop, with the same password and no trust', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)');
    await stop(first);
    expect(isAlive(first.pid)).toBe(false);

    const second = await start();
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    const stranger = new URL(second.url);
    stranger.password = 'wrong';
    await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  it('starts again after its postmaster was killed', async () => {
    const first = await start(dataDir, true);
    await query(first.url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)');
    process.kill(first.pid, 'SIGKILL');
    await eventually(() => !isAlive(first.pid), 'it is gone');
    await stop(first);
    const second = await start();
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  });

  it('starts over a stale pid file whose number belongs to somebody else', async () => {
    await stop(await start());
    const pidFile = join(dataDir, 'postgres', 'data', 'postmaster.pid');
    writeFileSync(pidFile, `${process.pid}\n${join(dataDir, 'postgres', 'data')}\n0\n5432\n\n127.0.0.1\n`);
    const second = await start();
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(isAlive(process.pid)).toBe(true);
  });

  it('refuses a second program on the same folder, and names the first', async () => {
    await start();
    await expect(startEmbeddedPostgres({ dataDir, log: () => undefined })).rejects.toThrow(
      `Another Bough (process ${process.pid}) is using ${dataDir}`,
    );
  });

  it('makes the cluster anew when an earlier initdb was interrupted', async () => {
    mkdirSync(join(dataDir, 'postgres', 'data'), { recursive: true });
    writeFileSync(join(dataDir, 'postgres', 'data', 'PG_VERSION'), '18\n');
    const postgres = await start();
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('stays on loopback', async () => {
    const postgres = await start();
    expect(await query(postgres.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(await query(postgres.url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  });

  /** A program of its own that starts PostgreSQL, says so, and waits. */
  const program = async (
    folder: string,
    options: { uid?: number; gid?: number } = {},
  ): Promise<[ChildProcess, string]> => {
    const built = join(__dirname, '..', '..', 'dist', 'platform', 'postgres', 'embedded-postgres.js');
    const script = `import(${JSON.stringify(built)}).then(m => m.startEmbeddedPostgres({ dataDir: ${JSON.stringify(folder)}, log: console.error, durable: false }))
      .then(p => console.log(JSON.stringify({ url: p.url, pid: p.pid })), e => { console.log(JSON.stringify({ error: e.message })); });
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      ...options,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    programs.push(child);
    const [line] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer];
    return [child, line.toString()];
  };

  it('takes over from a program that was killed while its PostgreSQL lived on', async () => {
    const [child, said] = await program(dataDir);
    const { url, pid } = JSON.parse(said) as { url: string; pid: number };
    await query(url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (9)');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(pid)).toBe(true);

    const second = await start();
    expect(isAlive(pid)).toBe(false);
    expect(log.join('\n')).toContain(`process ${pid}`);
    expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 9 }]);
  }, 30_000);

  const asRoot = process.getuid?.() === 0;
  const nobody = { uid: 65_534, gid: 65_534 };
  // Below a private home an ordinary user cannot even read the program that should start.
  const forOthers = asRoot && canEnter(join(__dirname, '..', '..'), nobody);

  (asRoot ? it : it.skip)(
    `works below a private folder for root${asRoot ? '' : ' (skipped: this run is not root)'}`,
    async () => {
      chmodSync(dataDir, 0o700);
      const first = await start(join(dataDir, 'deep', 'folder'));
      await query(first.url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (3)');
      await stop(first);
      const second = await start(join(dataDir, 'deep', 'folder'));
      expect(await query(second.url, 'SELECT n FROM kept')).toEqual([{ n: 3 }]);
      const location = readFileSync(join(dataDir, 'deep', 'folder', 'postgres.location'), 'utf8').trim();
      await stop(second);
      rmSync(join('/var/lib/bough', location), { recursive: true, force: true });
    },
  );

  (forOthers ? it : it.skip)(
    `works for an ordinary user${forOthers ? '' : ' (skipped: needs root and a checkout that others can read)'}`,
    async () => {
      chmodSync(dataDir, 0o777);
      const [child, said] = await program(join(dataDir, 'own'), nobody);
      const { url, pid, error } = JSON.parse(said) as { url: string; pid: number; error?: string };
      expect(error).toBeUndefined();
      expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
      child.kill('SIGKILL');
      process.kill(pid, 'SIGINT');
      await eventually(() => !isAlive(pid), 'PostgreSQL is gone');
    },
    30_000,
  );
});
