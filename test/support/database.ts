import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  /** as the owner of the tables, for what a test does itself */
  readonly url: string;
  /** as the role that a gateway serves with */
  readonly applicationUrl: string;
  drop(): Promise<void>;
}

/**
 * A database of its own: empty, or copied from the migrated template that the whole run shares.
 * @throws {Error} when the run's set-up did not happen
 */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const { BOUGH_TEST_SERVER_URL: server, BOUGH_TEST_APPLICATION_URL: application } = process.env;
  const { BOUGH_TEST_TEMPLATE: template } = process.env;
  if (server === undefined || application === undefined || template === undefined) {
    throw new Error('the global set-up did not start Postgres');
  }
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(server, client => client.query(`CREATE DATABASE ${name} TEMPLATE ${empty ? 'template0' : template}`));
  const [url, applicationUrl] = [new URL(server), new URL(application)];
  for (const one of [url, applicationUrl]) one.pathname = `/${name}`;
  return {
    url: url.href,
    applicationUrl: applicationUrl.href,
    drop: () => onServer(server, client => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

async function onServer(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
