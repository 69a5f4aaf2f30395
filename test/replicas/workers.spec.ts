/** Several processes of one program behind one port: to a caller they are one gateway, whichever of them answers. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '../support/database.js';
import { chatStream, FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';
import { BoughProcess } from '../support/process.js';
import { Replicas } from '../support/replicas.js';

const WORKERS = 3;
const REQUESTS_PER_MINUTE = 100;
const FAILURES_PER_MINUTE = 300;
const START_MS = 240_000;

const answer: Script = (seen, response) => {
  const { max_tokens: completion } = JSON.parse(seen.body.toString()) as { max_tokens: number };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      id: 'x',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'all' }, finish_reason: 'length' }],
      usage: { prompt_tokens: 10, completion_tokens: completion, total_tokens: completion + 10 },
    }),
  );
};
const neverEnding: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n');
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
/** The processes that serve now, as the log tells of them. */
const workersOf = ({ output }: BoughProcess): number[] =>
  [...output.matchAll(/"workerPid":(\d+),"msg":"a worker process serves"/g)]
    .map(([, pid]) => Number(pid))
    .filter(isAlive);
const tally = (statuses: readonly number[]) =>
  statuses.reduce<Record<number, number>>((sums, status) => ({ ...sums, [status]: (sums[status] ?? 0) + 1 }), {});
const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

const start = (provider: FakeProvider, environment: Record<string, string> = {}) =>
  Replicas.start(1, {
    BOUGH_WORKERS: String(WORKERS),
    LOG_LEVEL: 'info',
    OPENAI_API_KEY: 'sk-fake',
    OPENAI_BASE_URL: `${provider.url}/v1`,
    ...environment,
  });

