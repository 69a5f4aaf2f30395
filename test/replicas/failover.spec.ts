/** The database's place is taken by a copy whose clock is another: replicas learn the time anew, and no window counts twice. */
import pg from 'pg';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';
import { Replicas } from '../support/replicas.js';

const SECOND = 1_000;
/** the copy's clock against the right one: each is 90 s ahead of the one before it, or behind */
const CLOCKS = [90, 0, -90, 0].map(seconds => seconds * SECOND);
const PER_MINUTE = 7;
const AT_ONCE = 4;
/** longer than replicas need to find the database again */
const WITHIN_MS = 30_000;

describe('a database that fails over to one whose clock is 90 s ahead or behind', () => {
  let provider: FakeProvider;
  let replicas: Replicas;
  let name = '';
  let copies = 0;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    replicas = await Replicas.start(2, { OPENAI_API_KEY: 'sk-fake', OPENAI_BASE_URL: `${provider.url}/v1` });
    name = new URL(replicas.databaseUrl).pathname.slice(1);
  }, 120_000);
  afterAll(async () => {
    await replicas.stop();
    await provider.stop();
    for (let copy = 1; copy <= copies; copy += 1)
      await onServer(`DROP DATABASE IF EXISTS ${name}_${copy} WITH (FORCE)`);
  });

  const onServer = async (text: string, database?: string) => {
    const url = new URL(process.env['BOUGH_TEST_SERVER_URL'] ?? '');
    if (database !== undefined) url.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      return (await client.query<{ now: Date }>(text)).rows;
    } finally {
      await client.end();
    }
  };

  /** A server's clock cannot be set here, so the copy's functions of time are others: what a session calls comes by its path. */
  const setClock = async (database: string, ms: number) => {
    await onServer(
      `CREATE SCHEMA IF NOT EXISTS shifted;
       CREATE OR REPLACE FUNCTION shifted.clock_timestamp() RETURNS TIMESTAMPTZ LANGUAGE sql VOLATILE AS
         $$ SELECT pg_catalog.clock_timestamp() + ${ms} * INTERVAL '1 millisecond' $$;
       CREATE OR REPLACE FUNCTION shifted.now() RETURNS TIMESTAMPTZ LANGUAGE sql STABLE AS
         $$ SELECT pg_catalog.now() + ${ms} * INTERVAL '1 millisecond' $$;
       GRANT USAGE ON SCHEMA shifted TO PUBLIC;
       ALTER DATABASE ${database} SET search_path = shifted, pg_catalog, public`,
      database,
    );
  };
  const failOver = async (ms: number) => {
    copies += 1;
    const [old, copy] = [`${name}_${copies}`, `${name}_copy`];
    await onServer(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await onServer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    await eventually(
      () =>
        onServer(`CREATE DATABASE ${copy} TEMPLATE ${name}`)
          .then(() => true)
          .catch(() => false),
      'nobody is connected any more',
    );
    await onServer(`ALTER DATABASE ${name} RENAME TO ${old}`);
    await onServer(`ALTER DATABASE ${copy} ALLOW_CONNECTIONS true`);
    await setClock(copy, ms);
    await onServer(`ALTER DATABASE ${copy} RENAME TO ${name}`);
  };
  const ask = async (index: number) => {
    const response = await replicas.chat(index, { model: 'gpt-5-5', max_tokens: 10 }).catch(() => null);
    await response?.arrayBuffer();
    return response?.status ?? 0;
  };
  const metric = async (index: number) => {
    const text = await (await fetch(`${replicas.all[index]?.baseUrl}/metrics`)).text();
    return Number(/^bough_clock_offset_seconds (\S+)$/m.exec(text)?.[1]);
  };

  it('is followed: no window lets more through, no lease stays taken, and every row is dated by the clock that decided', async () => {
    const scope = { scope_type: 'branch', scope_id: await replicas.mainBranchId() };
    let perMinute = '';
    for (const limit of [
      { kind: 'requests_per_minute', value: PER_MINUTE },
      { kind: 'concurrent_requests', value: AT_ONCE },
      { kind: 'spend_per_day', usd: '100' },
    ]) {
      const { status, body } = await replicas.manage('PUT', '/admin/limits', { ...scope, ...limit });
      expect(status).toBe(200);
      if (limit.kind === 'requests_per_minute') perMinute = (body as { id: string }).id;
    }
    await eventually(async () => (await ask(1)) === 429, 'the other replica follows');
    const counts = new Map<number, number>();
    const knock = async () => {
      const statuses = await Promise.all(Array.from({ length: 12 }, (_, index) => ask(index)));
      for (const status of statuses) counts.set(status, (counts.get(status) ?? 0) + 1);
      return statuses.every(status => status === 200 || status === 429);
    };
    await knock();
    for (const ms of CLOCKS) {
      await failOver(ms);
      for (const index of [0, 1]) {
        await eventually(
          async () => Math.abs((await metric(index)) + ms / SECOND) < 2,
          `replica ${index} knows the clock at ${ms}`,
          WITHIN_MS,
        );
      }
      await eventually(knock, `everybody is served or refused by a limit at ${ms}`, WITHIN_MS);
      await knock();
    }
    // The minutes of three clocks at least; the right one's were used up before they came back.
    expect(counts.get(200) ?? 0).toBeGreaterThanOrEqual(2 * PER_MINUTE);

    let last = '';
    // Seven at most in each minute of whichever clock decided, and as many as its counter says.
    const minutes = await eventually(
      async () => {
        const rows = await replicas.sql<{ minute: string; count: number; used: number | null }>(
          `SELECT m.minute::text, m.count, c.used::int AS used FROM (
           SELECT extract(epoch FROM date_trunc('minute', occurred_at))::bigint * 1000 AS minute, count(*)::int AS count
           FROM usage_records WHERE status <> 'refused' GROUP BY 1) m
         LEFT JOIN quota_counters c ON c.win = m.minute AND c.key LIKE 'requests_per_minute branch %' ORDER BY 1`,
        );
        last = JSON.stringify(rows);
        const all = rows.reduce((sum, { count }) => sum + count, 0);
        return all >= (counts.get(200) ?? 0) && rows.every(({ count, used }) => count === used) && rows;
      },
      () => `all records are there, and every counter says the same: ${last}`,
    );
    for (const { minute, count } of minutes) expect([minute, count <= PER_MINUTE]).toEqual([minute, true]);
    // Who held a place gives it back under the new clock.
    await eventually(
      async () => {
        const rows = await replicas.sql<{ leased: number }>(
          `SELECT leased::int FROM quota_counters WHERE key LIKE 'concurrent_requests branch %'`,
        );
        last = JSON.stringify(rows);
        return rows.length === 1 && rows[0]?.leased === 0;
      },
      () => `no place stays taken: ${last}`,
    );
    // And behind it all both serve, as many at once as may.
    await replicas.manage('DELETE', `/admin/limits/${perMinute}`);
    for (const index of [0, 1]) await eventually(async () => (await ask(index)) === 200, `replica ${index} serves`);
  }, 240_000);
});
