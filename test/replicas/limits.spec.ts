/** Limits on three real processes that share one Postgres: nobody passes a cap, whichever process dies, and whenever. */
import pg from 'pg';
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';
import { Replicas } from '../support/replicas.js';

const MODEL = 'gpt-5-5';
/** As many tokens as were allowed, after a while. */
const answerAll: Script = (seen, response) => {
  const { max_tokens: completion } = JSON.parse(seen.body.toString()) as { max_tokens: number };
  const body = JSON.stringify({
    id: 'x',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'all' }, finish_reason: 'length' }],
    usage: { prompt_tokens: 10, completion_tokens: completion, total_tokens: completion + 10 },
  });
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(body);
  }, 150);
};

describe('three replicas', () => {
  let provider: FakeProvider;
  let replicas: Replicas;
  let scopes: Record<'branch' | 'project' | 'credential' | 'account', string>;
  let limits: string[] = [];
  beforeAll(async () => {
    provider = await FakeProvider.start(answerAll);
    replicas = await Replicas.start(3, {
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_LEASE_TTL_MS: '3000',
    });
    const [row] = await replicas.sql<{ account: string; credential: string }>(
      'SELECT (SELECT id FROM organizations) AS account, (SELECT id FROM credentials LIMIT 1) AS credential',
    );
    scopes = {
      branch: await replicas.mainBranchId(),
      project: replicas.projectId,
      credential: row?.credential ?? '',
      account: row?.account ?? '',
    };
  }, 60_000);
  afterAll(async () => {
    await replicas.stop();
    await provider.stop();
  });
  afterEach(async () => {
    for (const id of limits.splice(0)) await replicas.manage('DELETE', `/admin/limits/${id}`);
  });

  type Cap = { kind: string; value: number } | { kind: string; usd: string };
  const write = async (type: keyof typeof scopes, limit: Cap) => {
    const scope = { scope_type: type, scope_id: scopes[type] };
    const { status, body } = await replicas.manage('PUT', '/admin/limits', { ...scope, ...limit });
    expect(status).toBe(200);
    return (body as { id: string }).id;
  };
  /**
   * A cap counts from the moment when a replica has heard of it: all have when all refuse; raising it lets nobody pass early.
   * Each test has a scope of its own for its kind: a replica that has not heard yet that an earlier test's limit is gone
   * would count what is asked here in the minute that the test counts.
   */
  const put = async (type: keyof typeof scopes, limit: Cap) => {
    limits.push(await write(type, { kind: limit.kind, ...('usd' in limit ? { usd: '0' } : { value: 0 }) }));
    for (const index of replicas.all.keys()) {
      await eventually(async () => (await ask(index)) === 429, `replica ${index} follows`);
    }
    await write(type, limit);
  };
  const ask = async (index: number, extra: object = {}): Promise<number> => {
    try {
      const response = await replicas.chat(index, { model: MODEL, max_tokens: 10, ...extra });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  };
  /** `count` requests, evenly over `withinMs`. */
  const spread = (count: number, withinMs: number, extra: object = {}, meanwhile?: (index: number) => void) =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        await new Promise(resolve => setTimeout(resolve, (index * withinMs) / count));
        meanwhile?.(index);
        return ask(index, extra);
      }),
    );
  const untilSecond = (from: number, to: number) =>
    eventually(
      () => {
        const second = new Date().getUTCSeconds();
        return second >= from && second < to;
      },
      `second ${from} of a minute`,
      62_000,
    );
  const admitted = (statuses: readonly number[]) => statuses.filter(status => status === 200).length;
  const tally = (statuses: readonly number[]) =>
    statuses.reduce<Record<number, number>>((sums, status) => ({ ...sums, [status]: (sums[status] ?? 0) + 1 }), {});
  /** What the counters say, looked at all the time: the most that was used and reserved together. */
  const watchCounters = (kind: string) => {
    let highest = 0;
    let samples = 0;
    const done = new AbortController();
    const loop = (async () => {
      const client = new pg.Client({ connectionString: replicas.databaseUrl });
      await client.connect();
      while (!done.signal.aborted) {
        const { rows } = await client.query<{ taken: string }>(
          'SELECT coalesce(max(used + leased), 0)::text AS taken FROM quota_counters WHERE key LIKE $1',
          [`${kind} %`],
        );
        highest = Math.max(highest, Number(rows[0]?.taken));
        samples += 1;
      }
      await client.end();
    })();
    return async () => {
      done.abort();
      await loop;
      return { highest, samples };
    };
  };

  it('let exactly 60 of 600 requests in 10 s pass a limit of 60 a minute', async () => {
    await untilSecond(0, 36);
    await put('branch', { kind: 'requests_per_minute', value: 60 });
    const statuses = await spread(600, 10_000);
    expect(tally(statuses)).toEqual({ 200: 60, 429: 540 });
  }, 90_000);

  it('never have more than a dollar settled and reserved under a cap of a dollar, with 200 calls at once', async () => {
    await put('branch', { kind: 'spend_per_day', usd: '1' });
    const stop = watchCounters('spend_per_day');
    const statuses: number[] = [];
    // Some 2 cents each: 200 calls cost four dollars.
    for (let wave = 0; wave < 3; wave += 1) {
      statuses.push(...(await Promise.all(Array.from({ length: 200 }, (_, index) => ask(index, { max_tokens: 700 })))));
    }
    const { highest, samples } = await stop();
    expect(samples).toBeGreaterThan(10);
    expect(highest).toBeLessThanOrEqual(1e9);
    const spent = async () => {
      const [row] = await replicas.sql<{ sum: string }>('SELECT sum(cost_nano_usd)::text FROM usage_records');
      return Number(row?.sum);
    };
    // A tenth at most is lost to the last reservations that did not fit.
    await eventually(async () => (await spent()) > 9e8, 'the dollar is spent');
    expect(await spent()).toBeLessThanOrEqual(1e9 + admitted(statuses) * 1e4);
  }, 60_000);

  it('hold both when one of them is killed in the midst', async () => {
    await untilSecond(0, 36);
    await put('project', { kind: 'requests_per_minute', value: 60 });
    await put('branch', { kind: 'spend_per_month', usd: '2' });
    const stop = watchCounters('requests_per_minute');
    const before = provider.seen.length;
    const statuses = await spread(600, 8_000, {}, index => {
      if (index === 100) replicas.all[2]?.process.child.kill('SIGKILL');
    });
    const { highest } = await stop();
    expect(highest).toBeLessThanOrEqual(60);
    // Who was with the dead one got no answer; the provider saw every request that was admitted.
    expect(provider.seen.length - before).toBeLessThanOrEqual(60);
    expect(admitted(statuses)).toBeGreaterThanOrEqual(50);
    await replicas.restart(2);
  }, 120_000);

  it('let exactly 60 pass on either side of the edge of a minute', async () => {
    await put('credential', { kind: 'requests_per_minute', value: 60 });
    await untilSecond(55, 57);
    const statuses = await spread(600, 8_000);
    expect(tally(statuses)).toEqual({ 200: 120, 429: 480 });
  }, 120_000);

  it('count running requests exactly, and free the places of a dead one with its leases', async () => {
    await put('account', { kind: 'concurrent_requests', value: 4 });
    provider.script = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    };
    const open = (index: number) =>
      replicas.chat(index, { model: MODEL, stream: true, max_tokens: 5 }).then(
        response => response.status,
        () => 0,
      );
    const before = provider.seen.length;
    const running = Array.from({ length: 8 }, (_, index) => open(index));
    await eventually(() => provider.seen.length === before + 4, 'four run');
    const refused = await Promise.race(running);
    expect(refused).toBe(429);
    for (const { process } of replicas.all.slice(0, 2)) process.child.kill('SIGKILL');
    await eventually(
      async () => {
        provider.script = answerAll;
        return (await ask(2)) === 200;
      },
      'the places are free again',
      12_000,
    );
    await replicas.restart(0);
    await replicas.restart(1);
  }, 60_000);
});
