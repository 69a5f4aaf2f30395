/** Deletions that are only looked at: what they would do is said, and nothing is done. */
import { UsageRepository } from '../../src/metering/usage.repository.js';
import type { UsageRecord } from '../../src/metering/usage-record.js';
import { addModel, makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';
import { usageRecord } from '../support/usage.js';

type Body = Record<string, unknown> & { id: string; error: { param: string }; message: string };

const ACCOUNT = { kind: 'openai-compatible', base_url: 'https://api.example.com/v1', secret: 'sk-test' };
const HOUR_MS = 3_600_000;
/** Every table that a deletion could change; the last use of a key is written whenever it is used. */
const TABLES = [
  'upstreams',
  'routes',
  'lineage_sources',
  'projects',
  'branches',
  'credentials',
  'limits',
  'operations',
];

describe('a dry run', () => {
  let plane: TestControlPlane;
  let serial = 0;
  beforeAll(async () => {
    plane = await startControlPlane({ OPENAI_API_KEY: 'sk-test-environment' });
    for (const id of ['llama', 'qwen', 'twice']) await addModel(plane, id);
    await addModel(plane, 'gpt-5', 'gpt-5-2025-08-07');
  });
  afterAll(() => plane.stop());

  const unique = (prefix: string) => `${prefix}-${(serial += 1)}`;
  const call = (method: string, path: string, body?: object, who = plane.owner) => who.call<Body>(method, path, body);
  const addUpstream = async (routes: object[], extra: object = {}) =>
    (await call('POST', '/admin/upstreams', { name: unique('up'), ...ACCOUNT, routes, ...extra })).body as Body & {
      name: string;
      routes: { id: string }[];
    };
  const use = async (count: number, fields: Partial<UsageRecord>) => {
    const records = Array.from({ length: count }, () =>
      usageRecord(unique('req'), {
        ...{ organizationId: plane.owner.organizationId, occurredAt: Date.now() - HOUR_MS },
        ...fields,
      }),
    );
    await plane.app.get(UsageRepository, { strict: false }).insert(records);
  };
  const everything = async () => {
    const kept: unknown[] = [];
    for (const table of TABLES) kept.push(await plane.sql(`SELECT t::text AS row FROM ${table} t ORDER BY 1`));
    kept.push(await plane.sql('SELECT id, role, revoked_at FROM management_keys ORDER BY 1'));
    kept.push(await plane.sql('SELECT count(*) AS entries FROM audit_entries'));
    return kept;
  };
  /** The answer to a dry run, once it is sure that nothing was changed and nobody told of a change. */
  const look = async (path: string, who = plane.owner) => {
    const [before, told] = [await everything(), plane.changes.length];
    const answer = await call('DELETE', `${path}${path.includes('?') ? '&' : '?'}dry_run=true`, undefined, who);
    expect([await everything(), plane.changes.length]).toEqual([before, told]);
    return [answer.status, answer.body] as const;
  };
  const makeBranch = async (projectId: string, branch: object = {}) => {
    const { body } = await call('POST', `/api/v2/projects/${projectId}/branches`, { branch });
    return (body['branch'] as { id: string }).id;
  };
  const issue = async (projectId: string, branchId: string) => {
    const path = `/api/v2/projects/${projectId}/branches/${branchId}/credentials`;
    const { body } = await call('POST', path, { scopes: ['ai_gateway:invoke'], principal_type: 'user' });
    return String(body['token_id']);
  };
  const would = (kind: string, id: string) => ({ dry_run: true, would_delete: { kind, id } });

  describe('of an upstream', () => {
    it('200 names the models that nothing else serves, and counts what it served', async () => {
      await addUpstream([{ model: 'twice' }]);
      await addUpstream([{ model: 'qwen' }], { enabled: false });
      const upstream = await addUpstream(['llama', 'qwen', 'twice', 'gpt-5'].map(model => ({ model })));
      await use(3, { upstream: upstream.name });
      await use(2, { upstream: upstream.name, occurredAt: Date.now() - 30 * HOUR_MS });
      await use(5, { upstream: 'another' });
      expect(await look(`/admin/upstreams/${upstream.id}`)).toEqual([
        200,
        {
          ...would('upstream', upstream.id),
          // The environment serves gpt-5, another upstream `twice`; the other route of qwen is of a disabled one.
          models_left_without_a_route: ['llama', 'qwen'],
          routes: 4,
          requests_last_24h: 3,
        },
      ]);
    });

    it('200 cuts nothing off where it is disabled', async () => {
      await addModel(plane, 'unserved');
      const { id } = await addUpstream([{ model: 'unserved' }], { enabled: false });
      expect((await look(`/admin/upstreams/${id}`))[1]).toMatchObject({ models_left_without_a_route: [], routes: 1 });
    });
  });

  it('of a route: 200 names the model that it leaves, and counts what it served', async () => {
    await addModel(plane, 'routed');
    const { name, routes } = await addUpstream([{ model: 'routed' }, { model: 'twice' }]);
    await use(2, { upstream: name, modelId: 'routed', upstreamModel: 'routed' });
    await use(1, { upstream: name, modelId: 'twice', upstreamModel: 'twice' });
    const [first] = routes;
    const wanted = { ...would('route', first?.id ?? ''), requests_last_24h: 2 };
    expect(await look(`/admin/routes/${first?.id}`)).toEqual([
      200,
      { ...wanted, models_left_without_a_route: ['routed'] },
    ]);
    await call('POST', '/admin/routes', {
      ...{ model: 'routed', upstream_id: (await addUpstream([])).id, upstream_model: 'x' },
    });
    expect((await look(`/admin/routes/${first?.id}`))[1]).toEqual({ ...wanted, models_left_without_a_route: [] });
  });

  it('of a lineage source: 200 counts what is on the tree that would follow no longer', async () => {
    const { projectId, mainId } = await makeProject(plane.owner);
    await issue(projectId, mainId);
    await plane.sql(
      `INSERT INTO lineage_sources (id, project_id, base_url, sealed_key, next_sync_at)
        VALUES ('ls_dry', $1, 'https://x.example', '', now() + interval '1 day')`,
      [projectId],
    );
    expect(await look('/admin/lineage-sources/ls_dry')).toEqual([
      200,
      { ...would('lineage_source', 'ls_dry'), branches: 1, credentials: 1, requests_last_24h: 0 },
    ]);
  });

  it('of a key: 200 for one, nothing left for a revoked one, 409 for the last owner, 403 for an owner’s by an admin', async () => {
    const { id } = (await call('POST', '/admin/management-keys', { name: 'x', role: 'viewer' })).body;
    expect(await look(`/admin/management-keys/${id}`)).toEqual([
      200,
      { ...would('management_key', id), management_keys: 1 },
    ]);
    await call('DELETE', `/admin/management-keys/${id}`);
    expect(await look(`/admin/management-keys/${id}`)).toEqual([200, { dry_run: true, would_delete: null }]);
    const list = await call('GET', '/admin/management-keys?role=owner', undefined, plane.stranger);
    const [owner] = list.body['management_keys'] as Body[];
    expect((await look(`/admin/management-keys/${owner?.id}`, plane.stranger))[0]).toBe(409);
    const mine = (await call('POST', '/admin/management-keys', { name: 'x', role: 'owner' })).body.id;
    expect((await look(`/admin/management-keys/${mine}`, plane.admin))[0]).toBe(403);
  });

  it('of a credential: 200 counts its requests, nothing left for a revoked one', async () => {
    const { projectId, mainId } = await makeProject(plane.owner);
    const credentialId = await issue(projectId, mainId);
    await use(4, { credentialId, projectId, branchId: mainId });
    await use(4, { credentialId, projectId, branchId: mainId, occurredAt: Date.now() - 26 * HOUR_MS });
    const path = `/api/v2/projects/${projectId}/branches/${mainId}/credentials/${credentialId}`;
    expect(await look(path)).toEqual([200, { ...would('credential', credentialId), requests_last_24h: 4 }]);
    expect((await call('DELETE', path)).status).toBe(204);
    expect(await look(path)).toEqual([200, { dry_run: true, would_delete: null }]);
  });

  it('of a branch: 200 counts what ends with it, and sweeps nothing; 409 and nothing left as the deletion would say', async () => {
    const { projectId, mainId } = await makeProject(plane.owner);
    const [branchId, gone, ended] = [
      await makeBranch(projectId),
      await makeBranch(projectId),
      await makeBranch(projectId, { expires_at: '2099-01-01T00:00:00Z' }),
    ];
    await plane.sql(`UPDATE branches SET expires_at = now() - interval '1 second' WHERE id = $1`, [ended]);
    await issue(projectId, branchId);
    await use(2, { projectId, branchId });
    const path = `/api/v2/projects/${projectId}/branches`;
    expect(await look(`${path}/${branchId}`)).toEqual([
      200,
      { ...would('branch', branchId), credentials: 1, requests_last_24h: 2 },
    ]);
    expect((await look(`${path}/${mainId}`))[0]).toBe(409);
    await call('DELETE', `${path}/${gone}`);
    expect(await look(`${path}/${gone}`)).toEqual([200, { dry_run: true, would_delete: null }]);
    expect((await look(`${path}/${gone}?hard_delete=true`))[1]).toMatchObject(would('branch', gone));
  });

  it('of a project: 200 counts all that ends with it, 409 for one with a protected branch', async () => {
    const { projectId, mainId } = await makeProject(plane.owner);
    await issue(projectId, await makeBranch(projectId));
    await issue(projectId, mainId);
    await call('POST', '/admin/management-keys', { name: 'x', role: 'viewer', project_id: projectId });
    await use(3, { projectId, branchId: mainId });
    expect(await look(`/api/v2/projects/${projectId}`)).toEqual([
      200,
      {
        ...would('project', projectId),
        ...{ branches: 2, credentials: 2, management_keys: 1, requests_last_24h: 3 },
      },
    ]);
    await makeBranch(projectId, { protected: true });
    expect((await look(`/api/v2/projects/${projectId}`))[0]).toBe(409);
  });

  it('404 for what there is not and for another organization’s, 403 for whom the deletion is closed to', async () => {
    const foreign = await makeProject(plane.stranger);
    const { projectId, mainId } = await makeProject(plane.owner);
    for (const path of [
      ...['upstreams', 'routes', 'lineage-sources', 'management-keys'].map(kind => `/admin/${kind}/none`),
      `/api/v2/projects/${foreign.projectId}`,
      `/api/v2/projects/${foreign.projectId}/branches/${foreign.mainId}`,
      `/api/v2/projects/${projectId}/branches/none`,
      `/api/v2/projects/${projectId}/branches/${mainId}/credentials/none`,
    ]) {
      expect([path, (await look(path))[0]]).toEqual([path, 404]);
      expect([path, (await look(path, path.startsWith('/admin') ? plane.editor : plane.viewer))[0]]).toEqual([
        path,
        403,
      ]);
    }
  });

  it('is refused where there is none, and nothing is changed instead', async () => {
    const scope = { scope_type: 'project', scope_id: (await makeProject(plane.owner)).projectId };
    const limit = (await call('PUT', '/admin/limits', { ...scope, kind: 'requests_per_minute', value: 1 })).body;
    const block = (await call('POST', '/admin/blocks', scope)).body;
    for (const [method, path, body] of [
      ['DELETE', `/admin/limits/${limit.id}`],
      ['DELETE', `/admin/blocks/${block.id}`],
      ['PATCH', `/admin/limits/${limit.id}`, { value: 2 }],
      ['POST', '/admin/blocks', scope],
    ] as const) {
      const { status, body: answer } = await call(method, `${path}?dry_run=true`, body);
      expect([method, path, status, answer.error.param]).toEqual([method, path, 400, 'dry_run']);
    }
    expect((await call('GET', `/admin/limits/${limit.id}`)).body).toEqual(limit);
  });

  it.each(['dry_run=yes', 'dry_run=', 'dry_run=true&dry_run=false'])(
    '400 for %s, and nothing is deleted',
    async query => {
      const { id } = await addUpstream([]);
      expect((await call('DELETE', `/admin/upstreams/${id}?${query}`)).status).toBe(400);
      expect((await call('GET', `/admin/upstreams/${id}`)).status).toBe(200);
      expect((await call('DELETE', `/admin/upstreams/${id}?dry_run=false`)).status).toBe(204);
      expect((await call('GET', `/admin/upstreams/${id}`)).status).toBe(404);
    },
  );
});
