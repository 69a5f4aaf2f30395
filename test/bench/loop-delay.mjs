// What the worst of one caller costs another: for each attack of a table, how long the gateway's event loop was held, and how
// long small requests of another token took meanwhile. Bounded in count and in time; ends by itself.
// Usage: npm run build && node test/bench/loop-delay.mjs [attack …]
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const HERE = dirname(fileURLToPath(import.meta.url));
const MAX_SECONDS_EACH = 45;
const MAX_SECONDS = 400;
const OWN = 'bench-claude';
const sleep = ms => new Promise(done => setTimeout(done, ms));

const LINE = 'A line of what an agent has read, with "quotes", a tab\t and an umlaut: ü.\n';
const conversation = (bytes, model, text = LINE.repeat(300)) => {
  const each = Buffer.byteLength(JSON.stringify({ role: 'user', content: text })) + 1;
  const messages = Array.from({ length: Math.floor(bytes / each) }, (_, at) => ({
    role: at % 2 === 0 ? 'user' : 'assistant',
    content: text,
  }));
  return Buffer.from(JSON.stringify({ model, max_tokens: 9, messages }));
};
const repeated = (head, piece, bytes, tail) =>
  Buffer.from(head + piece.repeat(Math.floor(bytes / piece.length)) + tail);
const escapedName = at =>
  [...`k${at}`].map(letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const chatHead = `{"model":"${OWN}","messages":[{"role":"user","content":"`;
const pattern = { type: 'string', pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' };
const schema = properties => ({
  type: 'json_schema',
  json_schema: { name: 's', schema: { type: 'object', properties } },
});
const CHAT = '/v1/chat/completions';
const MESSAGES = '/anthropic/v1/messages';

/** name → what is sent how often, where, by whom */
const ATTACKS = {
  'nothing at all': { path: CHAT, times: 0, body: () => Buffer.from('{}') },
  '16 translated bodies of 29 MB': { path: MESSAGES, times: 16, body: () => conversation(29e6, OWN) },
  '16 translated bodies of many short texts': {
    path: MESSAGES,
    times: 16,
    body: () => conversation(20e6, OWN, LINE.repeat(5)),
  },
  '8 native bodies of 30 MB with escapes': {
    path: CHAT,
    times: 8,
    body: () => repeated(chatHead, '\\"\\n words', 30e6, '"}]}'),
  },
  '8 bodies of 30 MB with a suspect word': {
    ...{ path: CHAT, times: 8 },
    body: () =>
      repeated(
        `{"model":"${OWN}","x":["file_id"],"messages":[{"role":"user","content":"`,
        'some\\n words',
        30e6,
        '"}]}',
      ),
  },
  '8 bodies of 10 MB of small values': {
    path: CHAT,
    times: 8,
    body: () => repeated(`{"model":"${OWN}","a":[0`, ',"\\n"', 10e6, ']}'),
  },
  '8 bodies of 240,000 values and a suspect word': {
    ...{ path: CHAT, times: 8 },
    body: () => repeated(`{"model":"${OWN}","x":"file_id","a":[0`, ',{"a":"b"}', 119_000 * 10, ']}'),
  },
  '8 bodies of 10 MB of escaped keys': {
    ...{ path: CHAT, times: 8 },
    body: () =>
      Buffer.from(
        `{"model":"${OWN}",${Array.from({ length: 300_000 }, (_, at) => `"${escapedName(at)}":1`).join(',')}}`,
      ),
  },
  '8 large schemas in response_format': {
    ...{ path: CHAT, times: 8 },
    body: () => {
      const properties = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`p${at}`, { type: 'string' }]));
      return Buffer.from(JSON.stringify({ model: OWN, response_format: schema(properties), messages: [] }));
    },
  },
  '8 schema patterns at the sandbox': {
    ...{ path: CHAT, times: 8 },
    body: () => {
      const properties = Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`p${at}`, pattern]));
      const messages = [{ role: 'user', content: 'x' }];
      return Buffer.from(JSON.stringify({ model: 'gpt-5-4', response_format: schema(properties), messages }));
    },
  },
  '4 counts of 12 MB of emoji': {
    path: `${MESSAGES}/count_tokens`,
    times: 4,
    body: () => conversation(12e6, OWN, '😀'.repeat(20_000)),
  },
  '8 embeddings of 8 MB of token ids': {
    ...{ path: '/v1/embeddings', times: 8 },
    body: () => repeated('{"model":"qwen3-embedding-0-6b","input":[1', ',12345', 8e6, ']}'),
  },
  '16 deep documents of the control plane': {
    path: '/admin/upstreams',
    times: 16,
    key: true,
    body: () => repeated('{"a":', '[', 5e5, ''),
  },
  '16 wide documents of the control plane': {
    ...{ path: '/admin/upstreams', times: 16, key: true },
    body: () =>
      Buffer.from(JSON.stringify({ list: Array.from({ length: 900 }, (_, at) => ({ [`k${at}`]: 'x'.repeat(900) })) })),
  },
  '8 errors of a provider of 16 MB': {
    path: CHAT,
    times: 8,
    body: () => Buffer.from(`{"model":"${OWN}","messages":[],"user":"error"}`),
  },
};

