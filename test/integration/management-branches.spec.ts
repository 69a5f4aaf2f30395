import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Branch {
  id: string;
  name: string;
  parent_id?: string;
  default: boolean;
  init_source: string;
  expires_at?: string;
}

const LATER = '2099-01-01T00:00:00Z';

describe('branches of API v2', () => {
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

  const make = async (branch: object = {}) => {
    const { status, body } = await plane.owner.call<{ branch: Branch; message: string }>('POST', path, { branch });
    return { status, message: body.message, branch: body.branch };
  };
  const expire = (id: string) =>
    plane.sql(`UPDATE branches SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);

  describe('POST', () => {
    it('201 grows a branch from the default one in the published shape', async () => {
      const { status, body } = await plane.owner.call<{ branch: Branch }>('POST', path, {
        branch: { name: 'preview/x' },
      });
      expect(status).toBe(201);
      expect(body).toEqual({
        branch: {
          id: expect.stringMatching(/^br-[a-z0-9-]{1,57}$/),
          project_id: projectId,
          parent_id: mainId,
          name: 'preview/x',
          current_state: 'ready',
          state_changed_at: expect.any(String),
          creation_source: 'bough',
          default: false,
          primary: false,
          protected: false,
          init_source: 'parent-data',
          cpu_used_sec: 0,
          active_time_seconds: 0,
          compute_time_seconds: 0,
          written_data_bytes: 0,
          data_transfer_bytes: 0,
          created_at: expect.any(String),
          updated_at: expect.any(String),
        },
        endpoints: [],
        operations: [
          {
            id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
            project_id: projectId,
            branch_id: body.branch.id,
            action: 'create_branch',
            status: 'finished',
            failures_count: 0,
            total_duration_ms: 0,
            created_at: expect.any(String),
            updated_at: expect.any(String),
          },
        ],
        roles: [],
        databases: [],
        connection_uris: [],
      });
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `project:${projectId}` });
    });

    it('201 grows from the parent it names, and asks for no name', async () => {
      const { branch: parent } = await make();
      const { status, branch } = await make({ parent_id: parent.id });
      expect(status).toBe(201);
      expect(branch).toMatchObject({ parent_id: parent.id, name: branch.id });
    });

    it('201 makes a new root of a schema-only branch, whatever parent it names', async () => {
      const { status, branch } = await make({ parent_id: mainId, init_source: 'schema-only' });
      expect(status).toBe(201);
      expect(branch.init_source).toBe('schema-only');
      expect(branch).not.toHaveProperty('parent_id');
    });

    it('201 takes what published clients send besides', async () => {
      const branch = {
        parent_id: '',
        parent_lsn: '0/1A2B3C',
        parent_timestamp: LATER,
        protected: false,
        archived: false,
      };
      const { status } = await plane.owner.call('POST', path, { branch, endpoints: [{ type: 'read_write' }] });
      expect(status).toBe(201);
    });

    it.each([
      [{ isDefault: true }, 'branch.isDefault is not a field of this request: remove it'],
      [{ project_id: 'other' }, 'branch.project_id is not a field of this request: remove it'],
      [{ init_source: 'nothing' }, 'branch.init_source must be parent-data or schema-only'],
      [{ expires_at: 'tomorrow' }, 'branch.expires_at must be a time with its zone'],
      [{ expires_at: '2026-02-30T00:00:00Z' }, 'branch.expires_at must be a time with its zone'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, 'branch.expires_at must lie in the future'],
      [{ archived: true }, 'branch.archived is not available: leave it out'],
      [{ protected: 'yes' }, 'branch.protected must be true or false'],
      [{ name: '' }, 'branch.name must be a string of 1 to 256 characters'],
    ])('400 names the field and what is wanted: %j', async (branch, sentence) => {
      const { status, message } = await make(branch);
      expect([status, message]).toEqual([400, expect.stringContaining(sentence)]);
    });

    it('404 for a parent of another project, a deleted one and a project of another organization', async () => {
      const other = await makeProject(plane.owner);
      expect((await make({ parent_id: other.mainId })).status).toBe(404);
      const { branch } = await make();
      await plane.owner.call('DELETE', `${path}/${branch.id}`);
      expect((await make({ parent_id: branch.id })).status).toBe(404);
      expect((await plane.stranger.call('POST', path, {})).status).toBe(404);
    });

    it('409 for a name that a living branch has; a deleted or expired one gives it back', async () => {
      const { branch } = await make({ name: 'taken' });
      const { status, message } = await make({ name: 'taken' });
      expect([status, message]).toEqual([409, 'the project has a branch of that name']);
      await plane.owner.call('DELETE', `${path}/${branch.id}`);
      const again = await make({ name: 'taken', expires_at: LATER });
      expect(again.status).toBe(201);
      await expire(again.branch.id);
      expect((await make({ name: 'taken' })).status).toBe(201);
    });

    it('409 for all but one of many that want the same name at once', async () => {
      const statuses = await Promise.all(Array.from({ length: 12 }, async () => (await make({ name: 'race' })).status));
      expect(statuses.filter(status => status === 201)).toHaveLength(1);
      expect(statuses.filter(status => status === 409)).toHaveLength(11);
    });

    it('409 for a child of a branch that will end by itself', async () => {
      const { branch } = await make({ expires_at: LATER });
      expect(branch.expires_at).toBe(LATER);
      expect((await make({ parent_id: branch.id })).status).toBe(409);
    });

    it('409 for a lineage deeper than identity follows', async () => {
      await plane.sql(
        `INSERT INTO branches (id, project_id, parent_id, name)
         SELECT 'br-deep-' || n || '-' || $1, $1, CASE n WHEN 2 THEN $2 ELSE 'br-deep-' || (n - 1) || '-' || $1 END, 'deep ' || n
         FROM generate_series(2, 10000) AS n ORDER BY n`,
        [projectId, mainId],
      );
      const { status, message } = await make({ parent_id: `br-deep-10000-${projectId}` });
      expect([status, message]).toEqual([409, expect.stringContaining('at most 10000 branches')]);
      expect((await make({ parent_id: `br-deep-9999-${projectId}` })).status).toBe(201);
    });

    it('409, not a hang, under a parent whose stored lineage is a circle', async () => {
      const { branch: first } = await make();
      const { branch: second } = await make({ parent_id: first.id });
      await plane.sql('UPDATE branches SET parent_id = $1 WHERE id = $2', [second.id, first.id]);
      expect((await make({ parent_id: second.id })).status).toBe(409);
    });
  });

  describe('GET', () => {
    it('200 lists living branches, newest first, in pages and by a part of the name', async () => {
      const made = [];
      for (const name of ['one', 'two', 'three']) made.push((await make({ name })).branch.id);
      const ids = async (query: string) => {
        const { body } = await plane.owner.call<{ branches: Branch[]; pagination?: { next: string } }>(
          'GET',
          path + query,
        );
        return { ids: body.branches.map(branch => branch.id), cursor: body.pagination?.next };
      };
      expect(await ids('')).toEqual({ ids: [...made.toReversed(), mainId], cursor: undefined });
      const first = await ids('?limit=3');
      expect(first).toEqual({ ids: made.toReversed(), cursor: expect.any(String) });
      expect(await ids(`?limit=3&cursor=${first.cursor}`)).toEqual({ ids: [mainId], cursor: undefined });
      expect((await ids('?search=HRE')).ids).toEqual([made[2]]);
    });

    it('200 shows one, to every role', async () => {
      const { status, body } = await plane.viewer.call<{ branch: Branch }>('GET', `${path}/${mainId}`);
      expect(status).toBe(200);
      expect(body.branch).toMatchObject({ id: mainId, default: true });
    });

    it('400 names what a query may not have', async () => {
      const { status, body } = await plane.owner.call('GET', `${path}?sort=name`);
      expect([status, body['message']]).toEqual([400, 'sort is not a field of this request: remove it']);
    });

    it('404 for an unknown one, another project’s, an expired one and another organization’s', async () => {
      const other = await makeProject(plane.owner);
      const { branch } = await make({ expires_at: LATER });
      await expire(branch.id);
      for (const id of ['br-none', other.mainId, branch.id]) {
        expect((await plane.owner.call('GET', `${path}/${id}`)).status).toBe(404);
      }
      expect((await plane.stranger.call('GET', path)).status).toBe(404);
      expect((await plane.stranger.call('GET', `${path}/${mainId}`)).status).toBe(404);
      const { body } = await plane.owner.call<{ branches: Branch[] }>('GET', path);
      expect(body.branches.map(each => each.id)).toEqual([mainId]);
    });
  });

  describe('DELETE', () => {
    it('200 ends it, says so to every replica, and keeps its id for ever', async () => {
      const { branch } = await make();
      const { status, body } = await plane.owner.call<{ branch: Branch }>('DELETE', `${path}/${branch.id}`);
      expect([status, body.branch.id]).toEqual([200, branch.id]);
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `project:${projectId}` });
      expect(await plane.sql('SELECT 1 FROM branches WHERE id = $1', [branch.id])).toHaveLength(1);
    });

    it('204 when it is gone already', async () => {
      const { branch } = await make();
      await plane.owner.call('DELETE', `${path}/${branch.id}`);
      expect(await plane.owner.call('DELETE', `${path}/${branch.id}`)).toMatchObject({ status: 204, body: null });
    });

    it('404 for an unknown one and another organization’s', async () => {
      const { branch } = await make();
      expect((await plane.owner.call('DELETE', `${path}/br-none`)).status).toBe(404);
      expect((await plane.stranger.call('DELETE', `${path}/${branch.id}`)).status).toBe(404);
      expect((await plane.owner.call('GET', `${path}/${branch.id}`)).status).toBe(200);
    });

    it('409 for the default branch, a root, a protected one and one with children', async () => {
      const { branch: root } = await make({ init_source: 'schema-only' });
      const { branch: parent } = await make();
      const { branch: child } = await make({ parent_id: parent.id });
      await plane.sql('UPDATE branches SET protected = true WHERE id = $1', [child.id]);
      for (const id of [mainId, root.id, parent.id, child.id]) {
        expect((await plane.owner.call('DELETE', `${path}/${id}`)).status).toBe(409);
      }
      await plane.sql('UPDATE branches SET protected = false WHERE id = $1', [child.id]);
      for (const id of [child.id, parent.id]) {
        expect((await plane.owner.call('DELETE', `${path}/${id}`)).status).toBe(200);
      }
    });

    it('leaves no child without a parent when both are asked for at once', async () => {
      for (let round = 0; round < 5; round += 1) {
        const { branch } = await make();
        const [deleted, grown] = await Promise.all([
          plane.owner.call('DELETE', `${path}/${branch.id}`),
          make({ parent_id: branch.id }),
        ]);
        expect([
          [200, 404],
          [409, 201],
        ]).toContainEqual([deleted.status, grown.status]);
      }
    });
  });
});
