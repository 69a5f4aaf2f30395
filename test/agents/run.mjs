// Runs the commands of docs/agents.md, as they stand there, against the built gateway on its sandbox: a prompt, then a call of
// the agent's own tool, with its maker's model and with foreign ones. Ends with 1 where one failed.
// Usage: npm run build && npm run test:agents [-- --write] [PROGRAM …], such as `codex`; --write puts the table into the page.
// The agents are installed into .agents, a GiB; each runs in throw-away folders, on a gateway that is this run's own.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startBuiltGateway } from '../support/built-gateway.mjs';
import { AGENTS } from './agents.mjs';

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

async function install(agents) {
  await mkdir(INSTALLED, { recursive: true });
  await writeFile(join(INSTALLED, 'package.json'), '{ "private": true }');
  const packages = agents.map(agent => `${agent.package}@${agent.version}`);
  await run('npm', ['install', '--prefix', INSTALLED, '--no-audit', '--no-fund', '--no-save', ...packages]);
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
async function shell(script, place, variables) {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: place.project,
    env: { PATH: `${join(INSTALLED, 'node_modules', '.bin')}:${process.env.PATH}`, HOME: place.home, ...variables },
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

/** Asks in folders that nobody used. @param prompt what is asked in place of the page's, of the file with the secret */
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
    return await shell(`${settings}\n${line}`, place, variables);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** @returns 'yes', 'the prompt' where no more can be asked, or what failed */
async function attempt(agent, model, page, variables) {
  const words = await ask(agent, model, page, variables, () => PROMPT);
  if (!words.stdout.includes(ANSWER)) return fault('no answer', words);
  if (agent.promptOnly?.includes(model)) return 'the prompt';
  const read = await ask(agent, model, page, variables, agent.reading);
  return read.stdout.includes(SECRET) ? 'yes' : fault('no tool call', read);
}

function fault(what, { stdout, stderr }) {
  console.error(`${what}:\n${stdout.slice(-SHOWN_CHARACTERS)}\n${stderr.slice(-SHOWN_CHARACTERS)}\n`);
  return what;
}

async function tryAll(agents, page) {
  const gateway = await startBuiltGateway();
  const rows = [];
  try {
    for (const agent of agents) {
      for (const model of agent.models) {
        console.error(`${agent.name} on ${model} …`);
        rows.push([
          `${agent.name} ${agent.version}`,
          `\`${model}\``,
          await attempt(agent, model, page, gateway.variables),
        ]);
      }
    }
  } finally {
    await gateway.stop();
  }
  return rows;
}

const named = process.argv.slice(2).filter(name => !name.startsWith('--'));
const chosen = AGENTS.filter(agent => named.length === 0 || named.includes(agent.program));
const page = await readFile(PAGE, 'utf8');
await install(chosen);
const rows = await tryAll(chosen, page);
const head = ['| Agent | Model | Prompt and tool |', '| --- | --- | --- |'];
const table = [...head, ...rows.map(row => `| ${row.join(' | ')} |`)].join('\n');
console.log(table);
if (process.argv.includes('--write')) {
  await writeFile(
    PAGE,
    page.replace(/(<!-- table: agents -->\n\n)(?:\|.*\n)*\n*/, (_, mark) => `${mark}${table}\n\n`),
  );
  await run(join(ROOT, 'node_modules', '.bin', 'prettier'), ['--write', PAGE]);
}
const passed = rows.filter(([, , said]) => said === 'yes' || said === 'the prompt').length;
console.log(`\nagents: ${passed} passed, ${rows.length - passed} failed`);
process.exitCode = passed === rows.length ? 0 : 1;
