import { Clock } from '../../src/platform/clock.js';
import { FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'gpt-5-nano';
const INPUT_TOKENS = 10;
const LONG_ANSWER = 20_000;
const DAY_MS = 86_400_000;
/** At 0.05 and 0.40 dollars a million. */
const nanoUsd = (output: number) => INPUT_TOKENS * 50 + output * 400;
const MESSAGES = [{ role: 'user', content: 'hi' }];

describe('a reservation', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  /** answers that wait to be given */
  let held: (() => void)[] = [];
  let outputTokens = LONG_ANSWER;
  const hold: Script = (_, response) => {
    held.push(() => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const choice = { index: 0, message: { role: 'assistant', content: 'long' }, finish_reason: 'stop' };
      const usage = { prompt_tokens: INPUT_TOKENS, completion_tokens: outputTokens, total_tokens: 0 };
      response.end(JSON.stringify({ id: 'x', object: 'chat.completion', model: MODEL, choices: [choice], usage }));
    });
  };
  const release = () => held.splice(0).forEach(answer => answer());
  const answerAtOnce: Script = (seen, response, raw) => {
    void hold(seen, response, raw);
    release();
  };

  beforeEach(async () => {
    held = [];
    outputTokens = LONG_ANSWER;
    provider = await FakeProvider.start(hold);
    gateway = await startTestGateway({ DATABRICKS_HOST: provider.url, DATABRICKS_TOKEN: 'dapi-fake' });
    // A minute's edge between two requests would make any count wrong.
    if (new Date().getUTCSeconds() > 40)
      await eventually(() => new Date().getUTCSeconds() < 40, 'the next minute', 25_000);
  }, 60_000);
  afterEach(async () => {
    release();
    await gateway.stop();
    await provider.stop();
  });

  const ask = async (token: string, extra: object = {}) => {
    const body = { model: MODEL, messages: MESSAGES, ...extra };
    const response = await gateway.chat(body, { authorization: `Bearer ${token}` });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const issue = async () => {
    const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
    const body = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    const { body: issued } = await gateway.manage<{ token_id: string; api_token: string }>('POST', path, body);
    return issued;
  };
  const limit = async (scope_id: string, cap: object) => {
    const reply = await gateway.manage('PUT', '/admin/limits', { scope_type: 'credential', scope_id, ...cap });
    expect(reply.status).toBe(200);
  };
  /** So many requests side by side, none of which is answered before all were let in or refused. */
  const sideBySide = async (count: number, token: string, extra: object = {}) => {
    let refused = 0;
    const asked = Array.from({ length: count }, async () => {
      const reply = await ask(token, extra);
      if (reply.status !== 200) refused += 1;
      return reply;
    });
    await eventually(() => held.length + refused === count, 'all were let in or refused', 30_000);
    const passed = held.length;
    release();
    const replies = await Promise.all(asked);
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(passed);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(refused);
    return { passed, replies };
  };
  const spent = (credential: string, requests: number) =>
    eventually(async () => {
      const [row] = await gateway.sql<{ count: string; sum: string }>(
        "SELECT count(*), sum(cost_nano_usd) FROM usage_records WHERE credential_id = $1 AND status <> 'refused'",
        [credential],
      );
      return row?.count === String(requests) && Number(row.sum);
    }, 'the ledger has all');

  it('lets three agents that ask for 128,000 tokens run side by side on the default limits', async () => {
    outputTokens = 3_000;
    const { passed, replies } = await sideBySide(3, gateway.token, { max_tokens: 128_000 });

    expect(passed).toBe(3);
    for (const { headers } of replies) {
      expect(headers.get('x-ratelimit-limit-tokens')).toBe('200000');
      expect(Number(headers.get('x-ratelimit-remaining-tokens'))).toBeGreaterThan(180_000);
    }
    provider.script = answerAtOnce;
    // Behind the answers the truth counts: four of them.
    const { headers } = await ask(gateway.token, { max_tokens: 128_000 });
    expect(Number(headers.get('x-ratelimit-remaining-tokens'))).toBe(200_000 - 4 * 3_010);
  });

  it.each([
    { usd: '0.1', kind: 'spend_per_day', unknown: 61, times: 4.88, known: 10, part: 0.8 },
    { usd: '0.01', kind: 'spend_per_month', unknown: 6, times: 4.8, known: 1, part: 0.8 },
  ])(
    'learns: $usd dollars of $kind are passed by what running requests take beyond it, which is little once answers are known',
    async ({ usd, kind, ...expected }) => {
      const cap = Number(usd) * 1e9;
      const estimate = nanoUsd(4_096);
      const [organization] = await gateway.sql<{ id: string }>('SELECT id FROM organizations');
      for (const models of [{}, { model: MODEL }]) {
        const account = { scope_type: 'account', scope_id: organization?.id, ...models };
        await gateway.manage('PUT', '/admin/limits', { ...account, kind: 'tokens_per_minute', value: 1_000_000_000 });
      }
      const run = async () => {
        const { token_id, api_token } = await issue();
        await limit(token_id, { kind, usd });
        const { passed } = await sideBySide(80, api_token);
        const sum = await spent(token_id, passed);
        expect(sum).toBe(passed * nanoUsd(LONG_ANSWER));
        // The stated term: as many as run, times what an answer takes beyond what was held for it.
        expect(sum).toBeLessThanOrEqual(cap + passed * (nanoUsd(LONG_ANSWER) - Math.floor(estimate * 0.9)));
        return { passed, part: sum / cap };
      };

      const [unknown, known] = [await run(), await run()];

      expect([unknown.passed, known.passed]).toEqual([expected.unknown, expected.known]);
      expect(unknown.part).toBeCloseTo(expected.times, 2);
      expect(known.part).toBeCloseTo(expected.part, 2);
    },
  );

  it('for a hard cap holds the most, so that it is never passed, and a refusal says what would fit', async () => {
    const CAP = 100_000_000;
    const { token_id, api_token } = await issue();
    await limit(token_id, { kind: 'spend_per_day', usd: '0.1', hard: true });

    // 128,000 tokens are held for each: 0.0512 dollars and some for the input.
    const { passed } = await sideBySide(20, api_token);
    expect(passed).toBe(1);
    provider.script = answerAtOnce;
    let answered = passed;
    let reply = await ask(api_token);
    for (; reply.status === 200; reply = await ask(api_token)) answered += 1;
    expect(reply.text).toContain('It is a hard limit: a request needs room for the most that it can take.');
    const advised = Number(/Set max_tokens to (\d+) or less/.exec(reply.text)?.[1]);
    expect(advised).toBeGreaterThan(20_000);
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);

    outputTokens = advised;
    expect((await ask(api_token, { max_tokens: advised + 100 })).status).toBe(429);
    expect((await ask(api_token, { max_tokens: advised })).status).toBe(200);
    const sum = await spent(token_id, answered + 1);
    expect(sum).toBeLessThanOrEqual(CAP);
    expect(sum).toBeGreaterThan(CAP * 0.9);
  });

  it('for a hard cap on tokens lets nothing pass that may exceed it, even in an empty minute', async () => {
    provider.script = answerAtOnce;
    outputTokens = 50;
    const { token_id, api_token } = await issue();
    await limit(token_id, { kind: 'tokens_per_minute', value: 1_000 });
    expect((await ask(api_token, { max_tokens: 5_000 })).status).toBe(200);

    const strict = await issue();
    await limit(strict.token_id, { kind: 'tokens_per_minute', value: 1_000, hard: true });
    const refused = await ask(strict.api_token, { max_tokens: 5_000 });
    expect(refused.status).toBe(429);
    expect(refused.text).toMatch(/Set max_tokens to \d+ or less/);
    expect((await ask(strict.api_token, { max_tokens: 800 })).status).toBe(200);
  });

  it('counts in the day in which it was let in, in limits and ledger alike, though its answer ends in the next', async () => {
    const { token_id, api_token } = await issue();
    await limit(token_id, { kind: 'spend_per_day', usd: '1' });
    const today = new Date().setUTCHours(0, 0, 0, 0);
    const now = jest.spyOn(gateway.bough.app.get(Clock, { strict: false }), 'now');
    try {
      now.mockReturnValue(today + DAY_MS / 2);
      const asked = ask(api_token);
      await eventually(() => held.length === 1, 'the provider is asked');
      now.mockReturnValue(today + DAY_MS + DAY_MS / 2);
      release();
      expect((await asked).status).toBe(200);
      expect(await spent(token_id, 1)).toBe(nanoUsd(LONG_ANSWER));
      const counted = await eventually(async () => {
        const rows = await gateway.sql<{ win: string; used: string }>(
          'SELECT win::text, used::text FROM quota_counters WHERE key = $1',
          [`spend_per_day credential ${token_id} `],
        );
        return rows.some(({ used }) => used !== '0') && rows;
      }, 'the counter hears of it');
      expect(counted).toEqual([{ win: String(today), used: String(nanoUsd(LONG_ANSWER)) }]);
      const [row] = await gateway.sql('SELECT day::text FROM usage_records WHERE credential_id = $1', [token_id]);
      expect(row).toEqual({ day: new Date(today).toISOString().slice(0, 10) });
    } finally {
      now.mockRestore();
    }
  });
});
