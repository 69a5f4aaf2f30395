// Makes one small fault after the other in a module and counts those that its specs notice: `npm run mutation`, or
// `npm run mutation relay routing`. The scores stand in test/mutation.json, and `npm run check` knows their floors. It takes
// two cores at most, `--cores=1` one.
import { fork } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { importsOf } from './mutation/imports.mjs';
import { LOWEST_FLOOR, MODULES } from './mutation/modules.mjs';
import { mutantsOf } from './mutation/mutants.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SCORES = join(ROOT, 'test', 'mutation.json');
const WORKER = join(ROOT, 'scripts', 'mutation', 'worker.mjs');
/** A fault may make a loop or a wait endless; that is noticed, too. So many times as long as the same specs take without one. */
const HANGS = { atLeastMs: 10_000, testAtLeastMs: 2_000, times: 5 };
const FIRST_RUN_MS = 24_000;
/** Its own spec first, and Jest last. */
const ORDER = [
  [true, true],
  [true, false],
  [false, true],
  [false, false],
];
const PROGRESS_EVERY = 25;
/** So many runs of specs. */
const PROCESS_LASTS = 200;
const NOT_MUTATED = /\.(spec|module|types|repository|task)\.ts$/;

async function filesOf({ folder, files, specs, except = '' }) {
  const all = await readdir(join(ROOT, folder), { recursive: true });
  const names = all.filter(name => name.endsWith('.ts') && !name.startsWith(`${except}/`)).sort();
  const inFolder = wanted => wanted.map(name => join(ROOT, folder, name));
  return {
    sources: inFolder(files ?? names.filter(name => !NOT_MUTATED.test(name))),
    specs: inFolder(specs ?? names.filter(name => name.endsWith('.spec.ts'))),
  };
}

/** A process that tries faults; one that hangs is ended, and the next fault gets a new one. */
class Worker {
  #child = null;
  #tested = 0;

  constructor(specs, cacheDirectory) {
    this.specs = specs.map(path => ({ path, imports: importsOf(path), isQuick: true, ms: FIRST_RUN_MS }));
    this.cacheDirectory = cacheDirectory;
  }

  /** Runs the specs without a fault: which of them need Jest, and how long each takes on this machine just now. */
  async begin() {
    let green = true;
    for (const spec of this.specs) {
      let from = performance.now();
      spec.isQuick = await this.#pass(true, [spec], null);
      if (!spec.isQuick) {
        from = performance.now();
        green &&= await this.#pass(false, [spec], null);
      }
      spec.ms = performance.now() - from;
    }
    this.specs.sort((one, other) => one.ms - other.ms);
    return green;
  }

  /** What `begin` found out, for another process. */
  beside() {
    const other = new Worker([], this.cacheDirectory);
    other.specs = this.specs;
    return other;
  }

  /** @returns whether the specs passed that bring the file along: first that of the file itself, where it has one */
  async passes(mutant) {
    const own = mutant?.path.replace(/\.ts$/, '.spec.ts');
    const concerned = this.specs.filter(({ imports }) => mutant === null || imports.has(mutant.path));
    const some = (isOwn, isQuick) =>
      concerned.filter(spec => (spec.path === own) === isOwn && spec.isQuick === isQuick);
    for (const [isOwn, isQuick] of ORDER) {
      const specs = some(isOwn, isQuick);
      if (specs.length > 0 && !(await this.#pass(isQuick, specs, mutant))) return false;
    }
    return true;
  }

  async #pass(isQuick, specs, mutant) {
    // What a fault leaves behind in a process, a timer or a socket, must not grow.
    if (++this.#tested % PROCESS_LASTS === 0) this.stop();
    this.#child ??= await started();
    const child = this.#child;
    const hangsMs = Math.max(HANGS.atLeastMs, HANGS.times * specs.reduce((sum, { ms }) => sum + ms, 0));
    return new Promise((resolve, reject) => {
      const over = green => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(green);
      };
      const lost = () => {
        this.#child = null;
        over(false);
      };
      const timer = setTimeout(() => child.kill('SIGKILL'), hangsMs);
      child.once('message', ({ green }) => over(green)).once('exit', lost);
      child.once('error', reject);
      const { cacheDirectory } = this;
      const testTimeout = Math.max(HANGS.testAtLeastMs, hangsMs / 4);
      child.send({ specs: specs.map(({ path }) => path), isQuick, mutant, cacheDirectory, testTimeout });
    });
  }

  stop() {
    this.#child?.kill();
    this.#child = null;
  }
}

function started() {
  const child = fork(WORKER, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve(child));
    child.once('exit', code => reject(new Error(`the worker ended with ${code}`)));
  }).finally(() => child.removeAllListeners());
}

async function tryModule(name, cores, cacheDirectory) {
  const { sources, specs } = await filesOf(MODULES[name]);
  const mutants = sources.flatMap(path => mutantsOf(path).map(mutant => ({ ...mutant, path })));
  const waiting = [...mutants];
  const survivors = [];
  const first = new Worker(specs, cacheDirectory);
  if (!(await first.begin())) throw new Error(`the specs of ${name} do not pass without a fault`);
  const run = async worker => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      if (await worker.passes(mutant)) {
        survivors.push(mutant);
        const { path, line, was, text } = mutant;
        console.log(`${path.slice(ROOT.length)}:${line}  ${was.replaceAll(/\s+/g, ' ')}  →  ${text.trim()}`);
      }
      const tried = mutants.length - waiting.length;
      if (tried % PROGRESS_EVERY === 0) console.error(`${name}: ${tried} of ${mutants.length} tried`);
    }
    worker.stop();
  };
  const others = Array.from({ length: cores - 1 }, () => first.beside());
  await Promise.all([first, ...others].map(run));
  const killed = mutants.length - survivors.length;
  return { mutants: mutants.length, killed, percent: Math.floor((100 * killed) / mutants.length) };
}

const { values, positionals: asked } = parseArgs({ allowPositionals: true, options: { cores: { type: 'string' } } });
const cores = Number(values.cores ?? Math.min(2, availableParallelism()));
if (!Number.isInteger(cores) || cores < 1)
  throw new Error(`--cores is ${values.cores}; give a whole number, 1 or more`);
for (const name of asked)
  if (!(name in MODULES)) throw new Error(`no module ${name}; there are ${Object.keys(MODULES).join(', ')}`);
const cacheDirectory = await mkdtemp(join(tmpdir(), 'bough-mutation-'));
for (const name of asked.length === 0 ? Object.keys(MODULES) : asked) {
  const score = await tryModule(name, cores, cacheDirectory);
  // Read at the last moment: another run may have written meanwhile.
  const scores = await readFile(SCORES, 'utf8').then(JSON.parse, () => ({}));
  const floor = scores[name]?.floor ?? Math.max(LOWEST_FLOOR, score.percent);
  scores[name] = { ...score, floor };
  console.log(`${name}: ${score.killed} of ${score.mutants} faults noticed, ${score.percent} %, floor ${floor} %`);
  await writeFile(SCORES, `${JSON.stringify(scores, null, 2)}\n`);
  if (score.percent < floor) process.exitCode = 1;
}
await rm(cacheDirectory, { recursive: true, force: true });
