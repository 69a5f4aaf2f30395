import pg from 'pg';
import { Clock } from './clock.js';

const CONNECT_MS = 10_000;
const ANSWER_MS = 5_000;

/** Corrects the clock by the database's. @throws {Error} what the connection throws, or when no answer came in time */
export async function observeDatabaseClock(clock: Clock, client: pg.Client): Promise<void> {
  const sentAt = clock.monotonicMs();
  const query = {
    text: 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
    query_timeout: ANSWER_MS,
  };
  const { rows } = await client.query<{ now: number }>(query);
  clock.observe(rows[0]?.now ?? Number.NaN, sentAt, clock.monotonicMs());
}

/** A clock that tells the database's time from its first question on. */
export async function startDatabaseClock(url: string): Promise<Clock> {
  const clock = new Clock();
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await observeDatabaseClock(clock, client);
  } finally {
    await client.end().catch(() => undefined);
  }
  return clock;
}
