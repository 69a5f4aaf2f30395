// What stands around the gateway in loop-delay.mjs, each in a process of its own: `node loop-roles.mjs <role>`.
// The attacker, its provider and the sink would have machines of their own: they leave the cores to the gateway (nice 19).
import { createServer, Agent, request } from 'node:http';
import { constants, setPriority } from 'node:os';
import { ATTACKS } from './loop-attacks.mjs';

const MAX_MS_EACH = 45_000;
const PAUSE_MS = 5;

const usage = { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 };
const message = { role: 'assistant', content: 'x' };
const answer = JSON.stringify({
  ...{ id: 'c', object: 'chat.completion', created: 1, model: 'm' },
  choices: [{ index: 0, message, finish_reason: 'stop' }],
  usage,
});

/** Answers small, and with a huge error where it is asked to. Takes whatever is sent: it is the sink, too. */
function provide() {
  const error = JSON.stringify({ error: { message: '\\"'.repeat(8e6), type: 'x', code: 'x', param: null } });
  const server = createServer((incoming, response) => {
    let failing = false;
    incoming.on('data', bytes => (failing ||= bytes.length < 1_000 && bytes.includes('"user":"error"')));
    incoming.on('end', () => {
      response.writeHead(failing ? 400 : 200, { 'content-type': 'application/json' });
      response.end(failing ? error : answer);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
}

function send(url, token, body) {
  return new Promise(done => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const asked = request(url, { method: 'POST', headers, agent: false }, response => {
      response.resume();
      response.on('close', () => done(response.statusCode));
    });
    asked.setTimeout(MAX_MS_EACH, () => asked.destroy());
    asked.on('error', error => done(error.code));
    asked.end(body);
  });
}

/** Sends an attack as often as its row says, all at once. */
async function attack({ name, baseUrl, token }) {
  const { path, times, body } = ATTACKS[name];
  const bytes = body();
  process.send({ ready: bytes.length });
  await new Promise(go => process.once('message', go));
  const began = performance.now();
  const statuses = await Promise.all(Array.from({ length: times }, () => send(`${baseUrl}${path}`, token, bytes)));
  process.send({ statuses, seconds: (performance.now() - began) / 1000 });
}

/** Small requests, one after another, until it is told to stop. */
function ask({ url, token, body }) {
  const agent = new Agent({ keepAlive: true });
  const headers = {
    ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    'content-length': Buffer.byteLength(body),
  };
  const times = [];
  const statuses = {};
  let stop = false;
  process.once('message', () => (stop = true));
  const next = () => {
    const began = performance.now();
    const end = status => {
      times.push(performance.now() - began);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (!stop) return setTimeout(next, PAUSE_MS);
      agent.destroy();
      return process.send({ times, statuses });
    };
    const asked = request(url, { method: 'POST', agent, headers }, response => {
      response.resume();
      response.on('end', () => end(response.statusCode));
    });
    asked.on('error', error => end(error.code));
    asked.end(body);
  };
  next();
}

const ROLES = {
  provider: provide,
  sink: provide,
  attacker: () => process.once('message', task => void attack(task)),
  caller: () => process.once('message', ask),
};
const ELSEWHERE = ['attacker', 'sink'];

const [role] = process.argv.slice(2);
if (ELSEWHERE.includes(role)) setPriority(constants.priority.PRIORITY_LOW);
process.on('disconnect', () => process.exit(0));
ROLES[role]();
