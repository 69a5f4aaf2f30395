import { randomBytes } from 'node:crypto';
import { PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { eventually } from '../support/gateway.js';
import {
  addKey,
  makeProject,
  OperatorClient,
  startControlPlane,
  type TestControlPlane,
} from '../support/management.js';

const PATH = '/admin/management-keys';
const PROJECTS = '/api/v2/projects';
const NAPI = /^napi_[0-9A-Za-z]{64}$/;

interface ManagementKey {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly project_id?: string;
  readonly last_used_at?: string;
  readonly revoked_at?: string;
}
interface KeyPage {
  readonly management_keys: readonly ManagementKey[];
  readonly pagination?: { readonly cursor: string };
}

describe('/admin/management-keys', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.stop());

  const make = (body: object, by = plane.owner) => by.call<ManagementKey & { key: string }>('POST', PATH, body);
  const show = (id: string, by = plane.owner) => by.call<ManagementKey>('GET', `${PATH}/${id}`);
  const change = (id: string, body: object, by = plane.owner) => by.call<ManagementKey>('PATCH', `${PATH}/${id}`, body);
  const revoke = (id: string, by = plane.owner) => by.call('DELETE', `${PATH}/${id}`);
  const listProjects = (by: OperatorClient) => by.call('GET', PROJECTS);
  const createProject = (by: OperatorClient) => by.call('POST', PROJECTS, {});
  const holding = (key: string) => new OperatorClient(plane.baseUrl, key, plane.owner.organizationId, []);
  const idOf = async (client: OperatorClient) => {
    const sql = 'SELECT id FROM management_keys WHERE key_hash = sha256($1::bytea)';
    const [row] = await plane.sql<{ id: string }>(sql, [Buffer.from(client.key)]);
    return row?.id ?? '';
  };
  /** Another organization, with one owner. */
  const found = async () => {
    const id = `org-${randomBytes(6).toString('hex')}`;
    await plane.sql('INSERT INTO organizations (id, name) VALUES ($1, $1)', [id]);
    const query = (text: string, values: unknown[]) => plane.sql(text, values);
    const enter = async () =>
      new OperatorClient(plane.baseUrl, await addKey({ query } as never, id, 'owner'), id, plane.heard);
    return { enter, owner: await enter() };
  };

  describe('POST', () => {
    it('201 shows a key once that works at once, and keeps its hash alone', async () => {
      const { status, body, headers } = await make({ name: 'pipeline', role: 'editor' });
      expect([status, headers.get('cache-control')]).toEqual([201, 'no-store']);
      expect(body).toEqual({
        id: expect.stringMatching(/^mk_[0-9a-z]{20}$/),
        name: 'pipeline',
        role: 'editor',
        created_at: expect.any(String),
        key: expect.stringMatching(NAPI),
      });
      expect((await createProject(holding(body.key))).status).toBe(201);
      const [row] = await plane.sql<{ row: string }>(
        `SELECT (to_jsonb(k) || jsonb_build_object('hash', encode(key_hash, 'escape')))::text AS row
         FROM management_keys k WHERE id = $1`,
        [body.id],
      );
      expect(row?.row).not.toContain(body.key);
      expect(JSON.stringify((await show(body.id)).body)).not.toContain('napi_');
    });

    it('201 makes a key of one project', async () => {
      const { projectId } = await makeProject(plane.owner);
      const { status, body } = await make({ name: 'shop', role: 'viewer', project_id: projectId });
      expect([status, body.project_id]).toEqual([201, projectId]);
    });

    it.each([
      [{ role: 'viewer' }, 'name'],
      [{ name: '', role: 'viewer' }, 'name'],
      [{ name: 'x', role: 'root' }, 'role'],
      [{ name: 'x' }, 'role'],
      [{ name: 'x', role: ['owner'] }, 'role'],
      [{ name: 'x', role: 'viewer', project_id: null }, 'project_id'],
      [{ name: 'x', role: 'viewer', organization_id: 'org-other' }, 'organization_id'],
    ])('400 names the field: %j', async (body, param) => {
      await expect(make(body)).resolves.toMatchObject({ status: 400, body: { error: { param } } });
    });

    it('403 for an administrator who would make an owner, and for lower roles altogether', async () => {
      await expect(make({ name: 'x', role: 'owner' }, plane.admin)).resolves.toMatchObject({ status: 403 });
      expect((await make({ name: 'x', role: 'admin' }, plane.admin)).status).toBe(201);
      await expect(make({ name: 'x', role: 'viewer' }, plane.editor)).resolves.toMatchObject({ status: 403 });
      await expect(make({ name: 'x', role: 'viewer' }, plane.viewer)).resolves.toMatchObject({ status: 403 });
    });

    it('404 for an unknown project, a deleted one and another organization’s', async () => {
      const { projectId } = await makeProject(plane.owner);
      await plane.owner.call('DELETE', `${PROJECTS}/${projectId}`);
      const foreign = await makeProject(plane.stranger);
      for (const project_id of ['none', projectId, foreign.projectId]) {
        const refused = make({ name: 'x', role: 'viewer', project_id });
        await expect(refused).resolves.toMatchObject({ status: 404, body: { error: { param: 'project_id' } } });
      }
    });
  });

  describe('GET', () => {
    it('200 lists newest first, page by page, without a secret', async () => {
      const { owner } = await found();
      const names = ['a', 'b', 'c', 'd'];
      for (const name of names) await make({ name, role: 'viewer' }, owner);
      const seen: string[] = [];
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const from: string = cursor === undefined ? '' : `&cursor=${cursor}`;
        const { status, body } = await owner.call<KeyPage>('GET', `${PATH}?limit=2${from}`);
        expect(status).toBe(200);
        seen.push(...body.management_keys.map(({ name }) => name));
        cursor = body.pagination?.cursor;
      }
      expect(seen).toEqual([...names.toReversed(), 'test']);
      expect(plane.heard.join()).not.toMatch(/napi_|key_hash/);
    });

    it.each(['?limit=0', '?limit=1001', '?cursor=none', '?role=root', '?colour=green'])('400 for %s', async query => {
      expect((await plane.owner.call('GET', PATH + query)).status).toBe(400);
    });

    it('404 for another organization’s key', async () => {
      const { body } = await make({ name: 'x', role: 'viewer' }, plane.stranger);
      await expect(show(body.id)).resolves.toMatchObject({ status: 404 });
      const list = plane.owner.call('GET', `${PATH}?cursor=${body.id}`);
      await expect(list).resolves.toMatchObject({ status: 400 });
    });

    it('tells when a key was used, to the minute, and writes it no more often', async () => {
      const { body: made } = await make({ name: 'used', role: 'viewer' });
      expect((await show(made.id)).body).not.toHaveProperty('last_used_at');
      const holder = holding(made.key);
      await listProjects(holder);
      const used = await eventually(async () => (await show(made.id)).body.last_used_at, 'the use is written down');
      expect(Math.abs(Date.now() - Date.parse(used))).toBeLessThan(60_000);
      const update = jest.spyOn(plane.app.get(PrismaService).managementKey, 'updateMany');
      await listProjects(holder);
      expect(update).not.toHaveBeenCalled();
      update.mockRestore();
    });

    it('lets somebody in although their use cannot be written down', async () => {
      const { body: made } = await make({ name: 'unwritten', role: 'viewer' });
      const update = jest
        .spyOn(plane.app.get(PrismaService).managementKey, 'updateMany')
        .mockRejectedValueOnce(new Error('read-only') as never);
      expect((await listProjects(holding(made.key))).status).toBe(200);
      expect(update).toHaveBeenCalledTimes(1);
      update.mockRestore();
    });
  });

  describe('PATCH', () => {
    it('200 renames, and gives another role that holds from the next request on', async () => {
      const { body: made } = await make({ name: 'x', role: 'viewer' });
      const holder = holding(made.key);
      await expect(createProject(holder)).resolves.toMatchObject({ status: 403 });
      const { status, body } = await change(made.id, { name: 'y', role: 'editor' }, plane.admin);
      expect([status, body.name, body.role]).toEqual([200, 'y', 'editor']);
      expect((await createProject(holder)).status).toBe(201);
    });

    it('400 for nothing, for a project and for a role that is none', async () => {
      const { body: made } = await make({ name: 'x', role: 'viewer' });
      for (const body of [{}, { project_id: 'p' }, { role: 'root' }, { name: null }]) {
        await expect(change(made.id, body)).resolves.toMatchObject({ status: 400 });
      }
    });

    it('403 for an administrator who would touch an owner, or make one', async () => {
      const { body: owner } = await make({ name: 'x', role: 'owner' });
      const { body: viewer } = await make({ name: 'x', role: 'viewer' });
      for (const [id, body] of [
        [owner.id, { name: 'y' }],
        [owner.id, { role: 'viewer' }],
        [viewer.id, { role: 'owner' }],
      ] as const) {
        const refused = change(id, body, plane.admin);
        await expect(refused).resolves.toMatchObject({ status: 403, body: { error: { code: 'insufficient_role' } } });
      }
      expect((await show(owner.id)).body).toMatchObject({ name: 'x', role: 'owner' });
    });

    it('404 for another organization’s, 409 for a revoked one', async () => {
      const { body: made } = await make({ name: 'x', role: 'viewer' });
      await expect(change(made.id, { name: 'y' }, plane.stranger)).resolves.toMatchObject({ status: 404 });
      await revoke(made.id);
      await expect(change(made.id, { name: 'y' })).resolves.toMatchObject({ status: 409 });
    });

    it('409 for the last owner’s role; another owner makes it possible', async () => {
      const { owner } = await found();
      const id = await idOf(owner);
      const refused = change(id, { role: 'admin' }, owner);
      await expect(refused).resolves.toMatchObject({ status: 409, body: { error: { param: 'role' } } });
      expect((await change(id, { name: 'renamed', role: 'owner' }, owner)).status).toBe(200);
      await make({ name: 'second', role: 'owner' }, owner);
      expect((await change(id, { role: 'admin' }, owner)).status).toBe(200);
    });
  });

  describe('DELETE', () => {
    it('204 revokes from the next request on, and again 204 with the first time kept', async () => {
      const { body: made } = await make({ name: 'x', role: 'admin' });
      const holder = holding(made.key);
      expect((await listProjects(holder)).status).toBe(200);
      const revokedAt = async () => (await show(made.id)).body.revoked_at;
      expect((await revoke(made.id, plane.admin)).status).toBe(204);
      const first = await revokedAt();
      await expect(listProjects(holder)).resolves.toMatchObject({ status: 401 });
      expect((await revoke(made.id)).status).toBe(204);
      expect([first, await revokedAt()]).toEqual([expect.any(String), first]);
    });

    it('403 for an administrator who would revoke an owner, 404 for another organization’s', async () => {
      const { body: owner } = await make({ name: 'x', role: 'owner' });
      await expect(revoke(owner.id, plane.admin)).resolves.toMatchObject({ status: 403 });
      await expect(revoke(owner.id, plane.stranger)).resolves.toMatchObject({ status: 404 });
      expect((await holding(owner.key).call('GET', PATH)).status).toBe(200);
    });

    it('409 for the last owner, whom an owner of one project does not replace', async () => {
      const { owner } = await found();
      const { projectId } = await makeProject(owner);
      await make({ name: 'of the project', role: 'owner', project_id: projectId }, owner);
      const id = await idOf(owner);
      await expect(revoke(id, owner)).resolves.toMatchObject({ status: 409 });
      await make({ name: 'second', role: 'owner' }, owner);
      expect((await revoke(id, owner)).status).toBe(204);
    });

    it('leaves an owner when the last two revoke each other at once', async () => {
      const { owner, enter } = await found();
      const other = await enter();
      const [one, two] = [await idOf(owner), await idOf(other)];
      const answers = await Promise.all([revoke(two, owner), revoke(one, other)]);
      expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    });
  });
});

