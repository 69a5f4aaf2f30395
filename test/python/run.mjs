// Runs the vendors' Python SDKs, and every Python snippet of the docs, against the built gateway on its sandbox.
// Usage: npm run build && npm run test:python [-- --where-possible] [-- --frameworks]
// With --where-possible a machine without Python, or without a package index, is said so and is no failure. With --frameworks
// the frameworks run in place of the SDKs; they take some 700 MiB.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBuiltGateway } from '../support/built-gateway.mjs';
import { environmentOf, findPython, NotHere } from './environments.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
/** A lock file of `requirements/`, and the modules of `checks/` that run with it. */
const SDKS = [
  ['newest', ['openai_checks', 'anthropic_checks', 'genai_checks', 'snippet_checks']],
  ['previous', ['openai_checks', 'anthropic_checks', 'genai_checks']],
];
const FRAMEWORKS = [
  ['frameworks', ['framework_checks']],
  ['llamaindex', ['llamaindex_checks']],
];
const RUNS = process.argv.includes('--frameworks') ? FRAMEWORKS : SDKS;

/** Runs modules of checks with an interpreter; false where a check failed. */
function runChecks(python, modules, variables) {
  // An editor's or a test's own settings of a vendor would send the checks elsewhere.
  const foreign = /^(OPENAI|ANTHROPIC|GEMINI|GOOGLE|PYTHON)_|_PROXY$/i;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const child = spawn(python, ['-B', join(HERE, 'checks'), ...modules], {
    env: { ...Object.fromEntries(inherited), ...variables },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve(code === 0));
  });
}

async function main() {
  await findPython();
  const pythons = [];
  for (const [name] of RUNS) pythons.push(await environmentOf(name));
  const gateway = await startBuiltGateway();
  try {
    let green = true;
    for (const [index, [, modules]] of RUNS.entries())
      green = (await runChecks(pythons[index], modules, gateway.variables)) && green;
    return green;
  } finally {
    await gateway.stop();
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof NotHere)) throw error;
  console.log(`PYTHON WAS NOT CHECKED: ${error.message}`);
  process.exitCode = process.argv.includes('--where-possible') ? 0 : 1;
}