describe('three processes behind one port', () => {
  let provider: FakeProvider;
  let gateway: Replicas;
  let bough: BoughProcess;
  let credentials: string;
  beforeAll(async () => {
    provider = await FakeProvider.start(answer);
    gateway = await start(provider, {
      BOUGH_CREDENTIAL_REQUESTS_PER_MINUTE: String(REQUESTS_PER_MINUTE),
      BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: String(FAILURES_PER_MINUTE),
    });
    bough = gateway.all[0]?.process as BoughProcess;
    const branch = await gateway.mainBranchId();
    credentials = `/api/v2/projects/${gateway.projectId}/branches/${branch}/credentials`;
  }, START_MS);
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  interface Credential {
    readonly token_id: string;
    readonly api_token: string;
  }
  const makeCredential = async (): Promise<Credential> => {
    const body = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    const made = await gateway.manage('POST', credentials, body);
    expect(made.status).toBe(201);
    return made.body as Credential;
  };
  const ask = async (token: string, extra: object = {}): Promise<number> => {
    try {
      const body = { model: 'gpt-5-5', max_tokens: 20, ...extra };
      const response = await gateway.chat(0, body, { authorization: `Bearer ${token}` });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  };
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${gateway.all[0]?.baseUrl}/metrics`)).text();
    return [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'gm'))].reduce(
      (sum, [, value]) => sum + Number(value),
      0,
    );
  };
  const count = async (where = 'true'): Promise<number> => {
    const [row] = await gateway.sql<{ n: string }>(
      `SELECT count(*) AS n FROM usage_records WHERE status <> 'refused' AND ${where}`,
    );
    return Number(row?.n);
  };
  const minute = () => Math.floor(Date.now() / 60_000);
  /** What `fire` gives within one minute of the gateway's windows. */
  const withinOneMinute = async <Value>(fire: () => Promise<Value>): Promise<Value> => {
    for (;;) {
      const before = minute();
      const value = await fire();
      if (minute() === before) return value;
    }
  };
  const capRequests = async (credential: Credential, value: number) => {
    const scope = { scope_type: 'credential', scope_id: credential.token_id };
    const written = await gateway.manage('PUT', '/admin/limits', { ...scope, kind: 'requests_per_minute', value });
    expect(written.status).toBe(200);
  };

  it('share the requests, and each of them answers for the metrics and the ledger of all', async () => {
    const { api_token: token } = await makeCredential();
    const before = await metric('bough_requests_total');
    const seen = provider.seen.length;
    for (let round = 0; round < 5; round += 1) {
      expect(tally(await Promise.all(times(12, () => ask(token))))).toEqual({ 200: 12 });
    }
    const served = () => [
      ...bough.output.matchAll(/"workerPid":(\d+),"requestId":"[^"]+","method":"POST","path":"\/v1\/chat/g),
    ];
    await eventually(() => served().length === 60, 'a line for each');
    expect(new Set(served().map(([, pid]) => pid)).size).toBe(WORKERS);
    expect(workersOf(bough)).toHaveLength(WORKERS);
    for (let round = 0; round < 6; round += 1) expect(await metric('bough_requests_total')).toBe(before + 60);
    expect(await metric('bough_request_duration_seconds_count')).toBe(before + 60);
    expect(await metric('bough_workers')).toBe(WORKERS);
    expect(await metric('bough_requests_in_flight')).toBe(0);
    expect(provider.seen.length - seen).toBe(60);
    await eventually(async () => (await count()) === provider.seen.length, 'a row each');
  }, 120_000);

  it('let a credential make exactly its requests of a minute, over all of them together', async () => {
    const statuses = await withinOneMinute(async () => {
      const { api_token: token } = await makeCredential();
      return Promise.all(times(3 * REQUESTS_PER_MINUTE, () => ask(token)));
    });
    expect(tally(statuses)).toEqual({ 200: REQUESTS_PER_MINUTE, 429: 2 * REQUESTS_PER_MINUTE });
  }, 200_000);

  it('follow a change before it is answered: a new credential works everywhere, a revoked one nowhere', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { api_token: token, token_id: id } = await makeCredential();
      expect(tally(await Promise.all(times(12, () => ask(token))))).toEqual({ 200: 12 });
      expect((await gateway.manage('DELETE', `${credentials}/${id}`)).status).toBe(204);
      expect(tally(await Promise.all(times(12, () => ask(token))))).toEqual({ 401: 12 });
    }
  }, 120_000);

  it('let exactly the requests of a limit pass, whichever of them is asked', async () => {
    const statuses = await withinOneMinute(async () => {
      const credential = await makeCredential();
      await capRequests(credential, 40);
      return Promise.all(times(90, () => ask(credential.api_token)));
    });
    expect(tally(statuses)).toEqual({ 200: 40, 429: 50 });
  }, 200_000);

  it(
    'lose nothing to a kill: another takes the place, the journal is adopted, the cap holds',
    async () => {
      const credential = await makeCredential();
      await capRequests(credential, 40);
      const tokens: string[] = [];
      for (let made = 0; made < 4; made += 1) tokens.push((await makeCredential()).api_token);
      const [victim = 0, ...survivors] = workersOf(bough);
      const requestsBefore = await metric('bough_requests_total');
      const seenBefore = provider.seen.length;

      provider.script = neverEnding;
      const cut = times(12, index => ask(tokens[index % 4] ?? '', { stream: true }));
      await eventually(() => provider.seen.length === seenBefore + 12, 'the streams run');
      provider.script = answer;
      const began = minute();
      const capped = Promise.all(times(90, () => ask(credential.api_token)));
      process.kill(victim, 'SIGKILL');
      await capped;
      const admitted = provider.seen.length - seenBefore - 12;
      expect(admitted).toBeGreaterThan(0);
      expect(admitted).toBeLessThanOrEqual(40 * (minute() - began + 1));

      const successor = () => workersOf(bough).find(pid => !survivors.includes(pid));
      await eventually(successor, 'another takes its place', START_MS);
      expect(workersOf(bough)).toEqual(expect.arrayContaining(survivors));
      expect(bough.output).toContain('a worker process ended; another takes its place');
      expect(await metric('bough_worker_restarts_total')).toBe(1);
      // What the dead one had counted when it was last asked is not forgotten: a sum that shrinks would look like a restart.
      expect(await metric('bough_requests_total')).toBeGreaterThanOrEqual(requestsBefore);
      expect(tally(await Promise.all(times(12, index => ask(tokens[index % 4] ?? ''))))).toEqual({ 200: 12 });
      for (const socket of provider.sockets) socket.destroy();
      await Promise.all(cut);
      // A request that was noted and that the kill left no time to send has a row, too.
      await eventually(
        async () => (await count()) >= provider.seen.length,
        () => `a row for each of ${provider.seen.length} requests`,
        60_000,
      );
      expect(await count("status = 'aborted' AND estimated AND input_tokens > 0")).toBeGreaterThan(0);
    },
    2 * START_MS,
  );

  it('hear of each other’s failed authentications', async () => {
    const statuses = await withinOneMinute(async () => {
      const told: number[] = [];
      for (let round = 0; round < FAILURES_PER_MINUTE / 5; round += 1) {
        told.push(
          ...(await Promise.all(times(10, index => ask(`nt_live_${String(round * 10 + index).padStart(32, '0')}`)))),
        );
      }
      return told;
    });
    // Twice as many were tried as may fail. Who counted alone would have let a third of them pass for each of the three: all.
    expect(statuses.filter(status => status === 401).length).toBeLessThan(1.5 * FAILURES_PER_MINUTE);
    expect(statuses.slice(-10)).toEqual(times(10, () => 429));
  }, 200_000);
});

describe('several processes', () => {
  let provider: FakeProvider;
  let dataDir: string;
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let bough: BoughProcess;
  beforeEach(async () => {
    provider = await FakeProvider.start(answer);
    dataDir = await mkdtemp(join(tmpdir(), 'bough-workers-'));
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await bough.kill();
    await eventually(() => everyWorkerOf(bough).every(pid => !isAlive(pid)), 'every process has ended');
    await provider.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const everyWorkerOf = ({ output }: BoughProcess) =>
    [...output.matchAll(/"workerPid":(\d+)/g)].map(([, pid]) => Number(pid));
  const spawn = (environment: Record<string, string> = {}) => {
    bough = BoughProcess.spawn({
      BOUGH_WORKERS: '2',
      DATABASE_URL: database.applicationUrl,
      BOUGH_OWNER_DATABASE_URL: database.url,
      BOUGH_DATA_DIR: dataDir,
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      ...environment,
    });
    return bough;
  };
  const chat = async (baseUrl: string, stream: boolean): Promise<Response> => {
    const token = /NEON_AI_GATEWAY_TOKEN='([^']+)'/.exec(await readFile(join(dataDir, 'connection.env'), 'utf8'))?.[1];
    return fetch(`${baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5-5', max_tokens: 20, messages: [{ role: 'user', content: 'hi' }], stream }),
    });
  };

  it(
    'let a running stream end when they are told to stop, take no new work, and end together',
    async () => {
      const baseUrl = await spawn({ BOUGH_DRAIN_MS: '120000' }).baseUrl(START_MS);
      let finish: () => void = () => undefined;
      const gate = new Promise<void>(resolve => (finish = resolve));
      provider.script = async (_, response) => {
        const bytes = chatStream(['one', 'two']);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(bytes.subarray(0, 40));
        await gate;
        response.end(bytes.subarray(40));
      };
      const stream = await chat(baseUrl, true);
      bough.child.kill('SIGTERM');
      const status = async () => (await fetch(`${baseUrl}/readyz`)).status;
      await eventually(async () => (await status().catch(() => 0)) === 503, 'readiness fails');
      const refused = await eventually(() => chat(baseUrl, false).catch(() => false as const), 'an answer');
      expect(refused.status).toBe(503);
      expect(refused.headers.get('connection')).toBe('close');
      finish();
      expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/);
      expect(await bough.exit(START_MS)).toBe(0);
    },
    2 * START_MS,
  );

  it(
    'end at once at the second signal, and with the process that started them',
    async () => {
      provider.script = neverEnding;
      let baseUrl = await spawn({ BOUGH_DRAIN_MS: '120000' }).baseUrl(START_MS);
      await chat(baseUrl, true);
      bough.child.kill('SIGTERM');
      await eventually(() => bough.output.includes('"msg":"stopping"'), 'it stops');
      bough.child.kill('SIGTERM');
      expect(await bough.exit()).toBe(1);
      await eventually(() => everyWorkerOf(bough).every(pid => !isAlive(pid)), 'every process has ended');

      baseUrl = await spawn().baseUrl(START_MS);
      await chat(baseUrl, true);
      await bough.kill('SIGKILL');
      await eventually(() => everyWorkerOf(bough).every(pid => !isAlive(pid)), 'every process has ended');
    },
    3 * START_MS,
  );

  it(
    'give up where each ends as soon as it is started, and say so',
    async () => {
      const preload = join(dataDir, 'die.cjs');
      await writeFile(preload, "if (require('node:cluster').isWorker) process.kill(process.pid, 'SIGKILL');\n");
      spawn({ NODE_OPTIONS: `--require ${preload}` });
      expect(await bough.exit(START_MS)).toBe(1);
      expect(bough.output).toContain(
        'Bough gives up: a worker process ended 5 times in a row as soon as it was started',
      );
      const deaths = bough.output.match(/"signal":"SIGKILL","msg":"a worker process ended/g)?.length;
      expect(deaths).toBeGreaterThanOrEqual(5);
      expect(deaths).toBeLessThanOrEqual(10);
    },
    2 * START_MS,
  );

  it(
    'end with 78 and one message where the configuration is at fault, and do not try again',
    async () => {
      const neighbour = createServer();
      await new Promise<void>(resolve => neighbour.listen(0, '127.0.0.1', resolve));
      spawn({ PORT: String((neighbour.address() as AddressInfo).port) });
      expect(await bough.exit(START_MS)).toBe(78);
      await new Promise(resolve => neighbour.close(resolve));
      expect(bough.output.match(/is in use by another program; set another port/g)).toHaveLength(1);
      expect(bough.output).not.toContain('another takes its place');
    },
    2 * START_MS,
  );
});