describe('a key of one project', () => {
  let plane: TestControlPlane;
  let own: { projectId: string; mainId: string };
  let other: { projectId: string; mainId: string };
  let owner: OperatorClient;
  beforeAll(async () => {
    plane = await startControlPlane();
    own = await makeProject(plane.owner, 'own');
    other = await makeProject(plane.owner, 'other');
    owner = await plane.enter('owner', own.projectId);
  });
  afterAll(() => plane.stop());

  const statusOf = async (method: string, path: string, body?: object, client = owner) =>
    (await client.call(method, path, body)).status;

  it('sees its project alone', async () => {
    const { body } = await owner.call<{ projects: { id: string }[] }>('GET', '/api/v2/projects?limit=400');
    expect(body.projects.map(({ id }) => id)).toEqual([own.projectId]);
    expect(await statusOf('GET', `/api/v2/projects/${own.projectId}`)).toBe(200);
    expect(await statusOf('GET', `/api/v2/projects/${other.projectId}`)).toBe(404);
    expect(await statusOf('GET', `/api/v2/projects?cursor=${other.projectId}`)).toBe(400);
    for (const path of ['', '/branches', `/branches/${other.mainId}`, `/branches/${other.mainId}/credentials`]) {
      expect([path, await statusOf('GET', `/api/v2/projects/${other.projectId}${path}`)]).toEqual([path, 404]);
    }
    expect(await statusOf('GET', `/api/v2/projects/${own.projectId}/branches/${other.mainId}`)).toBe(404);
  });

  it('writes branches and credentials of its project, and makes and ends no projects', async () => {
    const branches = `/api/v2/projects/${own.projectId}/branches`;
    expect(await statusOf('POST', branches, { branch: { name: 'x' } })).toBe(201);
    const credential = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    expect(await statusOf('POST', `${branches}/${own.mainId}/credentials`, credential)).toBe(201);
    expect(await statusOf('POST', `/api/v2/projects/${other.projectId}/branches`, {})).toBe(404);
    expect(await statusOf('POST', '/api/v2/projects', {})).toBe(403);
    expect(await statusOf('DELETE', `/api/v2/projects/${own.projectId}`)).toBe(403);
  });

  it('sees and sets limits and blocks below its project, and none of the account', async () => {
    const limit = (scope_type: string, scope_id: string) =>
      ({ scope_type, scope_id, kind: 'requests_per_minute', value: 5 }) as const;
    const account = limit('account', plane.owner.organizationId);
    const { body: ofAccount } = await plane.owner.call<{ id: string }>('PUT', '/admin/limits', account);
    const { body: ofOther } = await plane.owner.call<{ id: string }>(
      'PUT',
      '/admin/limits',
      limit('branch', other.mainId),
    );
    expect(await statusOf('PUT', '/admin/limits', limit('branch', own.mainId))).toBe(200);
    expect(await statusOf('PUT', '/admin/limits', account)).toBe(404);
    expect(await statusOf('PUT', '/admin/limits', limit('project', other.projectId))).toBe(404);
    for (const id of [ofAccount.id, ofOther.id]) expect(await statusOf('DELETE', `/admin/limits/${id}`)).toBe(404);
    const { body } = await owner.call<{ limits: { scope_id: string }[] }>('GET', '/admin/limits');
    expect(body.limits.map(({ scope_id }) => scope_id)).toEqual([own.mainId]);
    const block = (scope_type: string, scope_id: string) => ({ scope_type, scope_id, for_seconds: 60 });
    expect(await statusOf('POST', '/admin/blocks', block('project', own.projectId))).toBe(201);
    expect(await statusOf('POST', '/admin/blocks', block('branch', other.mainId))).toBe(404);
    expect(await statusOf('POST', '/admin/blocks', block('account', plane.owner.organizationId))).toBe(404);
  });

  it('sees what holds for its branches, without what the organization has used', async () => {
    const { status, body } = await owner.call<{ limits: { scope_type: string }[] }>(
      'GET',
      `/admin/limits/effective?branch=${own.mainId}`,
    );
    expect(status).toBe(200);
    expect(new Set(body.limits.map(({ scope_type }) => scope_type))).toEqual(new Set(['branch']));
    expect(await statusOf('GET', `/admin/limits/effective?branch=${other.mainId}`)).toBe(404);
    const whole = await plane.viewer.call<typeof body>('GET', `/admin/limits/effective?branch=${own.mainId}`);
    expect(whole.body.limits.map(({ scope_type }) => scope_type)).toContain('account');
  });

  it('sets defaults for its branches alone', async () => {
    const wanted = (project_id: string) => ({ project_id, pattern: '*', kind: 'requests_per_minute', value: 5 });
    const { body } = await plane.owner.call<{ id: string }>('PUT', '/admin/branch-defaults', wanted(other.projectId));
    expect(await statusOf('PUT', '/admin/branch-defaults', wanted(other.projectId))).toBe(404);
    expect(await statusOf('GET', `/admin/branch-defaults?project_id=${other.projectId}`)).toBe(404);
    expect(await statusOf('DELETE', `/admin/branch-defaults/${body.id}`)).toBe(404);
    const ours = await owner.call<{ id: string }>('PUT', '/admin/branch-defaults', wanted(own.projectId));
    expect(ours.status).toBe(200);
    expect(await statusOf('DELETE', `/admin/branch-defaults/${ours.body.id}`)).toBe(204);
  });

  it('reads the usage of its project alone', async () => {
    const used = (project: string, requests: number) =>
      plane.sql(
        `INSERT INTO usage_hourly (hour, organization_id, project_id, branch_id, model_id, credential_id, requests)
         VALUES (date_trunc('hour', now(), 'UTC'), $1, $2, 'br', 'm', 'c', $3)`,
        [plane.owner.organizationId, project, requests],
      );
    await used(own.projectId, 3);
    await used(other.projectId, 5);
    const sums = async (query: string, client = owner) =>
      (await client.call<{ usage: object[] }>('GET', `/admin/usage${query}`)).body.usage;
    expect(await sums('')).toEqual([expect.objectContaining({ requests: 3 })]);
    expect(await sums('?group_by=project')).toEqual([expect.objectContaining({ project: own.projectId, requests: 3 })]);
    expect(await sums(`?project=${own.projectId}`)).toEqual([expect.objectContaining({ requests: 3 })]);
    expect(await statusOf('GET', `/admin/usage?project=${other.projectId}`)).toBe(404);
    expect(await sums('', plane.viewer)).toEqual([expect.objectContaining({ requests: 8 })]);
  });

  it.each(['/admin/models', '/admin/upstreams', '/admin/routes', '/admin/credits', '/admin/credits/history'])(
    '403 at %s, which is not of one project',
    async path => {
      expect(await statusOf('GET', path)).toBe(403);
    },
  );

  it('sees and makes keys of its project alone', async () => {
    const wide = { name: 'wide', role: 'viewer' };
    const { body: elsewhere } = await plane.owner.call<ManagementKey>('POST', PATH, wide);
    const { body: list } = await owner.call<KeyPage>('GET', PATH);
    expect(new Set(list.management_keys.map(({ project_id }) => project_id))).toEqual(new Set([own.projectId]));
    expect(await statusOf('GET', `${PATH}/${elsewhere.id}`)).toBe(404);
    expect(await statusOf('DELETE', `${PATH}/${elsewhere.id}`)).toBe(404);
    expect(await statusOf('POST', PATH, { name: 'x', role: 'viewer' })).toBe(403);
    expect(await statusOf('POST', PATH, { name: 'x', role: 'viewer', project_id: other.projectId })).toBe(404);
    const mine = { name: 'x', role: 'owner', project_id: own.projectId };
    expect(await statusOf('POST', PATH, mine)).toBe(201);
    expect(await statusOf('POST', PATH, mine, await plane.enter('admin', own.projectId))).toBe(403);
  });

  it('keeps to its role within its project', async () => {
    const [viewer, editor] = [await plane.enter('viewer', own.projectId), await plane.enter('editor', own.projectId)];
    const branches = `/api/v2/projects/${own.projectId}/branches`;
    expect(await statusOf('POST', branches, {}, viewer)).toBe(403);
    expect(await statusOf('POST', branches, {}, editor)).toBe(201);
    expect(await statusOf('POST', `/api/v2/projects/${other.projectId}/branches`, {}, editor)).toBe(404);
    expect(await statusOf('POST', '/admin/blocks', {}, editor)).toBe(403);
  });

  it('401 once its project has ended', async () => {
    const { projectId } = await makeProject(plane.owner, 'short-lived');
    const client = await plane.enter('owner', projectId);
    expect(await statusOf('GET', '/api/v2/projects', undefined, client)).toBe(200);
    await plane.owner.call('DELETE', `/api/v2/projects/${projectId}`);
    expect(await statusOf('GET', '/api/v2/projects', undefined, client)).toBe(401);
  });
});
