// A database that goes away under three replicas: stopped fast, stopped at once, killed and paused, each for some time under
// a steady load far from every cap, and once close to one under a load that wants more. Prints what callers saw, and ends
// with 1 when a request far from the caps was refused, a cap was passed, a request is missing in the ledger or there twice,
// or a replica did not recover by itself.
// Usage: npm run build && node test/bench/outage.mjs [seconds away=30] [requests a second=9] [ways=SIGINT,SIGQUIT,SIGKILL,SIGSTOP]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../dist/modules/platform/postgres/embedded-postgres.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const AWAY_MS = Number(process.argv[2] ?? 30) * 1_000;
const RATE = Number(process.argv[3] ?? 9);
const WAYS = (process.argv[4] ?? 'SIGINT,SIGQUIT,SIGKILL,SIGSTOP').split(',');
const WARM_MS = 12_000;
const BACK_MS = 2_000;
const NEAR_CAP = 120;
const NEAR_WARM_MS = 9_000;
const NEAR_AWAY_MS = Math.min(AWAY_MS, 25_000);
const REPLICAS = 3;

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
const failures = [];
const say = line => process.stdout.write(`${line}\n`);
const expect = (holds, what) => {
  if (!holds) failures.push(what);
};

async function until(look, what, withinMs = 30_000) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (performance.now() > deadline) throw new Error(`did not happen within ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}

const seen = [];
const provider = createServer((request, response) => {
  request.resume().on('end', () => {
    seen.push(Date.now());
    const message = { role: 'assistant', content: 'Hello.' };
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({
          id: 'x',
          object: 'chat.completion',
          model: 'gpt-5-5',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
        }),
      );
    }, 100);
  });
});
await new Promise(resolve => provider.listen(0, '127.0.0.1', resolve));

const folder = await mkdtemp(join(tmpdir(), 'bough-outage-'));
await chmod(folder, 0o755);
const postgres = await startEmbeddedPostgres({
  dataDir: join(folder, 'postgres'),
  log: () => undefined,
  durable: true,
});

/** The same server again, as its command line says: on the same port. */
const database = {
  pid: postgres.pid,
  command: readFileSync(`/proc/${postgres.pid}/cmdline`, 'utf8').split('\0').slice(0, -1),
  owner: statSync(`/proc/${postgres.pid}`),
  url: postgres.url,
  async answers() {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 1_000, query_timeout: 1_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('SELECT 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  },
  async sql(text) {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  },
  paused: [],
  /** A machine that stands still does so with all of its sessions; any other signal is for the server, which ends them. */
  leave(signal) {
    this.paused = signal === 'SIGSTOP' ? [this.pid, ...childrenOf(this.pid)] : [];
    for (const pid of signal === 'SIGSTOP' ? this.paused : [this.pid]) process.kill(pid, signal);
  },
  async comeBack(signal) {
    if (signal === 'SIGSTOP') {
      for (const pid of this.paused) process.kill(pid, 'SIGCONT');
    } else {
      await until(() => this.tryStart(), 'PostgreSQL runs again');
    }
    await until(() => this.answers(), 'PostgreSQL answers');
  },
  /** Sessions of a killed server keep its memory for a moment. */
  async tryStart() {
    const [program, ...args] = this.command;
    const { uid, gid } = this.owner;
    const options = { stdio: 'ignore', detached: true, env: { LC_ALL: 'C', PATH: process.env.PATH } };
    const child = spawn(program, args, process.getuid() === 0 ? { ...options, uid, gid } : options);
    this.pid = child.pid;
    for (let look = 0; look < 40; look += 1) {
      if (child.exitCode !== null || child.signalCode !== null) return false;
      if (await this.answers()) return true;
      await sleep(100);
    }
    return true;
  },
};

function childrenOf(parent) {
  const numbers = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return numbers.map(Number).filter(pid => {
    try {
      return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) === parent;
    } catch {
      return false;
    }
  });
}

async function startReplica(index) {
  const child = spawn(process.execPath, [join(ROOT, 'dist', 'main.js')], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      PORT: '0',
      DATABASE_URL: database.url,
      BOUGH_DATA_DIR: join(folder, String(index)),
      BOUGH_MASTER_KEY: 'a-master-key-that-all-replicas-share',
      BOUGH_DRAIN_MS: '500',
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `http://127.0.0.1:${provider.address().port}/v1`,
      LOG_LEVEL: 'fatal',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  const baseUrl = await until(
    () => {
      if (child.exitCode !== null) throw new Error(`a replica ended with ${child.exitCode}: ${output}`);
      return /models at (http:\/\/\S+)/.exec(output)?.[1];
    },
    'a replica serves',
    60_000,
  );
  return { child, baseUrl };
}

