/**
 * Every statement of the chat-completions page, over real sockets: the snippets with the real SDKs and curl, each row
 * of its header table, each row of its error table.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import OpenAI6 from 'openai6';
import OpenAI7 from 'openai7';
import { answerError, FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const run = promisify(execFile);
const QUESTION = [
  { role: 'system' as const, content: 'You are a helpful assistant.' },
  { role: 'user' as const, content: 'What is Neon?' },
];

interface ErrorBody {
  error: { message: string; type: string; code: string };
  error_code?: string;
  message?: string;
}

describe('the chat-completions page, served by the sandbox', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({
      ...{ BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0', BOUGH_COMMON_ALIASES: 'false' },
    });
  });
  afterAll(() => gateway.stop());

  describe.each([
    ['openai 6', OpenAI6],
    ['openai 7', OpenAI7 as unknown as typeof OpenAI6],
  ])('with the SDK %s', (_, OpenAI) => {
    const clientOf = () =>
      new OpenAI({ apiKey: gateway.token, baseURL: `${gateway.baseUrl}/ai-gateway/mlflow/v1`, maxRetries: 0 });

    it('answers the basic request', async () => {
      const response = await clientOf().chat.completions.create({
        model: 'claude-sonnet-4-6',
        messages: QUESTION,
        max_tokens: 256,
      });
      expect(response.choices[0]?.message.content).toMatch(/Neon/);
      expect(response.usage?.completion_tokens).toBeGreaterThan(0);
    });

    it('streams the streaming request', async () => {
      const stream = await clientOf().chat.completions.create({
        model: 'claude-sonnet-4-6',
        messages: [{ role: 'user', content: 'Explain branching in Postgres.' }],
        stream: true,
      });
      let text = '';
      let chunks = 0;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta?.content ?? '';
        chunks += 1;
      }
      expect(chunks).toBeGreaterThan(5);
      expect(text).toMatch(/branch/i);
    });

    it('switches providers by the model field alone', async () => {
      for (const model of ['claude-sonnet-4-6', 'gpt-5-4', 'gemini-2-5-flash', 'databricks-qwen35-122b-a10b']) {
        const response = await clientOf().chat.completions.create({ model, messages: QUESTION });
        expect(response.choices[0]?.message.content).not.toBe('');
      }
    });

    it('throws the SDK’s own error classes', async () => {
      const ask = (client: InstanceType<typeof OpenAI>, model: string) =>
        client.chat.completions.create({ model, messages: QUESTION });
      await expect(ask(clientOf(), 'gpt-9')).rejects.toThrow(OpenAI.BadRequestError);
      const stranger = new OpenAI({ apiKey: 'nt_live_wrong', baseURL: `${gateway.baseUrl}/v1`, maxRetries: 0 });
      await expect(ask(stranger, 'gpt-5')).rejects.toThrow(OpenAI.AuthenticationError);
    });
  });

  describe('with curl', () => {
    /** The page's own command, with the two variables that the start printed. */
    const curl = (body: string) =>
      run(
        'bash',
        [
          '-c',
          `curl -sS -N -X POST "$NEON_AI_GATEWAY_BASE_URL/ai-gateway/mlflow/v1/chat/completions" \
            -H "Authorization: Bearer $NEON_AI_GATEWAY_TOKEN" \
            -H "Content-Type: application/json" \
            -d '${body}'`,
        ],
        { env: { ...process.env, NEON_AI_GATEWAY_BASE_URL: gateway.baseUrl, NEON_AI_GATEWAY_TOKEN: gateway.token } },
      );

    it('answers the basic request', async () => {
      const body = JSON.stringify({ model: 'claude-sonnet-4-6', messages: QUESTION, max_tokens: 256 });
      const { stdout } = await curl(body);
      expect(JSON.parse(stdout)).toMatchObject({ object: 'chat.completion', choices: [{ finish_reason: 'stop' }] });
    });

    it('streams server-sent events that end with [DONE]', async () => {
      const messages = [{ role: 'user', content: 'Explain branching in Postgres.' }];
      const body = JSON.stringify({ model: 'claude-sonnet-4-6', messages, stream: true });
      const { stdout } = await curl(body);
      expect(stdout.startsWith('data: {')).toBe(true);
      expect(stdout.endsWith('data: [DONE]\n\n')).toBe(true);
    });
  });

  it('answers every listed model that has the chat endpoint, under both of its ids', async () => {
    const list = await fetch(`${gateway.baseUrl}/v1/models`, { headers: { authorization: `Bearer ${gateway.token}` } });
    const { data } = (await list.json()) as { data: { id: string; supported_endpoints: string[] }[] };
    expect(data).toHaveLength(56);
    for (const { id, supported_endpoints: endpoints } of data) {
      for (const model of [id, `databricks-${id}`]) {
        const response = await gateway.chat({ model, messages: QUESTION, max_tokens: 8 });
        const body = (await response.json()) as ErrorBody;
        if (endpoints.includes('/v1/chat/completions')) {
          expect([model, response.status]).toEqual([model, 200]);
          expect(response.headers.get('x-bough-upstream')).toBe('sandbox');
        } else {
          expect([model, response.status]).toEqual([model, 400]);
          expect(body.error.message).toBe(`model "${model}" is not available on the chat_completions endpoint`);
        }
      }
    }
  });

  it('serves the short and the long path alike', async () => {
    for (const path of ['/v1/chat/completions', '/ai-gateway/mlflow/v1/chat/completions']) {
      const response = await gateway.chat({ model: 'gpt-5-4', messages: QUESTION }, {}, path);
      expect(response.status).toBe(200);
    }
  });

  describe('the error table', () => {
    const errorOf = async (response: Response) => {
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(response.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{24}$/);
      return { status: response.status, body: (await response.json()) as ErrorBody };
    };

    it('400: an unknown model', async () => {
      const { status, body } = await errorOf(await gateway.chat({ model: 'gpt-5.4', messages: QUESTION }));
      expect(status).toBe(400);
      expect(body.error).toEqual({
        message: 'unknown model "gpt-5.4". Did you mean "gpt-5-4", "gpt-5-1" or "gpt-5-2"?',
        type: 'invalid_request_error',
        param: 'model',
        code: 'invalid_model',
      });
    });

    it.each(['gpt-5-3-codex', 'qwen3-embedding-0-6b'])('400: %s on the wrong endpoint', async model => {
      const { status, body } = await errorOf(await gateway.chat({ model, messages: QUESTION }));
      expect(status).toBe(400);
      expect(body.error.message).toBe(`model "${model}" is not available on the chat_completions endpoint`);
    });

    it('401: a missing or invalid token', async () => {
      const missing = await fetch(`${gateway.baseUrl}/v1/chat/completions`, { method: 'POST', body: '{}' });
      const invalid = await gateway.chat({}, { authorization: `Bearer ${gateway.token}x` });
      for (const response of [missing, invalid]) {
        const { status, body } = await errorOf(response);
        expect(status).toBe(401);
        expect(body.error.message).toBe('invalid or missing credential');
      }
    });

    it('403: a credential without the scope ai_gateway:invoke', async () => {
      const path = `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/credentials`;
      const made = await gateway.manage<{ api_token: string }>('POST', path, {
        scopes: ['storage:read'],
        principal_type: 'user',
      });
      expect(made.status).toBe(201);
      const { status, body } = await errorOf(
        await gateway.chat({ model: 'gpt-5' }, { authorization: `Bearer ${made.body.api_token}` }),
      );
      expect(status).toBe(403);
      expect(body.error.message).toBe('credential not authorized for ai gateway');
    });

    it('403: a branch outside the credential’s lineage, known or not', async () => {
      const [staging] = await gateway.sql<{ id: string }>("SELECT id FROM branches WHERE name = 'staging'");
      for (const branch of [staging?.id ?? '', 'br-nobody-knows-me-1']) {
        const { status, body } = await errorOf(
          await gateway.chat({ model: 'gpt-5' }, {}, `/branches/${branch}/v1/chat/completions`),
        );
        expect(status).toBe(403);
        expect(body.error.message).toBe('credential not authorized for this branch');
      }
    });

    it('429: a blocked account, with the documented code and Retry-After while it is temporary', async () => {
      const [organization] = await gateway.sql<{ id: string }>('SELECT id FROM organizations');
      const scope = { scope_type: 'account', scope_id: organization?.id };
      const temporary = await gateway.manage<{ id: string }>('POST', '/admin/blocks', { ...scope, for_seconds: 90 });
      expect(temporary.status).toBe(201);
      const blocked = await gateway.chat({ model: 'gpt-5', messages: QUESTION });
      expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(80);
      expect(await errorOf(blocked)).toMatchObject({
        status: 429,
        body: { error: { code: 'REQUEST_LIMIT_EXCEEDED' }, error_code: 'REQUEST_LIMIT_EXCEEDED' },
      });
      await gateway.manage('DELETE', `/admin/blocks/${temporary.body.id}`);

      const permanent = await gateway.manage<{ id: string }>('POST', '/admin/blocks', scope);
      const stopped = await gateway.chat({ model: 'gpt-5', messages: QUESTION });
      expect(stopped.status).toBe(429);
      expect(stopped.headers.get('retry-after')).toBeNull();
      await gateway.manage('DELETE', `/admin/blocks/${permanent.body.id}`);
      expect((await gateway.chat({ model: 'gpt-5', messages: QUESTION })).status).toBe(200);
    });
  });
});

