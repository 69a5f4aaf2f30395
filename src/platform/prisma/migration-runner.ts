import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** The advisory lock that Prisma Migrate takes too: the two never run at once. */
const LOCK_ID = 72_707_369;
const LOCK_WAIT_MS = 60_000;
const LOCK_POLL_MS = 100;
const CONNECT_MS = 10_000;

export interface MigrationOptions {
  readonly url: string;
  /** the folder that holds a folder for each migration */
  readonly directory: string;
  readonly log: (line: string) => void;
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal, as Prisma writes it */
  readonly checksum: string;
}

interface AppliedRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/**
 * Brings a database to the program's schema. Forward only, one program at a time, with Prisma's own bookkeeping, so that
 * `prisma migrate deploy` finds nothing to do afterwards.
 * @returns the names of the migrations that were applied
 * @throws {Error} with a sentence for the operator: unreachable, edited, failed, or newer than the program
 */
export async function applyMigrations(options: MigrationOptions): Promise<string[]> {
  const migrations = await readMigrations(options.directory);
  const client = await connect(options.url);
  try {
    await lock(client);
    await client.query(BOOKKEEPING);
    const applied = await readApplied(client);
    check(migrations, applied);
    const pending = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of pending) await apply(client, migration, options.log);
    return pending.map(({ name }) => name);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

async function readMigrations(directory: string): Promise<Migration[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
  return Promise.all(
    names.toSorted().map(async name => {
      const bytes = await readFile(join(directory, name, 'migration.sql'));
      return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
}

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const { host, pathname } = new URL(url);
    const why = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
    throw new Error(`The database ${host}${pathname} cannot be reached: ${why}`, { cause: error });
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown reason';
}

/** Waits for its turn by asking: a blocked query would hold the connection beyond any bound of ours. */
async function lock(client: pg.Client): Promise<void> {
  const deadline = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCK_ID]);
    if (rows[0]?.locked === true) return;
    if (performance.now() > deadline) {
      throw new Error('Another program has been migrating this database for a minute. Start again when it is done.');
    }
    await new Promise(resolve => setTimeout(resolve, LOCK_POLL_MS));
  }
}

async function readApplied(client: pg.Client): Promise<Map<string, AppliedRow>> {
  const { rows } = await client.query<AppliedRow>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  return new Map(rows.map(row => [row.migration_name, row]));
}

function check(migrations: readonly Migration[], applied: ReadonlyMap<string, AppliedRow>): void {
  const known = new Map(migrations.map(migration => [migration.name, migration]));
  for (const [name, row] of applied) {
    const migration = known.get(name);
    if (migration === undefined) {
      throw new Error(
        `The database has the migration ${name}, which this version does not know. Start a newer version.`,
      );
    }
    if (row.finished_at === null) {
      throw new Error(
        `The migration ${name} failed earlier and may have left traces. Mend the database, delete the migration's row ` +
          'from _prisma_migrations, and start again.',
      );
    }
    if (row.checksum !== migration.checksum) {
      throw new Error(
        `The migration ${name} was edited after it was applied. Restore its file; changes need a new one.`,
      );
    }
  }
}

/** All of a migration or none of it. */
async function apply(client: pg.Client, migration: Migration, log: (line: string) => void): Promise<void> {
  const { name, sql, checksum } = migration;
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    checksum,
    name,
  ]);
  try {
    await client.query('BEGIN');
    await client.query(sql);
    await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [
      id,
    ]);
    await client.query('COMMIT');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await client.query('ROLLBACK').catch(() => undefined);
    await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, why]).catch(() => undefined);
    throw new Error(`The migration ${name} failed and was taken back: ${why}`, { cause: error });
  }
  log(`migration ${name} applied`);
}
