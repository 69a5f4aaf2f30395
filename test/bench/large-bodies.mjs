// What large translations cost everybody else: concurrent Messages bodies for a provider of chat completions, and how
// long /healthz takes meanwhile. Prints latencies and memory, and ends by itself.
// Usage: npm run build && node test/bench/large-bodies.mjs [requests=16] [megabytes=29] [dist=dist]
// Variables that begin with BOUGH_ go to the gateway.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

const HERE = dirname(fileURLToPath(import.meta.url));
const REQUESTS = Number(process.argv[2] ?? 16);
const MEGABYTES = Number(process.argv[3] ?? 29);
const DIST = resolve(process.argv[4] ?? join(HERE, '..', '..', 'dist'));
const MODEL = 'claude-sonnet-4-6';
const MAX_SECONDS = 180;

const { startEmbeddedPostgres } = await import(
  pathToFileURL(join(DIST, 'modules/platform/postgres/embedded-postgres.js')).href
);
const sleep = ms => new Promise(done => setTimeout(done, ms));

async function started(file, env, shows) {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  for (;;) {
    const found = shows.exec(output)?.[1];
    if (found !== undefined) return { child, found };
    if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`);
    await sleep(50);
  }
}

/** Asks /healthz every 5 ms, in a thread of its own so that the sending of the bodies does not count. */
const PROBE = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { Agent, get } = require('node:http');
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const times = [];
  let stop = false;
  parentPort.once('message', () => (stop = true));
  const ask = () => {
    const began = performance.now();
    get(workerData + '/healthz', { agent }, response => {
      response.resume();
      response.on('end', () => {
        times.push(performance.now() - began);
        if (stop) { parentPort.postMessage(times); agent.destroy(); } else setTimeout(ask, 5);
      });
    });
  };
  ask();
`;
function probe(baseUrl) {
  const worker = new Worker(PROBE, { eval: true, workerData: baseUrl });
  return async () => {
    const times = new Promise(done => worker.once('message', done));
    worker.postMessage('stop');
    return (await times).toSorted((one, other) => one - other);
  };
}

async function rssMiB(pid, key) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)[1]) / 1024);
}

function send(baseUrl, token, body) {
  return new Promise(done => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const asked = request(`${baseUrl}/anthropic/v1/messages`, { method: 'POST', headers, agent: false }, response => {
      response.resume();
      response.on('close', () => done(response.statusCode));
    });
    asked.on('error', error => done(error.code));
    asked.end(body);
  });
}

function bodyOf(bytes) {
  const text = 'A line of what an agent has read, with "quotes", a tab\t and an umlaut: ü.\n'.repeat(300);
  const messages = [];
  const each = Buffer.byteLength(JSON.stringify({ role: 'user', content: text })) + 1;
  for (let size = 200; size + each < bytes; size += each) {
    messages.push({ role: messages.length % 2 === 0 ? 'user' : 'assistant', content: text });
  }
  return Buffer.from(JSON.stringify({ model: MODEL, max_tokens: 9, messages }));
}

const dataDir = await mkdtemp(join(tmpdir(), 'bough-large-'));
await chmod(dataDir, 0o755);
const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log: () => undefined });
const provider = await started(join(HERE, 'provider.mjs'), { PORT: '0' }, /(http:\/\/\S+|\d{4,5})/);
const providerUrl = provider.found.startsWith('http') ? provider.found : `http://127.0.0.1:${provider.found}`;
const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('BOUGH_')));
const gateway = await started(
  join(DIST, 'main.js'),
  {
    PORT: '0',
    DATABASE_URL: postgres.url,
    BOUGH_DATA_DIR: join(dataDir, 'gateway'),
    BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
    BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
    BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
    LOG_LEVEL: 'error',
    ...own,
  },
  /models at (http:\/\/\S+)/,
);
const tooLong = setTimeout(() => process.exit(1), MAX_SECONDS * 1000);
process.on('exit', () => {
  gateway.child.kill('SIGKILL');
  provider.child.kill('SIGKILL');
});
const baseUrl = gateway.found;
const connection = await readFile(join(dataDir, 'gateway', 'connection.env'), 'utf8');
const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(connection)[1];
const key = /NEON_API_KEY='([^']+)'/.exec(connection)[1];
const made = await fetch(`${baseUrl}/admin/upstreams`, {
  method: 'POST',
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  body: JSON.stringify({
    ...{ name: 'bench', kind: 'openai-compatible', base_url: `${providerUrl}/v1`, secret: 'sk-bench' },
    routes: [{ model: MODEL }],
  }),
});
if (made.status !== 201) throw new Error(await made.text());

const body = bodyOf(MEGABYTES * 1e6);
await send(baseUrl, token, bodyOf(1e6));
const rest = await rssMiB(gateway.child.pid, 'VmRSS');
const stop = probe(baseUrl);
await sleep(500);
const began = performance.now();
const statuses = await Promise.all(Array.from({ length: REQUESTS }, () => send(baseUrl, token, body)));
const seconds = (performance.now() - began) / 1000;
const times = await stop();
const at = part => times[Math.min(times.length - 1, Math.floor(times.length * part))].toFixed(1);
const counted = Object.fromEntries(
  Object.entries(Object.groupBy?.(statuses, String) ?? {}).map(([k, v]) => [k, v.length]),
);
console.log(
  `${REQUESTS} bodies of ${(body.length / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s: ${JSON.stringify(counted)} ${Object.groupBy ? '' : statuses.join(' ')}`,
);
console.log(`/healthz of ${times.length}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms`);
console.log(`memory: ${rest} MiB before, ${await rssMiB(gateway.child.pid, 'VmHWM')} MiB at most`);

clearTimeout(tooLong);
gateway.child.kill('SIGTERM');
provider.child.kill('SIGTERM');
await postgres.stop();
await rm(dataDir, { recursive: true, force: true });
