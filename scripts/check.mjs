// Everything that must be green before a change is pushed: `npm run check`, and `npm test` is the same.
// Steps: generate, types, format, build, lint, imports, deadcode, mutation, tests. `node scripts/check.mjs lint format` runs only those.
import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { scoreFaults } from './mutation/modules.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const REPORT = join(tmpdir(), `bough-tests-${process.pid}.json`);
const bin = name => join(ROOT, 'node_modules', '.bin', name);

/** Runs a program; resolves with what it printed, rejects with the same when it fails. */
function run(command, args, { quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = [];
    child.stdout.on('data', chunk => said.push(chunk));
    child.stderr.on('data', chunk => said.push(chunk));
    child.on('error', reject);
    child.on('close', code => {
      const output = Buffer.concat(said).toString();
      if (code === 0) resolve(quiet ? '' : output);
      else reject(new Error(output.trim() === '' ? `${command} ended with ${code}` : output));
    });
  });
}

async function sourceFiles() {
  const folders = await Promise.all(
    ['src', 'packages'].map(name => readdir(join(ROOT, name), { withFileTypes: true, recursive: true })),
  );
  return folders
    .flat()
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts'))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !path.includes(join('src', 'generated')) && !path.includes(join('sandbox', 'dist')));
}

/** The import rules, and proof that the checker saw the program: one that sees nothing reports success. */
async function imports() {
  const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src', 'packages'];
  // It ends with the number of violations; its report says more.
  const output = await run(bin('depcruise'), args).catch(error => error.message);
  const begin = output.indexOf('{');
  if (begin < 0) throw new Error(output);
  const { modules, summary } = JSON.parse(output.slice(begin, output.lastIndexOf('}') + 1));
  const seen = modules.filter(
    ({ source }) => /^(src|packages)\//.test(source) && !source.startsWith('src/generated'),
  ).length;
  const wanted = (await sourceFiles()).length;
  if (seen !== wanted) throw new Error(`the import checker saw ${seen} modules of ${wanted}`);
  const violations = summary.violations.map(({ from, to, rule }) => `${rule.severity} ${rule.name}: ${from} → ${to}`);
  if (violations.length > 0) throw new Error(violations.join('\n'));
  return `${seen} modules`;
}

/** What the last run of `npm run mutation` scored, beside what was reached before. The run itself takes too long for here. */
async function mutation() {
  const scores = JSON.parse(await readFile(join(ROOT, 'test', 'mutation.json'), 'utf8'));
  const faults = scoreFaults(scores);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return Object.entries(scores)
    .map(([name, { killed, mutants }]) => `${name} ${Math.floor((100 * killed) / mutants)} %`)
    .join(', ');
}

async function tests() {
  await run(bin('jest'), ['--ci', '--json', `--outputFile=${REPORT}`, ...(process.env.CI ? ['--silent'] : [])]).catch(
    async error => {
      const details = error.message.replaceAll(/^PASS .*\n/gm, '').slice(-60_000);
      throw new Error(`${await failures()}\n${details}`);
    },
  );
  return '';
}

/** What failed, a line for each, before pages of details: a log is often read through a small window. */
async function failures() {
  const report = await readFile(REPORT, 'utf8').then(JSON.parse, () => null);
  if (report === null) return 'the test runner ended without a report';
  const inOneLine = text => stripVTControlCharacters(text).replaceAll(/\s+/g, ' ').slice(0, 300);
  return report.testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed');
      const file = relative(ROOT, name);
      if (failed.length === 0) return [`${file}: ${inOneLine(message)}`];
      return failed.map(({ fullName, failureMessages }) => `${file} › ${fullName}: ${inOneLine(failureMessages[0])}`);
    })
    .join('\n');
}

const STEPS = {
  generate: () => run(bin('prisma'), ['generate'], { quiet: true }),
  types: () => run(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']),
  lint: () =>
    run(bin('oxlint'), ['--type-aware', '--deny-warnings', 'src', 'packages', 'test', 'scripts'], { quiet: true }),
  format: () => run(bin('prettier'), ['--check', '--log-level', 'warn', '.'], { quiet: true }),
  imports,
  deadcode: () => run(bin('knip'), ['--no-progress'], { quiet: true }),
  build: async () => {
    await run(bin('tsc'), ['-p', 'packages/sandbox'], { quiet: true });
    await run(bin('nest'), ['build'], { quiet: true });
    return run(process.execPath, ['scripts/bundle.mjs'], { quiet: true });
  },
  mutation,
  tests,
};
/** Group after group; of a group two run side by side. */
const GROUPS = [['generate'], ['types', 'format', 'build', 'lint', 'imports', 'deadcode', 'mutation'], ['tests']];

async function step(name) {
  const startedAt = performance.now();
  const seconds = () => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  try {
    const note = (await STEPS[name]())?.trim() ?? '';
    console.log(`ok    ${name.padEnd(9)} ${seconds()}${note === '' || note.includes('\n') ? '' : `  ${note}`}`);
    return true;
  } catch (error) {
    console.log(`FAIL  ${name.padEnd(9)} ${seconds()}\n${error.message}`);
    return false;
  }
}

/** @returns the names of the steps that failed */
async function runTwoAtATime(names) {
  const waiting = [...names];
  const failed = [];
  const worker = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      if (!(await step(name))) failed.push(name);
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}

const wanted = process.argv.slice(2);
for (const name of wanted)
  if (!(name in STEPS)) throw new Error(`no step ${name}; there are ${Object.keys(STEPS).join(', ')}`);
let green = true;
for (const group of GROUPS) {
  const names = group.filter(name => wanted.length === 0 || wanted.includes(name));
  const failed = await runTwoAtATime(names);
  green &&= failed.length === 0;
  // A program that was not built has nothing to test; what a linter says of it does not matter for that.
  if (failed.includes('build') || failed.includes('generate')) break;
}
try {
  const { numPassedTests, numFailedTests } = JSON.parse(await readFile(REPORT, 'utf8'));
  console.log(`tests: ${numPassedTests} passed, ${numFailedTests} failed`);
} catch {
  // The tests were not asked for, or did not get that far; the steps above say so.
}
await rm(REPORT, { force: true });
process.exit(green ? 0 : 1);
