/** What is shown, and changed, by its id alone. */
import { addModel, makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Made {
  id: string;
  error: { message: string; param: string | null };
}

const DAY_MS = 86_400_000;

describe('objects by their ids under /admin', () => {
  let plane: TestControlPlane;
  let projectId: string;
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5');
    ({ projectId } = await makeProject(plane.owner));
  });
  afterAll(() => plane.stop());

  const call = (method: string, path: string, body?: object, who = plane.owner) => who.call<Made>(method, path, body);
  const scope = () => ({ scope_type: 'project', scope_id: projectId });
  let serial = 0;
  const addUpstream = async () => {
    const name = `up-${(serial += 1)}`;
    const account = { kind: 'openai-compatible', base_url: 'https://api.example.com/v1', secret: 'sk-test-secret' };
    return (await call('POST', '/admin/upstreams', { name, ...account, routes: [{ model: 'gpt-5' }] })).body;
  };

  describe('GET', () => {
    it('200 shows an upstream, a route, a limit, a block and a default as their lists do', async () => {
      const upstream = await addUpstream();
      const [route] = (upstream as unknown as { routes: Made[] }).routes;
      const cap = { kind: 'requests_per_minute', value: 60 };
      const limit = (await call('PUT', '/admin/limits', { ...scope(), ...cap })).body;
      const block = (await call('POST', '/admin/blocks', { ...scope(), for_seconds: 60 })).body;
      const born = (await call('PUT', '/admin/branch-defaults', { project_id: projectId, pattern: 'x', ...cap })).body;
      for (const [path, made] of [
        ['upstreams', upstream],
        ['routes', route],
        ['limits', limit],
        ['blocks', block],
        ['branch-defaults', born],
      ] as const) {
        const { status, body } = await call('GET', `/admin/${path}/${made?.id}`, undefined, plane.viewer);
        expect([status, body]).toEqual([200, made]);
      }
      expect(JSON.stringify((await call('GET', `/admin/upstreams/${upstream.id}`)).body)).not.toContain('sk-test');
    });

    it('404 for what there is not, and for another organization’s', async () => {
      const foreign = await makeProject(plane.stranger);
      const theirs = { scope_type: 'project', scope_id: foreign.projectId };
      const cap = { kind: 'requests_per_minute', value: 60 };
      const limit = await call('PUT', '/admin/limits', { ...theirs, ...cap }, plane.stranger);
      const block = await call('POST', '/admin/blocks', theirs, plane.stranger);
      const born = { project_id: foreign.projectId, pattern: 'x', ...cap };
      const bornId = (await call('PUT', '/admin/branch-defaults', born, plane.stranger)).body.id;
      for (const path of [
        ...['upstreams', 'routes', 'limits', 'blocks', 'branch-defaults', 'lineage-sources'].map(
          kind => `${kind}/none`,
        ),
        ...[`limits/${limit.body.id}`, `blocks/${block.body.id}`, `branch-defaults/${bornId}`],
      ]) {
        expect([path, (await call('GET', `/admin/${path}`)).status]).toEqual([path, 404]);
        if (path.startsWith('upstreams')) continue;
        const change = path.startsWith('blocks') ? { reason: 'x' } : path.startsWith('routes') ? { weight: 2 } : {};
        const sent = path.startsWith('lineage') ? { poll_seconds: 60 } : { value: 5 };
        const body = Object.keys(change).length > 0 ? change : sent;
        expect([path, (await call('PATCH', `/admin/${path}`, body)).status]).toEqual([path, 404]);
      }
    });
  });

  describe('PATCH /admin/routes/{id}', () => {
    it('200 changes what is given, and says so to every replica', async () => {
      const upstream = await addUpstream();
      const path = `/admin/upstreams/${upstream.id}`;
      const routes = async () => (await plane.owner.call<{ routes: Made[] }>('GET', path)).body.routes;
      const [route] = await routes();
      const { status, body } = await call('PATCH', `/admin/routes/${route?.id}`, { priority: 5, weight: 3 });
      expect([status, body]).toEqual([200, { ...route, priority: 5, weight: 3 }]);
      expect(plane.changes.at(-1)).toEqual({ topic: 'upstreams', key: `route:${route?.id}` });
      expect((await call('PATCH', `/admin/routes/${route?.id}`, { upstream_model: 'other' })).body).toMatchObject({
        ...{ upstream_model: 'other', priority: 5, weight: 3 },
      });
      expect(await routes()).toEqual([expect.objectContaining({ upstream_model: 'other', priority: 5, weight: 3 })]);
    });

    it('400 names the field, 409 for a route that is there, 403 for an editor', async () => {
      const { id: upstream_id } = await addUpstream();
      const other = { model: 'gpt-5', upstream_id, upstream_model: 'other' };
      const path = `/admin/routes/${(await call('POST', '/admin/routes', other)).body.id}`;
      expect((await call('PATCH', path, {})).body.error.message).toBe('the body names no field to change');
      expect((await call('PATCH', path, { weight: 0 })).body.error.param).toBe('weight');
      expect((await call('PATCH', path, { model: 'gpt-5' })).body.error.param).toBe('model');
      const { status, body } = await call('PATCH', path, { upstream_model: 'gpt-5' });
      expect([status, body.error.param]).toEqual([409, 'upstream_model']);
      expect((await call('PATCH', path, { weight: 2 }, plane.editor)).status).toBe(403);
    });
  });

  describe('PATCH of limits and defaults', () => {
    it('200 gives a limit another value, from then on set by somebody', async () => {
      const { body } = await call('PUT', '/admin/limits', { ...scope(), kind: 'spend_per_day', usd: '2' });
      await plane.sql(`UPDATE limits SET default_id = 'bld_x' WHERE id = $1`, [body.id]);
      const changed = await call('PATCH', `/admin/limits/${body.id}`, { usd: '3.5' });
      expect([changed.status, changed.body]).toEqual([
        200,
        { ...body, usd: '3.5', updated_at: expect.any(String) as string },
      ]);
      expect(plane.changes.at(-1)).toEqual({ topic: 'limits', key: `limit:${body.id}` });
      expect(await plane.sql('SELECT value, default_id FROM limits WHERE id = $1', [body.id])).toEqual([
        { value: '3500000000', default_id: null },
      ]);
    });

    it('200 gives a default another value', async () => {
      const given = { project_id: projectId, pattern: 'y*', kind: 'tokens_per_minute', value: 5 };
      const { body } = await call('PUT', '/admin/branch-defaults', given);
      const changed = await call('PATCH', `/admin/branch-defaults/${body.id}`, { value: 6 });
      expect([changed.status, changed.body]).toEqual([200, { ...body, value: 6 }]);
      expect((await call('GET', `/admin/branch-defaults/${body.id}`)).body).toEqual(changed.body);
    });

    it.each([
      [{}, 'usd must be a string with US dollars'],
      [{ value: 5 }, 'value is for requests and tokens'],
      [{ usd: '5', kind: 'spend_total' }, 'kind is not a field of this request'],
    ])('400 names what is wrong: %j', async (body, sentence) => {
      const limit = (await call('PUT', '/admin/limits', { ...scope(), kind: 'spend_per_day', usd: '2' })).body;
      const given = { project_id: projectId, pattern: 'z', kind: 'spend_per_day', usd: '2' };
      const born = (await call('PUT', '/admin/branch-defaults', given)).body;
      for (const path of [`limits/${limit.id}`, `branch-defaults/${born.id}`]) {
        const answer = await call('PATCH', `/admin/${path}`, body);
        expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
        expect((await call('PATCH', `/admin/${path}`, { usd: '1' }, plane.editor)).status).toBe(403);
      }
    });
  });

  describe('PATCH /admin/blocks/{id}', () => {
    const set = async (fields: object = {}) => (await call('POST', '/admin/blocks', { ...scope(), ...fields })).body;
    const until = (ms: number) => new Date(Date.now() + ms).toISOString().replace('.000Z', 'Z');

    it('200 changes its end and its reason, each alone, and says so to every replica', async () => {
      const block = await set({ reason: 'a leak' });
      const later = until(DAY_MS);
      const ended = await call('PATCH', `/admin/blocks/${block.id}`, { until: later });
      expect([ended.status, ended.body]).toEqual([200, { ...block, until: later }]);
      expect(plane.changes.at(-1)).toEqual({ topic: 'blocks', key: `block:${block.id}` });
      const renamed = await call('PATCH', `/admin/blocks/${block.id}`, { reason: 'two leaks' });
      expect(renamed.body).toEqual({ ...ended.body, reason: 'two leaks' });
      const endless = await call('PATCH', `/admin/blocks/${block.id}`, { until: null, reason: null });
      const { reason: _, ...plain } = block as Made & { reason?: string };
      expect(endless.body).toEqual(plain);
      const seconds = await call('PATCH', `/admin/blocks/${block.id}`, { for_seconds: 3_600 });
      expect(Date.parse((seconds.body as unknown as { until: string }).until)).toBeGreaterThan(Date.now());
    });

    it('409 for one that was lifted, and one that is over: neither begins to hold again', async () => {
      const [lifted, over] = [await set(), await set({ for_seconds: 60 })];
      await call('DELETE', `/admin/blocks/${lifted.id}`);
      await plane.sql(`UPDATE blocks SET until = now() - interval '1 second' WHERE id = $1`, [over.id]);
      for (const { id } of [lifted, over]) {
        expect((await call('PATCH', `/admin/blocks/${id}`, { until: null })).status).toBe(409);
      }
      expect((await call('GET', `/admin/blocks/${lifted.id}`)).body).toMatchObject({ lifted_at: expect.any(String) });
    });

    it.each([
      [{}, 'the body names no field to change'],
      [{ until: '2020-01-01T00:00:00Z' }, 'until must lie in the future'],
      [{ until: '2099-01-01T00:00:00Z', for_seconds: 5 }, 'for_seconds cannot be given together with until'],
      [{ scope_id: 'x' }, 'scope_id is not a field of this request'],
    ])('400 names what is wrong: %j', async (body, sentence) => {
      const { id } = await set();
      const answer = await call('PATCH', `/admin/blocks/${id}`, body);
      expect([answer.status, answer.body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
      expect((await call('PATCH', `/admin/blocks/${id}`, { reason: 'x' }, plane.editor)).status).toBe(403);
    });
  });
});
