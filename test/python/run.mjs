// Runs the vendors' Python SDKs, and every Python snippet of the docs, against the built gateway on its sandbox.
// Usage: npm run build && npm run test:python -- [--where-possible] [--frameworks] [MODULE …], such as `aider_checks`.
// With --where-possible a machine without Python, or without a package index, is said so and is no failure. With --frameworks
// the frameworks and agents run in place of the SDKs, on the strict provider as well; they take more than a GiB.
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
  ['frameworks', ['framework_checks', 'python_agent_checks']],
  ['llamaindex', ['llamaindex_checks']],
  ['aider', ['aider_checks']],
];
const ALL = process.argv.includes('--frameworks') ? FRAMEWORKS : SDKS;
const named = process.argv.slice(2).filter(argument => !argument.startsWith('--'));
const RUNS = ALL.map(([lock, modules]) => [
  lock,
  named.length === 0 ? modules : modules.filter(name => named.includes(name)),
]).filter(([, modules]) => modules.length > 0);

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
  let green = await runAll(await startBuiltGateway(), pythons);
  if (ALL === FRAMEWORKS) {
    const { startStrictGateway } = await import('../agents/strict-gateway.mjs');
    const strict = await startStrictGateway();
    console.log('\nOn the strict provider:');
    green = (await runAll(strict, pythons)) && green;
    for (const refusal of strict.provider.refusals) console.log(`REFUSED ${refusal}`);
    green &&= strict.provider.refusals.length === 0;
  }
  return green;
}

/** Runs everything on a gateway, and stops it. */
async function runAll(gateway, pythons) {
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
