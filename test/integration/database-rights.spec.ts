import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ownsTables, prepareApplicationRole } from '../../src/platform/prisma/application-role.js';
import { applyMigrations } from '../../src/platform/prisma/migration-runner.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const MIGRATIONS = join(__dirname, '..', '..', 'prisma', 'migrations');
const APPEND_ONLY = [
  ...['audit_entries', 'credit_entries', 'model_prices', 'price_corrections', 'usage_adjustments', 'usage_records'],
];
const DENIED = /permission denied|must be owner/;

describe('the rights in the database', () => {
  let database: TestDatabase;
  let owner: pg.Client;
  let application: pg.Client;
  const connect = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    owner = await connect(database.url);
    application = await connect(database.applicationUrl);
    await application.query("SELECT bough_add_ledger_day('2026-10-10'), bough_add_ledger_day('2026-10-11')");
  });
  afterAll(async () => {
    await application.end();
    await owner.end();
    await database.drop();
  });

  const tables = async (where = 'true') => {
    const { rows } = await owner.query<{ name: string; append_only: boolean }>(`
      SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
        AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relname <> '_prisma_migrations' AND ${where} ORDER BY 1`);
    return rows.map(({ name }) => name);
  };
  const partitions = async () => {
    const { rows } = await owner.query<{ name: string }>(
      "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'usage_records'::regclass ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  };
  const firstColumn = async (table: string) => {
    const { rows } = await owner.query<{ name: string }>(
      `SELECT attname::text AS name FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum = 1`,
    );
    return rows[0]?.name ?? '';
  };

  it('know these tables as append-only', async () => {
    const triggered = `EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = c.oid AND p.proname = 'refuse_rewriting')`;
    expect(await tables(triggered)).toEqual(APPEND_ONLY);
  });

  it.each(APPEND_ONLY)(
    'let the application read and add to %s, and neither rewrite, empty nor disarm it',
    async table => {
      const column = await firstColumn(table);
      await expect(application.query(`SELECT * FROM ${table}`)).resolves.toBeDefined();
      await expect(application.query(`INSERT INTO ${table} SELECT * FROM ${table}`)).resolves.toBeDefined();
      for (const statement of [
        `UPDATE ${table} SET ${column} = ${column}`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table} CASCADE`,
        `ALTER TABLE ${table} DISABLE TRIGGER ALL`,
        `DROP TRIGGER ${table}_append_only ON ${table}`,
        `DROP TABLE ${table} CASCADE`,
        `CREATE RULE r AS ON INSERT TO ${table} DO INSTEAD NOTHING`,
      ]) {
        await expect(application.query(statement)).rejects.toThrow(DENIED);
      }
    },
  );

  it('let the application change rows of every other table, and empty none', async () => {
    const others = (await tables()).filter(table => !APPEND_ONLY.includes(table));
    expect(others.length).toBeGreaterThan(15);
    for (const table of others) {
      const column = await firstColumn(table);
      await application.query(`UPDATE ${table} SET ${column} = ${column} WHERE false`);
      await application.query(`DELETE FROM ${table} WHERE false`);
      await expect(application.query(`TRUNCATE ${table} CASCADE`)).rejects.toThrow(DENIED);
    }
  });

  it.each([
    'CREATE TABLE public.of_mine (n int)',
    'DROP TABLE usage_records_20261010',
    'DELETE FROM usage_records_20261010',
    'TRUNCATE usage_records_20261010',
    'ALTER TABLE usage_records DETACH PARTITION usage_records_20261010',
    "SET session_replication_role = 'replica'",
    'CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
    "CREATE OR REPLACE FUNCTION bough_retention_days() RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT 0'",
    "INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('1', '2', '3')",
  ])('keep the application from: %s', async statement => {
    await expect(application.query(statement)).rejects.toThrow(DENIED);
  });

  it('let the application drop days of the ledger that are past their time, and no others', async () => {
    await prepareApplicationRole(owner, { url: database.applicationUrl, retentionDays: 36_500 });
    await application.query("SELECT bough_drop_ledger_days('2026-10-11', 100)");
    expect(await partitions()).toEqual(['usage_records_20261010', 'usage_records_20261011']);
    await prepareApplicationRole(owner, { url: database.applicationUrl, retentionDays: 1 });
    await application.query("SELECT bough_drop_ledger_days('2026-10-11', 100)");
    expect(await partitions()).toEqual(['usage_records_20261011']);
  });

  it('lead the owner’s functions nowhere else by a temporary table', async () => {
    await application.query('CREATE TEMP TABLE usage_records (day date) PARTITION BY RANGE (day)');
    await application.query("SELECT bough_add_ledger_day('2026-10-12')");
    await application.query('DROP TABLE pg_temp.usage_records');
    expect(await partitions()).toContain('usage_records_20261012');
  });

  it.each(APPEND_ONLY)('let not even the owner rewrite a row of %s', async table => {
    const { rows } = await owner.query(
      `SELECT tgname FROM pg_trigger WHERE tgrelid = '${table}'::regclass AND tgname = '${table}_append_only' AND tgtype & 24 = 24`,
    );
    expect(rows).toHaveLength(1);
  });

  it('are told apart: who owns the tables, and who does not', async () => {
    expect([await ownsTables(database.url), await ownsTables(database.applicationUrl)]).toEqual([true, false]);
  });
});

describe('the application role', () => {
  let database: TestDatabase;
  let directory: string;
  const made: string[] = [];
  beforeEach(async () => {
    database = await createTestDatabase({ empty: true });
    directory = mkdtempSync(join(tmpdir(), 'bough-migrations-'));
    cpSync(MIGRATIONS, directory, { recursive: true });
  });
  afterEach(async () => {
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });
  afterAll(async () => {
    const last = await createTestDatabase({ empty: true });
    await ask(last.url, ...made.map(role => `DROP ROLE IF EXISTS ${role}`));
    await last.drop();
  });

  const ask = async (url: string, ...statements: string[]) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const urlFor = (role: string, password: string) => {
    made.push(role);
    const url = new URL(database.url);
    url.username = role;
    url.password = password;
    return url.href;
  };
  const migrate = (url: string, as = database.url) =>
    applyMigrations({
      url: as,
      directory,
      log: () => undefined,
      afterwards: client => prepareApplicationRole(client, { url, retentionDays: 400 }),
    });

  it('is made with the password of its URL, and programs that start together do not trip over it', async () => {
    const url = urlFor('bough_app_made', 'p%40ss%3A%2F%20%C3%BC');
    await Promise.all([migrate(url), migrate(url), migrate(url)]);
    await ask(url, 'SELECT * FROM models', "SELECT bough_add_ledger_day('2026-10-10')");
    await migrate(url);
  });

  it('is asked for in a sentence where nobody can make it', async () => {
    await ask(database.url, "CREATE ROLE bough_poor LOGIN PASSWORD 'x'", 'GRANT CREATE ON SCHEMA public TO bough_poor');
    const poor = urlFor('bough_poor', 'x');
    await expect(migrate(urlFor('bough_app_missing', 'x'), poor)).rejects.toThrow(
      /DATABASE_URL names the database user bough_app_missing, who does not exist/,
    );
    await expect(migrate(poor, poor)).rejects.toThrow(/name the same user/);
  });
});
