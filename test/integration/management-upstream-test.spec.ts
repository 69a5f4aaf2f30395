/** Upstreams that are called to see whether they would serve. */
import { type AddressInfo, createServer } from 'node:net';
import { FakeProvider } from '../support/fake-provider.js';
import { addModel, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Outcome {
  id: string;
  ok: boolean;
  status: number | null;
  latency_ms: number;
  error?: string;
}

const SECRET = 'planted.secret/0123+456789';

describe('POST /admin/upstreams/{id}/test', () => {
  let plane: TestControlPlane;
  let provider: FakeProvider;
  let serial = 0;
  beforeAll(async () => {
    plane = await startControlPlane();
    provider = await FakeProvider.start();
    await addModel(plane, 'gpt-5');
    await addModel(plane, 'claude');
    await plane.sql(`UPDATE models SET provider = 'anthropic' WHERE id = 'claude'`);
  });
  beforeEach(() => {
    provider.seen.length = 0;
    provider.script = (_, response) => void response.writeHead(200).end('{"data":[]}');
  });
  afterAll(async () => {
    await plane.stop();
    await provider.stop();
  });

  const add = async (fields: object = {}) => {
    const account = { kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: SECRET };
    const body = { name: `up-${(serial += 1)}`, ...account, ...fields };
    const made = await plane.owner.call<Outcome>('POST', '/admin/upstreams', body);
    expect(made.status).toBe(201);
    return made.body.id;
  };
  const test = (id: string, who = plane.owner) => who.call<Outcome>('POST', `/admin/upstreams/${id}/test`);
  const answerWith = (status: number, body: string, headers: Record<string, string> = {}) => {
    provider.script = (_, response) => void response.writeHead(status, headers).end(body);
  };

  it('200 says that it was reached and took the stored secret', async () => {
    const { status, body } = await test(await add());
    expect([status, body]).toEqual([200, { ok: true, status: 200, latency_ms: expect.any(Number) }]);
    const [request] = provider.seen;
    expect([request?.method, request?.path, request?.headers['authorization'], request?.body.length]).toEqual([
      'GET',
      '/v1/models',
      `Bearer ${SECRET}`,
      0,
    ]);
  });

  it.each([
    [{ kind: 'openai' }, '/v1', 'GET /v1/models', 'authorization', `Bearer ${SECRET}`],
    [{ kind: 'azure-openai' }, '/openai/v1', 'GET /openai/v1/models', 'api-key', SECRET],
    [{ kind: 'anthropic' }, '', 'GET /v1/models?limit=1', 'x-api-key', SECRET],
    [{ kind: 'gemini' }, '', 'GET /v1beta/models?pageSize=1', 'x-goog-api-key', SECRET],
    [{ kind: 'databricks' }, '', 'GET /api/2.0/serving-endpoints', 'authorization', `Bearer ${SECRET}`],
    [
      { kind: 'bedrock', routes: [{ model: 'claude', upstream_model: 'anthropic.claude-v1:0' }] },
      ...['', 'POST /model/anthropic.claude-v1%3A0/invoke', 'authorization', `Bearer ${SECRET}`],
    ],
    [
      { kind: 'bedrock', routes: [{ model: 'gpt-5', upstream_model: 'openai.gpt-oss' }] },
      ...['', 'POST /openai/v1/chat/completions', 'authorization', `Bearer ${SECRET}`],
    ],
    [
      { kind: 'vertex', secret: 'ya29.test-token', routes: [{ model: 'gpt-5', upstream_model: 'gemini-x' }] },
      ...[
        '/v1/projects/p/locations/l',
        'POST /v1/projects/p/locations/l/publishers/google/models/gemini-x:countTokens',
      ],
      ...['authorization', 'Bearer ya29.test-token'],
    ],
  ] as [object, string, string, string, string][])(
    'asks each kind what costs least, as its adapter does: %j',
    async (fields, path, line, header, value) => {
      const { body } = await test(await add({ ...fields, base_url: provider.url + path }));
      expect(body).toMatchObject({ ok: true, status: 200 });
      const [request] = provider.seen;
      expect([`${request?.method} ${request?.path}`, request?.headers[header]]).toEqual([line, value]);
      if (line.includes('invoke') || line.includes('chat')) {
        expect(JSON.parse(String(request?.body))).toMatchObject({ max_tokens: 1 });
      }
    },
  );

  it('409 for a kind that is asked with a model, where none is routed there', async () => {
    const id = await add({ kind: 'bedrock', base_url: provider.url });
    expect((await test(id)).status).toBe(409);
    expect(provider.seen).toEqual([]);
  });

  it('200 tells of a refusal in short, without the secret in any form in which it was sent', async () => {
    const forms = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64'), `Bearer ${SECRET}`];
    const message = `no such key: ${forms.join(' or ')} at ${provider.url}, nor sk-abcdefgh12345678 ${'x'.repeat(500)}`;
    answerWith(401, JSON.stringify({ error: { message } }));
    const { status, body } = await test(await add());
    expect([status, body.ok, body.status]).toEqual([200, false, 401]);
    expect(body.error).toMatch(/^the upstream answered 401: no such key: \[redacted\]/);
    expect(body.error?.length).toBeLessThan(400);
    for (const form of [...forms, provider.url, 'sk-abcdefgh', 'planted', '456789'])
      expect(body.error).not.toContain(form);
  });

  it.each([
    [500, '<html>internal</html>', 'the upstream answered 500'],
    [404, '', 'the upstream answered 404'],
    [302, 'elsewhere', 'the upstream answered 302'],
  ])('200 tells no page and follows nowhere: %i', async (answered, text, error) => {
    answerWith(answered, text, { location: `${provider.url}/stolen` });
    expect((await test(await add())).body).toMatchObject({ ok: false, status: answered, error });
    expect(provider.seen.map(({ path }) => path)).toEqual(['/v1/models']);
  });

  it('200 tells that nothing listens, that something else does, and that the connection breaks', async () => {
    const { body } = await test(await add({ base_url: 'http://127.0.0.1:9/v1' }));
    expect(body).toMatchObject({ ok: false, status: null, error: expect.stringContaining('cannot be reached') });
    const other = createServer(socket => {
      socket.on('error', () => undefined).end('220 mail\r\n', () => socket.destroy());
    });
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const nonsense = await test(await add({ base_url: `http://127.0.0.1:${port}/v1` }));
    expect(nonsense.body).toMatchObject({ ok: false, status: null });
    await new Promise(resolve => other.close(resolve));
    provider.script = (_, __, raw) => void raw.socket.destroy();
    expect((await test(await add())).body).toMatchObject({ ok: false, status: null });
  });

  it('200 calls no address that may not be called, however it came into the database', async () => {
    const id = await add();
    for (const address of ['http://169.254.169.254/v1', 'http://[fe80::1]/v1', 'http://10.0.0.1/v1']) {
      await plane.sql('UPDATE upstreams SET base_url = $1 WHERE id = $2', [address, id]);
      const { body } = await test(id);
      expect(body).toMatchObject({ ok: false, status: null, error: expect.stringContaining('may not be called') });
    }
  });

  it('200 says that the secret cannot be decrypted, where it was encrypted for another', async () => {
    const [one, other] = [await add(), await add()];
    await plane.sql(
      'UPDATE upstreams SET sealed_secret = (SELECT sealed_secret FROM upstreams WHERE id = $1) WHERE id = $2',
      [one, other],
    );
    expect((await test(other)).body).toMatchObject({
      ok: false,
      error: expect.stringContaining('cannot be decrypted'),
    });
    expect(provider.seen).toEqual([]);
  });

  it('is nobody’s usage, and is in the audit log without what was answered', async () => {
    const id = await add({ routes: [{ model: 'gpt-5' }], enabled: false });
    answerWith(403, JSON.stringify({ error: { message: 'quoted' } }));
    await test(id);
    for (const table of ['usage_records', 'usage_hourly', 'quota_counters']) {
      expect(await plane.sql(`SELECT 1 FROM ${table}`)).toEqual([]);
    }
    const [entry] = await plane.sql<{ object_id: string; after: object }>(
      `SELECT object_id, after FROM audit_entries WHERE action = 'POST /admin/upstreams/:upstream_id/test'
       ORDER BY id DESC LIMIT 1`,
    );
    expect(entry).toEqual({
      object_id: id,
      after: { ok: false, status: 403, latency_ms: expect.any(Number), error: '[not recorded]' },
    });
  });

  it('404 for an unknown upstream, 403 for an editor', async () => {
    expect((await test('none')).status).toBe(404);
    expect((await test(await add(), plane.editor)).status).toBe(403);
  });
});
