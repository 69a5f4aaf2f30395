/** Usage on real processes that die and on a database that goes: one row for each request that a provider saw. */
import pg from 'pg';
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';
import { Replicas } from '../support/replicas.js';

const answer: Script = (_, response) => {
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({
        id: 'x',
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content: 'all' }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 },
      }),
    );
  }, 100);
};
const neverEnding: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]}\n\n');
};

describe('two replicas', () => {
  let provider: FakeProvider;
  let replicas: Replicas;
  let server: pg.Client;
  beforeAll(async () => {
    provider = await FakeProvider.start(answer);
    replicas = await Replicas.start(2, {
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_IDENTITY_STALE_MS: '3000',
      BOUGH_IDENTITY_CACHE_MS: '500',
      BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '10000',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '1000000000',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '100000',
    });
    server = new pg.Client({ connectionString: process.env['BOUGH_TEST_SERVER_URL'] });
    await server.connect();
  }, 60_000);
  afterAll(async () => {
    await comeBack();
    await server.end();
    await replicas.stop();
    await provider.stop();
  });

  const name = () => new URL(replicas.databaseUrl).pathname.slice(1);
  const goAway = async () => {
    await server.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS false`);
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name()]);
  };
  const comeBack = () => server.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS true`);
  const count = async (where = 'true'): Promise<number> => {
    const [row] = await replicas.sql<{ n: string }>(
      `SELECT count(*) AS n FROM usage_records WHERE status <> 'refused' AND ${where}`,
    );
    return Number(row?.n);
  };
  /** Rows of requests that were noted, and that the kill left no time to send: nobody can tell whether they were. */
  let unsent = 0;
  const oneRowEach = () => {
    let rows = 0;
    return eventually(
      async () => (rows = await count()) === provider.seen.length + unsent,
      () => `${rows} rows of ${provider.seen.length} requests and ${unsent} that were not sent`,
      30_000,
    );
  };
  const ask = async (index: number, extra: object = {}): Promise<number> => {
    try {
      const response = await replicas.chat(index, { model: 'gpt-5-5', max_tokens: 20, ...extra });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  };
  const load = async (count_: number, withinMs: number): Promise<number[]> =>
    Promise.all(
      Array.from({ length: count_ }, async (_, index) => {
        await new Promise(resolve => setTimeout(resolve, (index * withinMs) / count_));
        return ask(index);
      }),
    );

  it('write one row for each request the provider saw, though one is killed in the midst and starts again', async () => {
    const running = load(400, 4_000);
    await eventually(() => provider.seen.length > 100, 'the load runs');
    provider.script = neverEnding;
    const cut = Array.from({ length: 5 }, () => ask(1, { stream: true }));
    const streaming = () => provider.seen.filter(({ body }) => body.includes('"stream":true')).length === 5;
    await eventually(streaming, 'the streams run', 15_000);
    provider.script = answer;
    replicas.all[1]?.process.child.kill('SIGKILL');
    await Promise.all(cut);
    await running;
    await replicas.restart(1);
    await eventually(async () => (await count()) >= provider.seen.length, 'a row each', 30_000);
    await new Promise(resolve => setTimeout(resolve, 1_500));
    const seen = provider.seen.length;
    unsent = (await count()) - seen;
    expect(unsent).toBeGreaterThanOrEqual(0);
    expect(await count("status <> 'aborted'")).toBeLessThanOrEqual(seen - 5);
    expect(await count("status = 'aborted' AND estimated AND input_tokens > 0")).toBeGreaterThanOrEqual(5 + unsent);
  }, 120_000);

  it('serve while the database is away for as long as they may, then 503, and lose nothing', async () => {
    expect(await ask(0)).toBe(200);
    expect(await ask(1)).toBe(200);
    const statuses: number[] = [];
    let away = false;
    const running = (async () => {
      for (let round = 0; round < 100; round += 1) {
        statuses.push(...(await Promise.all([ask(0), ask(1)])));
        if (round === 10) {
          await goAway();
          away = true;
        }
      }
    })();
    await eventually(() => away, 'the database is away');
    await eventually(() => statuses.includes(503), 'the cached answers are used up', 15_000);
    await running;
    expect(statuses.filter(status => status !== 200 && status !== 503)).toEqual([]);
    await comeBack();
    await eventually(async () => (await ask(0)) === 200 && (await ask(1)) === 200, 'they serve again', 12_000);
    await oneRowEach();
  }, 120_000);

  it('refuse a revoked credential everywhere within a second, with 500 requests in flight', async () => {
    const branch = await replicas.mainBranchId();
    const path = `/api/v2/projects/${replicas.projectId}/branches/${branch}/credentials`;
    const made = await replicas.manage('POST', path, { scopes: ['ai_gateway:invoke'], principal_type: 'user' });
    const { api_token: token, token_id: id } = made.body as { api_token: string; token_id: string };
    const headers = { authorization: `Bearer ${token}` };
    const one = async (index: number) => {
      const response = await replicas.chat(index, { model: 'gpt-5-5', max_tokens: 20 }, headers);
      await response.arrayBuffer();
      return response.status;
    };
    expect(await one(0)).toBe(200);
    expect(await one(1)).toBe(200);
    const before = provider.seen.length;
    const inFlight = Promise.all(Array.from({ length: 500 }, (_, index) => one(index)));
    await eventually(() => provider.seen.length > before + 50, 'they are in flight');
    const revoked = await replicas.manage('DELETE', `${path}/${id}`);
    expect(revoked.status).toBe(204);
    const since = performance.now();
    await inFlight;
    await new Promise(resolve => setTimeout(resolve, Math.max(0, 1_000 - (performance.now() - since))));
    // None of the requests that were under way has written the old state back.
    for (let round = 0; round < 10; round += 1) expect([await one(0), await one(1)]).toEqual([401, 401]);
  }, 60_000);
});
