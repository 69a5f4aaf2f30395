// Prints where the time of a request goes: CPU of the main thread by the room of ours, the package or the part of Node in
// which it was spent, and of the other threads by what they are for. The parts add up to what a request takes while it is
// profiled, which is some tenths more than it takes otherwise; `run.mjs` says how much that is.
// Usage: npm run build && node test/bench/parts.mjs [--sse], with the Node that is to be measured.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load, requestBytes } from './load.mjs';
import { pin } from './measure.mjs';
import { endAll, start } from './processes.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const STREAM = process.argv.includes('--sse');
const CHUNKS_OF_A_STREAM = 51;
const COUNT = STREAM ? 1_500 : 30_000;
const LEAST_SHARE = 0.004;

const text = 'A line of a prompt, with \\"quotes\\" and an end.\\n';
const question = `{"model":"gpt-5-4","stream":${STREAM},"messages":[{"role":"user","content":"${STREAM ? '[no gap]' : ''}${text.repeat(19)}"}]}`;

/** Nanoseconds of CPU of each thread, by its name. */
async function threads(pid) {
  const spent = new Map();
  for (const id of await readdir(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${id}`;
    const [name, schedule] = await Promise.all([
      readFile(`${folder}/comm`, 'utf8').catch(() => ''),
      readFile(`${folder}/schedstat`, 'utf8').catch(() => '0'),
    ]);
    const key = id === String(pid) ? 'main' : name.trim();
    spent.set(key, (spent.get(key) ?? 0) + Number(schedule.split(' ')[0]));
  }
  return spent;
}

/** The room of ours (two folders deep), the package, or the module of Node that a frame belongs to; null for V8's own. */
function partOf({ url, functionName }) {
  if (functionName === '(program)') return 'not JavaScript (epoll, idle loop)';
  if (functionName === '(garbage collector)') return 'garbage collection';
  if (url === '') return null;
  const [, ofPackage] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (ofPackage !== undefined) return `package ${ofPackage}`;
  const [, ofUs] = /\/dist\/(.+)$/.exec(url) ?? [];
  if (ofUs !== undefined) return ofUs.split('/').slice(0, -1).slice(0, 2).join('/') || ofUs;
  return url.replace(/^node:(?:internal\/)?/, 'node: ').replace(/^wasm:.*/, 'package undici');
}

/** Shares of the samples that were not idle, by part. What V8 does itself counts for who called it; a call of the system has a row. */
function shares({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map(node => [node.id, node]));
  const own = new Map();
  for (const [index, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + timeDeltas[index]);
  const parts = new Map();
  let all = 0;
  const walk = (node, caller) => {
    const { functionName } = node.callFrame;
    const time = own.get(node.id) ?? 0;
    const part = partOf(node.callFrame);
    const isSystemCall = /^(?:writev|writeBuffer|writeUtf8String|writeLatin1String|writeString|fdatasync)$/.test(
      functionName,
    );
    const named = isSystemCall && part === null ? `${functionName} for ${caller}` : (part ?? caller);
    if (functionName !== '(idle)') {
      parts.set(named, (parts.get(named) ?? 0) + time);
      all += time;
    }
    for (const child of node.children ?? []) walk(byId.get(child), part ?? caller);
  };
  walk(nodes[0], 'V8');
  return [...parts].map(([part, time]) => [part, time / all]).toSorted(([, one], [, other]) => other - one);
}

const folder = await mkdtemp(join(tmpdir(), 'bough-parts-'));
const profile = join(folder, 'profile.json');
const [ours, alone] = [cpus().length - 2, cpus().length - 1];
pin(process.pid, ours);
try {
  const provider = await start([join(HERE, 'provider.mjs')], {}, /listening (\d+)/);
  const env = {
    PORT: '0',
    BENCH_PROFILE: profile,
    BOUGH_DATA_DIR: join(folder, 'data'),
    OPENAI_API_KEY: 'sk-fake',
    OPENAI_BASE_URL: `http://127.0.0.1:${provider.port}/v1`,
    BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: '100000000',
    BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '1000000000',
    BOUGH_MODEL_TOKENS_PER_MINUTE: '1000000000',
    BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '1000000',
  };
  const main = [`--import=${join(HERE, 'profile-preload.mjs')}`, join(HERE, '..', '..', 'dist', 'main.js')];
  const gateway = await start(main, env, /models at http:\/\/[^:]+:(\d+)/);
  pin(gateway.pid, alone);
  const token = /TOKEN='([^']+)'/.exec(await readFile(join(folder, 'data', 'connection.env'), 'utf8'))[1];
  const bytes = requestBytes(gateway.port, token, Buffer.from(question));
  const ask = count => load({ port: gateway.port, bytes, connections: 32, count });
  await ask(COUNT);
  process.kill(gateway.pid, 'SIGUSR2');
  await new Promise(resolve => setTimeout(resolve, 500));
  const before = await threads(gateway.pid);
  await ask(COUNT);
  const after = await threads(gateway.pid);
  process.kill(gateway.pid, 'SIGUSR2');
  while (!existsSync(profile)) await new Promise(resolve => setTimeout(resolve, 100));
  await new Promise(resolve => setTimeout(resolve, 2_000));

  const units = STREAM ? COUNT * CHUNKS_OF_A_STREAM : COUNT;
  const spent = name => ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / units / 1000;
  const line = (micros, part) => console.log(`${micros.toFixed(2).padStart(8)}  ${part}`);
  console.log(`Node ${process.version}, µs of CPU for each ${STREAM ? 'chunk' : 'request'}`);
  let rest = 0;
  for (const [part, share] of shares(JSON.parse(await readFile(profile, 'utf8')))) {
    if (share >= LEAST_SHARE) line(share * spent('main'), part);
    else rest += share;
  }
  line(rest * spent('main'), 'parts of less');
  line(spent('main'), 'main thread, all of it');
  for (const name of after.keys()) if (name !== 'main' && spent(name) > 0.01) line(spent(name), `thread ${name}`);
} finally {
  await endAll();
  await rm(folder, { recursive: true, force: true });
}
