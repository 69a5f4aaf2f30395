// Prints what a request and a relayed chunk cost the gateway's process in CPU, as ratios to the floor (floor.mjs); how much
// later an answer comes; what the gateway has in memory; how it starts and what it does at rest.
// Usage: npm run build && node test/bench/run.mjs [--quick] [--starts N] [case …], with the Node that is to be measured.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, requestBytes } from './load.mjs';
import { cpuSeconds, median, pin, pinned, quantile, residentMiB, spread } from './measure.mjs';
import { endAll, endLast, start } from './processes.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..');
const CHUNKS_OF_A_STREAM = 51;
const WARM_WITHIN = 0.03;
const MAX_WARM_WINDOWS = 30;
const REST_MS = 10_000;
const MIB = 1_048_576;

/** `window` requests are measured at once, `warm` at least come before. What is slow by itself has fewer. */
const CASES = {
  json: { bytes: 1_024, window: 10_000, warm: 50_000, connections: 32 },
  'json-50k': { bytes: 51_200, window: 2_000, warm: 6_000, connections: 32 },
  'json-1m': { bytes: MIB, window: 150, warm: 450, connections: 8 },
  'json-10m': { bytes: 10 * MIB, window: 20, warm: 60, connections: 4 },
  'plain-1m': { bytes: MIB, window: 150, warm: 450, connections: 8, content: 'plain' },
  'image-10m': { bytes: 10 * MIB, window: 30, warm: 60, connections: 4, content: 'image' },
  sse: { bytes: 1_024, window: 300, warm: 900, connections: 100, stream: true },
  'sse-full': { bytes: 1_024, window: 600, warm: 2_400, connections: 32, stream: true, words: '[no gap]' },
};
/** As `npm start` has it. */
const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
const PROGRAM = scripts.start
  .split(' ')
  .slice(1)
  .map(part => (part === 'dist/main.js' ? join(ROOT, part) : part));
/** How much later an answer of a provider that takes 50 ms comes. */
const WAITS = { 'wait-1': { connections: 1, count: 100 }, 'wait-16': { connections: 16, count: 1_600 } };
const OTHERS = ['start', 'rest'];

const argument = process.argv.slice(2);
const quick = argument.includes('--quick');
const starts = argument.includes('--starts') ? Number(argument[argument.indexOf('--starts') + 1]) : 1;
const named = argument.filter(name => name in CASES || name in WAITS || OTHERS.includes(name));
const chosen =
  named.length > 0
    ? named
    : quick
      ? ['start', 'rest', 'json', 'sse-full']
      : [...OTHERS, ...Object.keys({ ...CASES, ...WAITS })];
const rounds = quick ? 2 : 4;

// The last core is the gateway's, or the floor's, and nobody else's.
const [ours, alone] = [cpus().length - 2, cpus().length - 1];
pin(process.pid, ours);

function bodyOf({ bytes, stream = false, content = 'text', words = '' }) {
  const head = `{"model":"gpt-5-4","stream":${stream},"messages":[{"role":"user","content":"${words}`;
  const room = bytes - head.length - 4;
  if (content === 'image')
    return Buffer.from(`${head}data:image/png;base64,${'iVBORw0KGgoAAAANSUhEUg'.repeat(room / 22)}"}]}`);
  // Text with line ends and quotes, as prompts have them.
  const text =
    content === 'plain'
      ? 'A line of a prompt, without anything in it. '
      : 'A line of a prompt, with \\"quotes\\" and an end.\\n';
  return Buffer.from(
    `${head}${text
      .repeat(Math.ceil(room / text.length))
      .slice(0, room)
      .replace(/\\$/, '.')}"}]}`,
  );
}

/** CPU of one window, in µs a request or chunk: of the main thread, and of all others. */
async function window(target, scenario, count) {
  const before = await cpuSeconds(target.pid);
  const startedAt = performance.now();
  await load({ port: target.port, bytes: target.bytes, connections: scenario.connections, count });
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await cpuSeconds(target.pid);
  const units = scenario.stream ? count * CHUNKS_OF_A_STREAM : count;
  const main = ((after.main - before.main) / units) * 1e6;
  const others = ((after.others - before.others) / units) * 1e6;
  return { main, others, all: main + others, rate: units / seconds };
}

/** Until two windows agree, and so long at least as the case says. */
async function warm(target, scenario) {
  const least = Math.ceil((quick ? 0.4 : 1) * (scenario.warm / scenario.window));
  let last = Infinity;
  for (let index = 1; index <= MAX_WARM_WINDOWS; index += 1) {
    const { all } = await window(target, scenario, scenario.window);
    if (index >= least && (Math.abs(all - last) / all < WARM_WITHIN || quick)) return;
    last = all;
  }
}