const replicas = [];
for (let index = 0; index < REPLICAS; index += 1) replicas.push(await startReplica(index));
const connection = await readFile(join(folder, '0', 'connection.env'), 'utf8');
const read = name => new RegExp(`${name}='([^']+)'`).exec(connection)[1];
const [token, key] = [read('NEON_AI_GATEWAY_TOKEN'), read('NEON_API_KEY')];
const [{ id: branch }] = await database.sql('SELECT id FROM branches WHERE is_default');

async function limit(kind, value) {
  const response = await fetch(`${replicas[0].baseUrl}/admin/limits`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope_type: 'branch', scope_id: branch, kind, value }),
  });
  if (response.status !== 200) throw new Error(`limit: ${response.status} ${await response.text()}`);
}

let sent = 0;
/** The status, or the reason of none. A request of a moment that was cut off is of no interest: `counts` goes with the phase. */
async function ask(counts) {
  const { baseUrl } = replicas[sent++ % REPLICAS];
  const begin = performance.now();
  let outcome;
  try {
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }] }),
    });
    const text = await response.text();
    outcome = response.status === 200 ? '200' : `${response.status} ${JSON.parse(text).error?.code ?? text}`;
  } catch (error) {
    outcome = `broken: ${error.cause?.code ?? error.message}`;
  }
  counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  counts.slowest = Math.max(counts.slowest ?? 0, performance.now() - begin);
}

/** A steady load, whatever becomes of single requests. What a slow machine was late with does not come in one burst. */
async function load(rate, ms) {
  const counts = new Map();
  const running = [];
  const begin = performance.now();
  for (let index = 0; index < (rate * ms) / 1_000; index += 1) {
    await sleep(Math.max(index === 0 ? 0 : 500 / rate, begin + (index * 1_000) / rate - performance.now()));
    running.push(ask(counts));
  }
  await sleep(Math.max(0, begin + ms - performance.now()));
  return { counts, rest: Promise.all(running) };
}

const minuteOf = at => Math.floor(at / 60_000);

/**
 * Whether it is early in a minute that no request ran into: one that was let in before the minute began counts in the one
 * before, though the provider saw it in this one.
 */
function isQuietBegin(lastSecond) {
  const second = new Date().getUTCSeconds();
  const begin = Date.now() - (Date.now() % 60_000);
  return second >= 3 && second < lastSecond && !seen.some(at => at >= begin && at < begin + 3_000);
}

const total = counts => [...counts.values()].reduce((sum, count) => sum + count, 0);
const served = counts => counts.get('200') ?? 0;
const show = counts => [...counts].map(([outcome, count]) => `${count} × ${outcome}`).join(', ') || 'none';

/** While the database is there, as many run at once now and then as a slow machine lets pile up when it is away. */
async function crowd(counts) {
  await Promise.all(Array.from({ length: 4 * REPLICAS }, () => ask(counts)));
}

