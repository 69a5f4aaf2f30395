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
        project: {
          id: expect.stringMatching(/^[a-z0-9-]{1,60}$/),
          name: 'shop',
          region_id: 'aws-eu-central-1',
          org_id: plane.owner.organizationId,
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          updated_at: expect.any(String),
        },
        branch: expect.objectContaining({
          id: expect.stringMatching(/^br-[a-z0-9-]{1,57}$/),
          name: 'main',
          default: true,
        }),
        connection_uris: [],
        roles: [],
        databases: [],
        endpoints: [],
        operations: [],
      });
      expect(body).not.toHaveProperty('branch.parent_id');
      expect(plane.changes.at(-1)).toEqual({ topic: 'identity', key: `project:${(body['project'] as Project).id}` });
    });

    it.each([[undefined], [{}], [{ project: {} }]])('201 asks for nothing: %j is enough', async sent => {
      const { status, body } = await plane.owner.call<{ project: Project }>('POST', PATH, sent);
      expect(status).toBe(201);
      expect(body.project).toMatchObject({ name: body.project.id, region_id: 'us-east-2' });
    });

    it('201 takes what published clients send besides', async () => {
      const project = {
        name: 'web',
        org_id: plane.owner.organizationId,
        pg_version: 17,
        branch: { name: 'production' },
      };
      const { status, body } = await plane.owner.call<{ branch: { name: string } }>('POST', PATH, { project });
      expect(status).toBe(201);
      expect(body.branch.name).toBe('production');
    });

    it.each([
      [{ project: { organizationId: 'x' } }, 'project.organizationId is not a field of this request: remove it'],
      [{ role: 'owner' }, 'role is not a field of this request: remove it'],
      [{ project: { name: 5 } }, 'project.name must be a text of 1 to 64 characters'],
      [{ project: { name: 'a\u0000b' } }, 'project.name must be a text'],
      [{ project: { name: null } }, 'project.name must be a text'],
      [{ project: 'shop' }, 'project must be an object'],
      [{ project: [{ name: 'shop' }] }, 'project must be an object'],
      [{ project: { region_id: 'Europe' } }, 'project.region_id must be a region'],
      [{ project: { branch: { id: 'br-x' } } }, 'project.branch.id is not a field'],
      [[], 'body'],
    ])('400 names the field and what is wanted: %j', async (sent, sentence) => {
      const { status, body } = await plane.owner.call('POST', PATH, sent);
      expect(status).toBe(400);
      expect(body).toEqual({
        request_id: expect.stringMatching(/^req_/),
        code: 'INVALID_REQUEST',
        message: expect.stringContaining(sentence),
      });
    });

    it('400 refuses a body that is no JSON or deeper than any of ours', async () => {
      const headers = { authorization: `Bearer ${plane.owner.key}`, 'content-type': 'application/json' };
      const broken = await plane.owner.send(PATH, { method: 'POST', headers, body: '{"project":' });
      expect(broken.status).toBe(400);
      const deep = await plane.owner.send(PATH, {
        method: 'POST',
        headers,
        body: `${'{"project":'.repeat(50_000)}1${'}'.repeat(50_000)}`,
      });
      expect([deep.status, deep.body['message']]).toEqual([400, 'the body is nested deeper than 32 levels']);
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
      ['org_id=x', 'org_id is not a field of this request: remove it'],
      ['cursor=unknown', 'cursor must be the cursor of an earlier page'],
      ['search=%00', 'search must be a text'],
    ])('400 names the field and what is wanted: %s', async (query, sentence) => {
      const { status, body } = await plane.owner.call('GET', `${PATH}?${query}`);
      expect(status).toBe(400);
      expect(body['message']).toContain(sentence);
    });
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
      expect(await message('%00')).toEqual([404, 'NOT_FOUND']);
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

    it('404 for one that is gone and for another organization’s', async () => {
      const { projectId } = await makeProject(plane.owner);
      expect((await plane.stranger.call('DELETE', `${PATH}/${projectId}`)).status).toBe(404);
      expect((await plane.owner.call('DELETE', `${PATH}/${projectId}`)).status).toBe(200);
      expect((await plane.owner.call('DELETE', `${PATH}/${projectId}`)).status).toBe(404);
    });
  });
});
