import { answerChat, FakeProvider, type Script } from '../support/fake-provider.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

const BODY = { model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'hi' }] };

describe('a Databricks workspace', () => {
  let workspace: FakeProvider;
  let gateway: TestGateway;
  let issued: number;
  let lifetimeSeconds: number;
  let refuse: string | null;
  beforeEach(async () => {
    issued = 0;
    lifetimeSeconds = 3600;
    refuse = null;
    const chat = answerChat();
    const script: Script = (seen, response, raw) => {
      if (seen.path === '/oidc/v1/token') {
        issued += 1;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ access_token: `access-${issued}`, token_type: 'Bearer', expires_in: lifetimeSeconds }),
        );
        return;
      }
      if (seen.headers['authorization'] === refuse) {
        response.writeHead(403, { 'content-type': 'application/json' });
        response.end('{}');
        return;
      }
      return chat(seen, response, raw);
    };
    workspace = await FakeProvider.start(script);
  });
  afterEach(async () => {
    await gateway.stop();
    await workspace.stop();
  });

  it('is asked on its own path, under its own name for the model, with its token', async () => {
    gateway = await startTestGateway({ DATABRICKS_HOST: workspace.url, DATABRICKS_TOKEN: 'dapi-fake' });
    for (const model of ['claude-sonnet-4-6', 'databricks-claude-sonnet-4-6']) {
      const response = await gateway.chat({ ...BODY, model });
      expect(response.status).toBe(200);
      expect(response.headers.get('x-bough-upstream')).toBe('databricks');
      expect(workspace.last.path).toBe('/ai-gateway/mlflow/v1/chat/completions');
      expect(workspace.last.headers['authorization']).toBe('Bearer dapi-fake');
      expect(JSON.parse(workspace.last.body.toString())).toMatchObject({ model: 'databricks-claude-sonnet-4-6' });
    }
  });

  const withServicePrincipal = async () => {
    gateway = await startTestGateway({
      DATABRICKS_HOST: workspace.url,
      DATABRICKS_CLIENT_ID: 'client-id',
      DATABRICKS_CLIENT_SECRET: 'client-secret',
    });
  };

  it('gives a service principal one access token, however many requests wait for it', async () => {
    await withServicePrincipal();
    const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await gateway.chat(BODY)).status));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(issued).toBe(1);
    const [request] = workspace.seen.filter(({ path }) => path === '/oidc/v1/token');
    expect(request?.body.toString()).toBe('grant_type=client_credentials&scope=all-apis');
    expect(request?.headers['authorization']).toBe(
      `Basic ${Buffer.from('client-id:client-secret').toString('base64')}`,
    );
    expect(workspace.last.headers['authorization']).toBe('Bearer access-1');
  });

  it('is asked for a new token before the old one ends', async () => {
    lifetimeSeconds = 0;
    await withServicePrincipal();
    await gateway.chat(BODY);
    await gateway.chat(BODY);
    expect(issued).toBe(2);
    expect(workspace.last.headers['authorization']).toBe('Bearer access-2');
  });

  it('that refuses a token costs one 502, and the next request brings a new one', async () => {
    await withServicePrincipal();
    refuse = 'Bearer access-1';
    expect((await gateway.chat(BODY)).status).toBe(502);
    expect((await gateway.chat(BODY)).status).toBe(200);
    expect(workspace.last.headers['authorization']).toBe('Bearer access-2');
  });

  it('that gives no token is a 502, never the caller’s fault', async () => {
    await withServicePrincipal();
    workspace.script = (_, response) => {
      response.writeHead(401);
      response.end('{"error":"invalid_client"}');
    };
    const response = await gateway.chat(BODY);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({
      error: { code: 'upstream_auth_error' },
      error_code: 'PERMISSION_DENIED',
    });
  });

  it('that takes its time with a token keeps no caller who leaves, and gives the token to the others', async () => {
    await withServicePrincipal();
    const chat = workspace.script;
    let answerToken = () => {};
    workspace.script = (seen, response, raw) => {
      if (seen.path !== '/oidc/v1/token') return chat(seen, response, raw);
      answerToken = () => void chat(seen, response, raw);
    };
    const leaver = new AbortController();
    const left = fetch(`${gateway.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      signal: leaver.signal,
      headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(BODY),
    }).catch(() => null);
    const stays = gateway.chat(BODY);
    await eventually(() => workspace.seen.length === 1, 'the token is asked for');
    leaver.abort();
    await left;
    const inFlight = async () =>
      Number(/bough_requests_in_flight (\d+)/.exec(await (await fetch(`${gateway.baseUrl}/metrics`)).text())?.[1]);
    await eventually(async () => (await inFlight()) === 1, 'only the other one waits', 3_000);
    answerToken();
    expect((await stays).status).toBe(200);
    expect(workspace.seen.filter(({ path }) => path !== '/oidc/v1/token')).toHaveLength(1);
  });
});
