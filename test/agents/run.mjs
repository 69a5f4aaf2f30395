// Runs published coding agents against the built gateway on its sandbox: a prompt, and a call of the agent's own tool, with
// its maker's model and with foreign ones. Prints the table of docs/agents.md and ends with 1 where one failed.
// Usage: npm run build && npm run test:agents [-- NAME …], such as `-- codex`. The agents are installed into .agents, some
// hundred MiB; each runs in a throw-away folder, on a gateway of its own.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startBuiltGateway } from '../support/built-gateway.mjs';
import { AGENTS } from './agents.mjs';

const run = promisify(execFile);
const INSTALLED = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '.agents');
const ANSWER_MS = 120_000;
const SHOWN_CHARACTERS = 600;
/** What no prompt holds, so that an agent that says it has read it. */
const SECRET = 'heron-4711';

async function install(agents) {
  await mkdir(INSTALLED, { recursive: true });
  await writeFile(join(INSTALLED, 'package.json'), '{ "private": true }');
  const packages = agents.map(agent => `${agent.package}@${agent.version}`);
  await run('npm', ['install', '--prefix', INSTALLED, '--no-audit', '--no-fund', '--no-save', ...packages]);
}

/** One prompt to one agent, in a folder and with a home of its own. @returns what it prints, and what it complains of */
async function ask(agent, model, prompt, place) {
  const { PATH = '' } = process.env;
  const args = [...agent.command(model), ...(agent.stdin === true ? [] : [prompt])];
  const child = spawn(join(INSTALLED, 'node_modules', '.bin', agent.program), args, {
    cwd: place.project,
    env: { PATH, HOME: place.home, ...agent.environment(place) },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that what the agent starts ends with it.
    detached: true,
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', chunk => (said.stdout += chunk));
  child.stderr.on('data', chunk => (said.stderr += chunk));
  child.stdin.end(agent.stdin === true ? prompt : '');
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

/** @returns 'yes', or what failed */
async function attempt(agent, model, gateway) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'bough-agent-')));
  const place = {
    home: join(folder, 'home'),
    project: join(folder, 'project'),
    baseUrl: gateway.baseUrl,
    token: gateway.variables.NEON_AI_GATEWAY_TOKEN,
  };
  try {
    for (const path of [place.home, place.project]) await mkdir(path);
    const note = join(place.project, 'note.txt');
    await writeFile(note, `${SECRET}\n`);
    await agent.settings?.(place);
    const words = await ask(agent, model, 'Reply with exactly: grey-goose', place);
    if (!words.stdout.includes('grey-goose')) return fault('no answer', words);
    const read = await ask(agent, model, agent.reading(note), place);
    return read.stdout.includes(SECRET) ? 'yes' : fault('no tool call', read);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function fault(what, { stdout, stderr }) {
  console.error(`${what}:\n${stdout.slice(-SHOWN_CHARACTERS)}\n${stderr.slice(-SHOWN_CHARACTERS)}\n`);
  return what;
}

const named = process.argv.slice(2).map(name => name.toLowerCase());
const chosen = AGENTS.filter(agent => named.length === 0 || named.includes(agent.program));
await install(chosen);
const gateway = await startBuiltGateway();
const rows = [];
try {
  for (const agent of chosen) {
    for (const model of agent.models) {
      console.error(`${agent.name} on ${model} …`);
      rows.push([`${agent.name} ${agent.version}`, `\`${model}\``, await attempt(agent, model, gateway)]);
    }
  }
} finally {
  await gateway.stop();
}
console.log(['| Agent | Model | Prompt and tool |', '| --- | --- | --- |'].join('\n'));
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
const passed = rows.filter(row => row[2] === 'yes').length;
console.log(`\nagents: ${passed} passed, ${rows.length - passed} failed`);
process.exitCode = passed === rows.length ? 0 : 1;
