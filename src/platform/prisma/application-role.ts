import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

export interface ApplicationRole {
  /** the URL that requests are served with; its user gets the rights */
  readonly url: string;
  /** how many whole UTC days of the ledger nobody but the owner may drop */
  readonly retentionDays: number;
}

const SCRAM_ITERATIONS = 4_096;
/** Tables that nobody writes to but the migrations. */
const BOOKKEEPING = '_prisma_migrations';

/**
 * Gives the role that requests are served with what it needs and no more: it may read and write rows, but of append-only
 * tables (those with the trigger `refuse_rewriting`) only read and add; it owns nothing, so it can neither empty a table nor
 * take a trigger away, and it makes and drops the ledger's partitions through two functions of the owner. A role that does not
 * exist is made, with the password of the URL, where the owner may do that.
 * @param owner a connection of the tables' owner that nobody else uses at the same time
 * @throws {Error} with a sentence for the operator: the role is missing and cannot be made
 */
export async function prepareApplicationRole(owner: pg.Client, { url, retentionDays }: ApplicationRole): Promise<void> {
  const { username, password } = new URL(url);
  const role = decodeURIComponent(username);
  await makeRole(owner, role, decodeURIComponent(password));
  const { rows } = await owner.query<{ name: string; append_only: boolean }>(TABLES, [BOOKKEEPING]);
  const name = pg.escapeIdentifier(role);
  const named = (appendOnly: boolean) => rows.filter(row => row.append_only === appendOnly).map(row => row.name);
  const [all, appended, others] = [rows.map(row => row.name), named(true), named(false)].map(names => names.join(', '));
  await owner.query(`
    BEGIN;
    CREATE OR REPLACE FUNCTION bough_retention_days() RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT ${Math.trunc(retentionDays)}';
    DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), ${pg.escapeLiteral(role)}); END $$;
    REVOKE ALL ON ${all} FROM ${name};
    GRANT SELECT, INSERT ON ${appended} TO ${name};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${others} TO ${name};
    GRANT SELECT ON ${BOOKKEEPING} TO ${name};
    GRANT EXECUTE ON FUNCTION bough_add_ledger_day(DATE), bough_drop_ledger_days(DATE, INTEGER) TO ${name};
    COMMIT`);
}

/** Partitions are reached through their parents. */
const TABLES = `
  SELECT c.oid::regclass::text AS name, EXISTS (
    SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgrelid = c.oid AND p.proname = 'refuse_rewriting') AS append_only
  FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition AND c.relname <> $1`;

/**
 * Whether the user of this URL could rewrite what is append-only: it owns the tables, or is a superuser.
 * @throws {Error} when the database cannot be asked
 */
export async function ownsTables(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ owns: boolean }>(`
      SELECT r.rolsuper OR pg_has_role(c.relowner, 'MEMBER') AS owns FROM pg_class c, pg_roles r
      WHERE c.oid = 'credit_entries'::regclass AND r.rolname = current_user`);
    return rows[0]?.owns ?? true;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeRole(owner: pg.Client, role: string, password: string): Promise<void> {
  const { rows } = await owner.query<{ exists: boolean; can_make: boolean; here: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS exists, current_user = $1 AS here,
       (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) AS can_make`,
    [role],
  );
  const [found] = rows;
  if (found?.here === true) {
    throw new Error('BOUGH_OWNER_DATABASE_URL and DATABASE_URL name the same user: set two, or only DATABASE_URL.');
  }
  if (found?.exists === true) return;
  if (found?.can_make !== true) {
    throw new Error(
      `DATABASE_URL names the database user ${role}, who does not exist, and the user of BOUGH_OWNER_DATABASE_URL may not ` +
        'make roles. Make it: CREATE ROLE … LOGIN PASSWORD …',
    );
  }
  const secret = password === '' ? '' : ` PASSWORD ${pg.escapeLiteral(scramVerifier(password))}`;
  await owner.query(`CREATE ROLE ${pg.escapeIdentifier(role)} LOGIN${secret}`);
}

/** What PostgreSQL keeps of a password (RFC 5803), made here so that no server's log ever shows the password itself. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, SCRAM_ITERATIONS, 32, 'sha256');
  const key = (what: string) => createHmac('sha256', salted).update(what).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest('base64');
  const server = key('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${stored}:${server}`;
}
