// A long run with faults: 50 requests a second, one in twenty of them with a fault of the provider, one in a hundred left
// by its caller, and a database that goes away every two minutes. Prints what it saw and ends with 1 when a request is
// missing in the ledger or there twice.
// Usage: npm run build && node test/bench/soak.mjs [minutes=10] [requests a second=50]
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/modules/platform/postgres/embedded-postgres.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const MINUTES = Number(process.argv[2] ?? 10);
const RATE = Number(process.argv[3] ?? 50);
const AWAY_EVERY_MS = 120_000;
const AWAY_MS = 10_000;
const SAMPLE_MS = 15_000;
const FAULTS = [
  'status=500',
  'status=429',
  'reset',
  'truncate',
  'cut=3',
  'end=2',
  'garbage=1',
  'gzip=corrupt',
  'no-usage',
];

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function startGateway(databaseUrl, dataDir) {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'main.js')], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      DATABASE_URL: databaseUrl,
      BOUGH_DATA_DIR: dataDir,
      BOUGH_SANDBOX_FIRST_TOKEN_MS: '20',
      BOUGH_SANDBOX_TOKENS_PER_SECOND: '400',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '100000000',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '100000000',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '100000',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  for (;;) {
    const baseUrl = /models at (http:\/\/\S+)/.exec(output)?.[1];
    if (baseUrl !== undefined) return { child, baseUrl };
    if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
    await sleep(100);
  }
}

async function onDatabase(url, work) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const dataDir = await mkdtemp(join(tmpdir(), 'bough-soak-'));
await chmod(dataDir, 0o755);
const postgres = await startEmbeddedPostgres({
  dataDir: join(dataDir, 'postgres'),
  log: () => undefined,
  durable: true,
});
const adminUrl = postgres.url.replace(/\/bough$/, '/postgres');
const { child, baseUrl } = await startGateway(postgres.url, join(dataDir, 'gateway'));
const connection = await readFile(join(dataDir, 'gateway', 'connection.env'), 'utf8');
const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(connection)[1];

const statuses = new Map();
const asked = new Set();
let unknown = 0;
let running = 0;

async function one(index) {
  const stream = index % 2 === 0;
  const fault = index % 20 === 0 ? FAULTS[(index / 20) % FAULTS.length] : null;
  const leaving = index % 100 === 7 ? new AbortController() : null;
  running += 1;
  let id = null;
  try {
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      signal: leaving?.signal ?? null,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        ...(fault === null || fault === 'no-usage' ? {} : { 'x-bough-sandbox-fault': fault }),
      },
      body: JSON.stringify({
        model: index % 3 === 0 ? 'claude-sonnet-4-6' : 'gpt-5-4',
        stream,
        max_tokens: 60,
        messages: [{ role: 'user', content: `Say something short about number ${index}.` }],
      }),
    });
    id = response.headers.get('x-request-id');
    // Who names an upstream has asked one: that request belongs into the ledger.
    if (response.headers.get('x-bough-upstream') !== null) asked.add(id);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (leaving !== null) setTimeout(() => leaving.abort(), 30);
    await response.arrayBuffer();
  } catch {
    statuses.set('broken', (statuses.get('broken') ?? 0) + 1);
    if (id === null) unknown += 1;
  } finally {
    running -= 1;
  }
}

async function flap() {
  const name = new URL(postgres.url).pathname.slice(1);
  await onDatabase(adminUrl, async client => {
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    await sleep(AWAY_MS);
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
  });
}

const samples = [];
async function sample() {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  const rss = Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
  const metrics = await (await fetch(`${baseUrl}/metrics`)).text();
  const read = name => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(metrics)?.[1] ?? 0);
  samples.push({ seconds: (performance.now() - begin) / 1000, rss, queued: read('bough_usage_records_queued') });
}

/** Least squares through the lowest of every two minutes, in MiB an hour: what lies between is garbage that waits. */
function slope() {
  const floors = [];
  for (let at = 0; at + 8 <= samples.length; at += 8) {
    floors.push(samples.slice(at, at + 8).reduce((low, next) => (next.rss < low.rss ? next : low)));
  }
  const meanX = floors.reduce((sum, { seconds }) => sum + seconds, 0) / floors.length;
  const meanY = floors.reduce((sum, { rss }) => sum + rss, 0) / floors.length;
  const up = floors.reduce((sum, { seconds, rss }) => sum + (seconds - meanX) * (rss - meanY), 0);
  const down = floors.reduce((sum, { seconds }) => sum + (seconds - meanX) ** 2, 0);
  return (up / down) * 3600;
}

const begin = performance.now();
const flaps = [];
const flapping = setInterval(() => flaps.push(flap()), AWAY_EVERY_MS);
const sampling = setInterval(() => void sample().catch(() => undefined), SAMPLE_MS);
const count = Math.round(MINUTES * 60 * RATE);
const pending = new Set();
for (let index = 0; index < count; index += 1) {
  const wait = (index * 1000) / RATE - (performance.now() - begin);
  if (wait > 0) await sleep(wait);
  const request = one(index).finally(() => pending.delete(request));
  pending.add(request);
}
await Promise.all(pending);
clearInterval(flapping);
await Promise.all(flaps);
await sleep(8_000);
await sample();
clearInterval(sampling);

const rows = await onDatabase(postgres.url, async client => {
  const { rows: ids } = await client.query("SELECT request_id, status FROM usage_records WHERE status <> 'refused'");
  const { rows: sums } = await client.query('SELECT sum(requests)::int AS n FROM usage_hourly');
  const { rows: leased } = await client.query('SELECT coalesce(sum(leased), 0)::float8 AS n FROM quota_counters');
  return { ids, hourly: sums[0].n, leased: leased[0].n };
});
const found = new Map();
for (const { request_id: id } of rows.ids) found.set(id, (found.get(id) ?? 0) + 1);
const missing = [...asked].filter(id => !found.has(id));
const twice = [...found].filter(([, times]) => times > 1);
// A caller who left before the head does not know whether a provider was asked.
const unexplained = rows.ids.length - asked.size - unknown;

console.log(`requests        ${count} in ${MINUTES} min at ${RATE}/s`);
console.log(`answers         ${[...statuses].map(([status, times]) => `${status}: ${times}`).join(', ')}`);
console.log(`asked upstream  ${asked.size}, and up to ${unknown} whose caller left before the head`);
console.log(
  `ledger          ${rows.ids.length} rows, hourly sums ${rows.hourly}, missing ${missing.length}, twice ${twice.length}`,
);
console.log(`still leased    ${rows.leased}`);
console.log(`database away   ${flaps.length} times for ${AWAY_MS / 1000} s`);
console.log(`usage queue     at most ${Math.max(...samples.map(({ queued }) => queued))} records`);
console.log(
  `RSS             ${samples.map(({ rss }) => Math.round(rss)).join(' ')} MiB; slope of its floor ${slope().toFixed(1)} MiB/h`,
);
child.kill('SIGTERM');
await new Promise(resolve => child.once('exit', resolve));
await postgres.stop();
await rm(dataDir, { recursive: true, force: true });
const good = missing.length === 0 && twice.length === 0 && rows.hourly === rows.ids.length && unexplained <= 0;
process.exit(good ? 0 : 1);
