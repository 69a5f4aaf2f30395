/** Counting tokens is free, so it is bounded in every other way. */
import { TokenCounter } from '../../src/inference/counting/token-counter.service.js';
import { FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const LIMIT = 200;
const MODEL = 'claude-haiku-4-5';
const GEMINI_MODEL = 'gemini-2-5-flash';

describe('counting tokens', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    // A workspace does not count, so the gateway does.
    provider = await FakeProvider.start();
    gateway = await startTestGateway({
      DATABRICKS_HOST: provider.url,
      DATABRICKS_TOKEN: 'dapi-fake',
      BOUGH_CREDENTIAL_COUNTS_PER_MINUTE: String(LIMIT),
    });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const post = (path: string, body: object, token = gateway.token) =>
    fetch(gateway.baseUrl + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const count = (content: unknown, token?: string) =>
    post('/anthropic/v1/messages/count_tokens', { model: MODEL, messages: [{ role: 'user', content }] }, token);
  const countGemini = (text: string, token?: string) =>
    post(`/gemini/v1beta/models/${GEMINI_MODEL}:countTokens`, { contents: [{ parts: [{ text }] }] }, token);
  const metric = async (outcome: string) => {
    const text = await (
      await fetch(`${gateway.baseUrl}/metrics`, {
        headers: { authorization: `Bearer ${gateway.managementKey}` },
      })
    ).text();
    return Number(new RegExp(`bough_token_counts_total\\{outcome="${outcome}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
  };

  it.each<[string, () => unknown, number]>([
    [
      'emoji in thirty texts',
      () => Array.from({ length: 30 }, () => ({ type: 'text', text: '😀🙈🎉'.repeat(40_000) })),
      1e6,
    ],
    ['one word of a million letters', () => 'abcdefghij'.repeat(100_000), 1e5],
    ['white space', () => ' \t\n'.repeat(1_000_000), 1e4],
    ['eighty thousand texts', () => Array.from({ length: 80_000 }, () => ({ type: 'text', text: 'a word' })), 8e4],
  ])('answers for %s, and others meanwhile', async (_, content, atLeast) => {
    const counted = count(content());
    // The thread counts; who asks for something else does not wait for it.
    const healthy = await fetch(`${gateway.baseUrl}/healthz`);
    expect(healthy.status).toBe(200);
    const response = await counted;

    expect(response.status).toBe(200);
    expect(response.headers.get('x-bough-estimated')).toBe('true');
    expect(((await response.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(atLeast);
  });

  it('says what is wrong with a request in the words of its dialect, from the thread too', async () => {
    const response = await count([{ type: 'text', text: 5 }]);

    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'invalid_request_error' } });
  });

  it('429 beyond a credential’s own limit, in the envelope of the dialect; others count on, and it calls models', async () => {
    const made = await gateway.manage<{ api_token: string }>(
      'POST',
      `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`,
      { scopes: ['ai_gateway:invoke'], principal_type: 'user' },
    );
    const token = made.body.api_token;
    const refused = await metric('refused');
    // Empty answers are as good: what is counted are requests.
    for (let n = 0; n < LIMIT; n += 1) await (await count('', token)).arrayBuffer();

    const anthropic = await count('hello', token);
    const gemini = await countGemini('hello', token);

    expect([anthropic.status, gemini.status]).toEqual([429, 429]);
    expect(Number(anthropic.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await anthropic.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    expect(await gemini.json()).toMatchObject({ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } });
    expect(await metric('refused')).toBe(refused + 2);
    expect((await countGemini('hello')).status).toBe(200);
    const asked = { model: 'gpt-5-nano', messages: [{ role: 'user', content: 'hi' }] };
    expect((await post('/v1/chat/completions', asked, token)).status).toBe(200);
  });

  it('guesses from the size where it cannot be counted', async () => {
    const guessed = await metric('guessed');
    await gateway.bough.app.get(TokenCounter).onModuleDestroy();

    const response = await count('word '.repeat(50_000));

    expect(response.headers.get('x-bough-estimated')).toBe('true');
    const { input_tokens: tokens } = (await response.json()) as { input_tokens: number };
    expect(tokens).toBeGreaterThan(40_000);
    expect(tokens).toBeLessThan(80_000);
    expect(await metric('guessed')).toBe(guessed + 1);
  });
});
