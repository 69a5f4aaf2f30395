// Runs the commands of docs/agents.md, as they stand there, against the built gateway: a prompt, then a call of the agent's own
// tool, with its maker's model and with foreign ones, on the sandbox and on the strict provider (strict-provider.mjs). The folder
// that an agent works in must stay as it was. Ends with 1 where one failed.
// Usage: npm run build && npm run test:agents [-- --write] [PROGRAM … MODEL …], such as `codex gpt-5-4`; --write puts the rows into the page.
// The agents are installed into .agents, a GiB; each runs in throw-away folders, on gateways that are this run's own.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startBuiltGateway } from '../support/built-gateway.mjs';
import { AGENTS } from './agents.mjs';
import { checkRefusals } from './refused-requests.mjs';
import { startStrictGateway } from './strict-gateway.mjs';

const run = promisify(execFile);
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const PAGE = join(ROOT, 'docs', 'agents.md');
const INSTALLED = join(ROOT, '.agents');
const ANSWER_MS = 120_000;
const SHOWN_CHARACTERS = 600;
const PROMPT = 'What is a branch in Postgres?';
/** What the sandbox knows about branches, and the prompt does not say. */
const ANSWER = 'copy-on-write';
/** What stands in a file alone, so that an agent that says it has read it. */
const SECRET = 'heron-4711';

/** Each into a folder of its own, kept until its version changes: what one needs is never another's. */
async function install({ program, packages }) {
  const folder = folderOf(program);
  const kept = join(folder, 'installed.json');
  const wanted = JSON.stringify(packages);
  if ((await readFile(kept, 'utf8').catch(() => '')) === wanted) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const named = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-save', ...named], {
    maxBuffer: 64 * 1_048_576,
  });
  await writeFile(kept, wanted);
}

function folderOf(program) {
  return join(INSTALLED, program);
}

/** The commands of an agent's section: those that ask something, and the settings before them. */
function commandsOf(agent, page) {
  const section = page.split(`\n## ${agent.name}\n`)[1]?.split('\n## ')[0] ?? '';
  const [, block = ''] = /```bash\n([^]*?)```/.exec(section) ?? [];
  const lines = block.trimEnd().split('\n');
  const asks = line => line.includes(`'${PROMPT}'`);
  if (!lines.some(asks)) throw new Error(`docs/agents.md has no command of ${agent.name}`);
  return { settings: lines.filter(line => !asks(line)).join('\n'), asking: lines.filter(asks) };
}

/** The line that asks this model: one of the page, or its first with another model. */
function lineFor(model, asking, [own]) {
  return asking.find(line => line.includes(model)) ?? asking[0].replace(own, model);
}

/** Runs commands in a folder and with a home of their own. @returns what they print, apart from what they complain of */
async function shell(script, place, { program }, variables) {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: place.project,
    env: {
      PATH: `${join(folderOf(program), 'node_modules', '.bin')}:${process.env.PATH}`,
      HOME: place.home,
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what the agent starts ends with it.
    detached: true,
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => (said.stdout += chunk));
  child.stderr.on('data', chunk => (said.stderr += chunk));
  const late = setTimeout(() => end(child.pid), ANSWER_MS);
  try {
    await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
  } finally {
    clearTimeout(late);
    end(child.pid);
  }
  return said;
}

