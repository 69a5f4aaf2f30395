/** Organizations: made, ended, and kept apart; the home organization runs the installation for all of them. */
import {
  addModel,
  makeProject,
  OperatorClient,
  startControlPlane,
  type TestControlPlane,
} from '../support/management.js';

interface Organization {
  id: string;
  name: string;
  home: boolean;
  projects: number;
  created_at: string;
}
interface Made {
  organization: Organization;
  management_key: { id: string; key: string; role: string };
}
interface Failure {
  error: { message: string; param: string | null };
}
interface List {
  organizations: Organization[];
  pagination?: { cursor: string };
}

const PATH = '/admin/organizations';
const UPSTREAM = { kind: 'openai-compatible', base_url: 'https://api.example.com/v1', secret: 'sk-test-secret' };

describe('/admin/organizations', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5');
  });
  afterAll(() => plane.stop());

  const call = <Body = Organization & Failure>(method: string, path: string, body?: object, who = plane.owner) =>
    who.call<Body>(method, path, body);
  const make = async (name: string) => {
    const { status, body } = await call<Made>('POST', PATH, { name });
    expect(status).toBe(201);
    const owner = new OperatorClient(plane.baseUrl, body.management_key.key, body.organization.id, plane.heard);
    return { ...body, owner };
  };

  it('201 makes one with its first owner, who goes on by themselves', async () => {
    const { organization, management_key: key, owner } = await make('Acme');
    expect(organization).toEqual({
      ...{ id: expect.stringMatching(/^org-[0-9a-f]{12}$/), name: 'Acme', home: false, projects: 0 },
      created_at: expect.any(String),
    });
    expect(key).toMatchObject({ role: 'owner', key: expect.stringMatching(/^napi_/) });
    await makeProject(owner);
    expect((await call('GET', `${PATH}/${organization.id}`)).body).toEqual({ ...organization, projects: 1 });
    const { body } = await owner.call<{ organizations: { id: string }[] }>('GET', '/api/v2/users/me/organizations');
    expect(body.organizations.map(({ id }) => id)).toEqual([organization.id]);
    expect(JSON.stringify(plane.heard)).not.toContain(key.key);
  });

  it('200 lists all of them by pages, oldest first, and finds a part of a name', async () => {
    const names = ['Umbrella one', 'Umbrella 100%', 'Umbrella two'];
    for (const name of names) await make(name);
    const found: string[] = [];
    for (let cursor = ''; ;) {
      const { status, body } = await call<List>('GET', `${PATH}?search=umbrella&limit=2${cursor}`);
      expect(status).toBe(200);
      found.push(...body.organizations.map(({ name }) => name));
      if (body.pagination === undefined) break;
      cursor = `&cursor=${encodeURIComponent(body.pagination.cursor)}`;
    }
    expect(found).toEqual(names);
    const literal = await call<List>('GET', `${PATH}?search=${encodeURIComponent('0%')}`);
    expect(literal.body.organizations.map(({ name }) => name)).toEqual(['Umbrella 100%']);
    const all = (await call<List>('GET', PATH)).body.organizations;
    expect(all.filter(({ home }) => home).map(({ id }) => id)).toEqual([plane.owner.organizationId]);
  });

  it('200 renames one', async () => {
    const { organization } = await make('Before');
    const { status, body } = await call('PATCH', `${PATH}/${organization.id}`, { name: 'After' });
    expect([status, body]).toEqual([200, { ...organization, name: 'After' }]);
    expect((await call('PATCH', `${PATH}/org-none`, { name: 'x' })).status).toBe(404);
    expect((await call('GET', `${PATH}/org-none`)).status).toBe(404);
  });

  it.each([{}, { name: '' }, { name: 'x'.repeat(201) }, { name: 5 }, { name: 'x', home: true }])(
    '400 names the field of %j',
    async fields => {
      const { status, body } = await call('POST', PATH, fields);
      expect(status).toBe(400);
      expect(body.error.message).toMatch('home' in fields ? /home/ : /name/);
    },
  );

  it('204 ends one that has no projects, and its keys with it', async () => {
    const { organization, owner } = await make('Short-lived');
    const { projectId } = await makeProject(owner);
    const refused = await call('DELETE', `${PATH}/${organization.id}`);
    expect([refused.status, refused.body.error.message]).toEqual([409, expect.stringContaining('projects')]);
    expect((await owner.call('GET', '/api/v2/projects')).status).toBe(200);
    await owner.call('DELETE', `/api/v2/projects/${projectId}`);
    expect((await call('DELETE', `${PATH}/${organization.id}`)).status).toBe(204);
    expect((await owner.call('GET', '/api/v2/projects')).status).toBe(401);
    for (const method of ['GET', 'DELETE']) {
      expect((await call(method, `${PATH}/${organization.id}`)).status).toBe(404);
    }
    expect((await call<List>('GET', `${PATH}?search=${organization.id}`)).body.organizations).toEqual([]);
  });

  it('never leaves a project in one that ended meanwhile', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { organization, owner } = await make('Raced');
      const [made, ended] = await Promise.all([
        owner.call('POST', '/api/v2/projects', { project: {} }),
        call('DELETE', `${PATH}/${organization.id}`),
      ]);
      expect([
        [201, 409],
        [401, 204],
        [404, 204],
      ]).toContainEqual([made.status, ended.status]);
    }
  });

  it('409 the home organization stays', async () => {
    const { status, body } = await call('DELETE', `${PATH}/${plane.owner.organizationId}`);
    expect([status, body.error.message]).toEqual([409, expect.stringContaining('home')]);
  });

  it('403 for the administrators of every other organization, also for what belongs to the installation', async () => {
    const { owner } = await make('Guests');
    for (const path of [PATH, `${PATH}/${plane.owner.organizationId}`, '/admin/upstreams', '/admin/routes']) {
      expect([path, (await call('GET', path, undefined, owner)).status]).toEqual([path, 403]);
    }
    const adding = { name: 'mine', ...UPSTREAM, routes: [{ model: 'gpt-5' }] };
    expect((await call('POST', '/admin/upstreams', adding, owner)).status).toBe(403);
    expect((await call('PATCH', '/admin/models/gpt-5', { enabled: false }, owner)).status).toBe(403);
    expect((await call('POST', '/admin/credits', { usd: '1' }, owner)).status).toBe(403);
    expect((await call('GET', '/admin/models', undefined, owner)).status).toBe(200);
  });

  it('gives another organization credit, which it sees and cannot give itself', async () => {
    const { organization, owner } = await make('Prepaid');
    const given = await call<{ organization_id: string }>('POST', '/admin/credits', {
      usd: '5',
      organization_id: organization.id,
    });
    expect([given.status, given.body.organization_id]).toEqual([201, organization.id]);
    const { body: theirs } = await owner.call<{ balance_usd: string }>('GET', '/admin/credits');
    expect(theirs).toMatchObject({ balance_usd: '5', enforced: true });
    const of = `?organization_id=${organization.id}`;
    expect((await call('GET', `/admin/credits${of}`)).body).toEqual(theirs);
    expect((await call<{ entries: object[] }>('GET', `/admin/credits/history${of}`)).body.entries).toHaveLength(1);
    expect((await call<{ enforced: boolean }>('GET', '/admin/credits')).body.enforced).toBe(false);
    for (const path of ['/admin/credits', '/admin/credits/history']) {
      const home = await call('GET', `${path}?organization_id=${plane.owner.organizationId}`, undefined, owner);
      expect([home.status, home.body.error.param]).toEqual([404, 'organization_id']);
      expect((await call('GET', `${path}?organization_id=org-none`)).status).toBe(404);
    }
    const nobody = await call('POST', '/admin/credits', { usd: '5', organization_id: 'org-none' });
    expect(nobody.status).toBe(404);
  });

  it('tells the audit log who made, renamed and ended one, and never a key', async () => {
    const { organization, management_key: key } = await make('Audited');
    await call('PATCH', `${PATH}/${organization.id}`, { name: 'Renamed' });
    await call('DELETE', `${PATH}/${organization.id}`);
    const rows = await plane.sql<{ row: string }>(
      'SELECT to_jsonb(a)::text AS row FROM audit_entries a WHERE object_id = $1 ORDER BY occurred_at, id',
      [organization.id],
    );
    expect(rows).toHaveLength(3);
    expect(rows[1]?.row).toMatch(/Audited.*Renamed|Renamed.*Audited/);
    expect(rows.map(({ row }) => row).join('')).not.toContain(key.key);
  });
});
