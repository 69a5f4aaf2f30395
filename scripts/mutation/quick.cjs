// Runs one spec in this process, against a fault: many times as fast as Jest, which makes a world anew for each file. It
// stops at the first failure, and loads packages once a process. What it cannot run, Jest runs (worker.mjs).
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const { ModernFakeTimers } = require('@jest/fake-timers');
const swc = require('@swc/core');
const { expect } = require('expect');
const { bind } = require('jest-each');
const { ModuleMocker } = require('jest-mock');

const ROOT = path.resolve(__dirname, '../..');
const realTimeout = setTimeout;
const mocker = new ModuleMocker(globalThis);
const timers = new ModernFakeTimers({ config: { fakeTimers: {}, rootDir: ROOT }, global: globalThis });

/** Pure folders and descriptors, which know no later module (.dependency-cruiser.cjs): one that holds no fault stays loaded. */
const STATELESS = /\/src\/(?:generated|errors|json|sse|dialects|config|providers)\//;
/** Streams of Node itself use these; within Jest's world they have their own. */
const REAL = ['nextTick', 'queueMicrotask'];

globalThis.expect = expect;
globalThis.jest = {
  fn: implementation => mocker.fn(implementation),
  spyOn: (...what) => mocker.spyOn(...what),
  restoreAllMocks: () => mocker.restoreAllMocks(),
  useFakeTimers: () => timers.useFakeTimers({ doNotFake: REAL }),
  useRealTimers: () => timers.useRealTimers(),
  advanceTimersByTime: ms => timers.advanceTimersByTime(ms),
  advanceTimersByTimeAsync: ms => timers.advanceTimersByTimeAsync(ms),
  clearAllTimers: () => timers.clearAllTimers(),
  getTimerCount: () => timers.getTimerCount(),
};

const blockIn = parent => ({ parent, steps: [], beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] });
let current = blockIn(null);
const describe = (_name, fill) => {
  const [outer, inner] = [current, blockIn(current)];
  outer.steps.push(inner);
  current = inner;
  fill();
  current = outer;
};
const it = (_name, test) => void current.steps.push(test);
describe.each = bind(describe, false);
it.each = bind(it, false);
Object.assign(globalThis, { describe, it, test: it });
for (const hook of ['beforeAll', 'afterAll', 'beforeEach', 'afterEach']) {
  globalThis[hook] = step => void current[hook].push(step);
}

/** What nobody waits for fails the test that runs. */
let fail = () => undefined;
process.on('uncaughtException', error => fail(error));

function ended(step, timeoutMs) {
  return new Promise((resolve, reject) => {
    fail = reject;
    const timer = realTimeout(() => reject(new Error('it takes too long')), timeoutMs);
    Promise.resolve()
      .then(() => step())
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

async function run(block, timeoutMs) {
  const around = [];
  for (let each = block; each !== null; each = each.parent) around.unshift(each);
  let tests = 0;
  const steps = list => list.reduce((before, step) => before.then(() => ended(step, timeoutMs)), Promise.resolve());
  await steps(block.beforeAll);
  try {
    for (const step of block.steps) {
      if (typeof step !== 'function') {
        tests += await run(step, timeoutMs);
        continue;
      }
      tests += 1;
      try {
        await steps(around.flatMap(({ beforeEach }) => beforeEach));
        await ended(step, timeoutMs);
      } finally {
        await steps(around.toReversed().flatMap(({ afterEach }) => afterEach));
      }
    }
  } finally {
    await steps(block.afterAll);
  }
  return tests;
}

/** @param config Jest's: how files are compiled, and which names stand for which */
function prepare(config) {
  const compiled = new Map();
  const options = { ...config.transform['^.+\\.ts$'][1], sourceMaps: false };
  const names = Object.entries(config.moduleNameMapper).map(([name, to]) => [new RegExp(name), [to].flat()]);
  const compile = file => {
    const { mutant } = globalThis;
    if (mutant?.path !== file && compiled.has(file)) return compiled.get(file);
    const code = readFileSync(file, 'utf8');
    const text = mutant?.path === file ? code.slice(0, mutant.start) + mutant.text + code.slice(mutant.end) : code;
    const made = swc.transformSync(text, { ...options, filename: file }).code;
    if (mutant?.path !== file) compiled.set(file, made);
    return made;
  };
  Module._extensions['.ts'] = (module, file) => module._compile(compile(file), file);
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, parent, ...rest) {
    const [name, targets] = names.find(([pattern]) => pattern.test(request)) ?? [];
    const isOurs = parent?.filename?.endsWith('.ts') ?? false;
    for (const target of isOurs && targets !== undefined ? targets : []) {
      const to = request.replace(name, target.replace('<rootDir>', ROOT));
      const file = `${path.resolve(path.dirname(parent.filename), to)}.ts`;
      if (existsSync(file)) return file;
      if (existsSync(file.slice(0, -3))) return file.slice(0, -3);
      if (!to.startsWith('.')) return resolve.call(this, to, parent, ...rest);
    }
    return resolve.call(this, request, parent, ...rest);
  };
}

/** @returns whether all of its tests passed, and there were some */
async function runSpec(spec, timeoutMs) {
  const keep = STATELESS.test(globalThis.mutant?.path ?? '') ? /^$/ : STATELESS;
  for (const file of Object.keys(require.cache))
    if (file.endsWith('.ts') && !keep.test(file)) delete require.cache[file];
  current = blockIn(null);
  const top = current;
  try {
    require(spec);
    return (await run(top, timeoutMs)) > 0;
  } catch {
    return false;
  } finally {
    fail = () => undefined;
    timers.useRealTimers();
    mocker.restoreAllMocks();
  }
}

module.exports = { prepare, runSpec };