async function measureCase(name, floor, gateway, token) {
  const scenario = CASES[name];
  const body = bodyOf(scenario);
  for (const target of [floor, gateway]) target.bytes = requestBytes(target.port, token, body);
  await warm(floor, scenario);
  await warm(gateway, scenario);
  const [low, our] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    // A-B-B-A: what drifts meets both alike.
    const order = round % 2 === 0 ? [floor, gateway] : [gateway, floor];
    for (const target of order) (target === floor ? low : our).push(await window(target, scenario, scenario.window));
  }
  const ratios = our.map(({ all }, index) => all / low[index].all);
  const show = (list, pick) => median(list.map(pick)).toFixed(1);
  console.log(
    `${name.padEnd(9)} floor ${show(low, w => w.all)} µs ± ${percent(spread(low.map(w => w.all)))}` +
      `   bough ${show(our, w => w.all)} µs ± ${percent(spread(our.map(w => w.all)))}` +
      ` (main ${show(our, w => w.main)}, others ${show(our, w => w.others)})` +
      `   ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})` +
      `   ${show(our, w => w.rate)} a second`,
  );
}

const percent = part => `${Math.round((part / 2) * 100)} %`;

async function measureWait(name, floor, gateway, token) {
  const { connections, count } = WAITS[name];
  const body = bodyOf({ bytes: 1_024, words: '[50 ms]' });
  const times = new Map([floor, gateway].map(target => [target, []]));
  for (const target of [floor, gateway, gateway, floor]) {
    const bytes = requestBytes(target.port, token, body);
    times
      .get(target)
      .push(...(await load({ port: target.port, bytes, connections, count: quick ? count / 2 : count })));
  }
  const told = share => {
    const [low, our] = [quantile(times.get(floor), share), quantile(times.get(gateway), share)];
    return `p${share * 100} floor ${low.toFixed(2)} ms, bough ${our.toFixed(2)} ms: ${(our - low).toFixed(2)} ms later`;
  };
  console.log(`${name.padEnd(9)} ${told(0.5)}   ${told(0.99)}`);
}

/** What it uses when nobody asks. */
async function measureRest({ pid }) {
  await sleep(REST_MS / 2);
  const before = await cpuSeconds(pid);
  await sleep(quick ? REST_MS / 2 : REST_MS);
  const after = await cpuSeconds(pid);
  const seconds = (quick ? REST_MS / 2 : REST_MS) / 1000;
  const perSecond = of => (((after[of] - before[of]) / seconds) * 1000).toFixed(1);
  console.log(
    `rest      ${(await residentMiB(pid)).toFixed(0)} MiB, CPU ${perSecond('main')} ms a second (others ${perSecond('others')})`,
  );
}

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

async function startGateway(dataDir, upstream) {
  const env = {
    PORT: '0',
    BOUGH_DATA_DIR: dataDir,
    OPENAI_API_KEY: 'sk-fake',
    OPENAI_BASE_URL: `${upstream}/v1`,
    BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '100000000',
    BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '1000000000',
    BOUGH_MODEL_TOKENS_PER_MINUTE: '1000000000',
    BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '1000000',
  };
  const startedAt = performance.now();
  const gateway = await start(PROGRAM, env, /models at http:\/\/[^:]+:(\d+)/);
  const wallMs = performance.now() - startedAt;
  const { main, others } = await cpuSeconds(gateway.pid);
  return { ...gateway, wallMs, cpuMs: (main + others) * 1000, mainMs: main * 1000 };
}

async function measureStart(dataDir, upstream) {
  const seen = [];
  for (let time = 0; time < (quick ? 3 : 5); time += 1) {
    seen.push(await startGateway(dataDir, upstream));
    await endLast();
  }
  const show = pick => `${median(seen.map(pick)).toFixed(0)} ms (${Math.min(...seen.map(pick)).toFixed(0)} at best)`;
  console.log(
    `start     on existing data ${show(s => s.wallMs)}, CPU ${show(s => s.cpuMs)}, of the main thread ${show(s => s.mainMs)}`,
  );
}

console.log(
  `Node ${process.version}; ${pinned ? `gateway alone on core ${alone}` : 'not pinned'}; CPU of the process, µs a request (json) or chunk (sse); median of ${rounds} paired windows, ± half the distance of the farthest`,
);
for (let time = 0; time < starts; time += 1) {
  const dataDir = await mkdtemp(join(tmpdir(), 'bough-bench-'));
  try {
    const provider = await start([join(HERE, 'provider.mjs')], {}, /listening (\d+)/);
    const upstream = `http://127.0.0.1:${provider.port}`;
    const floor = await start([join(HERE, 'floor.mjs')], { UPSTREAM: upstream }, /listening (\d+)/);
    pin(floor.pid, alone);
    if (chosen.includes('start')) {
      await startGateway(dataDir, upstream);
      await endLast();
      await measureStart(dataDir, upstream);
    }
    const gateway = await startGateway(dataDir, upstream);
    // Its PostgreSQL stays where it was started.
    pin(gateway.pid, alone);
    const token = /TOKEN='([^']+)'/.exec(await readFile(join(dataDir, 'connection.env'), 'utf8'))[1];
    if (chosen.includes('rest')) await measureRest(gateway);
    for (const name of chosen) {
      if (name in CASES) await measureCase(name, floor, gateway, token);
      else if (name in WAITS) await measureWait(name, floor, gateway, token);
      else continue;
      console.log(`          ${(await residentMiB(gateway.pid)).toFixed(0)} MiB behind it`);
    }
    if (chosen.includes('rest')) await measureRest(gateway);
  } finally {
    await endAll();
    await rm(dataDir, { recursive: true, force: true });
  }
}