async function phase(name, rate, ms, crowded = false) {
  const { counts, rest } = await load(rate, ms);
  if (crowded) {
    await crowd(counts);
    // A replica speaks of what it wants every two seconds.
    await sleep(3_000);
  }
  await rest;
  const seconds = ms / 1_000;
  say(
    `${name.padEnd(24)} ${show(counts)} (${(served(counts) / seconds).toFixed(1)} served, ` +
      `${((total(counts) - served(counts)) / seconds).toFixed(1)} refused a second; slowest ${Math.round(counts.slowest)} ms)`,
  );
  return counts;
}

try {
  await limit('requests_per_minute', 6_000);
  await limit('concurrent_requests', 100);
  say(
    `${REPLICAS} replicas, ${RATE} requests a second, away for ${AWAY_MS / 1_000} s; default limits, 6,000 a minute, 100 at once`,
  );
  await phase('warm', RATE, WARM_MS, true);
  for (const way of WAYS) {
    database.leave(way);
    const away = await phase(`away by ${way}`, RATE, AWAY_MS);
    expect(served(away) === total(away), `${way}: ${total(away) - served(away)} of ${total(away)} refused while away`);
    const began = performance.now();
    await database.comeBack(way);
    const started = performance.now() - began;
    const back = await phase(`back (start ${Math.round(started)} ms)`, RATE, BACK_MS, true);
    expect(
      served(back) === total(back),
      `${way}: ${total(back) - served(back)} of ${total(back)} refused when it was back`,
    );
    await until(
      async () =>
        (await fetch(`${replicas[1].baseUrl}/admin/models`, { headers: { authorization: `Bearer ${key}` } })).ok,
      'the control plane answers again',
    );
  }

  // Close to a cap: what was leased is used, and not a unit more in that minute.
  await limit('requests_per_minute', NEAR_CAP);
  // All of it lies within a minute, with ten seconds for a PostgreSQL that starts slowly.
  const lastSecond = Math.max(8, 60 - (NEAR_WARM_MS + NEAR_AWAY_MS) / 1_000 - 20);
  await until(() => isQuietBegin(lastSecond), 'the begin of a minute', 120_000);
  const minute = minuteOf(Date.now());
  const inMinute = () => seen.filter(at => minuteOf(at) === minute).length;
  say(`${inMinute()} requests of the minute were before the cap`);
  await phase('near a cap', 9, NEAR_WARM_MS);
  database.leave('SIGINT');
  const near = await phase('near, away by SIGINT', 30, NEAR_AWAY_MS);
  say(`${inMinute()} of ${NEAR_CAP} requests of the minute reached the provider`);
  expect(Math.floor(Date.now() / 60_000) === minute, 'the minute was over too soon');
  expect(inMinute() <= NEAR_CAP, `${inMinute()} requests passed a cap of ${NEAR_CAP}`);
  expect(total(near) > served(near), 'nothing was refused near the cap');
  await database.comeBack('SIGINT');
  await phase('near, back', 30, Math.min(8_000, Math.max(1_000, (minute + 1) * 60_000 - Date.now() - 2_000)));
  say(`${inMinute()} of ${NEAR_CAP} when it was back`);
  expect(inMinute() <= NEAR_CAP, `${inMinute()} requests passed a cap of ${NEAR_CAP} when it was back`);

  const count = async () =>
    Number((await database.sql("SELECT count(*)::int AS n FROM usage_records WHERE status <> 'refused'"))[0].n);
  await until(async () => (await count()) >= seen.length, 'all records are in the ledger').catch(() => undefined);
  say(`ledger ${await count()}, provider ${seen.length}`);
  expect((await count()) === seen.length, `the ledger has ${await count()} of ${seen.length} requests`);
} finally {
  for (const { child } of replicas) child.kill('SIGTERM');
  for (const { child } of replicas) if (child.exitCode === null) await once(child, 'exit');
  if (database.pid !== postgres.pid) {
    process.kill(database.pid, 'SIGINT');
    await until(async () => !(await database.answers()), 'PostgreSQL ended');
  }
  await postgres.stop();
  provider.close();
  provider.closeAllConnections();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
for (const failure of failures) say(`FAILED: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
