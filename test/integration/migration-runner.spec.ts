import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import pg from 'pg';
import { applyMigrations } from '../../src/platform/prisma/migration-runner.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

describe('the migrations', () => {
  let directory: string;
  let database: TestDatabase;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bough-migrations-'));
    database = await createTestDatabase({ empty: true });
  });
  afterEach(async () => {
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  const write = (name: string, sql: string) => {
    mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, name, 'migration.sql'), sql);
  };
  const apply = (options: { lockWaitMs?: number } = {}) =>
    applyMigrations({ url: database.url, directory, log: () => undefined, ...options });
  const query = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };

  it('are applied once, in the order of their names', async () => {
    write('2_second', 'ALTER TABLE a ADD COLUMN n int');
    write('1_first', 'CREATE TABLE a (id int)');
    expect(await apply()).toEqual(['1_first', '2_second']);
    expect(await apply()).toEqual([]);
  });

  it('are applied once by programs that start together', async () => {
    write('1_first', 'CREATE TABLE a (id int)');
    const applied = await Promise.all([apply(), apply(), apply(), apply()]);
    expect(applied.flat()).toEqual(['1_first']);
  });

  it('stop the start when one was edited', async () => {
    write('1_first', 'CREATE TABLE a (id int)');
    await apply();
    write('1_first', 'CREATE TABLE a (id bigint)');
    await expect(apply()).rejects.toThrow(/^The migration 1_first was edited after it was applied\./);
  });

  it('are taken back whole when one fails, and say so at this start and what to do at the next', async () => {
    write('1_first', 'CREATE TABLE a (id int); SELECT nonsense FROM nowhere');
    await expect(apply()).rejects.toThrow(/^The migration 1_first failed and was taken back: /);
    expect(await query("SELECT 1 FROM pg_tables WHERE tablename = 'a'")).toEqual([]);
    await expect(apply()).rejects.toThrow(/^The migration 1_first failed earlier.*delete the migration's row/);
    expect(await query("SELECT migration_name FROM _prisma_migrations WHERE logs LIKE '%nowhere%'")).toEqual([
      { migration_name: '1_first' },
    ]);
    await query('DELETE FROM _prisma_migrations');
    write('1_first', 'CREATE TABLE a (id int)');
    expect(await apply()).toEqual(['1_first']);
  });

  it('leave nothing when the program ends midway, so that the next start does them again', async () => {
    write('1_first', 'CREATE TABLE a (id int); SELECT pg_terminate_backend(pg_backend_pid())');
    await expect(apply()).rejects.toThrow(/^The migration 1_first failed/);
    expect(await query('SELECT * FROM _prisma_migrations')).toEqual([]);
    write('1_first', 'CREATE TABLE a (id int)');
    expect(await apply()).toEqual(['1_first']);
  });

  it('may be a statement that allows no transaction', async () => {
    write('1_first', 'CREATE TABLE a (id int)');
    write('2_index', 'CREATE INDEX CONCURRENTLY a_id ON a (id)');
    expect(await apply()).toEqual(['1_first', '2_index']);
    expect(await apply()).toEqual([]);
    write('3_index', 'CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id)');
    await expect(apply()).rejects.toThrow(/^The migration 3_index failed, outside of a transaction, and may have left/);
    await expect(apply()).rejects.toThrow(/^The migration 3_index failed earlier/);
  });

  it('keep the books as Prisma does', async () => {
    write('1_first', 'CREATE TABLE a (id int)');
    await apply();
    const checksum = createHash('sha256').update('CREATE TABLE a (id int)').digest('hex');
    const done = 'finished_at IS NOT NULL AND rolled_back_at IS NULL AND logs IS NULL AS done';
    expect(
      await query(`SELECT migration_name, checksum, applied_steps_count, ${done} FROM _prisma_migrations`),
    ).toEqual([{ migration_name: '1_first', checksum, applied_steps_count: 1, done: true }]);
  });

  it('wait for another program no longer than they are told, and say so', async () => {
    const other = new pg.Client({ connectionString: database.url });
    await other.connect();
    try {
      await other.query('SELECT pg_advisory_lock(72707369)');
      await expect(apply({ lockWaitMs: 50 })).rejects.toThrow(/^Another program has been migrating this database/);
    } finally {
      await other.end();
    }
  });

  it('stop the start of a program that is older than its database', async () => {
    write('1_first', 'CREATE TABLE a (id int)');
    await apply();
    rmSync(join(directory, '1_first'), { recursive: true });
    await expect(apply()).rejects.toThrow(/which this version does not know/);
  });

  it('name the database that cannot be reached, never its password', async () => {
    const at = (url: string) =>
      applyMigrations({ url, directory, log: () => undefined }).then(
        () => 'applied',
        (error: unknown) => ({ text: String(error), whole: inspect(error, { depth: 9 }) }),
      );
    expect(await at('postgresql://somebody:hunter2@127.0.0.1:1/there')).toEqual({
      text: expect.stringMatching(/^Error: The database 127\.0\.0\.1:1\/there cannot be reached/),
      whole: expect.not.stringContaining('hunter2'),
    });
    expect(await at('postgresql://somebody:hunter2@127.0.0.1:port/there')).toEqual({
      text: expect.stringContaining('The URL of the database is malformed'),
      whole: expect.not.stringContaining('hunter2'),
    });
    const wrong = new URL(database.url);
    wrong.password = 'hunter2';
    expect(await at(wrong.href)).toEqual({
      text: expect.stringContaining('password authentication failed'),
      whole: expect.not.stringContaining('hunter2'),
    });
  });

  it('name the folder that they cannot be read from', async () => {
    mkdirSync(join(directory, '1_empty'));
    await expect(apply()).rejects.toThrow(/^The migrations in .* cannot be read: .*1_empty/);
  });
});
