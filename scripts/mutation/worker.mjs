// Runs the specs of a module against one fault after the other, in one process: starting Jest anew would take most of the time.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCLI } from 'jest';
import base from '../../jest.config.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const TRANSFORM = fileURLToPath(new URL('transform.mjs', import.meta.url));
const RUNTIME = fileURLToPath(new URL('runtime.cjs', import.meta.url));

process.stdout.write = () => true;
process.stderr.write = () => true;
const quick = createRequire(import.meta.url)('./quick.cjs');
quick.prepare(base);

/** @returns whether all specs passed: `quick` ones without Jest's own world */
process.on('message', async ({ specs, isQuick, mutant, cacheDirectory, testTimeout }) => {
  globalThis.mutant = mutant;
  process.send({
    green: await (isQuick ? runQuickly(specs, testTimeout) : runJest(specs, mutant, cacheDirectory, testTimeout)),
  });
});
process.send('ready');

async function runQuickly(specs, testTimeout) {
  for (const spec of specs) if (!(await quick.runSpec(spec, testTimeout))) return false;
  return true;
}

async function runJest(specs, mutant, cacheDirectory, testTimeout) {
  const { globalSetup: _setup, globalTeardown: _teardown, testSequencer: _order, ...rest } = base;
  const config = {
    ...rest,
    rootDir: ROOT,
    id: 'mutation',
    // Jest looks through all of these at every start.
    roots: [...new Set(specs.map(dirname))],
    // Jest remembers what it compiled by its configuration.
    globals: { mutant: mutant === null ? '' : JSON.stringify(mutant) },
    transform: Object.fromEntries(
      Object.entries(base.transform).map(([files, [, options]]) => [files, [TRANSFORM, options]]),
    ),
    runtime: RUNTIME,
    cacheDirectory,
    testTimeout,
  };
  const argv = {
    config: JSON.stringify(config),
    runTestsByPath: true,
    _: specs,
    runInBand: true,
    bail: true,
    silent: true,
    watchman: false,
    reporters: [],
    $0: 'jest',
  };
  const { results } = await runCLI(argv, [ROOT]);
  return results.success && results.numPassedTests > 0;
}
