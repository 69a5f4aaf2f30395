/** One request that fails every check at once, corrected check by check: each answer is that of the first one that fails. */
import { request as httpRequest } from 'node:http';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface Attempt {
  readonly path: string;
  readonly host: string;
  readonly token: string;
  readonly contentType: string;
  readonly body: string;
}

describe('the order of checks', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  let stranger: string;
  let elsewhere: string;
  let lastMessage = '';
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    gateway = await startTestGateway({ OPENAI_API_KEY: 'sk-fake', OPENAI_BASE_URL: `${provider.url}/v1` });
    const branches = `/api/v2/projects/${gateway.projectId}/branches`;
    const make = async (branch: string, scopes: string[]) => {
      const { body } = await gateway.manage<{ api_token: string }>('POST', `${branches}/${branch}/credentials`, {
        scopes,
        principal_type: 'user',
      });
      return body.api_token;
    };
    stranger = await make(gateway.mainBranchId, ['storage:read']);
    const list = await gateway.manage<{ branches: { id: string; name: string }[] }>('GET', branches);
    const staging = list.body.branches.find(({ name }) => name === 'staging')?.id ?? '';
    elsewhere = await make(staging, ['ai_gateway:invoke']);
    await gateway.manage('PUT', '/admin/limits', {
      scope_type: 'branch',
      scope_id: gateway.mainBranchId,
      kind: 'requests_per_minute',
      value: 0,
    });
    await gateway.manage('PATCH', '/admin/models/gpt-5-mini', { enabled: false });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const send = (attempt: Attempt): Promise<{ status: number; code: string }> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(
        gateway.baseUrl + attempt.path,
        {
          method: 'POST',
          headers: {
            host: attempt.host,
            authorization: `Bearer ${attempt.token}`,
            'content-type': attempt.contentType,
            'content-length': Buffer.byteLength(attempt.body),
          },
        },
        response => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const { error } = JSON.parse(Buffer.concat(chunks).toString()) as {
              error: { code: string; message: string };
            };
            resolve({ status: response.statusCode ?? 0, code: error.code });
            lastMessage = error.message;
          });
        },
      );
      request.on('error', reject);
      request.end(attempt.body);
    });

  it('is that of the contract', async () => {
    const main = `${gateway.mainBranchId}-api.localhost`;
    const model = (id: string, more = '') => JSON.stringify({ model: id, messages: [] }).replace(/}$/, `${more}}`);
    let attempt: Attempt = {
      path: '/v1/chat/completion',
      host: 'br-x-api.evil.example',
      token: 'nt_live_nobody',
      contentType: 'text/plain',
      body: '{"model":',
    };
    const steps: readonly [what: string, correction: Partial<Attempt>, status: number, code: string][] = [
      ['route', {}, 404, 'route_not_found'],
      ['host', { path: '/v1/chat/completions' }, 403, 'untrusted_host'],
      ['token', { host: main }, 401, 'invalid_credential'],
      ['scope', { token: stranger }, 403, 'insufficient_scope'],
      ['lineage', { token: elsewhere }, 403, 'branch_not_in_lineage'],
      ['content type', { token: gateway.token }, 400, 'invalid_request'],
      ['JSON', { contentType: 'application/json' }, 400, 'invalid_json'],
      ['fields', { body: model('no-such-model', ',"stream":"yes"') }, 400, 'invalid_request'],
      ['model', { body: model('no-such-model') }, 400, 'invalid_model'],
      ['dialect', { body: model('gpt-5-3-codex') }, 400, 'invalid_model'],
      ['entitlement', { body: model('gpt-5-mini') }, 403, 'model_not_enabled'],
      ['quota', { body: model('gpt-5-nano') }, 429, 'REQUEST_LIMIT_EXCEEDED'],
    ];
    for (const [what, correction, status, code] of steps) {
      attempt = { ...attempt, ...correction };
      expect([what, await send(attempt)]).toEqual([what, { status, code }]);
    }
    expect(provider.seen).toHaveLength(0);
  });

  it('puts a block before a limit', async () => {
    const attempt: Attempt = {
      path: '/v1/chat/completions',
      host: `${gateway.mainBranchId}-api.localhost`,
      token: gateway.token,
      contentType: 'application/json',
      body: JSON.stringify({ model: 'gpt-5-nano', messages: [] }),
    };
    const block = await gateway.manage<{ id: string }>('POST', '/admin/blocks', {
      scope_type: 'branch',
      scope_id: gateway.mainBranchId,
    });
    expect((await send(attempt)).status).toBe(429);
    expect(lastMessage).toBe('ai gateway quota is blocked for this branch');
    await gateway.manage('DELETE', `/admin/blocks/${block.body.id}`);
    expect((await send(attempt)).status).toBe(429);
    expect(lastMessage).toMatch(/^ai gateway branch request rate limit exceeded/);
  });
});
