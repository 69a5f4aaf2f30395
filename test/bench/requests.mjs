// Prints how long the look-up of one request takes, and of the first page of lists, where the ledger has many records in
// thirty partitions. The records are made in the database, past the gateway; what is measured is HTTP at the gateway.
// Usage: npm run build && node test/bench/requests.mjs [records = 1000000]     (ten millions take some 5 GB of disk)
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/modules/platform/postgres/embedded-postgres.js';
import { quantile } from './measure.mjs';
import { endAll, start } from './processes.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const RECORDS = Number(process.argv[2] ?? 1_000_000);
const DAYS = 30;
const LOOK_UPS = 300;
const LISTS = ['', '?status=upstream_error', '?model=model-7&slower_than_ms=900', '?code=none_at_all'];

const dataDir = await mkdtemp(join(tmpdir(), 'bough-bench-'));
await chmod(dataDir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log: () => undefined });
const client = new pg.Client({ connectionString: postgres.url });
try {
  await client.connect();
  const main = join(ROOT, 'dist', 'main.js');
  const env = { PORT: '0', DATABASE_URL: postgres.url, BOUGH_DATA_DIR: dataDir, LOG_LEVEL: 'error' };
  const { port } = await start([main], env, /models at http:\/\/[^:]+:(\d+)/);
  await fill();
  const variables = await readFile(join(dataDir, 'connection.env'), 'utf8');
  const key = /NEON_API_KEY=['"]?([^'"\n]+)/.exec(variables)[1];
  const ask = async path => {
    const startedAt = performance.now();
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${key}` } });
    await response.text();
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
    return performance.now() - startedAt;
  };
  await measure('one request', LOOK_UPS, () => ask(`/admin/requests/req_${Math.floor(Math.random() * RECORDS)}`));
  for (const query of LISTS) await measure(`a list ${query}`, 30, () => ask(`/admin/requests${query}`));
} finally {
  await client.end().catch(() => undefined);
  await endAll();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** A day after the other, each with as many records, of ten models and a hundred branches; one in fifty failed. */
async function fill() {
  const { rows } = await client.query('SELECT id FROM organizations WHERE home');
  const each = Math.ceil(RECORDS / DAYS);
  for (let day = 0; day < DAYS; day += 1) {
    await client.query(`SELECT bough_add_ledger_day(CURRENT_DATE - ${day})`);
    await client.query(
      `INSERT INTO usage_records (request_id, occurred_at, day, organization_id, project_id, branch_id, credential_id, model_id,
         dialect, upstream, upstream_model, stream, status, http_status, input_tokens, cache_read_tokens, cache_write_tokens,
         output_tokens, reasoning_tokens, estimated, cost_nano_usd, duration_ms, code, detail)
       SELECT 'req_' || n, (CURRENT_DATE - ${day})::timestamp AT TIME ZONE 'UTC' + (n % 86000) * interval '1 second',
         CURRENT_DATE - ${day}, $1, 'project', 'br-' || n % 100, 'nak', 'model-' || n % 10, 'chat_completions', 'openai', 'm', false,
         CASE WHEN n % 50 = 0 THEN 'upstream_error' ELSE 'completed' END, 200, 100, 0, 0, 100, 0, false, 1000, n % 1000,
         CASE WHEN n % 50 = 0 THEN 'upstream_error' END,
         '{"attempts":[{"upstream":"openai","model":"m","verdict":"answered","status":200,"started_ms":0.5,"ended_ms":800}]}'
       FROM generate_series(${day * each}::bigint, ${(day + 1) * each - 1}::bigint) AS n`,
      [rows[0].id],
    );
    console.log(`day ${day + 1} of ${DAYS}: ${(day + 1) * each} records`);
  }
  await client.query('ANALYZE usage_records');
}

async function measure(what, count, once) {
  for (let warm = 0; warm < 10; warm += 1) await once();
  const times = [];
  for (let index = 0; index < count; index += 1) times.push(await once());
  const told = share => `${quantile(times, share).toFixed(1)} ms`;
  console.log(`${what.padEnd(50)} p50 ${told(0.5)}, p99 ${told(0.99)}, at most ${told(1)}`);
}
