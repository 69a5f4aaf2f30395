import { BranchSweepService } from '../../src/management/branches/branch-sweep.service.js';
import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Branch {
  id: string;
  name: string;
  parent_id?: string;
  default: boolean;
  protected: boolean;
  expires_at?: string;
  ttl_interval_seconds?: number;
  last_reset_at?: string;
  recovery?: object;
}
interface Answer {
  branch: Branch;
  operations: { action: string; branch_id: string }[];
  message: string;
}

const LATER = '2099-01-01T00:00:00Z';

describe('changes of branches in API v2', () => {
  let plane: TestControlPlane;
  let projectId: string;
  let mainId: string;
  let path: string;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.stop());
  beforeEach(async () => {
    ({ projectId, mainId } = await makeProject(plane.owner));
    path = `/api/v2/projects/${projectId}/branches`;
  });

  const make = async (branch: object = {}) => (await plane.owner.call<Answer>('POST', path, { branch })).body.branch;
  const update = (id: string, branch: object, client = plane.owner) =>
    client.call<Answer>('PATCH', `${path}/${id}`, { branch });
  const act = (id: string, action: string, body?: object, client = plane.owner) =>
    client.call<Answer>('POST', `${path}/${id}/${action}`, body);
  const list = async (query = '') =>
    (await plane.owner.call<{ branches: Branch[]; annotations: object }>('GET', path + query)).body;
  const ids = async (query = '') => (await list(query)).branches.map(({ id }) => id);
  const sweep = () => plane.app.get(BranchSweepService).sweep();

  describe('GET the list', () => {
    it('200 in the order that is asked for, the last changed first otherwise', async () => {
      const [b, a] = [await make({ name: 'b' }), await make({ name: 'a' })];
      await update(b.id, { name: 'c' });
      expect(await ids()).toEqual([b.id, a.id, mainId]);
      expect(await ids('?sort_by=created_at')).toEqual([a.id, b.id, mainId]);
      expect(await ids('?sort_by=name&sort_order=asc')).toEqual([a.id, b.id, mainId]);
      expect(await ids('?sort_by=name')).toEqual([mainId, b.id, a.id]);
    });

    it.each(['name', 'created_at', 'updated_at'])('200 pages through every branch once, by %s', async by => {
      for (const name of ['one', 'two', 'three', 'four', 'five']) await make({ name });
      for (const order of ['asc', 'desc']) {
        const seen: string[] = [];
        let cursor = '';
        do {
          const query = `?sort_by=${by}&sort_order=${order}&limit=2${cursor}`;
          const { body } = await plane.owner.call<{ branches: Branch[]; pagination?: { next: string } }>(
            'GET',
            path + query,
          );
          seen.push(...body.branches.map(({ id }) => id));
          cursor = body.pagination === undefined ? '' : `&cursor=${body.pagination.next}`;
        } while (cursor !== '');
        expect(seen).toEqual(await ids(`?sort_by=${by}&sort_order=${order}`));
      }
    });

    it('200 counts, and shows the texts that clients keep with a branch', async () => {
      const annotation = { 'github-commit-ref': 'x' };
      const body = { branch: { name: 'noted' }, annotation_value: annotation };
      const { branch } = (await plane.owner.call<Answer>('POST', path, body)).body;
      expect(await plane.owner.call('GET', `${path}/count`)).toMatchObject({ status: 200, body: { count: 2 } });
      expect((await plane.owner.call('GET', `${path}/count?search=NOT`)).body).toEqual({ count: 1 });
      const expected = { object: { type: 'console/branch', id: branch.id }, value: annotation };
      expect((await list()).annotations).toEqual({ [branch.id]: expect.objectContaining(expected) });
      const shown = await plane.owner.call<{ annotation: object }>('GET', `${path}/${mainId}`);
      expect(shown.body.annotation).toMatchObject({ object: { id: mainId }, value: {} });
    });

    it.each([
      ['?cursor=nonsense', 'cursor must be the cursor of an earlier page'],
      [`?cursor=${Buffer.from('["updated_at","desc","yesterday","br-x"]').toString('base64url')}`, 'cursor must be'],
      [`?cursor=${Buffer.from('["name","asc","a","br-x"]').toString('base64url')}`, 'cursor must be'],
      ['?sort_by=size', 'sort_by must be name, created_at or updated_at'],
      ['?include_deleted=1', 'include_deleted must be true or false'],
    ])('400 names what is wrong: %s', async (query, sentence) => {
      const { status, body } = await plane.owner.call('GET', path + query);
      expect([status, body['message']]).toEqual([400, expect.stringContaining(sentence)]);
    });
  });

  describe('PATCH', () => {
    it('200 renames, says so to every replica, and needs no operation', async () => {
      const { id } = await make({ name: 'before' });
      const { status, body } = await update(id, { name: 'after' });
      expect(status).toBe(200);
      expect(body).toMatchObject({ branch: { id, name: 'after', parent_id: mainId }, operations: [] });
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `project:${projectId}` });
      expect((await make({ name: 'before' })).name).toBe('before');
    });

    it('200 protects and sets an end, which null takes back', async () => {
      const { id } = await make();
      expect((await update(id, { expires_at: LATER })).body.branch).toMatchObject({
        expires_at: LATER,
        ttl_interval_seconds: expect.any(Number),
      });
      const { branch } = (await update(id, { expires_at: null, protected: true })).body;
      expect(branch.protected).toBe(true);
      expect(branch).not.toHaveProperty('expires_at');
      expect(branch).not.toHaveProperty('ttl_interval_seconds');
    });

    it.each([
      [{}, 'branch names no field to change'],
      [{ parent_id: 'br-x' }, 'branch.parent_id is not a field of this request: remove it'],
      [{ name: null }, 'branch.name must be a string'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, 'branch.expires_at must lie in the future'],
    ])('400 names the field and what is wanted: %j', async (branch, sentence) => {
      const { status, body } = await update(mainId, branch);
      expect([status, body.message]).toEqual([400, expect.stringContaining(sentence)]);
    });

    it('403 for a viewer, 404 for an unknown one and another organization’s', async () => {
      expect((await update(mainId, { name: 'x' }, plane.viewer)).status).toBe(403);
      expect((await update('br-none', { name: 'x' })).status).toBe(404);
      expect((await update(mainId, { name: 'x' }, plane.stranger)).status).toBe(404);
    });

    it('409 for a name that is taken, and for an end of what must not end', async () => {
      const parent = await make({ name: 'taken' });
      await make({ parent_id: parent.id });
      const shielded = await make({ protected: true });
      const other = await make();
      expect((await update(other.id, { name: 'taken' })).status).toBe(409);
      expect((await update(parent.id, { name: 'taken' })).status).toBe(200);
      for (const id of [mainId, parent.id, shielded.id]) {
        expect((await update(id, { expires_at: LATER })).status).toBe(409);
      }
      expect((await update(other.id, { expires_at: LATER, protected: true })).status).toBe(409);
      expect((await plane.owner.call('POST', path, { branch: { protected: true, expires_at: LATER } })).status).toBe(
        409,
      );
    });
  });

  describe('POST set_as_default', () => {
    it('200 moves the mark, and new branches grow from there', async () => {
      const { id } = await make();
      const { status, body } = await act(id, 'set_as_default');
      expect([status, body.branch.default, body.operations]).toEqual([200, true, []]);
      expect((await list()).branches.filter(branch => branch.default).map(branch => branch.id)).toEqual([id]);
      expect((await make()).parent_id).toBe(id);
      expect((await act(id, 'set_as_default')).status).toBe(200);
    });

    it('404 for an unknown one and another organization’s, 409 for one that ends by itself', async () => {
      expect((await act('br-none', 'set_as_default')).status).toBe(404);
      expect((await act(mainId, 'set_as_default', undefined, plane.stranger)).status).toBe(404);
      expect((await act((await make({ expires_at: LATER })).id, 'set_as_default')).status).toBe(409);
    });
  });

  describe('POST restore', () => {
    it('200 is an operation, and gives a branch that ends by itself its whole time again', async () => {
      const { id } = await make({ expires_at: LATER });
      await plane.sql('UPDATE branches SET ttl_seconds = 3600 WHERE id = $1', [id]);
      const { status, body } = await act(id, 'restore', { source_branch_id: mainId });
      expect([status, body.operations]).toEqual([
        200,
        [expect.objectContaining({ branch_id: id, status: 'finished' })],
      ]);
      expect(Date.parse(body.branch.expires_at ?? '')).toBeLessThanOrEqual(Date.now() + 3_600_000);
      expect(body.branch.last_reset_at).toEqual(expect.any(String));
    });

    it('200 gives the preserved branch the limits that branches of its name are born with', async () => {
      const limit = { project_id: projectId, pattern: 'kept*', kind: 'requests_per_minute', value: 7 };
      await plane.owner.call('PUT', '/admin/branch-defaults', limit);
      const { id } = await make();
      const restore = { source_branch_id: id, source_lsn: '0/1', preserve_under_name: 'kept' };
      const { parent_id: preservedId } = (await act(id, 'restore', restore)).body.branch;
      const limits = await plane.sql(`SELECT value::int FROM limits WHERE scope_id = $1`, [preservedId]);
      expect(limits).toEqual([{ value: 7 }]);
      expect(plane.changes.slice(-2).map(({ topic }) => topic)).toEqual(['limits', 'identity']);
    });

    it('400 says what is missing', async () => {
      const parent = await make();
      await make({ parent_id: parent.id });
      const point = { source_timestamp: '2026-01-01T00:00:00Z' };
      const refusals: [string, object, string][] = [
        [parent.id, {}, 'source_branch_id must be a string'],
        [parent.id, { source_branch_id: mainId }, 'preserve_under_name is required'],
        [parent.id, { source_branch_id: mainId, preserve_under_name: '' }, 'preserve_under_name is required'],
        [mainId, { source_branch_id: mainId, ...point }, 'preserve_under_name is required'],
        [mainId, { source_branch_id: mainId, preserve_under_name: 'x' }, 'source_timestamp or source_lsn is required'],
        [mainId, { source_branch_id: parent.id, ...point, source_lsn: '0/1' }, 'exclude each other'],
        [mainId, { source_branch_id: parent.id, source_timestamp: LATER }, 'must not lie in the future'],
        [mainId, { source_branch_id: parent.id, source_lsn: 'x' }, 'source_lsn must be a log position'],
      ];
      for (const [id, body, sentence] of refusals) {
        const reply = await act(id, 'restore', body);
        expect([reply.status, reply.body.message]).toEqual([400, expect.stringContaining(sentence)]);
      }
    });

    it('404 for an unknown branch or source, and for one of another project or organization', async () => {
      const other = await makeProject(plane.owner);
      expect((await act('br-none', 'restore', { source_branch_id: mainId })).status).toBe(404);
      expect((await act(mainId, 'restore', { source_branch_id: 'br-none' })).status).toBe(404);
      expect((await act(mainId, 'restore', { source_branch_id: other.mainId })).status).toBe(404);
      expect((await act(mainId, 'restore', { source_branch_id: mainId }, plane.stranger)).status).toBe(404);
    });

    it('409 for a name that is taken, a source that ends by itself, and a reset of a protected branch', async () => {
      const [branch, ending] = [await make(), await make({ expires_at: LATER })];
      const restore = { source_branch_id: branch.id, source_lsn: '0/1', preserve_under_name: 'main' };
      expect((await act(branch.id, 'restore', restore)).status).toBe(409);
      expect((await act(branch.id, 'restore', { source_branch_id: ending.id })).status).toBe(409);
      await update(branch.id, { protected: true });
      expect((await act(branch.id, 'restore', { source_branch_id: mainId })).status).toBe(409);
      expect((await act(branch.id, 'restore', { source_branch_id: mainId, source_lsn: '0/1' })).status).toBe(200);
    });
  });

  describe('DELETE and POST recover', () => {
    it('200 brings back a deleted branch below its parent, with its limits, and lists it before as recoverable', async () => {
      const limit = { project_id: projectId, pattern: 'pr/*', kind: 'requests_per_minute', value: 7 };
      await plane.owner.call('PUT', '/admin/branch-defaults', limit);
      const { id } = await make({ name: 'pr/1' });
      await plane.owner.call('DELETE', `${path}/${id}`);
      await make();
      expect(await ids()).not.toContain(id);
      const shown = (await list('?include_deleted=true')).branches.find(branch => branch.id === id);
      const moments = { deleted_at: expect.any(String), recoverable_until: expect.any(String) };
      expect(shown?.recovery).toEqual({ ...moments, deletion_method: 'user' });
      const { status, body } = await act(id, 'recover');
      expect(status).toBe(200);
      expect(body).toEqual({ branch: expect.objectContaining({ id, name: 'pr/1', parent_id: mainId }), endpoints: [] });
      expect(body.branch).not.toHaveProperty('recovery');
      expect(await plane.sql(`SELECT value::int FROM limits WHERE scope_id = $1`, [id])).toEqual([{ value: 7 }]);
    });

    it('200 recovers what ended by itself, swept or not yet', async () => {
      for (const swept of [true, false]) {
        const { id } = await make({ expires_at: LATER });
        await plane.sql(`UPDATE branches SET expires_at = now() - interval '1 minute' WHERE id = $1`, [id]);
        if (swept) await sweep();
        const shown = (await list('?include_deleted=true')).branches.find(branch => branch.id === id);
        expect(shown?.recovery).toMatchObject({ deletion_method: 'ttl' });
        const { status, body } = await act(id, 'recover');
        expect([status, body.branch.id]).toEqual([200, id]);
        expect(await ids()).toContain(id);
      }
    });

    it('404 for a living one, one deleted for good, one deleted a week ago, and another organization’s', async () => {
      const [living, forGood, late, foreign] = [await make(), await make(), await make(), await make()];
      await plane.owner.call('DELETE', `${path}/${forGood.id}?hard_delete=true`);
      for (const { id } of [late, foreign]) await plane.owner.call('DELETE', `${path}/${id}`);
      await plane.sql(`UPDATE branches SET deleted_at = now() - interval '7 days' WHERE id = $1`, [late.id]);
      for (const { id } of [living, forGood, late]) expect((await act(id, 'recover')).status).toBe(404);
      expect((await act(foreign.id, 'recover', undefined, plane.stranger)).status).toBe(404);
      expect(await ids('?include_deleted=true')).toEqual(expect.arrayContaining([foreign.id]));
      expect(await ids('?include_deleted=true')).not.toContain(forGood.id);
      expect((await plane.owner.call('DELETE', `${path}/${foreign.id}?hard_delete=true`)).status).toBe(204);
      expect((await act(foreign.id, 'recover')).status).toBe(404);
    });

    it('409 when its name is taken meanwhile, its parent is gone, or its parent will end', async () => {
      const named = await make({ name: 'taken' });
      const parent = await make();
      const child = await make({ parent_id: parent.id });
      const ending = await make();
      const last = await make({ parent_id: ending.id });
      for (const { id } of [named, child, parent, last]) await plane.owner.call('DELETE', `${path}/${id}`);
      await make({ name: 'taken' });
      await update(ending.id, { expires_at: LATER });
      for (const { id } of [named, child, last]) expect((await act(id, 'recover')).status).toBe(409);
      expect((await act(parent.id, 'recover')).status).toBe(200);
      expect((await act(child.id, 'recover')).status).toBe(200);
    });
  });

  describe('the sweep', () => {
    it('ends what has expired in all projects, says so, and gives back the names', async () => {
      const other = await makeProject(plane.owner);
      const there = `/api/v2/projects/${other.projectId}/branches`;
      const body = { branch: { name: 'short', expires_at: LATER } };
      const made = [
        (await plane.owner.call<Answer>('POST', path, body)).body.branch.id,
        (await plane.owner.call<Answer>('POST', there, body)).body.branch.id,
      ];
      await plane.sql(`UPDATE branches SET expires_at = now() - interval '1 second' WHERE id = ANY($1)`, [made]);
      await sweep();
      const rows = await plane.sql<{ ended: boolean }>(
        `SELECT deleted_at = expires_at AND deleted_by = 'ttl' AS ended FROM branches WHERE id = ANY($1)`,
        [made],
      );
      expect(rows).toEqual([{ ended: true }, { ended: true }]);
      const told = plane.changes.filter(({ topic }) => topic === 'identity').map(({ key }) => key);
      expect(told).toEqual(expect.arrayContaining([`project:${projectId}`, `project:${other.projectId}`]));
      const operations = await plane.owner.call<{ operations: object[] }>(
        'GET',
        `/api/v2/projects/${projectId}/operations`,
      );
      expect(operations.body.operations[0]).toMatchObject({ action: 'delete_timeline', branch_id: made[0] });
      const before = plane.changes.length;
      await sweep();
      expect(plane.changes).toHaveLength(before);
    });

    it('forgets operations of half a year ago', async () => {
      const read = async () => plane.sql('SELECT 1 FROM operations WHERE project_id = $1', [projectId]);
      expect(await read()).toHaveLength(1);
      await plane.sql(`UPDATE operations SET created_at = now() - interval '181 days' WHERE project_id = $1`, [
        projectId,
      ]);
      await sweep();
      expect(await read()).toEqual([]);
    });
  });

  describe('operations', () => {
    const operations = (suffix = '', client = plane.owner) =>
      client.call<{ operations: { id: string; action: string }[]; pagination?: { cursor: string } }>(
        'GET',
        `/api/v2/projects/${projectId}/operations${suffix}`,
      );

    it('200 lists what was done, newest first, in pages, and shows one', async () => {
      const { id } = await make();
      await plane.owner.call('DELETE', `${path}/${id}`);
      const { body } = await operations();
      expect(body.operations.map(({ action }) => action)).toEqual([
        'delete_timeline',
        'create_branch',
        'create_timeline',
      ]);
      const first = await operations('?limit=2');
      expect(first.body.operations).toEqual(body.operations.slice(0, 2));
      const rest = await operations(`?limit=2&cursor=${first.body.pagination?.cursor}`);
      expect(rest.body).toEqual({ operations: body.operations.slice(2) });
      const one = await operations(`/${body.operations[0]?.id}`, plane.viewer);
      expect(one).toMatchObject({ status: 200, body: { operation: body.operations[0] } });
    });

    it('400 for a cursor that is none, 404 for an unknown one and another organization’s', async () => {
      expect((await operations('?cursor=x')).status).toBe(400);
      expect((await operations('/x')).status).toBe(404);
      expect((await operations('', plane.stranger)).status).toBe(404);
      const { body } = await operations();
      expect((await operations(`/${body.operations[0]?.id}`, plane.stranger)).status).toBe(404);
    });
  });
});
