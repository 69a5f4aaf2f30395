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
  /** milliseconds to wait for another program's migrations; a minute unless given */
  readonly lockWaitMs?: number;
  /** what else only one program may do at a time, once the schema is there */
  readonly afterwards?: (client: pg.Client) => Promise<void>;
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
 * @throws {Error} with a sentence for the operator: unreachable, busy, edited, failed, or newer than the program
 */
export async function applyMigrations(options: MigrationOptions): Promise<string[]> {
  const migrations = await readMigrations(options.directory);
  const client = await connect(options.url);
  try {
    await lock(client, options.lockWaitMs ?? LOCK_WAIT_MS);
    await client.query(BOOKKEEPING);
    const applied = await readApplied(client);
    check(migrations, applied);
    const pending = migrations.filter(({ name }) => !applied.has(name));
    for (const migration of pending) await apply(client, migration, options.log);
    await options.afterwards?.(client);
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
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const names = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
    return await Promise.all(names.toSorted().map(name => readMigration(directory, name)));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The migrations in ${directory} cannot be read: ${why}`, { cause: error });
  }
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const bytes = await readFile(join(directory, name, 'migration.sql'));
  return { name, sql: bytes.toString('utf8'), checksum: createHash('sha256').update(bytes).digest('hex') };
}

async function connect(url: string): Promise<pg.Client> {
  const client = clientFor(url);
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    const { host, port, database = '' } = client;
    const why = error instanceof Error && error.message !== '' ? error.message : codeOf(error);
    throw new Error(`The database ${host}:${port}/${database} cannot be reached: ${why}`, { cause: error });
  }
}

/** Without a cause: Node's error about a malformed URL carries the URL, and in it the password. */
function clientFor(url: string): pg.Client {
  try {
    return new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  } catch {
    throw new Error('The URL of the database is malformed, or a file that it names cannot be read.');
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown reason';
}

/** Waits for its turn by asking: a blocked query would hold the connection beyond any bound of ours. */
async function lock(client: pg.Client, waitMs: number): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [LOCK_ID]);
    if (rows[0]?.locked === true) return;
    if (performance.now() > deadline) {
      throw new Error(
        `Another program has been migrating this database for ${waitMs / 1000} s. Start again when it is done.`,
      );
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
        `The migration ${name} failed earlier and may have left traces. Repair the database, delete the migration's row ` +
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

/** The state of a statement that PostgreSQL runs outside of transactions only, such as CREATE INDEX CONCURRENTLY. */
const NO_TRANSACTION_ALLOWED = '25001';

/**
 * All of a migration or none of it, with its row: a program that is killed midway leaves nothing, and the next start does
 * it again. One that fails by itself leaves a row that says so, because it would only fail again.
 */
async function apply(client: pg.Client, migration: Migration, log: (line: string) => void): Promise<void> {
  const { name } = migration;
  try {
    await client.query('BEGIN');
    await begin(client, migration);
    await client.query(migration.sql);
    await finish(client, migration);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (codeOf(error) === NO_TRANSACTION_ALLOWED) await applyBare(client, migration);
    else throw await failed(client, migration, 'failed and was taken back', error);
  }
  log(`migration ${name} applied`);
}

/** For a migration of one statement that allows no transaction: its row comes first, so that a kill is noticed. */
async function applyBare(client: pg.Client, migration: Migration): Promise<void> {
  await begin(client, migration);
  try {
    await client.query(migration.sql);
  } catch (error) {
    throw await failed(client, migration, 'failed, outside of a transaction, and may have left traces', error);
  }
  await finish(client, migration);
}

async function begin(client: pg.Client, { name, checksum }: Migration): Promise<void> {
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    randomUUID(),
    checksum,
    name,
  ]);
}

async function finish(client: pg.Client, { name }: Migration): Promise<void> {
  await client.query(
    'UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 ' +
      'WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL',
    [name],
  );
}

/** Leaves word of the failure in the database, as far as it can still be reached. */
async function failed(client: pg.Client, migration: Migration, how: string, error: unknown): Promise<Error> {
  const { name } = migration;
  const why = error instanceof Error ? error.message : String(error);
  const noted = await client
    .query(
      'UPDATE _prisma_migrations SET logs = $2 ' +
        'WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL',
      [name, why],
    )
    .catch(() => null);
  if (noted?.rowCount === 0) {
    await client
      .query('INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ($1, $2, $3, $4)', [
        randomUUID(),
        migration.checksum,
        name,
        why,
      ])
      .catch(() => undefined);
  }
  return new Error(`The migration ${name} ${how}: ${why}`, { cause: error });
}
