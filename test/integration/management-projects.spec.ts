import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Project {
  id: string;
  name: string;
  region_id: string;
  org_id: string;
}

describe('projects of API v2', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.stop());

  const PATH = '/api/v2/projects';

  describe('POST', () => {
    it('201 makes a project and its default branch in the published shape', async () => {
      const { status, body } = await plane.owner.call('POST', PATH, {
        project: { name: 'shop', region_id: 'aws-eu-central-1' },
      });
      expect(status).toBe(201);
      expect(body).toEqual({
        project: expect.objectContaining({
          id: expect.stringMatching(/^[a-z0-9-]{1,60}$/),
          name: 'shop',
          platform_id: 'aws',
          region_id: 'aws-eu-central-1',
          org_id: plane.owner.organizationId,
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          updated_at: expect.any(String),
        }),
        branch: expect.objectContaining({
          id: expect.stringMatching(/^br-[a-z0-9-]{1,57}$/),
          name: 'main',
          default: true,
        }),
        connection_uris: [],
        roles: [],
        databases: [],
        endpoints: [],
        operations: [expect.objectContaining({ action: 'create_timeline', status: 'finished' })],
      });
      expect(body).not.toHaveProperty('branch.parent_id');
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `project:${(body['project'] as Project).id}` });
    });

    it.each([[undefined], [{}], [{ project: {} }]])('201 asks for nothing: %j is enough', async sent => {
      const { status, body } = await plane.owner.call<{ project: Project }>('POST', PATH, sent);
      expect(status).toBe(201);
      expect(body.project).toMatchObject({ name: body.project.id, region_id: 'aws-us-east-2' });
    });

    it('201 takes what published clients send besides', async () => {
      const project = {
        name: 'web',
        org_id: plane.owner.organizationId,
        pg_version: 16,
        store_passwords: true,
        history_retention_seconds: 3_600,
        settings: { hipaa: false },
        default_endpoint_settings: { autoscaling_limit_max_cu: 2 },
        provisioner: 'k8s-neonvm',
        autoscaling_limit_min_cu: 0.25,
        autoscaling_limit_max_cu: 2,
        branch: { name: 'production', role_name: 'ann', database_name: 'shop', annotations: { note: 'x' } },
      };
      const { status, body } = await plane.owner.call<{ project: Project; branch: { name: string } }>('POST', PATH, {
        project,
      });
      expect(status).toBe(201);
      expect(body.branch.name).toBe('production');
      const {
        provisioner: _,
        branch: __,
        autoscaling_limit_min_cu: ___,
        autoscaling_limit_max_cu: ____,
        ...kept
      } = project;
      const { body: shown } = await plane.owner.call('GET', `${PATH}/${body.project.id}`);
      expect(shown['project']).toMatchObject(kept);
      const { body: branches } = await plane.owner.call('GET', `${PATH}/${body.project.id}/branches`);
      expect(Object.values(branches['annotations'] as object)).toEqual([
        expect.objectContaining({ value: { note: 'x' } }),
      ]);
    });

    it.each([
      [{ project: { organizationId: 'x' } }, 'project.organizationId is not a field of this request: remove it'],
      [{ role: 'owner' }, 'role is not a field of this request: remove it'],
      [{ project: { name: 5 } }, 'project.name must be a string of 1 to 256 characters'],
      [{ project: { name: 'a\u0000b' } }, 'project.name must be a string'],
      [{ project: { name: null } }, 'project.name must be a string'],
      [{ project: 'shop' }, 'project must be an object'],
      [{ project: [{ name: 'shop' }] }, 'project must be an object'],
      [{ project: { region_id: 'Europe' } }, 'project.region_id must be a region'],
      [{ project: { branch: { id: 'br-x' } } }, 'project.branch.id is not a field'],
    ])('400 names the field and what is wanted: %j', async (sent, sentence) => {
      const { status, body } = await plane.owner.call('POST', PATH, sent);
      expect(status).toBe(400);
      expect(body).toEqual({
        request_id: expect.stringMatching(/^req_/),
        code: 'INVALID_REQUEST',
        message: expect.stringContaining(sentence),
      });
    });

    it('400 refuses a body that is no object of JSON or deeper than any of ours', async () => {
      const headers = { authorization: `Bearer ${plane.owner.key}`, 'content-type': 'application/json' };
      for (const sent of ['{"project":', '[]', '1', 'null', '"x"', '\ufeff{}']) {
        const { status, body } = await plane.owner.send(PATH, { method: 'POST', headers, body: sent });
        expect([sent, status, body['code']]).toEqual([sent, 400, 'INVALID_JSON']);
      }
      const deep = await plane.owner.send(PATH, {
        method: 'POST',
        headers,
        body: `${'{"project":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      });
      expect([deep.status, deep.body['message']]).toEqual([400, 'the request body is nested deeper than 32 levels']);
    });

    it('415 refuses a body of another type instead of reading it as none', async () => {
      const headers = {
        authorization: `Bearer ${plane.owner.key}`,
        'content-type': 'application/x-www-form-urlencoded',
      };
      const { status, body } = await plane.owner.send(PATH, { method: 'POST', headers, body: 'project=shop' });
      expect(status).toBe(415);
      expect(body['message']).toContain('content-type: application/json');
    });

    it.each([
      ['application/json; charset=utf-16'],
      ['application/json; charset=utf-8; charset=utf-16'],
      ['application/json; charset =utf-16'],
      ['application/json; charset='],
    ])('415 refuses a body in another charset, wherever the header names it: %s', async type => {
      const headers = { authorization: `Bearer ${plane.owner.key}`, 'content-type': type };
      const { status, body } = await plane.owner.send(PATH, { method: 'POST', headers, body: '{}' });
      expect([status, body['message']]).toEqual([415, expect.stringContaining('the body must be UTF-8')]);
    });

    it('404 refuses to make one in another organization', async () => {
      const { status } = await plane.owner.call('POST', PATH, { project: { org_id: plane.stranger.organizationId } });
      expect(status).toBe(404);
    });
  });

  describe('GET the list', () => {
    it('200 pages through every project once, newest first, though one is deleted meanwhile', async () => {
      const made = [];
      for (let index = 0; index < 5; index += 1)
        made.push((await makeProject(plane.stranger, `page ${index}`)).projectId);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 5; page += 1) {
        const path = `${PATH}?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`;
        const { body } = await plane.stranger.call<{ projects: Project[]; pagination?: { cursor: string } }>(
          'GET',
          path,
        );
        seen.push(...body.projects.map(project => project.id));
        cursor = body.pagination?.cursor;
        if (cursor === undefined) break;
        if (page === 0) await plane.stranger.call('DELETE', `${PATH}/${cursor}`);
      }
      expect(seen).toEqual(made.reverse());
    });

    it('200 finds by a part of the name, taken literally', async () => {
      await makeProject(plane.owner, '100% wool');
      const { body } = await plane.owner.call<{ projects: Project[] }>(
        'GET',
        `${PATH}?search=${encodeURIComponent('0% W')}`,
      );
      expect(body.projects.map(project => project.name)).toEqual(['100% wool']);
      const none = await plane.owner.call<{ projects: Project[] }>('GET', `${PATH}?search=%25%25`);
      expect(none.body.projects).toEqual([]);
    });

    it('200 shows no other organization’s', async () => {
      const { projectId } = await makeProject(plane.stranger);
      const { body } = await plane.owner.call<{ projects: Project[] }>('GET', `${PATH}?limit=400`);
      expect(body.projects.map(project => project.id)).not.toContain(projectId);
      expect(new Set(body.projects.map(project => project.org_id))).toEqual(new Set([plane.owner.organizationId]));
    });

    it.each([
      ['limit=0', 'limit must be a whole number from 1 to 400'],
      ['limit=401', 'limit must be a whole number from 1 to 400'],
      ['limit=ten', 'limit must be a whole number from 1 to 400'],
      ['limit=1&limit=2', 'limit must be a whole number from 1 to 400'],
      ['recoverable=yes', 'recoverable must be true or false'],
      ['organization=x', 'organization is not a field of this request: remove it'],
      ['cursor=unknown', 'cursor must be the cursor of an earlier page'],
      ['search=%00', 'search must be text in UTF-8 without U+0000'],
    ])('400 names the field and what is wanted: %s', async (query, sentence) => {
      const { status, body } = await plane.owner.call('GET', `${PATH}?${query}`);
      expect(status).toBe(400);
      expect(body['message']).toContain(sentence);
    });
  });

  it('GET the list: 404 for another organization’s, and what is shared is nothing', async () => {
    expect((await plane.owner.call('GET', `${PATH}?org_id=${plane.stranger.organizationId}`)).status).toBe(404);
    expect((await plane.owner.call('GET', `${PATH}?org_id=${plane.owner.organizationId}`)).status).toBe(200);
    expect((await plane.owner.call('GET', `${PATH}/shared?limit=5`)).body).toEqual({ projects: [] });
  });

  describe('GET one', () => {
    it('200 shows it', async () => {
      const { projectId } = await makeProject(plane.owner, 'mine');
      const { status, body } = await plane.viewer.call<{ project: Project }>('GET', `${PATH}/${projectId}`);
      expect(status).toBe(200);
      expect(body.project).toMatchObject({ id: projectId, name: 'mine' });
    });

    it('404 for an unknown one, an impossible one and another organization’s, all alike', async () => {
      const { projectId } = await makeProject(plane.stranger);
      const message = (id: string) =>
        plane.owner.call('GET', `${PATH}/${id}`).then(({ status, body }) => [status, body['code']]);
      expect(await message('no-such-project')).toEqual([404, 'NOT_FOUND']);
      // No path of ours has such a character, so no route is looked for.
      expect(await message('%00')).toEqual([404, 'ROUTE_NOT_FOUND']);
      expect(await message(projectId)).toEqual([404, 'NOT_FOUND']);
    });
  });

  describe('DELETE', () => {
    it('200 ends it with its branches, and says so to every replica', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const { status, body } = await plane.owner.call<{ project: Project }>('DELETE', `${PATH}/${projectId}`);
      expect(status).toBe(200);
      expect(body.project.id).toBe(projectId);
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `project:${projectId}` });
      expect((await plane.owner.call('GET', `${PATH}/${projectId}/branches/${mainId}`)).status).toBe(404);
    });

    it('409 for one with a protected branch', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const branch = `${PATH}/${projectId}/branches/${mainId}`;
      await plane.owner.call('PATCH', branch, { branch: { protected: true } });
      expect(await plane.owner.call('DELETE', `${PATH}/${projectId}`)).toMatchObject({ status: 409 });
      await plane.owner.call('PATCH', branch, { branch: { protected: false } });
      expect((await plane.owner.call('DELETE', `${PATH}/${projectId}`)).status).toBe(200);
    });

    it('404 for one that is gone and for another organization’s', async () => {
      const { projectId } = await makeProject(plane.owner);
      expect((await plane.stranger.call('DELETE', `${PATH}/${projectId}`)).status).toBe(404);
      expect((await plane.owner.call('DELETE', `${PATH}/${projectId}`)).status).toBe(200);
      expect((await plane.owner.call('DELETE', `${PATH}/${projectId}`)).status).toBe(404);
    });
  });

  describe('PATCH', () => {
    const change = (id: string, project: object, client = plane.owner) =>
      client.call<{ project: Project; message: string }>('PATCH', `${PATH}/${id}`, { project });

    it('200 renames, and keeps what clients set and Bough has no use for, one setting beside the other', async () => {
      const { projectId } = await makeProject(plane.owner);
      await change(projectId, { settings: { hipaa: false, block_vpc_connections: true } });
      const { status, body } = await change(projectId, { name: 'renamed', settings: { block_vpc_connections: false } });
      expect(status).toBe(200);
      expect(body).toMatchObject({ operations: [], project: { id: projectId, name: 'renamed' } });
      const { body: shown } = await plane.viewer.call<{ project: object }>('GET', `${PATH}/${projectId}`);
      expect(shown.project).toMatchObject({
        name: 'renamed',
        settings: { hipaa: false, block_vpc_connections: false },
      });
    });

    it.each([
      [{}, 'project names no field to change'],
      [{ region_id: 'aws-us-east-1' }, 'project.region_id is not a field of this request: remove it'],
      [{ settings: 'none' }, 'project.settings must be an object'],
    ])('400 names the field and what is wanted: %j', async (project, sentence) => {
      const { projectId } = await makeProject(plane.owner);
      const { status, body } = await change(projectId, project);
      expect([status, body.message]).toEqual([400, expect.stringContaining(sentence)]);
    });

    it('404 for an unknown one and another organization’s', async () => {
      const { projectId } = await makeProject(plane.owner);
      expect((await change('no-such-project', { name: 'x' })).status).toBe(404);
      expect((await change(projectId, { name: 'x' }, plane.stranger)).status).toBe(404);
    });
  });

  describe('POST recover', () => {
    it('200 brings back a deleted project with its branches, and lists it as recoverable before', async () => {
      const { projectId, mainId } = await makeProject(plane.owner, 'gone');
      await plane.owner.call('DELETE', `${PATH}/${projectId}`);
      const list = () => plane.owner.call<{ projects: Project[] }>('GET', `${PATH}?recoverable=true&limit=400`);
      const listed = (await list()).body.projects.find(({ id }) => id === projectId);
      expect(listed).toMatchObject({ deleted_at: expect.any(String), recoverable_until: expect.any(String) });
      const { status, body } = await plane.owner.call('POST', `${PATH}/${projectId}/recover`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ project: { id: projectId, name: 'gone' }, branches: [{ id: mainId }] });
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `project:${projectId}` });
      expect((await list()).body.projects.map(({ id }) => id)).not.toContain(projectId);
    });

    it('404 for a living one, another organization’s, and one that was deleted a week ago', async () => {
      const { projectId } = await makeProject(plane.owner);
      const recover = (client = plane.owner) => client.call('POST', `${PATH}/${projectId}/recover`);
      expect((await recover()).status).toBe(404);
      await plane.owner.call('DELETE', `${PATH}/${projectId}`);
      expect((await recover(plane.stranger)).status).toBe(404);
      await plane.sql(`UPDATE projects SET deleted_at = now() - interval '7 days' WHERE id = $1`, [projectId]);
      expect((await recover()).status).toBe(404);
    });
  });
});
