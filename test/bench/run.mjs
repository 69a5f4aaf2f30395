// Prints what a request and a relayed chunk cost the gateway's process in CPU, as ratios to the floor (floor.mjs).
// Usage: npm run build && node test/bench/run.mjs [json] [json-50k] [json-1m] [json-10m] [image-10m] [sse]
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { endAll, start } from './processes.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROUNDS = 3;
const CASES = {
  json: { bodyBytes: 1_024, requests: 12_000, concurrency: 32, stream: false },
  'json-50k': { bodyBytes: 51_200, requests: 3_000, concurrency: 32, stream: false },
  'json-1m': { bodyBytes: 1_048_576, requests: 300, concurrency: 8, stream: false },
  'json-10m': { bodyBytes: 10_485_760, requests: 40, concurrency: 4, stream: false },
  'image-10m': { bodyBytes: 10_485_760, requests: 60, concurrency: 4, stream: false, image: true },
  sse: { bodyBytes: 1_024, requests: 600, concurrency: 300, stream: true },
};

/** The scheduler's own account of every thread: ticks would alias with the timers that drive the streams. */
async function cpuSeconds(pid) {
  let nanoseconds = 0;
  for (const task of await readdir(`/proc/${pid}/task`)) {
    const text = await readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0');
    nanoseconds += Number(text.split(' ')[0]);
  }
  return nanoseconds / 1e9;
}

function bodyOf({ bodyBytes, stream, image = false }) {
  const head = `{"model":"gpt-5-4","stream":${stream},"messages":[{"role":"user","content":"`;
  // Text with line ends and quotes, as prompts have them.
  const text = 'A line of a prompt, with \\"quotes\\" and an end.\\n';
  const room = bodyBytes - head.length - 4;
  if (image) return Buffer.from(`${head}data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(room / 22)}"}]}`);
  return Buffer.from(
    `${head}${text
      .repeat(Math.ceil(room / text.length))
      .slice(0, room)
      .replace(/\\$/, '.')}"}]}`,
  );
}

async function drive(target, token, scenario, requests) {
  const pool = new Pool(`http://127.0.0.1:${target.port}`, { connections: scenario.concurrency, pipelining: 1 });
  const body = bodyOf(scenario);
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  let left = requests;
  let chunks = 0;
  const worker = async () => {
    while (left-- > 0) {
      const answer = await pool.request({ path: '/v1/chat/completions', method: 'POST', headers, body });
      if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}: ${await answer.body.text()}`);
      for await (const chunk of answer.body) chunks += chunk.length > 0 ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: scenario.concurrency }, worker));
  await pool.close();
  return chunks;
}

async function measure(target, token, scenario) {
  const before = await cpuSeconds(target.pid);
  const startedAt = performance.now();
  const chunks = await drive(target, token, scenario, scenario.requests);
  const seconds = (await cpuSeconds(target.pid)) - before;
  const units = scenario.stream ? chunks : scenario.requests;
  return { cost: (seconds / units) * 1e6, rate: (scenario.requests / (performance.now() - startedAt)) * 1000 };
}

const median = values => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

const dataDir = await mkdtemp(join(tmpdir(), 'bough-bench-'));
try {
  const provider = await start([join(HERE, 'provider.mjs')], {}, /listening (\d+)/);
  const upstream = `http://127.0.0.1:${provider.port}`;
  const floor = await start([join(HERE, 'floor.mjs')], { UPSTREAM: upstream }, /listening (\d+)/);
  const gateway = await start(
    [join(HERE, '..', '..', 'dist', 'main.js')],
    {
      PORT: '0',
      BOUGH_DATA_DIR: dataDir,
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${upstream}/v1`,
      BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '100000000',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '1000000000',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '1000000000',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '1000000',
    },
    /models at http:\/\/[^:]+:(\d+)/,
  );
  const token = /TOKEN='([^']+)'/.exec(await readFile(join(dataDir, 'connection.env'), 'utf8'))[1];
  const chosen = process.argv.slice(2).length > 0 ? process.argv.slice(2) : Object.keys(CASES);
  console.log(
    `Node ${process.version}; CPU of the process, µs a request (json) or chunk (sse); median of ${ROUNDS} paired rounds`,
  );
  for (const name of chosen) {
    const scenario = CASES[name];
    for (const target of [floor, gateway]) await drive(target, token, scenario, Math.ceil(scenario.requests / 3));
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const low = await measure(floor, token, scenario);
      const ours = await measure(gateway, token, scenario);
      rounds.push({ low, ours, ratio: ours.cost / low.cost });
    }
    const show = pick => median(rounds.map(pick)).toFixed(1);
    console.log(
      `${name.padEnd(9)} floor ${show(r => r.low.cost)} µs   bough ${show(r => r.ours.cost)} µs   ratio ${median(rounds.map(r => r.ratio)).toFixed(2)}   ${show(r => r.ours.rate)} requests/s`,
    );
  }
  const status = await readFile(`/proc/${gateway.pid}/status`, 'utf8');
  console.log(`RSS after the load: ${/VmRSS:\s+(\d+)/.exec(status)[1] / 1024} MiB`);
} finally {
  await endAll();
  await rm(dataDir, { recursive: true, force: true });
}