/** Answers small, and with a huge error where it is asked to. */
function provider() {
  const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
  const message = { role: 'assistant', content: 'x' };
  const answer = JSON.stringify({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  });
  const error = JSON.stringify({ error: { message: '\\"'.repeat(8e6), type: 'x', code: 'x', param: null } });
  const server = createServer((incoming, response) => {
    let failing = false;
    incoming.on('data', bytes => (failing ||= bytes.length < 1_000 && bytes.includes('"user":"error"')));
    incoming.on('end', () => {
      response.writeHead(failing ? 400 : 200, { 'content-type': 'application/json' });
      response.end(failing ? error : answer);
    });
  });
  return new Promise(done => server.listen(0, '127.0.0.1', () => done(server)));
}

/** Small requests, one after another, in a thread of its own so that the sending of the attack does not count. */
const SMALL = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { Agent, request } = require('node:http');
  const agent = new Agent({ keepAlive: true });
  const { url, token, body } = workerData;
  const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json', 'content-length': body.length };
  const times = [];
  const statuses = {};
  let stop = false;
  parentPort.once('message', () => (stop = true));
  const ask = () => {
    const began = performance.now();
    const end = status => {
      times.push(performance.now() - began);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (stop) { parentPort.postMessage({ times, statuses }); agent.destroy(); } else setTimeout(ask, 5);
    };
    const asked = request(url, { method: 'POST', agent, headers }, response => {
      response.resume();
      response.on('end', () => end(response.statusCode));
    });
    asked.on('error', error => end(error.code));
    asked.end(body);
  };
  ask();
`;

function send(url, token, body) {
  return new Promise(done => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const asked = request(url, { method: 'POST', headers, agent: false }, response => {
      response.resume();
      response.on('close', () => done(response.statusCode));
    });
    asked.setTimeout(MAX_SECONDS_EACH * 1000, () => asked.destroy());
    asked.on('error', error => done(error.code));
    asked.end(body);
  });
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

const dataDir = await mkdtemp(join(tmpdir(), 'bough-loop-'));
const tooLong = setTimeout(() => process.exit(1), MAX_SECONDS * 1000);
const server = await provider();
const gateway = await startGateway(dataDir);
const { baseUrl } = gateway;
try {
  const connection = await readFile(join(dataDir, 'connection.env'), 'utf8');
  const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(connection)[1];
  const key = /NEON_API_KEY='([^']+)'/.exec(connection)[1];
  const project = `/api/v2/projects/${/NEON_PROJECT_ID='([^']+)'/.exec(connection)[1]}`;
  const { branches } = await manage(baseUrl, key, 'GET', `${project}/branches`);
  const main = branches.find(branch => branch.default) ?? branches[0];
  const { api_token: other } = await manage(baseUrl, key, 'POST', `${project}/branches/${main.id}/credentials`, {
    ...{ name: 'another', scopes: ['ai_gateway:invoke'], principal_type: 'user' },
  });
  await manage(baseUrl, key, 'POST', '/admin/models', {
    ...{
      id: OWN,
      name: 'Bench',
      provider: 'bench',
      type: 'chat',
      dialects: ['chat_completions', 'anthropic_messages'],
    },
  });
  await manage(baseUrl, key, 'POST', '/admin/upstreams', {
    ...{ name: 'bench', kind: 'openai-compatible', secret: 'sk-bench' },
    ...{ base_url: `http://127.0.0.1:${server.address().port}/v1`, routes: [{ model: OWN }] },
  });
  const small = Buffer.from(JSON.stringify({ model: OWN, messages: [{ role: 'user', content: 'hi' }] }));
  const chosen = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(ATTACKS);
  for (const name of chosen) {
    const { path, times, body, key: asAdmin = false } = ATTACKS[name];
    const bytes = body();
    const worker = new Worker(SMALL, {
      eval: true,
      workerData: { url: `${baseUrl}${CHAT}`, token: other, body: small },
    });
    await sleep(700);
    await gateway.loop();
    const began = performance.now();
    const attackers = Array.from({ length: times }, () => send(`${baseUrl}${path}`, asAdmin ? key : token, bytes));
    const statuses = await Promise.all(attackers);
    if (times === 0) await sleep(2_000);
    const seconds = (performance.now() - began) / 1000;
    const held = JSON.parse(await gateway.loop());
    const asked = new Promise(done => worker.once('message', done));
    worker.postMessage('stop');
    const { times: unsorted, statuses: served } = await asked;
    const sorted = unsorted.toSorted((left, right) => left - right);
    console.log(`${name}: ${tally(statuses)} in ${seconds.toFixed(1)} s, ${(bytes.length / 1e6).toFixed(1)} MB each`);
    console.log(`  event loop held: p50 ${held.p50} ms, p99 ${held.p99} ms, max ${held.max} ms`);
    console.log(
      `  ${sorted.length} small: p50 ${at(sorted, 0.5)} ms, p99 ${at(sorted, 0.99)} ms, max ${at(sorted, 1)} ms ${JSON.stringify(served)}`,
    );
  }
} finally {
  clearTimeout(tooLong);
  const ended = new Promise(done => gateway.child.once('exit', done));
  gateway.child.kill('SIGTERM');
  server.close();
  server.closeAllConnections();
  await Promise.race([ended, sleep(15_000)]);
  gateway.child.kill('SIGKILL');
  await rm(dataDir, { recursive: true, force: true });
}
