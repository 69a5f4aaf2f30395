// What the worst of one caller costs another: for each attack of a table, how long the gateway's event loop was held, and how
// long small requests of another credential took meanwhile; and how long they take where the same bytes go past the gateway,
// which is what this machine makes of it alone. Bounded in count and in time; ends by itself.
// Usage: npm run build && node test/bench/loop-delay.mjs [attack …]
import { fork, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ATTACKS, OTHER, OWN } from './loop-attacks.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROUNDS = Number(process.env.ROUNDS ?? 2);
const MAX_SECONDS = 800;
const CHAT = '/v1/chat/completions';
const sleep = ms => new Promise(done => setTimeout(done, ms));

/** A process of loop-roles.mjs; it ends with this one. */
function play(role) {
  const child = fork(join(HERE, 'loop-roles.mjs'), [role]);
  const told = () => new Promise(done => child.once('message', done));
  return { tell: message => child.send(message), told, end: () => child.disconnect() };
}

async function serve(role) {
  const server = play(role);
  const { port } = await server.told();
  return `http://127.0.0.1:${port}`;
}

async function startGateway(dataDir) {
  const child = spawn(
    process.execPath,
    ['--import', join(HERE, 'loop-lag.mjs'), join(HERE, '..', '..', 'dist', 'main.js')],
    {
      env: {
        ...{ PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', BOUGH_DATA_DIR: dataDir, LOG_LEVEL: 'error' },
        BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '100000000',
        BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
        BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
        BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  process.on('exit', () => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', chunk => (output += chunk));
  const shown = async wanted => {
    for (let tries = 0; tries < 1_200; tries += 1) {
      const found = wanted.exec(output);
      if (found !== null) return found[1];
      if (child.exitCode !== null) throw new Error(`the gateway ended with ${child.exitCode}`);
      await sleep(50);
    }
    throw new Error(`the gateway did not print ${wanted}`);
  };
  const baseUrl = await shown(/models at (http:\/\/\S+)/);
  const loop = () => {
    output = '';
    child.kill('SIGUSR2');
    return shown(/loop (\{.*\})\n/);
  };
  return { child, baseUrl, loop };
}

async function manage(baseUrl, key, method, path, body) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${baseUrl}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return answer.json();
}

const at = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))].toFixed(1);
const tally = statuses => JSON.stringify(statuses.reduce((all, one) => ({ ...all, [one]: (all[one] ?? 0) + 1 }), {}));

/** One attack on `baseUrl`, and small requests of another beside it. */
async function round(name, baseUrl, token, asked) {
  const attacker = play('attacker');
  attacker.tell({ name, baseUrl, token });
  const { ready: bytes } = await attacker.told();
  const caller = play('caller');
  caller.tell(asked);
  await sleep(700);
  await gateway.loop();
  attacker.tell('go');
  const { statuses, seconds } = await attacker.told();
  if (statuses.length === 0) await sleep(2_000);
  const held = JSON.parse(await gateway.loop());
  const end = caller.told();
  caller.tell('stop');
  const small = await end;
  for (const child of [attacker, caller]) child.end();
  return { bytes, statuses, seconds, held, small };
}

async function rounds(name, baseUrl, token, asked) {
  const all = [];
  for (let count = 0; count < ROUNDS; count += 1) all.push(await round(name, baseUrl, token, asked));
  const times = all.flatMap(({ small }) => small.times).toSorted((left, right) => left - right);
  const served = tally(
    all.flatMap(({ small }) => Object.entries(small.statuses).flatMap(([s, n]) => Array(n).fill(s))),
  );
  const line = `${times.length} small: p50 ${at(times, 0.5)} ms, p99 ${at(times, 0.99)} ms, max ${at(times, 1)} ms ${served}`;
  return { all, line };
}

const dataDir = await mkdtemp(join(tmpdir(), 'bough-loop-'));
const tooLong = setTimeout(() => process.exit(1), MAX_SECONDS * 1000);
const attacked = await serve('provider');
const other = await serve('provider');
const sink = await serve('sink');
const gateway = await startGateway(dataDir);
const { baseUrl } = gateway;
try {
  const connection = await readFile(join(dataDir, 'connection.env'), 'utf8');
  const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(connection)[1];
  const key = /NEON_API_KEY='([^']+)'/.exec(connection)[1];
  const project = `/api/v2/projects/${/NEON_PROJECT_ID='([^']+)'/.exec(connection)[1]}`;
  const { branches } = await manage(baseUrl, key, 'GET', `${project}/branches`);
  const main = branches.find(branch => branch.default) ?? branches[0];
  const { api_token: another } = await manage(baseUrl, key, 'POST', `${project}/branches/${main.id}/credentials`, {
    ...{ name: 'another', scopes: ['ai_gateway:invoke'], principal_type: 'user' },
  });
  for (const [id, origin] of [
    [OWN, attacked],
    [OTHER, other],
  ]) {
    const dialects = ['chat_completions', 'anthropic_messages'];
    await manage(baseUrl, key, 'POST', '/admin/models', { id, name: id, provider: 'bench', type: 'chat', dialects });
    await manage(baseUrl, key, 'POST', '/admin/upstreams', {
      ...{ name: id, kind: 'openai-compatible', secret: 'sk-bench' },
      ...{ base_url: `${origin}/v1`, routes: [{ model: id }] },
    });
  }
  const body = JSON.stringify({ model: OTHER, messages: [{ role: 'user', content: 'hi' }] });
  const asked = { url: `${baseUrl}${CHAT}`, token: another, body };
  const chosen = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(ATTACKS);
  for (const name of chosen) {
    const secret = ATTACKS[name].key ? key : token;
    const { all, line } = await rounds(name, baseUrl, secret, asked);
    for (const { bytes, statuses, seconds, held } of all) {
      console.log(`${name}: ${tally(statuses)} in ${seconds.toFixed(1)} s, ${(bytes / 1e6).toFixed(1)} MB each`);
      console.log(`  event loop held: p50 ${held.p50} ms, p99 ${held.p99} ms, max ${held.max} ms`);
      console.log(`  its thread ran ${held.ran} ms and stood in line for a core ${held.stood} ms`);
    }
    console.log(`  ${line}`);
    if (ATTACKS[name].times > 0) console.log(`  past the gateway: ${(await rounds(name, sink, secret, asked)).line}`);
  }
} finally {
  clearTimeout(tooLong);
  const ended = new Promise(done => gateway.child.once('exit', done));
  gateway.child.kill('SIGTERM');
  await Promise.race([ended, sleep(15_000)]);
  gateway.child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
  process.exit();
}
