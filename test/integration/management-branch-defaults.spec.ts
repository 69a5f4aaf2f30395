import { addModel, makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';
import { ask, limit as limitOf, refusal, startQuota } from '../support/quota-setup.js';
import { QuotaRepository } from '../../src/quota/quota.repository.js';
import { PrismaService } from '../../src/platform/prisma/prisma.service.js';

interface Default {
  id: string;
  error: { message: string; param: string | null };
}
interface Limit {
  id: string;
  kind: string;
  model?: string;
  value?: number;
  usd?: string;
}

describe('limits that new branches are born with', () => {
  let plane: TestControlPlane;
  let projectId: string;
  let mainId: string;
  let foreign: { projectId: string };
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5');
    foreign = await makeProject(plane.stranger);
  });
  beforeEach(async () => {
    ({ projectId, mainId } = await makeProject(plane.owner));
  });
  afterAll(() => plane.stop());

  const put = (body: object, operator = plane.owner) =>
    operator.call<Default>('PUT', '/admin/branch-defaults', { project_id: projectId, ...body });
  const list = (id = projectId, operator = plane.owner) =>
    operator.call<{ branch_defaults: Default[] }>('GET', `/admin/branch-defaults?project_id=${id}`);
  async function grow(name: string): Promise<string> {
    const { body } = await plane.owner.call<{ branch: { id: string } }>(
      ...(['POST', `/api/v2/projects/${projectId}/branches`, { branch: { name } }] as const),
    );
    return body.branch.id;
  }
  const limitsOf = async (branchId: string) =>
    (
      await plane.owner.call<{ limits: Limit[] }>('GET', `/admin/limits?scope_type=branch&scope_id=${branchId}`)
    ).body.limits
      .map(({ kind, model, value, usd }) => [kind, model, value ?? usd])
      .toSorted();

  const DOLLARS = { pattern: 'preview/*', kind: 'spend_per_day', usd: '2' };

  describe('PUT /admin/branch-defaults', () => {
    it('200 sets one, and replaces the one of the same project, pattern, kind and model', async () => {
      const first = await put(DOLLARS);
      expect(first.status).toBe(200);
      const made = { id: expect.stringMatching(/^bld_/), created_at: expect.any(String) };
      const stored = { ...made, project_id: projectId, hard: false };
      expect(first.body).toEqual({ ...stored, ...DOLLARS });
      const second = await put({ ...DOLLARS, usd: '3' });
      expect(second.body).toMatchObject({ id: first.body.id, usd: '3' });
      const other = await put({ pattern: 'preview/*', kind: 'tokens_per_minute', model: 'gpt-5', value: 50_000 });
      expect((await list()).body).toEqual({ branch_defaults: [second.body, other.body] });
      expect(other.body).toMatchObject({ model: 'gpt-5', value: 50_000 });
    });

    it.each([
      [{ ...DOLLARS, value: 1 }, 'value is for requests and tokens'],
      [{ ...DOLLARS, kind: 'tokens_per_minute' }, 'usd is for spend limits'],
      [{ ...DOLLARS, kind: 'dollars' }, 'kind must be tokens_per_minute, requests_per_minute'],
      [{ ...DOLLARS, pattern: '' }, 'pattern must be a string of 1 to 200'],
      [{ ...DOLLARS, pattern: 'x'.repeat(201) }, 'pattern must be a string of 1 to 200'],
      [{ ...DOLLARS, pattern: 5 }, 'pattern must be a string of 1 to 200'],
      [{ ...DOLLARS, scope_id: 'x' }, 'scope_id is not a field of this request: remove it'],
    ])('400 names the field and what is wanted: %j', async (body, sentence) => {
      const { status, body: answer } = await put(body);
      expect([status, answer.error.message]).toEqual([400, expect.stringContaining(sentence)]);
    });

    it('403 for an editor', async () => {
      expect((await put(DOLLARS, plane.editor)).status).toBe(403);
    });

    it('404 for another organization’s project, an unknown one, and an unknown model', async () => {
      for (const project_id of [foreign.projectId, 'none']) {
        const { status, body } = await put({ ...DOLLARS, project_id });
        expect([status, body.error.param]).toEqual([404, 'project_id']);
      }
      expect((await put({ ...DOLLARS, model: 'none' })).body.error.param).toBe('model');
    });
  });

  describe('GET /admin/branch-defaults', () => {
    it('200 lists those of the project alone', async () => {
      await put(DOLLARS);
      expect((await list()).body.branch_defaults).toHaveLength(1);
      expect((await list((await makeProject(plane.owner)).projectId)).body).toEqual({ branch_defaults: [] });
    });

    it('400 without a project and with an unknown field, 404 for another organization’s', async () => {
      for (const query of ['', `?project_id=${projectId}&colour=green`]) {
        expect((await plane.owner.call('GET', `/admin/branch-defaults${query}`)).status).toBe(400);
      }
      expect((await list(projectId, plane.viewer)).status).toBe(200);
      expect((await list(foreign.projectId)).status).toBe(404);
    });
  });

  describe('DELETE /admin/branch-defaults/{id}', () => {
    it('204 removes it and leaves the limits that it gave, 404 after that', async () => {
      const { id } = (await put(DOLLARS)).body;
      const branch = await grow('preview/1');
      expect((await plane.owner.call('DELETE', `/admin/branch-defaults/${id}`)).status).toBe(204);
      expect(await limitsOf(branch)).toHaveLength(1);
      expect(await limitsOf(await grow('preview/2'))).toEqual([]);
      expect((await plane.owner.call('DELETE', `/admin/branch-defaults/${id}`)).status).toBe(404);
    });

    it('404 for another organization’s, 403 for an editor', async () => {
      const { id } = (await put(DOLLARS)).body;
      expect((await plane.stranger.call('DELETE', `/admin/branch-defaults/${id}`)).status).toBe(404);
      expect((await plane.editor.call('DELETE', `/admin/branch-defaults/${id}`)).status).toBe(403);
      expect((await list()).body.branch_defaults).toHaveLength(1);
    });
  });

  describe('a new branch', () => {
    it('gets a limit of every default that matches its whole name; of one kind and model the smallest', async () => {
      await put(DOLLARS);
      await put({ pattern: '*', kind: 'spend_per_day', usd: '5' });
      await put({ pattern: 'preview/a*', kind: 'spend_per_day', usd: '1.5', model: 'gpt-5' });
      await put({ pattern: 'preview/*', kind: 'tokens_per_minute', value: 50_000 });
      await put({ pattern: 'Preview/*', kind: 'requests_per_minute', value: 1 });

      expect(await limitsOf(await grow('preview/a/b'))).toEqual([
        ['spend_per_day', undefined, '2'],
        ['spend_per_day', 'gpt-5', '1.5'],
        ['tokens_per_minute', undefined, 50_000],
      ]);
      expect(await limitsOf(await grow('staging'))).toEqual([['spend_per_day', undefined, '5']]);
      expect(await limitsOf(mainId)).toEqual([]);
    });

    it('says where a limit came from, until somebody sets it', async () => {
      const { id } = (await put(DOLLARS)).body;
      const branch = await grow('preview/1');
      const sources = async () => {
        const path = `/admin/limits/effective?branch=${branch}`;
        const { body } = await plane.owner.call<{ limits: { scope_id: string; source: string }[] }>('GET', path);
        return body.limits.filter(({ scope_id }) => scope_id === branch).map(({ source }) => source);
      };
      expect(await plane.sql('SELECT default_id FROM limits WHERE scope_id = $1', [branch])).toEqual([
        { default_id: id },
      ]);
      expect(await sources()).toEqual(['branch_default']);
      await plane.owner.call('PUT', '/admin/limits', {
        ...{ scope_type: 'branch', scope_id: branch, kind: 'spend_per_day', usd: '4' },
      });
      expect(await sources()).toEqual(['set']);
    });

    it('has a hard limit where a default that matches its name is hard', async () => {
      await put({ ...DOLLARS, hard: true });
      const branch = await grow('preview/strict');
      expect(await plane.sql('SELECT kind, hard FROM limits WHERE scope_id = $1', [branch])).toEqual([
        { kind: 'spend_per_day', hard: true },
      ]);
    });

    it('is told to this replica before it is answered, limits before the branch itself; without a match nobody is', async () => {
      await put({ pattern: 'preview/*', kind: 'requests_per_minute', value: 0 });
      const branch = await grow('preview/1');
      expect(plane.changes.slice(-2)).toEqual([
        { topic: 'limits', key: `branch:${branch}` },
        { topic: 'identity', key: `project:${projectId}` },
      ]);
      const other = await grow('staging');
      expect(plane.changes.slice(-2)).toEqual([
        { topic: 'identity', key: `project:${projectId}` },
        { topic: 'identity', key: `project:${projectId}` },
      ]);
      const stored = await new QuotaRepository(plane.app.get(PrismaService, { strict: false })).listLimits(0n);
      expect(stored).toContainEqual(expect.objectContaining(limitOf('branch', branch, 'requests_per_minute', 0n)));
      const { quota } = await startQuota(undefined, repository => (repository.limits = stored));
      await refusal(quota, { lineage: [branch, mainId] });
      await ask(quota, { lineage: [other, mainId] });
    });

    it('that is not made gets no limit', async () => {
      await put({ pattern: '*', kind: 'requests_per_minute', value: 0 });
      await grow('twice');
      const count = async () => plane.sql('SELECT count(*)::int AS n FROM limits');
      const before = await count();
      expect(
        (await plane.owner.call('POST', `/api/v2/projects/${projectId}/branches`, { branch: { name: 'twice' } }))
          .status,
      ).toBe(409);
      expect(await count()).toEqual(before);
    });

    it('takes its limits with it when it is deleted or over, and leaves those that were set', async () => {
      await put(DOLLARS);
      const [deleted, over] = [await grow('preview/1'), await grow('preview/2')];
      await plane.owner.call('PUT', '/admin/limits', {
        ...{ scope_type: 'branch', scope_id: deleted, kind: 'requests_per_minute', value: 4 },
      });
      await plane.owner.call('DELETE', `/api/v2/projects/${projectId}/branches/${deleted}`);
      await plane.sql(`UPDATE branches SET expires_at = now() - interval '1 second' WHERE id = $1`, [over]);
      await grow('staging');
      expect(await limitsOf(deleted)).toEqual([['requests_per_minute', undefined, 4]]);
      expect(await limitsOf(over)).toEqual([]);
    });
  });
});
