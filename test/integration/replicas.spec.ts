import { AppConfig } from '../../src/config/app-config.js';
import { startBough, type RunningBough } from '../../src/bootstrap/start.js';
import { Log } from '../../src/platform/logging.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const MASTER_KEY = 'a-master-key-that-both-replicas-share';
/** A replica hears of a change within a second; a busy machine gets more, yet less than what is believed without a word. */
const WITH_NOTICE_MS = 3_000;
const MESSAGES = [{ role: 'user', content: 'Reply with exactly: ok' }];

describe('two replicas on one Postgres', () => {
  let first: TestGateway;
  let second: RunningBough;
  beforeAll(async () => {
    first = await startTestGateway({ BOUGH_MASTER_KEY: MASTER_KEY });
    const config = AppConfig.fromEnvironment({
      PORT: '0',
      DATABASE_URL: first.databaseUrl,
      BOUGH_DATA_DIR: `${first.bough.banner.connectionFile}.second`,
      BOUGH_MASTER_KEY: MASTER_KEY,
      BOUGH_DRAIN_MS: '200',
      BOUGH_SANDBOX_FIRST_TOKEN_MS: '0',
      LOG_LEVEL: 'silent',
    });
    second = await startBough(config, Log.create('silent'));
  });
  afterAll(async () => {
    await second.stop();
    await first.stop();
  });

  const askSecond = (token: string, model = 'gpt-5-nano') =>
    fetch(`${second.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, messages: MESSAGES }),
    });

  const statusWithin = async (status: number, token: string, model?: string) => {
    await eventually(
      async () => (await askSecond(token, model)).status === status,
      `status ${status} on the other`,
      WITH_NOTICE_MS,
    );
  };

  it('print the same demo token', () => {
    expect(second.banner.demo?.token).toBe(first.token);
  });

  it('both follow a revocation within a second', async () => {
    const path = `/api/v2/projects/${first.projectId}/branches/${first.mainBranchId}/credentials`;
    const { body } = await first.manage<{ token_id: string; api_token: string }>('POST', path, {
      scopes: ['ai_gateway:invoke'],
      principal_type: 'user',
    });
    expect((await askSecond(body.api_token)).status).toBe(200);
    expect((await first.manage('DELETE', `${path}/${body.token_id}`)).status).toBe(204);
    expect((await first.chat({ model: 'gpt-5' }, { authorization: `Bearer ${body.api_token}` })).status).toBe(401);
    await statusWithin(401, body.api_token);
  });

  it('both follow a rotation within a second: the old token is refused, the new one is not', async () => {
    const path = `/api/v2/projects/${first.projectId}/branches/${first.mainBranchId}/credentials`;
    const body = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    const issued = (await first.manage<{ token_id: string; api_token: string }>('POST', path, body)).body;
    expect((await askSecond(issued.api_token)).status).toBe(200);
    const rotated = await first.manage<{ api_token: string }>('POST', `${path}/${issued.token_id}/rotate`);
    await statusWithin(401, issued.api_token);
    expect((await askSecond(rotated.body.api_token)).status).toBe(200);
  });

  it('both follow a change of the catalog within a second', async () => {
    await first.manage('PATCH', '/admin/models/gpt-5-nano', { enabled: false });
    await statusWithin(403, first.token);
    await first.manage('PATCH', '/admin/models/gpt-5-nano', { enabled: true });
    await statusWithin(200, first.token);
  });

  it('both follow a block within a second', async () => {
    const block = await first.manage<{ id: string }>('POST', '/admin/blocks', {
      scope_type: 'project',
      scope_id: first.projectId,
    });
    await statusWithin(429, first.token);
    await first.manage('DELETE', `/admin/blocks/${block.body.id}`);
    await statusWithin(200, first.token);
  });

  it('hold a new branch to the limits it was made with: the one that made it at once, the other within a second', async () => {
    const pattern = { project_id: first.projectId, pattern: 'pr/*', kind: 'requests_per_minute', value: 0 };
    expect((await first.manage('PUT', '/admin/branch-defaults', pattern)).status).toBe(200);
    const make = async (name: string) => {
      const path = `/api/v2/projects/${first.projectId}/branches`;
      return (await first.manage<{ branch: { id: string } }>('POST', path, { branch: { name } })).body.branch.id;
    };
    const askOn = async (branchId: string, baseUrl = first.baseUrl) => {
      const response = await fetch(`${baseUrl}/branches/${branchId}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${first.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-5-nano', messages: MESSAGES }),
      });
      return response.status;
    };

    const limited = await make('pr/1');
    expect(await askOn(limited)).toBe(429);
    expect(await askOn(await make('unlimited'))).toBe(200);
    await eventually(async () => (await askOn(limited, second.baseUrl)) === 429, 'the other follows', WITH_NOTICE_MS);
  });

  it('both hear within a second that credit is used up, and that there is more', async () => {
    const organization = await first.sql<{ id: string }>('SELECT id FROM organizations');
    const grant = (usd: string) => first.manage('POST', '/admin/credits', { usd });
    await grant('0.01');
    await first.sql(
      `INSERT INTO usage_hourly (hour, organization_id, project_id, branch_id, model_id, credential_id, cost_nano_usd)
       VALUES (date_trunc('hour', now()), $1, 'p', 'b', 'm', 'c', 1000000000)`,
      [organization[0]?.id],
    );
    await grant('0.01');
    await statusWithin(429, first.token);
    await grant('5');
    await statusWithin(200, first.token);
  });

  it('go on following after the database has cut every connection', async () => {
    await first.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    await eventually(async () => (await askSecond(first.token)).status === 200, 'the replica is back', 5_000);
    const path = `/api/v2/projects/${first.projectId}/branches/${first.mainBranchId}/credentials`;
    const made = await eventually(async () => {
      const reply = await first.manage<{ token_id: string; api_token: string }>('POST', path, {
        scopes: ['ai_gateway:invoke'],
        principal_type: 'user',
      });
      return reply.status === 201 && reply.body;
    }, 'a credential is made');
    expect((await askSecond(made.api_token)).status).toBe(200);
    await first.manage('DELETE', `${path}/${made.token_id}`);
    await eventually(async () => (await askSecond(made.api_token)).status === 401, 'the revocation arrives', 6_000);
  });
});
