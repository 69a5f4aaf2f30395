import { SecretBox } from '../../src/platform/secrets.js';
import { serviceAccountKey } from '../support/provider-calls.js';
import { addModel, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Upstream {
  id: string;
  name: string;
  base_url: string;
  beta_flags: string[] | null;
  routes: { id: string; model: string; upstream_model: string; priority: number; weight: number }[];
}
interface Failure {
  error: { message: string; code: string; param: string | null };
}

const SECRET = 'sk-planted-secret-0123456789';
const UPSTREAM = { kind: 'openai-compatible', base_url: 'https://api.example.com/v1', secret: SECRET };

const VERTEX = {
  kind: 'vertex',
  base_url: 'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1',
};
const BEDROCK = { kind: 'bedrock', base_url: 'https://bedrock-runtime.us-east-1.amazonaws.com', client_id: 'AKIATEST' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('upstreams and routes under /admin', () => {
  let plane: TestControlPlane;
  let serial = 0;
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5', 'gpt-5-2025-08-07');
    await addModel(plane, 'llama');
  });
  afterAll(() => plane.stop());

  const addUpstream = async (extra: object = {}) => {
    const body = { name: `upstream-${(serial += 1)}`, ...UPSTREAM, ...extra };
    return plane.owner.call<Upstream & Failure>('POST', '/admin/upstreams', body);
  };

  describe('POST /admin/upstreams', () => {
    it('201 encrypts the secret for its row and shows it nowhere', async () => {
      const { status, body } = await addUpstream({
        routes: [{ model: 'gpt-5' }, { model: 'llama', priority: 5, weight: 3 }],
      });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(/^up_/),
        name: `upstream-${serial}`,
        kind: 'openai-compatible',
        beta_flags: null,
        base_url: 'https://api.example.com/v1',
        client_id: null,
        enabled: true,
        routes: [
          expect.objectContaining({ model: 'gpt-5', upstream_model: 'gpt-5-2025-08-07', priority: 100, weight: 1 }),
          expect.objectContaining({ model: 'llama', upstream_model: 'llama', priority: 5, weight: 3 }),
        ],
        circuits: [],
        created_at: expect.any(String),
        updated_at: expect.any(String),
      });
      expect(plane.changes.at(-1)).toEqual({ topic: 'upstreams', key: `upstream:${body.id}` });
      const [row] = await plane.sql<{ sealed_secret: Buffer }>('SELECT sealed_secret FROM upstreams WHERE id = $1', [
        body.id,
      ]);
      expect(row?.sealed_secret.includes(SECRET)).toBe(false);
      expect(plane.app.get(SecretBox).decrypt(row?.sealed_secret ?? Buffer.of(), `upstream:${body.id}`)).toBe(SECRET);
    });

    it('201 names a databricks endpoint after the model, and takes a client id', async () => {
      const databricks = { kind: 'databricks', base_url: 'https://ws.cloud.databricks.com/', client_id: 'client' };
      const { status, body } = await addUpstream({ ...databricks, routes: [{ model: 'gpt-5' }] });
      expect(status).toBe(201);
      expect(body).toMatchObject({ base_url: 'https://ws.cloud.databricks.com', client_id: 'client' });
      expect(body.routes[0]?.upstream_model).toBe('databricks-gpt-5');
    });

    it.each([
      { kind: 'openai', base_url: 'https://api.openai.com/v1' },
      { kind: 'azure-openai', base_url: 'https://x.openai.azure.com/openai/v1' },
      { kind: 'anthropic', base_url: 'https://api.anthropic.com' },
      { kind: 'gemini', base_url: 'https://generativelanguage.googleapis.com' },
      { ...VERTEX, secret: 'ya29.test-token' },
      { ...VERTEX, secret: base64(serviceAccountKey()) },
      { ...BEDROCK, client_id: undefined },
      { ...BEDROCK, secret: 'test-secret:test-session' },
      { ...BEDROCK, base_url: 'http://127.0.0.1:4566' },
    ])('201 takes every kind with what it is authenticated by: %j', async upstream => {
      const { status, body } = await addUpstream(upstream);
      expect([status, body]).toEqual([201, expect.objectContaining({ kind: upstream.kind })]);
      expect(JSON.stringify(body)).not.toContain('secret');
    });

    it('201 takes a local server without a key', async () => {
      expect((await addUpstream({ base_url: 'http://127.0.0.1:11434/v1', secret: undefined })).status).toBe(201);
    });

    it.each([
      [
        { kind: 'sandbox' },
        'kind must be databricks, openai, azure-openai, openai-compatible, anthropic, gemini, vertex or bedrock',
      ],
      [{ name: 'two words' }, 'name must be 1 to 64 letters'],
      [{ base_url: 'file:///etc/passwd' }, 'base_url must begin with https://'],
      [{ base_url: 'http://169.254.169.254/' }, 'base_url must not be a metadata'],
      [{ base_url: 'https://user:pw@example.com' }, 'base_url must have no user'],
      [{ base_url: 'http://example.com' }, 'base_url must begin with https://'],
      [{ secret: 'two words' }, 'secret must be at most 4096 visible'],
      [{ secret: 'a\r\nb' }, 'secret must be at most 4096 visible'],
      [{ client_id: 'x' }, 'client_id is for databricks and bedrock only: remove it'],
      [{ kind: 'databricks', base_url: 'https://ws.example.com', secret: undefined }, 'secret must be an access token'],
      [{ kind: 'databricks', base_url: 'https://ws.example.com/path' }, 'base_url must have no path'],
      [{ kind: 'anthropic', base_url: 'https://api.anthropic.com', secret: '' }, 'secret must be an API key'],
      [{ kind: 'anthropic' }, 'base_url must end before /v1'],
      [
        { kind: 'gemini', base_url: 'https://generativelanguage.googleapis.com/v1beta' },
        'base_url must end before /v1b',
      ],
      [
        { kind: 'gemini', base_url: 'https://g.example.com', client_id: 'x' },
        'client_id is for databricks and bedrock',
      ],
      [{ kind: 'azure-openai' }, 'base_url must end in /openai/v1'],
      [{ ...VERTEX, base_url: 'https://aiplatform.googleapis.com' }, 'base_url must end in /v1/projects/'],
      [{ ...VERTEX, secret: '' }, 'secret must be a service account’s JSON key in base64'],
      [{ ...VERTEX, secret: '{"type":"service_account"}' }, 'secret must be the JSON key of a service account'],
      [
        { ...VERTEX, secret: base64(serviceAccountKey({ token_uri: 'https://tokens.example.com' })) },
        'secret must have the token_uri https://oauth2.googleapis.com/token',
      ],
      [{ ...BEDROCK, secret: '' }, 'secret must be a Bedrock API key, or with client_id'],
      [{ ...BEDROCK, base_url: 'https://bedrock.example.com' }, 'base_url must name the region'],
      [{ ...BEDROCK, base_url: `${BEDROCK.base_url}/openai/v1` }, 'base_url must have no path'],
      [{ ...BEDROCK, routes: [{ model: 'gpt-5' }] }, 'routes.0.upstream_model must be given'],
      [{ sealed_secret: 'x' }, 'sealed_secret is not a field'],
      [{ routes: [{ model: 'gpt-5', id: 'rt_x' }] }, 'routes.0.id is not a field'],
      [{ routes: [{ model: 'gpt-5', weight: 0 }] }, 'routes.0.weight must be a whole number'],
      [{ routes: [{ model: 'gpt-5' }, { model: 'gpt-5' }] }, 'routes.1.model names a route for the second time'],
    ])('400 names the field and what is wanted: %j', async (extra, sentence) => {
      const { status, body } = await addUpstream(extra);
      expect([status, body.error?.message]).toEqual([400, expect.stringContaining(sentence)]);
      expect(JSON.stringify(body)).not.toContain(SECRET);
    });

    it('404 for a route to a model outside the catalog, and nothing is kept', async () => {
      const { status, body } = await addUpstream({ name: 'half', routes: [{ model: 'none' }] });
      expect([status, body.error.param]).toEqual([404, 'routes.0.model']);
      expect(await plane.sql(`SELECT 1 FROM upstreams WHERE name = 'half'`)).toEqual([]);
    });

    it('409 for a name that is taken, 403 for an editor', async () => {
      await addUpstream({ name: 'taken' });
      expect((await addUpstream({ name: 'taken' })).status).toBe(409);
      expect((await plane.editor.call('POST', '/admin/upstreams', { name: 'n', ...UPSTREAM })).status).toBe(403);
    });
  });

  describe('GET /admin/upstreams', () => {
    it('200 lists and filters them', async () => {
      const { body: made } = await addUpstream({ enabled: false });
      const { status, body } = await plane.owner.call<{ upstreams: Upstream[] }>(
        'GET',
        '/admin/upstreams?enabled=false&kind=openai-compatible',
      );
      expect([status, body.upstreams.map(each => each.id)]).toEqual([200, [made.id]]);
    });

    it('400 names a filter that is none; a viewer may look', async () => {
      expect((await plane.owner.call('GET', '/admin/upstreams?encrypted=x')).status).toBe(400);
      expect((await plane.viewer.call('GET', '/admin/upstreams')).status).toBe(200);
    });
  });

  describe('PATCH /admin/upstreams', () => {
    const patch = (id: string, body: object) =>
      plane.owner.call<Upstream & Failure>('PATCH', `/admin/upstreams/${id}`, body);
    const secretOf = async (id: string) => {
      const [row] = await plane.sql<{ sealed_secret: Buffer }>('SELECT sealed_secret FROM upstreams WHERE id = $1', [
        id,
      ]);
      return plane.app.get(SecretBox).decrypt(row?.sealed_secret ?? Buffer.of(), `upstream:${id}`);
    };

    it('200 changes what is given and leaves the secret alone', async () => {
      const { body: made } = await addUpstream();
      const { status, body } = await patch(made.id, { enabled: false, base_url: 'https://api.example.com/v2/' });
      expect([status, body.base_url]).toEqual([200, 'https://api.example.com/v2']);
      expect(plane.changes.at(-1)).toEqual({ topic: 'upstreams', key: `upstream:${made.id}` });
      expect(await secretOf(made.id)).toBe(SECRET);
      expect((await patch(made.id, { secret: 'sk-other' })).status).toBe(200);
      expect(await secretOf(made.id)).toBe('sk-other');
    });

    it('200 says which beta flags it takes, and with null leaves that to its kind again', async () => {
      const { body: made } = await addUpstream();
      expect(made.beta_flags).toBeNull();
      for (const flags of [['context-1m-2025-08-07', 'other-*'], [], null]) {
        expect((await patch(made.id, { beta_flags: flags })).body.beta_flags).toEqual(flags);
      }
      for (const flags of [['a,b'], ['a b'], ['*a'], 'a', [1]]) {
        const { status, body } = await patch(made.id, { beta_flags: flags });
        expect([status, body.error.param]).toEqual([400, 'beta_flags']);
      }
    });

    it('400 never sends a stored secret to another host: it must be given again', async () => {
      const { body: made } = await addUpstream();
      const moved = { base_url: 'https://collector.example.org/v1' };
      const { status, body } = await patch(made.id, moved);
      expect([status, body.error.message]).toEqual([
        400,
        'secret must be sent again when base_url moves to another host',
      ]);
      expect((await patch(made.id, { ...moved, secret: 'sk-new' })).status).toBe(200);
    });

    it('400 names the field and what is wanted', async () => {
      const { body: made } = await addUpstream();
      const problems = [
        { kind: 'databricks' },
        {},
        { base_url: 'unix:/x' },
        { client_id: 'x', secret: 's' },
        { name: null },
      ];
      for (const change of problems) expect([change, (await patch(made.id, change)).status]).toEqual([change, 400]);
    });

    it('400 leaves an upstream of its kind with an address of its kind', async () => {
      const { body: made } = await addUpstream(BEDROCK);
      const moved = { base_url: 'https://bedrock.example.com', secret: 'test-secret' };
      expect(await patch(made.id, moved)).toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining('base_url must name the region') } },
      });
      expect((await patch(made.id, { ...moved, client_id: null })).status).toBe(200);
      expect((await patch(made.id, { client_id: 'AKIATEST', secret: 'test-secret' })).status).toBe(400);
    });

    it('404 for an unknown one, 409 for a name that is taken', async () => {
      const { body: made } = await addUpstream();
      await addUpstream({ name: 'first-come' });
      expect((await patch('up_none', { enabled: true })).status).toBe(404);
      expect((await patch(made.id, { name: 'first-come' })).status).toBe(409);
    });
  });

  describe('DELETE /admin/upstreams', () => {
    it('204 removes it with its routes; 404 after that', async () => {
      const { body: made } = await addUpstream({ routes: [{ model: 'gpt-5' }] });
      expect((await plane.owner.call('DELETE', `/admin/upstreams/${made.id}`)).status).toBe(204);
      expect(plane.changes.at(-1)).toEqual({ topic: 'upstreams', key: `upstream:${made.id}` });
      expect(await plane.sql('SELECT 1 FROM routes WHERE upstream_id = $1', [made.id])).toEqual([]);
      expect((await plane.owner.call('DELETE', `/admin/upstreams/${made.id}`)).status).toBe(404);
    });
  });

  describe('/admin/routes', () => {
    const add = (body: object) => plane.owner.call<{ id: string } & Failure>('POST', '/admin/routes', body);

    it('201, 200 and 204: adds, lists and removes one', async () => {
      const { body: upstream } = await addUpstream();
      const made = await add({ model: 'llama', upstream_id: upstream.id, upstream_model: 'meta/llama-3' });
      expect([made.status, plane.changes.at(-1)]).toEqual([201, { topic: 'upstreams', key: `route:${made.body.id}` }]);
      const path = `/admin/routes?model=llama&upstream_id=${upstream.id}`;
      expect((await plane.owner.call('GET', path)).body).toEqual({ routes: [made.body] });
      expect((await plane.owner.call('DELETE', `/admin/routes/${made.body.id}`)).status).toBe(204);
      expect((await plane.owner.call('GET', path)).body).toEqual({ routes: [] });
      expect((await plane.owner.call('DELETE', `/admin/routes/${made.body.id}`)).status).toBe(404);
    });

    it('400 names the field, 404 for an unknown model or upstream, 409 for the same again, 403 for an editor', async () => {
      const { body: upstream } = await addUpstream({ routes: [{ model: 'gpt-5' }] });
      const route = { model: 'gpt-5', upstream_id: upstream.id };
      const wrong = await add({ ...route, weight: -1 });
      expect([wrong.status, wrong.body.error.message]).toEqual([
        400,
        'weight must be a whole number from 1 to 1000000',
      ]);
      expect((await add({ ...route, model: 'none' })).body.error).toMatchObject({ code: 'not_found', param: 'model' });
      expect((await add({ ...route, upstream_id: 'up_none' })).body.error).toMatchObject({
        code: 'not_found',
        param: 'upstream_id',
      });
      expect((await add(route)).status).toBe(409);
      expect((await plane.editor.call('POST', '/admin/routes', route)).status).toBe(403);
    });
  });

  it('shows no upstream’s secret in any answer to GET, encrypted or not', async () => {
    await plane.owner.call('GET', '/admin/upstreams');
    await plane.owner.call('GET', '/admin/routes');
    const heard = plane.heard.join('\n');
    expect(heard).not.toMatch(/sk-planted|sk-other|sk-new|secret/i);
    for (const { sealed_secret: encrypted } of await plane.sql<{ sealed_secret: Buffer }>(
      'SELECT sealed_secret FROM upstreams',
    )) {
      expect(heard).not.toContain(encrypted.toString('base64'));
      expect(heard).not.toContain(encrypted.toString('hex'));
    }
  });
});