describe('the chat-completions page, in front of a provider', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    gateway = await startTestGateway({ DATABRICKS_HOST: provider.url, DATABRICKS_TOKEN: 'dapi-fake-token' });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const HEADERS: Record<string, string> = {
    'Retry-After': '17',
    'X-Ratelimit-Limit-Requests': '100',
    'X-Ratelimit-Remaining-Requests': '0',
    'X-Ratelimit-Reset-Requests': '1m3.5s',
    'X-Ratelimit-Limit-Tokens': '20000',
    'X-Ratelimit-Remaining-Tokens': '-5',
    'X-Ratelimit-Reset-Tokens': '59.9s',
    'Anthropic-Ratelimit-Requests-Remaining': '0',
    'Anthropic-Ratelimit-Tokens-Reset': '2026-11-23T10:00:00Z',
    'Anthropic-Ratelimit-Unified-5h-Status': 'rejected',
  };

  it.each(Object.entries(HEADERS))('429: forwards %s: %s as it came', async (name, value) => {
    provider.script = answerError(429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'busy' }, HEADERS);
    const response = await gateway.chat({ model: 'claude-sonnet-4-6', messages: QUESTION });
    expect(response.status).toBe(429);
    expect(response.headers.get(name)).toBe(value);
    const body = (await response.json()) as ErrorBody;
    expect(body.error.code).toBe('upstream_rate_limited');
    expect(body.error_code).not.toBe('REQUEST_LIMIT_EXCEEDED');
  });

  it.each([[500], [503], [418], [401], [403], [404]])('502: for an upstream that answers %i', async status => {
    provider.script = answerError(status, { message: 'internal detail dapi-fake-token' });
    const response = await gateway.chat({ model: 'claude-sonnet-4-6', messages: QUESTION });
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('dapi-fake-token');
  });

  it('413: a body over 32 MiB, before the provider hears of it', async () => {
    const before = provider.seen.length;
    const response = await gateway.chat({
      model: 'gpt-5',
      messages: [{ role: 'user', content: 'x'.repeat(33_554_432) }],
    });
    expect(response.status).toBe(413);
    expect(((await response.json()) as ErrorBody).error.message).toBe('request body too large');
    expect(provider.seen).toHaveLength(before);
  });
});