function end(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

/** What the files of the project are before the agent is asked, and after: a line for each. */
const LIST = "find . -type f -not -path './.git/*' -exec sha256sum {} + | sort -k 2";

/**
 * Asks in folders that nobody used.
 * @param prompt what is asked in place of the page's, of the file with the secret
 * @returns what the agent printed, and the lines of LIST that are other ones than before
 */
async function ask(agent, model, page, variables, prompt) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'bough-agent-')));
  const place = { home: join(folder, 'home'), project: join(folder, 'project') };
  try {
    for (const path of [place.home, place.project]) await mkdir(path);
    await run('git', ['init', '--quiet', place.project]);
    const note = join(place.project, 'note.txt');
    await writeFile(note, `${SECRET}\n`);
    const { settings, asking } = commandsOf(agent, page);
    const line = lineFor(model, asking, agent.models).replace(PROMPT, () => prompt(note));
    const before = join(folder, 'before.txt');
    const said = await shell(`${settings}\n${LIST} > ${before}\n${line}`, place, agent, variables);
    const files = await run('bash', ['-c', LIST], { cwd: place.project });
    const earlier = new Set((await readFile(before, 'utf8').catch(() => '')).split('\n'));
    const later = new Set(files.stdout.split('\n'));
    const changed = [...earlier].filter(file => !later.has(file)).concat([...later].filter(file => !earlier.has(file)));
    return { ...said, changed };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** @returns 'yes', or what failed */
async function attempt(agent, model, page, gateway) {
  const refused = gateway.provider?.refusals.length ?? 0;
  const words = await ask(agent, model, page, gateway.variables, () => PROMPT);
  if (!words.stdout.includes(ANSWER)) return fault('no answer', words, gateway, refused);
  if (words.changed.length > 0) return fault('changed files', words, gateway, refused);
  const read = await ask(agent, model, page, gateway.variables, agent.reading);
  if (!read.stdout.includes(SECRET)) return fault('no tool call', read, gateway, refused);
  if (read.changed.length > 0) return fault('changed files', read, gateway, refused);
  return (gateway.provider?.refusals.length ?? 0) > refused ? fault('refused', read, gateway, refused) : 'yes';
}

function fault(what, { stdout, stderr, changed }, { provider }, refused) {
  console.error(`${what}:\n${stdout.slice(-SHOWN_CHARACTERS)}\n${stderr.slice(-SHOWN_CHARACTERS)}\n`);
  for (const line of [...changed, ...(provider?.refusals.slice(refused) ?? [])])
    console.error(line.slice(0, SHOWN_CHARACTERS));
  return what;
}

async function tryAll(agents, page) {
  const sandbox = await startBuiltGateway();
  const rows = [];
  try {
    const strict = await startStrictGateway();
    try {
      console.log(`the strict provider refuses ${await checkRefusals(strict.provider)} requests that no vendor takes`);
      for (const agent of agents) {
        await install(agent);
        for (const model of agent.tried) rows.push(await row(agent, model, page, sandbox, strict));
      }
    } finally {
      await strict.stop();
    }
  } finally {
    await sandbox.stop();
  }
  return rows;
}

async function row(agent, model, page, sandbox, strict) {
  console.error(`${agent.name} on ${model} …`);
  const onSandbox = await attempt(agent, model, page, sandbox);
  const before = strict.provider.asked();
  const onStrict = await attempt(agent, model, page, strict);
  const said = onStrict === 'yes' && strict.provider.asked() === before ? 'was not asked' : onStrict;
  const [version] = Object.values(agent.packages);
  const cells = [`${agent.name} ${version}`, `\`${model}\``, onSandbox, said];
  console.error(cells.join(' | '));
  return cells;
}

/** The page's rows with those of this run in the place of the ones of before: a row is an agent's on a model. */
function tableOf(page, rows) {
  const [, old = ''] = /<!-- table: agents -->\n\n((?:\|.*\n)*)/.exec(page) ?? [];
  const cellsOf = line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim());
  const keyOf = ([agent, model]) => `${agent.replace(/ [\d.]+$/, '')} ${model}`;
  const before = old.split('\n').slice(2).filter(Boolean).map(cellsOf);
  const all = new Map([...before, ...rows].map(cells => [keyOf(cells), cells]));
  const places = AGENTS.flatMap(({ name, models }) => models.map(model => `${name} \`${model}\``));
  return ['| Agent | Model | Sandbox | Strict provider |', '| --- | --- | --- | --- |']
    .concat(places.flatMap(place => (all.has(place) ? [`| ${all.get(place).join(' | ')} |`] : [])))
    .join('\n');
}

const named = process.argv.slice(2).filter(name => !name.startsWith('--'));
const models = new Set(AGENTS.flatMap(agent => agent.models));
const isAskedFor = (name, names) => names.length === 0 || names.includes(name);
const programs = named.filter(name => !models.has(name));
const chosen = AGENTS.filter(({ program }) => isAskedFor(program, programs)).map(agent => ({
  ...agent,
  tried: agent.models.filter(model =>
    isAskedFor(
      model,
      named.filter(name => models.has(name)),
    ),
  ),
}));
const page = await readFile(PAGE, 'utf8');
const rows = await tryAll(chosen, page);
if (process.argv.includes('--write')) {
  const text = await readFile(PAGE, 'utf8');
  const table = tableOf(text, rows);
  await writeFile(
    PAGE,
    text.replace(/(<!-- table: agents -->\n\n)(?:\|.*\n)*\n*/, (_, mark) => `${mark}${table}\n\n`),
  );
  await run(join(ROOT, 'node_modules', '.bin', 'prettier'), ['--write', PAGE]);
}
console.log(rows.map(cells => cells.join(' | ')).join('\n'));
const passed = rows.filter(([, , onSandbox, onStrict]) => onSandbox === 'yes' && onStrict === 'yes').length;
console.log(`\nagents: ${passed} passed, ${rows.length - passed} failed`);
process.exitCode = passed === rows.length ? 0 : 1;
