import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from '../../src/generated/prisma/client.js';
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
  const apply = () => applyMigrations({ url: database.url, directory, log: () => undefined });
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

  it('are taken back whole when one fails, and say so at this start and the next', async () => {
    write('1_first', 'CREATE TABLE a (id int); SELECT nonsense FROM nowhere');
    await expect(apply()).rejects.toThrow(/^The migration 1_first failed and was taken back: /);
    expect(await query("SELECT 1 FROM pg_tables WHERE tablename = 'a'")).toEqual([]);
    await expect(apply()).rejects.toThrow(/^The migration 1_first failed earlier/);
  });

  it('stop the start of a program that is older than its database', async () => {
    write('1_first', 'CREATE TABLE a (id int)');
    await apply();
    rmSync(join(directory, '1_first'), { recursive: true });
    await expect(apply()).rejects.toThrow(/which this version does not know/);
  });

  it('name the database that cannot be reached, never its password', async () => {
    const url = 'postgresql://somebody:hunter2@127.0.0.1:1/there';
    const failed = applyMigrations({ url, directory, log: () => undefined });
    await expect(failed).rejects.toThrow(/^The database 127\.0\.0\.1:1\/there cannot be reached/);
    await expect(failed).rejects.not.toThrow(/hunter2/);
  });
});

describe('the schema that the migrations make', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is the one that Prisma was generated for, column by column', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{
      table_name: string;
      column_name: string;
      is_nullable: string;
      data_type: string;
    }>(
      "SELECT table_name, column_name, is_nullable, data_type FROM information_schema.columns WHERE table_schema = 'public'",
    );
    await client.end();
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) });
    for (const name of Object.values(Prisma.ModelName)) {
      // Every column is read, so a missing or a mistyped one fails here.
      const delegate = prisma[`${name.charAt(0).toLowerCase()}${name.slice(1)}` as 'model'] as {
        findMany(): Promise<unknown[]>;
      };
      expect(await delegate.findMany()).toEqual([]);
    }
    await prisma.$disconnect();
    const tables = new Set(rows.map(row => row.table_name).filter(table => table !== '_prisma_migrations'));
    expect(tables.size).toBe(Object.values(Prisma.ModelName).length);
  });
});
