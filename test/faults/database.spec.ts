import pg from 'pg';
import { ChangeFeed } from '../../src/platform/change-feed.js';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const BODY = { model: 'gpt-5-nano', messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 };

describe('a database that goes and comes', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  let server: pg.Client;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    gateway = await startTestGateway({
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_IDENTITY_STALE_MS: '2500',
      BOUGH_IDENTITY_CACHE_MS: '200',
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '0',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0',
    });
    server = new pg.Client({ connectionString: process.env['BOUGH_TEST_SERVER_URL'] });
    await server.connect();
  });
  afterAll(async () => {
    await server.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS true`);
    await server.end();
    await gateway.stop();
    await provider.stop();
  });

  const name = () => new URL(gateway.databaseUrl).pathname.slice(1);
  /** Cuts every connection, the test's own too, and lets nobody in. */
  const goAway = async () => {
    await server.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS false`);
    await server.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name()]);
  };
  const comeBack = () => server.query(`ALTER DATABASE ${name()} ALLOW_CONNECTIONS true`);
  const statusOf = async (headers: Record<string, string> = {}) => (await gateway.chat(BODY, headers)).status;

  it('lets known tokens work for a while, then 503, never 401; and nothing that was served is lost', async () => {
    const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
    const unknown = await gateway.manage<{ api_token: string }>('POST', path, {
      scopes: ['ai_gateway:invoke'],
      principal_type: 'user',
    });
    expect(await statusOf()).toBe(200);
    const servedBefore = provider.seen.length;
    await goAway();

    const fresh = await gateway.chat(BODY, { authorization: `Bearer ${unknown.body.api_token}` });
    expect(fresh.status).toBe(503);
    expect(fresh.headers.get('retry-after')).toBe('1');
    expect(await fresh.json()).toMatchObject({
      error: { message: 'authorization temporarily unavailable', code: 'authorization_unavailable' },
    });
    // Thirty seconds of an outage hold one poll of the change feed; many change nothing.
    for (let poll = 0; poll < 5; poll += 1) {
      await gateway.bough.app.get(ChangeFeed, { strict: false }).poll();
      expect([poll, await statusOf()]).toEqual([poll, 200]);
    }
    expect(await statusOf({ authorization: 'Bearer nt_live_garbage' })).toBe(401);
    expect(await (await fetch(`${gateway.baseUrl}/readyz`)).json()).toEqual({
      status: 'ready',
      database: 'unreachable',
    });
    expect((await gateway.manage('GET', '/admin/models')).status).toBe(503);

    await eventually(async () => (await statusOf()) === 503, 'the known token is no longer believed', 6_000);

    await comeBack();
    await eventually(async () => (await statusOf()) === 200, 'it works again', 5_000);
    const client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    const count = async () =>
      Number(
        (await client.query<{ n: string }>("SELECT count(*) AS n FROM usage_records WHERE status <> 'refused'")).rows[0]
          ?.n,
      );
    const served = provider.seen.length;
    expect(served).toBeGreaterThan(servedBefore + 1);
    await eventually(async () => (await count()) === served, 'one record for each request that was served', 8_000);
    await client.end();
  }, 40_000);
});
