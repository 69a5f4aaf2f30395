/** Two gateways: the tree of the second follows the first. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LineageSyncService } from '../../src/management/lineage-sources/lineage-sync.service.js';
import { SecretBox } from '../../src/platform/secrets.js';
import { eventually, startTestGateway, type TestGateway } from '../support/gateway.js';

interface Branch {
  id: string;
  name: string;
  parent_id?: string;
  default: boolean;
  protected: boolean;
  last_reset_at?: string;
  expires_at?: string;
}
interface Source {
  id: string;
  project_id: string;
  state: string;
  stale_seconds: number | null;
  failures: number;
  last_error: string | null;
  last_success_at: string;
  next_attempt_at: string;
}

const QUESTION = { model: 'gpt-5-nano', messages: [{ role: 'user', content: 'Reply with exactly: ok' }] };
const [LET_IN, NOT_HERE, NOBODY] = [200, 403, 401];

describe('a tree that follows another', () => {
  let there: TestGateway;
  let here: TestGateway;
  let projectId: string;
  let mainId: string;
  let path: string;
  beforeAll(async () => {
    const limits = { BOUGH_MODEL_TOKENS_PER_MINUTE: '0', BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0' };
    [there, here] = await Promise.all([
      startTestGateway(),
      // Read when the test says so.
      startTestGateway({ BOUGH_LINEAGE_SYNC_MS: '3600000', ...limits }),
    ]);
  });
  afterAll(async () => {
    await here.stop();
    await there.stop();
  });
  beforeEach(async () => {
    const { body } = await there.manage<{ project: { id: string }; branch: { id: string } }>(
      'POST',
      '/api/v2/projects',
      {
        project: { name: 'shop', region_id: 'aws-eu-central-1' },
      },
    );
    [projectId, mainId] = [body.project.id, body.branch.id];
    path = `/api/v2/projects/${projectId}/branches`;
  });

  const make = async (branch: object = {}) =>
    (await there.manage<{ branch: Branch }>('POST', path, { branch })).body.branch;
  const act = (id: string, action: string, body?: object) => there.manage('POST', `${path}/${id}/${action}`, body);
  const follow = (fields: object = {}) =>
    here.manage<Source & { error: { message: string } }>('POST', '/admin/lineage-sources', {
      project_id: projectId,
      api_key: there.managementKey,
      base_url: `${there.baseUrl}/api/v2`,
      ...fields,
    });
  const sources = async () =>
    (await here.manage<{ lineage_sources: Source[] }>('GET', '/admin/lineage-sources')).body.lineage_sources;
  const source = async () => {
    const found = (await sources()).find(each => each.project_id === projectId);
    if (found === undefined) throw new Error('there is no such source');
    return found;
  };
  /** The source is read now; resolves with what is told of it then. */
  const poll = async () => {
    await here.sql(`UPDATE lineage_sources SET next_sync_at = now() - interval '1 second' WHERE project_id = $1`, [
      projectId,
    ]);
    const sync = here.bough.app.get(LineageSyncService, { strict: false });
    return eventually(async () => {
      await sync.syncDue();
      const [row] = await here.sql<{ waits: boolean }>(
        `SELECT next_sync_at > now() + interval '2 minutes' AS waits FROM lineage_sources WHERE project_id = $1`,
        [projectId],
      );
      return row?.waits === true && source();
    }, 'the source is read');
  };
  const tree = async (gateway: TestGateway) => {
    const { body } = await gateway.manage<{ branches: Branch[] }>('GET', `${path}?sort_by=name&sort_order=asc`);
    return body.branches.map(({ id, name, parent_id, default: isDefault, protected: isProtected, last_reset_at }) => {
      return { id, name, parent_id, isDefault, isProtected, last_reset_at };
    });
  };
  const issue = async (id: string) => {
    const body = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    return (await here.manage<{ api_token: string }>('POST', `${path}/${id}/credentials`, body)).body.api_token;
  };
  const issueKey = async () => {
    const body = { name: 'follower', role: 'viewer' };
    return (await there.manage<{ id: string; key: string }>('POST', '/admin/management-keys', body)).body;
  };
  const ask = async (token: string, branchId: string) => {
    const to = `/branches/${branchId}/v1/chat/completions`;
    const response = await here.chat(QUESTION, { authorization: `Bearer ${token}` }, to);
    await response.arrayBuffer();
    return response.status;
  };

  it('201 copies project and tree whole; credentials made here follow it', async () => {
    const child = await make({ name: 'dev' });
    const root = await make({ name: 'empty', init_source: 'schema-only' });
    const { status, body } = await follow();
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^ls_/),
      project_id: projectId,
      base_url: `${there.baseUrl}/api/v2`,
      poll_seconds: null,
      ...{ state: 'current', stale_seconds: 0, failures: 0, last_error: null, last_attempt_at: null },
      ...{ last_success_at: expect.any(String), next_attempt_at: expect.any(String), created_at: expect.any(String) },
    });
    const { body: shown } = await here.manage<{ project: object }>('GET', `/api/v2/projects/${projectId}`);
    expect(shown.project).toMatchObject({ id: projectId, name: 'shop', region_id: 'aws-eu-central-1' });
    expect(await tree(here)).toEqual(await tree(there));
    const token = await issue(mainId);
    expect([await ask(token, mainId), await ask(token, child.id), await ask(token, root.id)]).toEqual([
      LET_IN,
      LET_IN,
      NOT_HERE,
    ]);
  });

  it('follows new branches, names that were swapped, another default, protection, resets, moves and deletions', async () => {
    const [a, b] = [await make({ name: 'a' }), await make({ name: 'b' })];
    const leaf = await make({ name: 'leaf', parent_id: a.id });
    await follow();
    const token = await issue(a.id);
    expect([await ask(token, leaf.id), await ask(token, b.id)]).toEqual([LET_IN, NOT_HERE]);

    await there.manage('PATCH', `${path}/${a.id}`, { branch: { name: 'c' } });
    await there.manage('PATCH', `${path}/${b.id}`, { branch: { name: 'a', protected: true } });
    await there.manage('PATCH', `${path}/${a.id}`, { branch: { name: 'b' } });
    await act(b.id, 'set_as_default');
    await act(leaf.id, 'restore', { source_branch_id: b.id });
    const added = await make({ name: 'new', parent_id: leaf.id });
    expect(await poll()).toMatchObject({ state: 'current', failures: 0 });
    expect(await tree(here)).toEqual(await tree(there));
    expect([await ask(token, leaf.id), await ask(await issue(b.id), added.id)]).toEqual([NOT_HERE, LET_IN]);

    await there.manage('DELETE', `${path}/${added.id}`);
    const gone = await issue(added.id);
    expect(await ask(gone, added.id)).toBe(LET_IN);
    await poll();
    expect(await tree(here)).toEqual(await tree(there));
    expect([await ask(gone, added.id), await ask(await issue(mainId), added.id)]).toEqual([NOBODY, NOT_HERE]);
    await act(added.id, 'recover');
    await poll();
    expect(await ask(gone, added.id)).toBe(LET_IN);
  });

  it('gives new branches the limits that their names are born with', async () => {
    await follow();
    const limit = { project_id: projectId, pattern: 'pr/*', kind: 'requests_per_minute', value: 0 };
    expect((await here.manage('PUT', '/admin/branch-defaults', limit)).status).toBe(200);
    const { id } = await make({ name: 'pr/1' });
    await poll();
    expect(await ask(await issue(mainId), id)).toBe(429);
  });

  it('says nothing where nothing has changed', async () => {
    await make();
    await follow();
    const [before] = await here.sql('SELECT max(updated_at) FROM branches WHERE project_id = $1', [projectId]);
    await poll();
    expect(await here.sql('SELECT max(updated_at) FROM branches WHERE project_id = $1', [projectId])).toEqual([before]);
  });

  it('is not changed here: 409 for every change of the tree and for the project’s deletion, until it follows no more', async () => {
    const { id } = await make();
    const { body } = await follow();
    const changes: [string, string, object?][] = [
      ['POST', path, { branch: { name: 'x' } }],
      ['PATCH', `${path}/${id}`, { branch: { name: 'x' } }],
      ['DELETE', `${path}/${id}`],
      ['POST', `${path}/${id}/restore`, { source_branch_id: mainId }],
      ['POST', `${path}/${id}/recover`],
      ['POST', `${path}/${id}/set_as_default`],
      ['DELETE', `/api/v2/projects/${projectId}`],
    ];
    for (const [method, at, sent] of changes) {
      const reply = await here.manage<{ message: string }>(method, at, sent);
      expect([method, at, reply.status, reply.body.message]).toEqual([
        method,
        at,
        409,
        expect.stringContaining('source'),
      ]);
    }
    expect((await here.manage('DELETE', `/admin/lineage-sources/${body.id}`)).status).toBe(204);
    for (const [method, change] of [['GET'], ['PATCH', { poll_seconds: 60 }], ['DELETE']] as const) {
      expect((await here.manage(method, `/admin/lineage-sources/${body.id}`, change)).status).toBe(404);
    }
    expect((await here.manage('DELETE', `${path}/${id}`)).status).toBe(200);
    expect((await sources()).map(each => each.project_id)).not.toContain(projectId);
    expect((await here.manage('DELETE', `/api/v2/projects/${projectId}`)).status).toBe(200);
    expect((await follow()).status).toBe(201);
    expect(await tree(here)).toEqual(await tree(there));
  });

  it.each([
    [{ project_id: 'Shop!' }, 'project_id must be a project id'],
    [{ api_key: '' }, 'api_key must be'],
    [{ base_url: 'http://gateway.example.com/api/v2' }, 'base_url must begin with https://'],
    [{ base_url: 'http://169.254.169.254/api/v2' }, 'base_url must not be a metadata'],
    [{ interval: 5 }, 'interval is not a field of this request: remove it'],
  ])('400 names the field and what is wanted: %j', async (fields, sentence) => {
    const { status, body } = await follow(fields);
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
  });

  it('409 says why a source gives no tree, and keeps nothing of it', async () => {
    const refusals: [object, string][] = [
      [{ api_key: `napi_${'x'.repeat(64)}` }, 'the source refuses the key (401)'],
      [{ project_id: 'no-such-project' }, 'the source has no such project, or not for this key (404)'],
      [{ base_url: 'http://127.0.0.1:9/api/v2' }, 'the source cannot be reached'],
      [{ base_url: here.baseUrl, api_key: here.managementKey }, 'the source has no such project'],
    ];
    for (const [fields, sentence] of refusals) {
      const { status, body } = await follow(fields);
      expect([status, body.error.message]).toEqual([409, expect.stringContaining(sentence)]);
    }
    expect((await here.manage('GET', `/api/v2/projects/${projectId}`)).status).toBe(404);
    expect((await follow()).status).toBe(201);
    expect((await follow()).status).toBe(409);
    const own = { project_id: here.projectId, base_url: `${here.baseUrl}/api/v2`, api_key: here.managementKey };
    expect((await follow(own)).body.error.message).toContain('there is a project of that id already');
  });

  it('409 for a tree with a branch that is another project’s here, and nobody’s access changes', async () => {
    const { id } = await make();
    await here.sql('UPDATE branches SET id = $1 WHERE id = $2', [id, (await makeHere()).id]);
    const { status, body } = await follow();
    expect([status, body.error.message]).toEqual([409, 'a branch of the source belongs to another project here']);
    const [row] = await here.sql('SELECT project_id FROM branches WHERE id = $1', [id]);
    expect(row).toEqual({ project_id: here.projectId });
    expect((await here.manage('GET', `/api/v2/projects/${projectId}`)).status).toBe(404);
    await here.sql('DELETE FROM branches WHERE id = $1', [id]);
  });
  const makeHere = async () => {
    const own = `/api/v2/projects/${here.projectId}/branches`;
    return (await here.manage<{ branch: Branch }>('POST', own, {})).body.branch;
  };

  it('keeps its key encrypted, and shows it nowhere', async () => {
    await follow();
    expect(JSON.stringify(await sources())).not.toContain(there.managementKey);
    const rows = await here.sql<{ row: string }>('SELECT lineage_sources::text AS row FROM lineage_sources');
    for (const { row } of rows) expect(row).not.toContain(Buffer.from(there.managementKey).toString('hex'));
  });

  describe('whose source is changed', () => {
    const change = (id: string, body: object) =>
      here.manage<Source & { error: { message: string; param: string } }>(
        'PATCH',
        `/admin/lineage-sources/${id}`,
        body,
      );
    const keyOf = async (id: string) => {
      const [row] = await here.sql<{ sealed_key: Buffer }>('SELECT sealed_key FROM lineage_sources WHERE id = $1', [
        id,
      ]);
      return here.bough.app.get(SecretBox).decrypt(row?.sealed_key ?? Buffer.of(), `lineage-source:${id}`);
    };

    it('follows with another key from then on, without its former one', async () => {
      const first = await issueKey();
      const { body } = await follow({ api_key: first.key });
      const second = await issueKey();
      const { status, body: changed } = await change(body.id, { api_key: second.key });
      expect([status, JSON.stringify(changed).includes(second.key), await keyOf(body.id)]).toEqual([
        200,
        false,
        second.key,
      ]);
      await there.manage('DELETE', `/admin/management-keys/${first.id}`);
      const added = await make({ name: 'after' });
      expect(await poll()).toMatchObject({ state: 'current', failures: 0 });
      expect((await tree(here)).map(branch => branch.id)).toContain(added.id);
    });

    it('409 keeps the former key where the source does not take the new one', async () => {
      const { body } = await follow();
      const { status, body: refused } = await change(body.id, { api_key: `napi_${'0'.repeat(64)}` });
      expect([status, refused.error]).toEqual([
        409,
        expect.objectContaining({ param: 'api_key', message: 'the source refuses the key (401)' }),
      ]);
      expect(await keyOf(body.id)).toBe(there.managementKey);
    });

    it('is read as often as it is told, and at once when it is told so', async () => {
      const { body } = await follow({ poll_seconds: 7_200 });
      expect(body).toMatchObject({ poll_seconds: 7_200 });
      expect(Date.parse(body.next_attempt_at)).toBeGreaterThan(Date.now() + 7_000_000);
      const { body: changed } = await change(body.id, { poll_seconds: 600 });
      expect(changed).toMatchObject({ poll_seconds: 600 });
      expect(Date.parse(changed.next_attempt_at)).toBeLessThanOrEqual(Date.now());
      const read = await poll();
      expect(Date.parse(read.next_attempt_at)).toBeLessThan(Date.now() + 601_000);
      expect((await change(body.id, { poll_seconds: null })).body).toMatchObject({ poll_seconds: null });
      expect(Date.parse((await poll()).next_attempt_at)).toBeGreaterThan(Date.now() + 3_000_000);
      const { body: shown } = await here.manage('GET', `/admin/lineage-sources/${body.id}`);
      expect(shown).toMatchObject({ id: body.id, poll_seconds: null });
    });

    it('400 names the field that is wrong, and one that may not be changed', async () => {
      const { body } = await follow();
      for (const [fields, message] of [
        [{}, 'the body names no field to change'],
        [{ poll_seconds: 4 }, 'poll_seconds must be a whole number from 5 to 86400'],
        [{ api_key: '' }, 'api_key must be 1 to 4096 visible ASCII characters without spaces'],
        [{ base_url: 'https://elsewhere.example' }, 'base_url is not a field of this request: remove it'],
      ] as const) {
        const { status, body: refused } = await change(body.id, fields);
        expect([status, refused.error.message]).toEqual([400, message]);
      }
    });
  });

  describe('whose source is away or talks nonsense', () => {
    let liar: Server;
    let answer: (page: string) => { status: number; body: string };
    beforeEach(async () => {
      liar = createServer((request, response) => {
        const { status, body } = answer(request.url ?? '');
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
      });
      await new Promise<void>(resolve => liar.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => new Promise(resolve => liar.close(resolve)));

    const nonsense = (branches: unknown, pagination: unknown = {}) => ({
      status: 200,
      body: JSON.stringify({ branches, pagination }),
    });
    const listed = async () => (await there.manage<{ branches: Record<string, unknown>[] }>('GET', path)).body.branches;

    it('stays as it was, lets in nobody new, tells how stale it is, and follows again when the source is back', async () => {
      const [dev, other] = [await make({ name: 'dev' }), await make({ name: 'other' })];
      await follow();
      const token = await issue(dev.id);
      const before = await tree(here);
      const { port } = liar.address() as AddressInfo;
      const real = `${there.baseUrl}/api/v2`;
      const turnTo = (address: string) =>
        here.sql('UPDATE lineage_sources SET base_url = $1, failures = 0 WHERE project_id = $2', [address, projectId]);
      await here.sql(`UPDATE lineage_sources SET last_success_at = now() - interval '1 hour' WHERE project_id = $1`, [
        projectId,
      ]);
      const branches = await listed();
      // Each would let the credential of `dev` in on `other`.
      const moved = branches.map(branch => (branch['id'] === other.id ? { ...branch, parent_id: dev.id } : branch));
      const lies: [string, () => { status: number; body: string }][] = [
        ['answers with the status 500', () => ({ status: 500, body: '{}' })],
        ['refuses the key (403)', () => ({ status: 403, body: JSON.stringify({ branches: moved }) })],
        ['no JSON object', () => ({ status: 200, body: '<html>' })],
        ['no JSON object', () => ({ status: 200, body: '' })],
        ['without a list of branches', () => nonsense({})],
        ['has not exactly one default branch', () => nonsense([])],
        ['has not exactly one default branch', () => nonsense(moved.map(branch => ({ ...branch, default: true })))],
        ['of another project', () => nonsense(moved.map(branch => ({ ...branch, project_id: 'other' })))],
        ['names a branch twice', () => nonsense([...moved, ...moved])],
        ['not in its list', () => nonsense(moved.filter(branch => branch['id'] !== dev.id))],
        [
          'descend from themselves',
          () => nonsense(moved.map(branch => (branch['id'] === dev.id ? { ...branch, parent_id: other.id } : branch))),
        ],
        ['does not end', () => nonsense(moved.slice(0, 1), { next: `p${Math.random()}` })],
        ['at too great length', () => ({ status: 200, body: JSON.stringify({ x: 'x'.repeat(17_000_000) }) })],
      ];
      await turnTo(`http://127.0.0.1:${port}`);
      for (const [sentence, lie] of lies) {
        answer = lie;
        await here.sql('UPDATE lineage_sources SET failures = 0 WHERE project_id = $1', [projectId]);
        const told = await poll();
        expect(told).toMatchObject({ state: 'failing', failures: 1, last_error: expect.stringContaining(sentence) });
        expect(told.stale_seconds).toBeGreaterThanOrEqual(3_600);
        expect(await tree(here)).toEqual(before);
        expect([await ask(token, dev.id), await ask(token, other.id)]).toEqual([LET_IN, NOT_HERE]);
      }
      await turnTo('http://127.0.0.1:9');
      expect((await poll()).last_error).toBe('the source cannot be reached');
      expect((await poll()).failures).toBe(2);

      await there.manage('DELETE', `${path}/${other.id}`);
      await turnTo(real);
      expect(await poll()).toMatchObject({ state: 'current', failures: 0, last_error: null, stale_seconds: 0 });
      expect(await tree(here)).toEqual(await tree(there));
    }, 60_000);

    it('is asked again within a quarter of an hour, however long its own interval is', async () => {
      await follow();
      await here.sql('UPDATE lineage_sources SET base_url = $1 WHERE project_id = $2', [
        'http://127.0.0.1:9',
        projectId,
      ]);
      const waits = async () => {
        const { next_attempt_at: next } = await poll();
        return Math.round((Date.parse(next) - Date.now()) / 1_000);
      };
      // Its own interval is an hour here; what failed is asked again sooner.
      expect(await waits()).toBeGreaterThan(890);
      expect(await waits()).toBeLessThanOrEqual(900);
    });

    it('does not send its key where it is sent on to', async () => {
      const heard: string[] = [];
      answer = () => ({ status: 200, body: '{}' });
      const elsewhere = createServer((request, response) => {
        heard.push(request.headers.authorization ?? '');
        response.end('{}');
      });
      await new Promise<void>(resolve => elsewhere.listen(0, '127.0.0.1', resolve));
      const { port } = elsewhere.address() as AddressInfo;
      const bouncing = createServer((_, response) =>
        response.writeHead(307, { location: `http://127.0.0.1:${port}/` }).end(),
      );
      await new Promise<void>(resolve => bouncing.listen(0, '127.0.0.1', resolve));
      const address = `http://127.0.0.1:${(bouncing.address() as AddressInfo).port}`;
      expect((await follow({ base_url: address })).body.error.message).toBe('the source cannot be reached');
      expect(heard).toEqual([]);
      for (const server of [elsewhere, bouncing]) await new Promise(resolve => server.close(resolve));
    });
  });

  it('takes a tree of thousands at once, over many pages', async () => {
    await there.sql(
      `INSERT INTO branches (id, project_id, parent_id, name)
       SELECT 'br-big-' || n || '-' || $1, $1, CASE WHEN n < 10 THEN $2 ELSE 'br-big-' || (n / 10) || '-' || $1 END, 'big ' || n
       FROM generate_series(1, 5000) AS n ORDER BY n`,
      [projectId, mainId],
    );
    expect((await follow()).status).toBe(201);
    const [count] = await here.sql('SELECT count(*)::int AS all FROM branches WHERE project_id = $1', [projectId]);
    expect(count).toEqual({ all: 5001 });
    expect(await ask(await issue(mainId), `br-big-5000-${projectId}`)).toBe(LET_IN);
  });

  it('is shown to nobody outside its organization, and changed by administrators only', async () => {
    const { body } = await follow();
    await here.sql(`INSERT INTO organizations (id, name) VALUES ('org-other', 'other') ON CONFLICT DO NOTHING`);
    await here.sql(`UPDATE management_keys SET organization_id = 'org-other'`);
    expect(await sources()).toEqual([]);
    expect((await here.manage('DELETE', `/admin/lineage-sources/${body.id}`)).status).toBe(404);
    await here.sql(`UPDATE management_keys SET organization_id = 'org-default', role = 'editor'`);
    expect((await here.manage('DELETE', `/admin/lineage-sources/${body.id}`)).status).toBe(403);
    await here.sql(`UPDATE management_keys SET role = 'owner'`);
  });
});
