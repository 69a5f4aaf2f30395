import { makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

const API = '/api/v2';

describe('who holds the key, and what published clients ask besides', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane({ BOUGH_REGIONS: 'eu-central-1,us-east-2' });
  });
  afterAll(() => plane.stop());
  const get = (path: string, client = plane.viewer) => client.call('GET', API + path);

  it('the user is the key: its id and its name, and an address that leads nowhere', async () => {
    const { status, body } = await get('/users/me');
    expect(status).toBe(200);
    const [key] = await plane.sql<{ id: string }>(`SELECT id FROM management_keys WHERE role = 'viewer'`);
    expect(body).toMatchObject({ id: key?.id, name: 'test', login: 'test', email: `${key?.id}@keys.invalid` });
  });

  it('the organizations are the key’s own', async () => {
    const id = plane.viewer.organizationId;
    const { body } = await get('/users/me/organizations');
    const organization = { id, name: id, handle: id, plan: 'self-hosted', managed_by: 'bough' };
    const moments = { created_at: expect.any(String), updated_at: expect.any(String) };
    expect(body).toEqual({ organizations: [{ ...organization, ...moments }] });
    expect((await get(`/organizations/${id}`)).body).toEqual({ ...organization, ...moments });
    expect((await get(`/organizations/${id}/members?limit=5`)).body).toEqual({ members: [] });
    const foreign = plane.stranger.organizationId;
    for (const path of [
      `/organizations/${foreign}`,
      `/organizations/${foreign}/members`,
      `/regions?org_id=${foreign}`,
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });

  it('the request was authenticated by a key of an organization', async () => {
    const { body } = await get('/auth');
    const { organizationId } = plane.viewer;
    expect(body).toEqual({
      account_id: organizationId,
      auth_method: 'api_key_org',
      auth_data: expect.stringMatching(/^mk_/),
    });
  });

  it('the regions are the configured ones, the first is what new projects get', async () => {
    const { body } = await get('/regions');
    const place = { geo_lat: '', geo_long: '' };
    expect(body).toEqual({
      regions: [
        { region_id: 'aws-eu-central-1', name: 'eu-central-1', default: true, ...place },
        { region_id: 'aws-us-east-2', name: 'us-east-2', default: false, ...place },
      ],
    });
  });

  describe('what is published and not here', () => {
    it('404 says so, to everybody who may ask, whatever the method', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const branch = `/projects/${projectId}/branches/${mainId}`;
      for (const [method, path] of [
        ['GET', '/api_keys'],
        ['POST', `/projects/${projectId}/endpoints`],
        ['PATCH', `/projects/${projectId}/endpoints/ep-x`],
        ['PUT', `${branch}/backup_schedule`],
        ['DELETE', `${branch}/buckets/x/objects/a%2Fb`],
        ['POST', `${branch}/finalize_restore`],
        ['GET', `${branch}/compare_schema?base_branch_id=x`],
      ] as const) {
        const { status, body } = await plane.owner.call(method, API + path);
        expect([path, status, body['code']]).toEqual([path, 404, 'NOT_SUPPORTED']);
        expect(body['message']).toMatch(/^not supported by Bough: "[\w-]+" is not available here$/);
      }
    });

    it('404 of another kind for what nobody published, and 401 for callers without a key', async () => {
      for (const path of ['/nonsense', '/projects/x/nonsense', '/projects/x/branches/y/nonsense']) {
        const { status, body } = await plane.owner.call('GET', API + path);
        expect([path, status, body['code']]).toEqual([path, 404, 'ROUTE_NOT_FOUND']);
        expect((await fetch(plane.baseUrl + API + path)).status).toBe(401);
      }
    });
  });

  describe('what stands in for databases', () => {
    const uri = (query: string) => `/connection_uri?database_name=no-database&role_name=no-database${query}`;

    it('200 names no database as what it is, and no compute and no snapshot at all', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const branch = `/projects/${projectId}/branches/${mainId}`;
      expect((await get(`/projects/${projectId}/endpoints`)).body).toEqual({ endpoints: [] });
      expect((await get(`/projects/${projectId}/snapshots`)).body).toEqual({ snapshots: [] });
      expect((await get(`${branch}/endpoints`)).body).toEqual({ endpoints: [] });
      const common = {
        branch_id: mainId,
        name: 'no-database',
        created_at: expect.any(String),
        updated_at: expect.any(String),
      };
      expect((await get(`${branch}/roles`)).body).toEqual({
        roles: [{ ...common, protected: true, authentication_method: 'no_login' }],
      });
      expect((await get(`${branch}/databases`)).body).toEqual({
        databases: [{ ...common, id: 0, owner_name: 'no-database' }],
      });
    });

    it('200 tells a host from which clients derive the gateway’s; 404 to those who want a database', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const { status, body } = await get(`/projects/${projectId}${uri('')}`);
      const host = `ep-${mainId.replace('br-', '')}.localhost`;
      expect([status, body]).toEqual([200, { uri: `postgresql://no-database@${host}/no-database` }]);
      const pooled = await get(`/projects/${projectId}${uri('&pooled=true')}`);
      expect([pooled.status, pooled.body['code']]).toEqual([404, 'NOT_SUPPORTED']);
      expect((await get(`/projects/${projectId}/connection_uri`)).status).toBe(400);
    });

    it('404 for unknown objects and another organization’s', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const project = `/projects/${projectId}`;
      for (const path of [
        `${project}/endpoints`,
        `${project}/snapshots`,
        `${project}/branches/${mainId}/endpoints`,
        `${project}/branches/${mainId}/roles`,
        `${project}/branches/${mainId}/databases`,
        project + uri(''),
      ]) {
        expect([path, (await get(path, plane.stranger)).status]).toEqual([path, 404]);
        const unknown = path.replace(mainId, 'br-none').replace('role_name', 'branch_id=br-none&role_name');
        if (unknown !== path) expect([unknown, (await get(unknown)).status]).toEqual([unknown, 404]);
      }
    });
  });
});

it('an address under no trusted suffix is no host that clients could derive the gateway’s from', async () => {
  const plane = await startControlPlane({ BOUGH_PUBLIC_URL: 'https://ai.internal' });
  const { projectId } = await makeProject(plane.owner);
  const path = `${API}/projects/${projectId}/connection_uri?database_name=x&role_name=x`;
  const { status, body } = await plane.owner.call('GET', path);
  expect([status, body['message']]).toEqual([
    404,
    expect.stringContaining('BOUGH_PUBLIC_URL lies under no trusted suffix'),
  ]);
  await plane.stop();
});
