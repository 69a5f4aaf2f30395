import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

describe('a management port of its own', () => {
  let gateway: TestGateway;
  let management: string;
  beforeAll(async () => {
    gateway = await startTestGateway({ MANAGEMENT_PORT: '0' });
    management = gateway.bough.banner.managementUrl;
  });
  afterAll(() => gateway.stop());

  const status = async (url: string, token = gateway.managementKey) =>
    (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status;

  it.each(['/api/v2/projects', '/admin/models', '/metrics', '/docs-json'])('is the only route to %s', async path => {
    expect(management).not.toBe(gateway.baseUrl);
    expect(await status(management + path)).toBe(200);
    expect(await status(gateway.baseUrl + path)).toBe(404);
  });

  it.each(['/v1/models', '/gemini/v1beta/models'])('is no route to %s', async path => {
    expect(await status(gateway.baseUrl + path, gateway.token)).toBe(200);
    expect(await status(management + path, gateway.token)).toBe(404);
  });

  it.each(['/healthz', '/readyz'])('answers %s as the other does', async path => {
    expect([await status(management + path), await status(gateway.baseUrl + path)]).toEqual([200, 200]);
  });

  it('has the metrics with the names of models and upstreams', async () => {
    const body = { model: 'gpt-5-nano', messages: [{ role: 'user', content: 'hi' }] };
    expect((await gateway.chat(body)).status).toBe(200);
    const metrics = await eventually(async () => {
      const text = await (await fetch(`${management}/metrics`)).text();
      return text.includes('bough_requests_total{') && text;
    }, 'the request is counted');
    expect(metrics).toMatch(/^bough_requests_total\{.*model="gpt-5-nano".*\} 1$/m);
  });

  it.each(['//admin/models', '/%61dmin/models', '/ADMIN/models', '/x/../admin/models', '/branches/main/admin/models'])(
    'is not got around by %s',
    async path => {
      const { hostname, port } = new URL(gateway.baseUrl);
      const { request } = await import('node:http');
      const answered = await new Promise<number | undefined>((resolve, reject) => {
        const asked = request(
          { hostname, port, path, headers: { authorization: `Bearer ${gateway.managementKey}` } },
          response => {
            response.resume();
            resolve(response.statusCode);
          },
        );
        asked.on('error', reject);
        asked.end();
      });
      expect(answered).toBe(404);
    },
  );

  it('parses what it is sent, and stops with the gateway', async () => {
    const response = await fetch(`${management}/api/v2/projects`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.managementKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ project: { name: 'by the other route' } }),
    });
    expect(response.status).toBe(201);
  });
});
