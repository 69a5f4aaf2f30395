import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

interface ErrorBody {
  error: { message: string; code: string };
  error_code: string;
  message: string;
}

const MESSAGES = [{ role: 'user', content: 'hi' }];
const SUPPORT = 'https://neon.com/docs/introduction/support';

describe('quotas', () => {
  let provider: FakeProvider;
  let gateway: TestGateway;
  let organizationId: string;
  let limits: string[] = [];
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    gateway = await startTestGateway({ DATABRICKS_HOST: provider.url, DATABRICKS_TOKEN: 'dapi-fake' });
    const [organization] = await gateway.sql<{ id: string }>('SELECT id FROM organizations');
    organizationId = organization?.id ?? '';
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });
  beforeEach(async () => {
    provider.script = answerChat();
    // A window's edge between two requests would make any count wrong.
    if (new Date().getUTCSeconds() > 50)
      await eventually(() => new Date().getUTCSeconds() < 50, 'the next minute', 12_000);
  }, 15_000);
  afterEach(async () => {
    for (const id of limits.splice(0)) await gateway.manage('DELETE', `/admin/limits/${id}`);
  });

  const put = async (limit: object) => {
    const reply = await gateway.manage<{ id: string }>('PUT', '/admin/limits', limit);
    expect(reply.status).toBe(200);
    limits.push(reply.body.id);
  };
  const ask = (model = 'gpt-5-nano', extra: object = {}) =>
    gateway.chat({ model, messages: MESSAGES, max_tokens: 10, ...extra });

  it('show what is left on every answer, and take the true tokens', async () => {
    const first = await ask();
    const second = await ask();
    const left = (response: Response) => Number(response.headers.get('x-ratelimit-remaining-tokens'));
    expect(first.headers.get('x-ratelimit-limit-tokens')).toBe('200000');
    // The provider reported 12 + 5 tokens.
    expect(left(first) - left(second)).toBe(17);
    expect(second.headers.get('x-ratelimit-reset-tokens')).toMatch(/^\d+s$/);
    expect(second.headers.get('x-ratelimit-limit-requests')).toBe('6000');
  });

  it('leave the upstream’s own figures alone', async () => {
    provider.script = answerChat('hi', { 'X-Ratelimit-Remaining-Tokens': '41', 'X-Ratelimit-Limit-Tokens': '42' });
    const response = await ask();
    expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('41');
    expect(response.headers.get('x-ratelimit-limit-requests')).toBeNull();
  });

  it('of tokens a minute answer 429 with the documented sentence and the seconds to the next minute', async () => {
    await put({ scope_type: 'account', scope_id: organizationId, kind: 'tokens_per_minute', value: 5 });
    await ask();
    const response = await ask();
    expect(response.status).toBe(429);
    const seconds = Number(response.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(response.headers.get('x-ratelimit-limit-tokens')).toBe('5');
    expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('0');
    const body = (await response.json()) as ErrorBody;
    const sentence =
      'ai gateway account token rate limit exceeded (5 tokens per minute across all models in this region). ' +
      `Retry after the current minute resets, or request a higher limit through Neon support: ${SUPPORT}`;
    expect(body).toMatchObject({
      error: { message: sentence, code: 'REQUEST_LIMIT_EXCEEDED' },
      error_code: 'REQUEST_LIMIT_EXCEEDED',
      message: sentence,
    });
  });

  it('of one model hold for that model alone', async () => {
    const model = 'gpt-5-mini';
    await put({ scope_type: 'account', scope_id: organizationId, model, kind: 'tokens_per_minute', value: 5 });
    await ask(model);
    const response = await ask(model);
    expect(response.status).toBe(429);
    expect(((await response.json()) as ErrorBody).message).toMatch(
      /^ai gateway account token rate limit exceeded for model "gpt-5-mini" \(5 tokens per minute in this region\)\./,
    );
    expect((await ask('gpt-5-nano')).status).toBe(200);
  });

  it('of spend a day answer 429 until the day is over', async () => {
    await put({ scope_type: 'account', scope_id: organizationId, kind: 'spend_per_day', usd: '0.000000001' });
    const response = await ask('claude-opus-4-1');
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(((await response.json()) as ErrorBody).message).toBe(
      'ai gateway account daily spend limit exceeded. Retry after the daily spend limit resets, or request a higher ' +
        `limit through Neon support: ${SUPPORT}`,
    );
  });

  it('of requests on a branch hold for its descendants too, exactly, under 60 requests at once', async () => {
    await put({ scope_type: 'branch', scope_id: gateway.mainBranchId, kind: 'requests_per_minute', value: 10 });
    const paths = ['/v1/chat/completions', '/branches/preview%2Fsub-branch/v1/chat/completions'];
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const response = await gateway.chat(
          { model: 'gpt-5-nano', messages: MESSAGES, max_tokens: 5 },
          {},
          paths[index % 2],
        );
        await response.text();
        return response.status;
      }),
    );
    expect(statuses.filter(status => status === 200)).toHaveLength(10);
    expect(statuses.filter(status => status === 429)).toHaveLength(50);
  });

  it('are not spent by requests that failed upstream', async () => {
    const left = async () => Number((await ask()).headers.get('x-ratelimit-remaining-tokens'));
    const before = await left();
    provider.script = (_, response) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end('{}');
    };
    for (let attempt = 0; attempt < 5; attempt += 1) expect((await ask()).status).toBe(502);
    provider.script = answerChat();
    expect(before - (await left())).toBe(17);
  });

  it('accept a request without max_tokens', async () => {
    expect((await gateway.chat({ model: 'claude-opus-4-6', messages: MESSAGES })).status).toBe(200);
  });

  it('follow a block at once, and its lifting', async () => {
    const block = await gateway.manage<{ id: string }>('POST', '/admin/blocks', {
      scope_type: 'branch',
      scope_id: gateway.mainBranchId,
    });
    expect((await ask()).status).toBe(429);
    await gateway.manage('DELETE', `/admin/blocks/${block.body.id}`);
    expect((await ask()).status).toBe(200);
  });

  it('leave a record of what was spent, which the usage report adds up', async () => {
    const before = await gateway.manage<{ usage: { model?: string; requests: number }[] }>(
      'GET',
      '/admin/usage?group_by=model',
    );
    const count = (body: typeof before.body) => body.usage.find(row => row.model === 'gpt-5-1')?.requests ?? 0;
    await ask('gpt-5-1');
    await eventually(async () => {
      const now = await gateway.manage<typeof before.body>('GET', '/admin/usage?group_by=model');
      return Number(count(now.body)) === Number(count(before.body)) + 1;
    }, 'the record is in the report');
  });
});
