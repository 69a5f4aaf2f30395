import { join } from 'node:path';
import { type RunningBough, startBough } from '../../src/bootstrap/start.js';
import { AppConfig } from '../../src/config/app-config.js';
import { Log } from '../../src/platform/logging.js';
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'gpt-5-nano';
/** What 10,000 tokens in and 10 out cost at the price, and at a thousand and ten thousand times of it. */
const [RIGHT, WRONG] = [
  { pricing: { input: 0.05, output: 0.4 }, usd: '0.000504' },
  { pricing: { input: 500, output: 400 }, usd: '5.004' },
];
const toUsd = (dollars: number) => String(Number(dollars.toFixed(6)));
const SPEND = ['spend_per_day', 'spend_per_month', 'spend_total'] as const;

const answer: Script = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const choice = { index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' };
  const usage = { prompt_tokens: 10_000, completion_tokens: 10, total_tokens: 10_010 };
  response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: MODEL, choices: [choice], usage }));
};

interface Effective {
  limits: { scope_type: string; kind: string; model?: string; source: string; used: string }[];
}

describe('limits on spend, on two replicas,', () => {
  let provider: FakeProvider;
  let first: TestGateway;
  let second: RunningBough;
  let scopes: { scope_type: string; scope_id: string }[];
  beforeAll(async () => {
    provider = await FakeProvider.start(answer);
    const environment = {
      ...{
        DATABRICKS_HOST: provider.url,
        DATABRICKS_TOKEN: 'dapi-fake',
        BOUGH_MASTER_KEY: 'a-master-key-that-both-replicas-share',
      },
      ...{ BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '0', BOUGH_DRAIN_MS: '200', LOG_LEVEL: 'silent' },
    };
    first = await startTestGateway(environment);
    const own = {
      PORT: '0',
      DATABASE_URL: first.databaseUrl,
      BOUGH_DATA_DIR: join(first.bough.banner.connectionFile, '..', 'second'),
    };
    second = await startBough(AppConfig.fromEnvironment({ ...environment, ...own }), Log.create('silent'));
    const [row] = await first.sql<{ org: string; leaf: string; credential: string }>(
      `SELECT (SELECT id FROM organizations) AS org, (SELECT id FROM credentials LIMIT 1) AS credential,
        (SELECT id FROM branches WHERE name = 'preview/sub-branch') AS leaf`,
    );
    scopes = [
      { scope_type: 'account', scope_id: row?.org ?? '' },
      { scope_type: 'project', scope_id: first.projectId },
      { scope_type: 'branch', scope_id: first.mainBranchId },
      { scope_type: 'branch', scope_id: row?.leaf ?? '' },
      { scope_type: 'credential', scope_id: row?.credential ?? '' },
    ];
  });
  afterAll(async () => {
    await second.stop();
    await first.stop();
    await provider.stop();
  });
  afterEach(async () => {
    // A counter that is new begins with what the ledger has by then.
    await allInTheLedger();
    const { body } = await first.manage<{ limits: { id: string }[] }>('GET', '/admin/limits');
    for (const { id } of body.limits) await first.manage('DELETE', `/admin/limits/${id}`);
  });

  const manage = async <Body>(method: string, path: string, body?: object) => {
    const reply = await first.manage<Body>(method, path, body);
    expect([200, 201, 204]).toContain(reply.status);
    return reply.body;
  };
  const put = async (usd: string, where = scopes) => {
    // Requests count from the moment when a replica has heard of a limit: it has when it refuses.
    await write('0', where);
    await eventually(async () => (await both()).every(status => status === 429), 'both follow');
    await write(usd, where);
  };
  const write = async (usd: string, where: typeof scopes) => {
    for (const scope of where) {
      for (const kind of SPEND) {
        for (const models of [{}, { model: MODEL }])
          await manage('PUT', '/admin/limits', { ...scope, kind, usd, ...models });
      }
    }
  };
  let answered = 0;
  const ask = async (baseUrl: string): Promise<number> => {
    const response = await fetch(`${baseUrl}/branches/preview%2Fsub-branch/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${first.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 10 }),
    });
    await response.arrayBuffer();
    if (response.status === 200) answered += 1;
    return response.status;
  };
  const both = () => Promise.all([ask(first.baseUrl), ask(second.baseUrl)]);
  const price = (pricing: object) => manage('PATCH', `/admin/models/${MODEL}`, { pricing });
  const correct = (id: string, pricing: object) =>
    manage('POST', `/admin/models/${MODEL}/price-corrections`, { id, pricing, note: 'typed wrongly', from: today() });
  const allInTheLedger = () =>
    eventually(async () => {
      const [row] = await first.sql<{ count: string }>("SELECT count(*) FROM usage_records WHERE status <> 'refused'");
      return row?.count === String(answered);
    }, 'all requests are in the ledger');
  /** What each limit says was used, once. */
  const used = async () => {
    const path = `/admin/limits/effective?branch=${scopes[3]?.scope_id}&credential=${scopes[4]?.scope_id}&model=${MODEL}`;
    const { limits } = await manage<Effective>('GET', path);
    const ofSpend = limits.filter(({ kind }) => kind.startsWith('spend'));
    // Five scopes here, and the branch between them has none.
    expect(ofSpend).toHaveLength(30);
    return [...new Set(ofSpend.map(limit => limit.used))];
  };
  const reported = async () => {
    const { usage } = await manage<{ usage: { cost_usd: string }[] }>('GET', '/admin/usage');
    return usage.map(row => row.cost_usd);
  };
  const today = () => new Date().toISOString().slice(0, 10);

  it('open again everywhere when a price that was too high is corrected', async () => {
    await price(WRONG.pricing);
    await put('1');
    expect(await ask(first.baseUrl)).toBe(200);
    // It cost far more than was reserved: the other replica refuses once it can have heard of that (decision 5).
    await eventually(async () => String(await used()) === WRONG.usd, 'the store has heard of it');
    expect(await both()).toEqual([429, 429]);
    await allInTheLedger();

    await price(RIGHT.pricing);
    await correct('too-high', RIGHT.pricing);
    expect(await used()).toEqual([RIGHT.usd]);
    expect(await reported()).toEqual([RIGHT.usd]);
    // The same once more is no other correction.
    await correct('too-high', RIGHT.pricing);
    expect(await used()).toEqual([RIGHT.usd]);
    await eventually(async () => (await both()).every(status => status === 200), 'both answer');
  });

  it('close everywhere when a price that was too low is corrected, though replicas have leases in reserve', async () => {
    await price(RIGHT.pricing);
    await put('6');
    for (const { baseUrl } of [first, second]) {
      await eventually(async () => (await ask(baseUrl)) === 200, 'it follows the raise');
    }
    await allInTheLedger();

    await correct('too-low', WRONG.pricing);
    expect(await used()).toEqual(await reported());
    expect(await reported()).toEqual([toUsd(answered * 5.004)]);
    // The price of requests is the low one still, so it is the counters that refuse.
    expect(await ask(first.baseUrl)).toBe(429);
    await eventually(async () => (await ask(second.baseUrl)) === 429, 'the other refuses');
  });

  it('that are set behind a correction begin with what usage says', async () => {
    await price(WRONG.pricing);
    expect(await ask(first.baseUrl)).toBe(200);
    await allInTheLedger();
    await price(RIGHT.pricing);
    await correct('before-there-was-a-limit', RIGHT.pricing);

    await put('1');
    expect(await used()).toEqual([toUsd(answered * 0.000504)]);
    expect(await ask(first.baseUrl)).toBe(200);
  });
});
