// Prints whether the time of a refusal tells how much of a token was guessed: tokens of a live credential whose secret is
// wrong at its first characters against those that are wrong at its last, each with a good checksum, and, for comparison,
// tokens of no credential at all. Welch's |t| below 4.5 means that these samples tell nothing.
// Usage: npm run build && node test/bench/timing.mjs [samples of each = 10000]
import { randomInt } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { Client } from 'undici';
import { readShortId } from '../../dist/modules/identity/token.js';
import { endAll, start } from './processes.mjs';

const SAMPLES = Number(process.argv[2] ?? 10_000);
const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const GUESSED = 4;
const RANDOM = 26;
const MAIN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist', 'main.js');

const shuffled = names =>
  names
    .map(name => [Math.random(), name])
    .sort(([a], [b]) => a - b)
    .map(([, name]) => name);
const letters = (count, alphabet = LETTERS) =>
  Array.from({ length: count }, () => alphabet[randomInt(alphabet.length)]).join('');
/** With the checksum that makes the gateway look it up. */
function tokenOf(shortId, random) {
  const token = `nt_live_${shortId}_${random}${checksum(`${shortId}_${random}`)}`;
  if (readShortId(token) !== shortId) throw new Error('the checksum is made otherwise now');
  return token;
}

function checksum(text) {
  let digits = '';
  for (let rest = crc32(text), index = 0; index < 6; index += 1, rest = Math.floor(rest / 62)) {
    digits = LETTERS[rest % 62] + digits;
  }
  return digits;
}

const dataDir = await mkdtemp(join(tmpdir(), 'bough-timing-'));
try {
  const env = {
    PORT: '0',
    BOUGH_DATA_DIR: dataDir,
    BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000000',
    LOG_LEVEL: 'error',
  };
  const gateway = await start([MAIN], env, /models at http:\/\/[^:]+:(\d+)/);
  const known = /TOKEN='nt_live_([0-9a-f]{12})_([^']+)'/.exec(await readFile(join(dataDir, 'connection.env'), 'utf8'));
  const [, shortId, secret] = known;
  const right = secret.slice(0, RANDOM);
  const kinds = {
    'wrong at the beginning': () => tokenOf(shortId, letters(GUESSED) + right.slice(GUESSED)),
    'wrong at the end': () => tokenOf(shortId, right.slice(0, -GUESSED) + letters(GUESSED)),
    'no such credential': () => tokenOf(letters(12, '0123456789abcdef'), letters(RANDOM)),
  };
  const client = new Client(`http://127.0.0.1:${gateway.port}`);
  const samples = Object.fromEntries(Object.keys(kinds).map(kind => [kind, []]));
  const ask = async kind => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${kinds[kind]()}` };
    const begin = performance.now();
    const { statusCode, body } = await client.request({ path: '/v1/models', method: 'GET', headers });
    const took = performance.now() - begin;
    await body.dump();
    if (statusCode !== 401) throw new Error(`status ${statusCode}`);
    return took;
  };
  const names = Object.keys(kinds);
  for (let round = 0; round < SAMPLES + 500; round += 1) {
    // In an order of chance, so that what comes before a kind is no part of it.
    for (const kind of shuffled(names)) {
      const took = await ask(kind);
      if (round >= 500) samples[kind].push(took);
    }
  }
  await client.close();
  for (const name of names) {
    const { mean, deviation } = describe(samples[name]);
    console.log(`${name.padEnd(24)} mean ${mean.toFixed(4)} ms   deviation ${deviation.toFixed(4)} ms`);
  }
  const [beginning, end, none] = names.map(name => samples[name]);
  console.log(`beginning against end    t = ${welch(beginning, end).toFixed(2)}`);
  console.log(`known against unknown    t = ${welch(end, none).toFixed(2)}`);
} finally {
  await endAll();
  await rm(dataDir, { recursive: true, force: true });
}

/** Of the lower 95 of a hundred: pauses of the machine are no part of what is asked. */
function describe(values) {
  const kept = values.toSorted((a, b) => a - b).slice(0, Math.floor(values.length * 0.95));
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  const variance = kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (kept.length - 1);
  return { mean, deviation: Math.sqrt(variance), error: variance / kept.length };
}

function welch(left, right) {
  const [a, b] = [describe(left), describe(right)];
  return (a.mean - b.mean) / Math.sqrt(a.error + b.error);
}
