/** What every change of the tree does to callers of models: asked before and after, with real requests. */
import { PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { BranchSweepService } from '../../src/management/branches/branch-sweep.service.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

interface Branch {
  id: string;
  name: string;
  parent_id?: string;
  default: boolean;
  last_reset_at?: string;
  expires_at?: string;
}
interface Reply {
  branch: Branch;
  message: string;
}

const QUESTION = { model: 'gpt-5-nano', messages: [{ role: 'user', content: 'Reply with exactly: ok' }] };
const [LET_IN, NOT_HERE, NOBODY] = [200, 403, 401];

describe('a change of the tree, seen from the data plane', () => {
  let gateway: TestGateway;
  let projectId: string;
  let mainId: string;
  let path: string;
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_MODEL_TOKENS_PER_MINUTE: '0', BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0' });
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    const { body } = await gateway.manage<{ project: { id: string }; branch: { id: string } }>(
      'POST',
      '/api/v2/projects',
      {},
    );
    [projectId, mainId] = [body.project.id, body.branch.id];
    path = `/api/v2/projects/${projectId}/branches`;
  });

  const make = async (branch: object = {}) => {
    const { status, body } = await gateway.manage<Reply>('POST', path, { branch });
    expect([status, body.message]).toEqual([201, undefined]);
    return body.branch;
  };
  const act = (id: string, action: string, body?: object) =>
    gateway.manage<Reply>('POST', `${path}/${id}/${action}`, body);
  const get = async (id: string) => (await gateway.manage<Reply>('GET', `${path}/${id}`)).body.branch;
  const issue = async (id: string) => {
    const body = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    return (await gateway.manage<{ api_token: string }>('POST', `${path}/${id}/credentials`, body)).body.api_token;
  };
  const ask = async (token: string, branchId: string) => {
    const response = await gateway.chat(
      QUESTION,
      { authorization: `Bearer ${token}` },
      `/branches/${branchId}/v1/chat/completions`,
    );
    await response.arrayBuffer();
    return response.status;
  };
  /** One credential's statuses on several branches. */
  const askAll = (token: string, ...branches: { id: string }[]) =>
    Promise.all(branches.map(({ id }) => ask(token, id)));
  const main = () => ({ id: mainId });

  it('a child: its ancestors’ credentials work on it at once, its own on no ancestor and no sibling', async () => {
    const token = await issue(mainId);
    const child = await make();
    const grandchild = await make({ parent_id: child.id });
    const sibling = await make();
    expect(await askAll(token, child, grandchild, sibling)).toEqual([LET_IN, LET_IN, LET_IN]);
    const own = await issue(child.id);
    expect(await askAll(own, child, grandchild, sibling, main())).toEqual([LET_IN, LET_IN, NOT_HERE, NOT_HERE]);
  });

  it('a schema-only branch: a root of its own, closed to the credentials of the branch it was named after', async () => {
    const token = await issue(mainId);
    const root = await make({ parent_id: mainId, init_source: 'schema-only' });
    const below = await make({ parent_id: root.id });
    expect(root.parent_id).toBeUndefined();
    expect(await askAll(token, main(), root, below)).toEqual([LET_IN, NOT_HERE, NOT_HERE]);
    expect(await askAll(await issue(root.id), main(), root, below)).toEqual([NOT_HERE, LET_IN, LET_IN]);
  });

  it('a new name, another default branch, protection: nothing, and the new name addresses the branch', async () => {
    const branch = await make({ name: 'before' });
    const [ancestors, own] = [await issue(mainId), await issue(branch.id)];
    const seen = async () => [await askAll(ancestors, main(), branch), await askAll(own, main(), branch)];
    const before = await seen();
    expect(before).toEqual([
      [LET_IN, LET_IN],
      [NOT_HERE, LET_IN],
    ]);
    expect(await ask(own, 'before')).toBe(LET_IN);
    await gateway.manage('PATCH', `${path}/${branch.id}`, { branch: { name: 'after', protected: true } });
    expect((await act(branch.id, 'set_as_default')).body.branch.default).toBe(true);
    expect(await seen()).toEqual(before);
    expect([await ask(own, 'before'), await ask(own, 'after')]).toEqual([NOT_HERE, LET_IN]);
  });

  it('a reset from its parent: same id, same parent, same access; only the time of the reset moves', async () => {
    const branch = await make();
    const [ancestors, own] = [await issue(mainId), await issue(branch.id)];
    expect([await ask(ancestors, branch.id), await ask(own, branch.id)]).toEqual([LET_IN, LET_IN]);
    const { status, body } = await act(branch.id, 'restore', { source_branch_id: mainId });
    expect(status).toBe(200);
    expect(body.branch).toMatchObject({ id: branch.id, parent_id: mainId, last_reset_at: expect.any(String) });
    expect([await ask(ancestors, branch.id), await ask(own, branch.id)]).toEqual([LET_IN, LET_IN]);
  });

  it('a restore from itself: the preserved branch takes its place, and its children follow that one', async () => {
    const branch = await make();
    const child = await make({ parent_id: branch.id });
    const grandchild = await make({ parent_id: child.id });
    const [above, own, ofChild] = [await issue(mainId), await issue(branch.id), await issue(child.id)];
    expect(await askAll(own, branch, child, grandchild)).toEqual([LET_IN, LET_IN, LET_IN]);

    const restore = { source_branch_id: branch.id, source_lsn: '0/1A2B3C', preserve_under_name: 'kept' };
    const { body } = await act(branch.id, 'restore', restore);
    const preserved = await get(body.branch.parent_id ?? '');
    expect(preserved).toMatchObject({ name: 'kept', parent_id: mainId });
    expect((await get(child.id)).parent_id).toBe(preserved.id);

    // Its own credentials stay with it; the children are no longer its own.
    expect(await askAll(own, branch, preserved, child, grandchild)).toEqual([LET_IN, NOT_HERE, NOT_HERE, NOT_HERE]);
    expect(await askAll(above, branch, preserved, child, grandchild)).toEqual([LET_IN, LET_IN, LET_IN, LET_IN]);
    expect(await askAll(ofChild, child, grandchild, branch)).toEqual([LET_IN, LET_IN, NOT_HERE]);
    const kept = await issue(preserved.id);
    expect(await askAll(kept, preserved, branch, child, main())).toEqual([LET_IN, LET_IN, LET_IN, NOT_HERE]);
  });

  it('a restore of a root from itself: the preserved branch is the root, and the default stays the default', async () => {
    const child = await make();
    const token = await issue(mainId);
    const restore = { source_branch_id: mainId, source_timestamp: '2026-01-01T00:00:00Z', preserve_under_name: 'kept' };
    const { body } = await act(mainId, 'restore', restore);
    expect(body.branch).toMatchObject({ id: mainId, default: true });
    const preserved = await get(body.branch.parent_id ?? '');
    expect(preserved).not.toHaveProperty('parent_id');
    expect(preserved.default).toBe(false);
    expect(await askAll(token, main(), preserved, child)).toEqual([LET_IN, NOT_HERE, NOT_HERE]);
    expect((await make()).parent_id).toBe(mainId);
  });

  it('a restore from another branch: access comes from there, and no longer from its former parent', async () => {
    const [source, former] = [await make({ init_source: 'schema-only' }), await make()];
    const branch = await make({ parent_id: former.id });
    const [ofSource, ofFormer, own] = [await issue(source.id), await issue(former.id), await issue(branch.id)];
    const seen = async () => [
      await ask(ofSource, branch.id),
      await ask(ofFormer, branch.id),
      await ask(own, branch.id),
    ];
    expect(await seen()).toEqual([NOT_HERE, LET_IN, LET_IN]);
    expect((await act(branch.id, 'restore', { source_branch_id: source.id })).status).toBe(200);
    expect((await get(branch.id)).parent_id).toBe(source.id);
    expect(await seen()).toEqual([LET_IN, NOT_HERE, LET_IN]);
  });

  it('a restore from a descendant: what lies between follows the preserved branch, and there is no circle', async () => {
    const branch = await make();
    const child = await make({ parent_id: branch.id });
    const own = await issue(branch.id);
    const { status, body } = await act(branch.id, 'restore', {
      source_branch_id: child.id,
      preserve_under_name: 'kept',
    });
    expect([status, body.branch.parent_id]).toEqual([200, child.id]);
    const ofChild = await issue(child.id);
    expect(await askAll(ofChild, child, branch)).toEqual([LET_IN, LET_IN]);
    expect(await askAll(own, child, branch)).toEqual([NOT_HERE, LET_IN]);
  });

  it('a deletion and a recovery: host and credentials end at once, and come back as they were', async () => {
    const branch = await make();
    const [above, own] = [await issue(mainId), await issue(branch.id)];
    const seen = async () => [await ask(above, branch.id), await ask(own, branch.id), await ask(above, mainId)];
    expect(await seen()).toEqual([LET_IN, LET_IN, LET_IN]);
    expect((await gateway.manage('DELETE', `${path}/${branch.id}`)).status).toBe(200);
    expect(await seen()).toEqual([NOT_HERE, NOBODY, LET_IN]);
    expect((await act(branch.id, 'recover')).status).toBe(200);
    expect(await seen()).toEqual([LET_IN, LET_IN, LET_IN]);
  });

  it('a project’s deletion and recovery: the same for all its branches', async () => {
    const branch = await make();
    const token = await issue(mainId);
    expect(await askAll(token, main(), branch)).toEqual([LET_IN, LET_IN]);
    await gateway.manage('DELETE', `/api/v2/projects/${projectId}`);
    expect(await askAll(token, main(), branch)).toEqual([NOBODY, NOBODY]);
    await gateway.manage('POST', `/api/v2/projects/${projectId}/recover`);
    expect(await askAll(token, main(), branch)).toEqual([LET_IN, LET_IN]);
  });

  it('the end of its time: as a deletion, in its moment; recovered, it ends no more', async () => {
    const soon = new Date(Date.now() + 1_500).toISOString();
    const branch = await make({ expires_at: soon });
    const [above, own] = [await issue(mainId), await issue(branch.id)];
    expect([await ask(above, branch.id), await ask(own, branch.id)]).toEqual([LET_IN, LET_IN]);
    await eventually(async () => (await ask(own, branch.id)) === NOBODY, 'its credential ends');
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(soon));
    expect(await ask(above, branch.id)).toBe(NOT_HERE);

    await gateway.bough.app.get(BranchSweepService, { strict: false }).sweep();
    const [row] = await gateway.sql<{ deleted_by: string }>('SELECT deleted_by FROM branches WHERE id = $1', [
      branch.id,
    ]);
    expect(row).toEqual({ deleted_by: 'ttl' });
    const { status, body } = await act(branch.id, 'recover');
    expect(status).toBe(200);
    expect(body.branch).not.toHaveProperty('expires_at');
    expect([await ask(above, branch.id), await ask(own, branch.id)]).toEqual([LET_IN, LET_IN]);
  });

  it('a lineage of ten thousand: let in from its root, after one question to the database', async () => {
    await gateway.sql(
      `INSERT INTO branches (id, project_id, parent_id, name)
       SELECT 'br-far-' || n || '-' || $1, $1, CASE n WHEN 2 THEN $2 ELSE 'br-far-' || (n - 1) || '-' || $1 END, 'far ' || n
       FROM generate_series(2, 10000) AS n ORDER BY n`,
      [projectId, mainId],
    );
    // As PostgreSQL does itself within a minute: plans that were made for a handful of branches read all of them at every step.
    await gateway.sql('ANALYZE branches');
    const token = await issue(mainId);
    expect(await ask(token, mainId)).toBe(LET_IN);
    const prisma = gateway.bough.app.get(PrismaService, { strict: false });
    const questions = jest.spyOn(prisma, '$queryRaw');
    expect(await ask(token, `br-far-10000-${projectId}`)).toBe(LET_IN);
    // What looks after lineage sources asks now and then, too.
    const lineages = questions.mock.calls.filter(([text]) => JSON.stringify(text).includes('RECURSIVE chain'));
    expect(lineages).toHaveLength(1);
    questions.mockRestore();
  });

  it('a stored circle: costs one question, lets in those on it and nobody else, and grows no further', async () => {
    const [first, outside] = [await make(), await issue(mainId)];
    const second = await make({ parent_id: first.id });
    const [token, third] = [await issue(second.id), await make({ parent_id: first.id })];
    await gateway.sql('UPDATE branches SET parent_id = $1 WHERE id = $2', [second.id, first.id]);
    await gateway.manage('PATCH', `${path}/${mainId}`, { branch: { name: 'main' } });
    expect([await ask(token, first.id), await ask(outside, first.id)]).toEqual([LET_IN, NOT_HERE]);
    const { status, body } = await act(third.id, 'restore', { source_branch_id: second.id });
    expect([status, body.message]).toEqual([409, expect.stringContaining('a lineage has at most 10000 branches')]);
    expect((await act(first.id, 'restore', { source_branch_id: second.id })).status).toBe(400);
  });

  it('a circle through a branch that is gone: refused, and nothing has changed', async () => {
    const branch = await make();
    const between = await make({ parent_id: branch.id });
    const far = await make({ parent_id: between.id });
    await gateway.sql('UPDATE branches SET deleted_at = now() WHERE id = $1', [between.id]);
    for (const name of ['', 'kept']) {
      const restore = { source_branch_id: far.id, preserve_under_name: name };
      const { status, body } = await act(branch.id, 'restore', restore);
      expect([status, body.message]).toEqual([409, expect.stringContaining('descends from the branch')]);
    }
    expect((await get(branch.id)).parent_id).toBe(mainId);
    const { body } = await gateway.manage<{ branches: Branch[] }>('GET', path);
    expect(body.branches.map(({ name }) => name)).not.toContain('kept');
  });

  it('many changes at once leave a tree: no circle, no orphan, one default branch, no name twice', async () => {
    const ids = [mainId, ...(await Promise.all(Array.from({ length: 6 }, () => make()))).map(({ id }) => id)];
    const pick = (seed: number) => ids[seed % ids.length] ?? mainId;
    const steps = [
      (n: number) => gateway.manage<Reply>('POST', path, { branch: { parent_id: pick(n), name: `n${n % 9}` } }),
      (n: number) => act(pick(n), 'restore', { source_branch_id: pick(n * 7 + 3), preserve_under_name: `kept ${n}` }),
      (n: number) => act(pick(n), 'restore', { source_branch_id: pick(n * 5 + 1) }),
      (n: number) => gateway.manage<Reply>('DELETE', `${path}/${pick(n * 3)}`),
      (n: number) => act(pick(n * 3), 'recover'),
      (n: number) => act(pick(n * 11), 'set_as_default'),
    ];
    const statuses = new Set<number>();
    const worker = async (first: number) => {
      for (let n = first; n < 120; n += 6) {
        const { status, body } = await (steps[(n * 13 + first) % steps.length] ?? steps[0])!(n);
        statuses.add(status);
        if (status === 201) ids.push(body.branch.id);
      }
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map(worker));
    expect([...statuses].filter(status => status >= 500)).toEqual([]);
    expect([...statuses]).toEqual(expect.arrayContaining([200, 201, 400, 409]));
    const living = await gateway.sql<{ id: string; parent_id: string | null; name: string; is_default: boolean }>(
      'SELECT id, parent_id, name, is_default FROM branches WHERE project_id = $1 AND deleted_at IS NULL',
      [projectId],
    );
    const parents = new Map(living.map(({ id, parent_id }) => [id, parent_id]));
    for (const { id } of living) {
      const way = new Set<string>();
      for (let at: string | null | undefined = id; at != null; at = parents.get(at)) {
        expect([at, parents.has(at), way.has(at)]).toEqual([at, true, false]);
        way.add(at);
      }
    }
    expect(living.filter(branch => branch.is_default)).toHaveLength(1);
    expect(new Set(living.map(({ name }) => name)).size).toBe(living.length);
  });
});
