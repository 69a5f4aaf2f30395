import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { IdempotencyService } from '../../src/management/control-plane/idempotency/idempotency.service.js';
import { IdempotencyRepository } from '../../src/management/control-plane/idempotency/idempotency.repository.js';
import { Clock } from '../../src/platform/clock.js';
import { PrismaService } from '../../src/platform/prisma/prisma.service.js';
import { makeProject, type OperatorClient, startControlPlane, type TestControlPlane } from '../support/management.js';

const PROJECTS = '/api/v2/projects';
const DAY_MS = 86_400_000;

interface Made {
  project: { id: string };
}

describe('an Idempotency-Key', () => {
  let plane: TestControlPlane;
  beforeAll(async () => {
    plane = await startControlPlane();
  });
  afterAll(() => plane.stop());
  afterEach(() => jest.restoreAllMocks());

  const send = <Body = Record<string, unknown>>(
    key: string,
    path: string,
    body: unknown = {},
    client: OperatorClient = plane.owner,
    method = 'POST',
  ) =>
    client.send<Body>(path, {
      method,
      headers: {
        authorization: `Bearer ${client.key}`,
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const count = async (table: string) => {
    const [row] = await plane.sql<{ count: string }>(`SELECT count(*) FROM ${table}`);
    return Number(row?.count);
  };
  const held = async (key: string) =>
    plane.sql<{ status: number | null }>('SELECT status FROM idempotency_keys WHERE key = $1', [key]);
  const repository = () => plane.app.get(IdempotencyRepository, { strict: false });

  it('gives the first answer again, status and body, and does nothing', async () => {
    const key = randomUUID();
    const first = await send<Made>(key, PROJECTS, { project: { name: 'once' } });
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    const [projects, entries, changes] = [await count('projects'), await count('audit_entries'), plane.changes.length];
    // Another order and other white space are the same request.
    const again = await send<Made>(key, PROJECTS, '{ "project" : {"name":"once"} }');
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect([await count('projects'), await count('audit_entries'), plane.changes.length]).toEqual([
      projects,
      entries,
      changes,
    ]);
  });

  it('gives a secret again that is shown once, and keeps it encrypted', async () => {
    const { projectId, mainId } = await makeProject(plane.owner);
    const path = `${PROJECTS}/${projectId}/branches/${mainId}/credentials`;
    const wanted = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    const key = randomUUID();
    const first = await send<{ api_token: string }>(key, path, wanted);
    const again = await send<{ api_token: string }>(key, path, wanted);
    expect(first.body.api_token).toMatch(/^nt_live_/);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('cache-control')).toBe('no-store');
    const [row] = await plane.sql<{ row: string }>(
      `SELECT to_jsonb(k)::text || encode(sealed_answer, 'escape') AS row FROM idempotency_keys k WHERE key = $1`,
      [key],
    );
    expect(row?.row).toContain(key);
    expect(row?.row).not.toContain(first.body.api_token);
    expect(row?.row).not.toContain('nt_live_');
  });

  it('422 for another body, another path and another query under the same key', async () => {
    const key = randomUUID();
    await send(key, PROJECTS, { project: { name: 'one' } });
    const others = [
      await send(key, PROJECTS, { project: { name: 'two' } }),
      await send(key, PROJECTS, {}),
      await send(key, '/admin/blocks', { project: { name: 'one' } }),
      await send(key, `${PROJECTS}?x=1`, { project: { name: 'one' } }),
    ];
    expect(others.map(({ status }) => status)).toEqual([422, 422, 422, 422]);
    expect(others[0]?.body).toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
      message: 'this Idempotency-Key belongs to another request: use a new one',
    });
    expect(others[2]?.body).toMatchObject({ error: { code: 'idempotency_key_reused' } });
  });

  it('is each operator’s own', async () => {
    const key = randomUUID();
    const ids = [];
    for (const client of [plane.owner, plane.admin, plane.stranger]) {
      const { status, body } = await send<Made>(key, PROJECTS, {}, client);
      expect(status).toBe(201);
      ids.push(body.project.id);
    }
    expect(new Set(ids).size).toBe(3);
  });

  it('lets one of many at once do it; the others hear 409, and later the same answer', async () => {
    const key = randomUUID();
    const before = await count('projects');
    const replies = await Promise.all(Array.from({ length: 12 }, () => send<Made>(key, PROJECTS, {})));
    const statuses = new Set(replies.map(({ status }) => status));
    expect([...statuses].filter(status => status !== 201 && status !== 409)).toEqual([]);
    for (const { status, headers, body } of replies) {
      if (status === 409) expect([headers.get('retry-after'), body]).toEqual(['1', expect.any(Object)]);
    }
    const made = new Set(replies.filter(({ status }) => status === 201).map(({ body }) => body.project.id));
    expect([made.size, await count('projects')]).toEqual([1, before + 1]);
    expect(made).toContain((await send<Made>(key, PROJECTS, {})).body.project.id);
  });

  it('409 while the first request runs', async () => {
    const key = randomUUID();
    let open: () => void = () => undefined;
    const gate = new Promise<void>(resolve => (open = resolve));
    jest.spyOn(plane.app.get(PrismaService), '$transaction').mockImplementation((async () => {
      await gate;
      throw Object.assign(new Error('gone'), { code: 'P1001' });
    }) as never);
    const first = send(key, PROJECTS, {});
    while ((await held(key)).length === 0) await new Promise(resolve => setImmediate(resolve));
    const second = await send(key, PROJECTS, {});
    expect([second.status, second.body['code'], second.headers.get('retry-after')]).toEqual([
      409,
      'IDEMPOTENCY_KEY_IN_USE',
      '1',
    ]);
    open();
    expect((await first).status).toBe(503);
  });

  it.each([
    [400, { nonsense: true }],
    [404, { scope_type: 'project', scope_id: 'none' }],
  ])('is free again after %i: nothing was changed', async (status, body) => {
    const key = randomUUID();
    expect((await send(key, '/admin/blocks', body)).status).toBe(status);
    expect(await held(key)).toEqual([]);
    const { projectId } = await makeProject(plane.owner);
    const right = { scope_type: 'project', scope_id: projectId };
    expect((await send(key, '/admin/blocks', right)).status).toBe(201);
  });

  it('is free again after 503, so that the same may be tried again', async () => {
    const key = randomUUID();
    const lost = Object.assign(new Error('gone'), { code: 'P1001' });
    jest.spyOn(plane.app.get(PrismaService), '$transaction').mockRejectedValueOnce(lost as never);
    const replies = [await send(key, PROJECTS, {}), await send(key, PROJECTS, {})];
    expect(replies.map(({ status }) => status)).toEqual([503, 201]);
  });

  it('503 where it cannot be claimed: nothing is done', async () => {
    const lost = Object.assign(new Error('gone'), { code: 'P1001' });
    jest.spyOn(repository(), 'claim').mockRejectedValueOnce(lost);
    const before = await count('projects');
    const { status, body } = await send(randomUUID(), PROJECTS, {});
    expect([status, body['code'], await count('projects')]).toEqual([503, 'STORAGE_UNAVAILABLE', before]);
  });

  it('says of a request that was cut off that its end is not known, and does it no second time', async () => {
    const key = randomUUID();
    jest.spyOn(repository(), 'settle').mockRejectedValueOnce(new Error('killed here'));
    const before = await count('projects');
    // The caller of the first request got the answer; it could not be kept.
    expect((await send(key, PROJECTS, {})).status).toBe(201);
    expect((await send(key, PROJECTS, {})).status).toBe(409);
    jest.spyOn(plane.app.get(Clock), 'now').mockReturnValue(Date.now() + 3_600_000);
    const late = await send(key, PROJECTS, {});
    expect([late.status, late.body['code'], late.headers.get('retry-after')]).toEqual([409, 'CONFLICT', null]);
    expect(late.body['message']).toContain('was cut off');
    expect(await count('projects')).toBe(before + 1);
  });

  it('holds for 24 hours, then means a new request', async () => {
    const key = randomUUID();
    const first = await send<Made>(key, PROJECTS, {});
    const now = jest.spyOn(plane.app.get(Clock), 'now').mockReturnValue(Date.now() + DAY_MS - 60_000);
    expect((await send<Made>(key, PROJECTS, {})).body).toEqual(first.body);
    now.mockReturnValue(Date.now() + DAY_MS + 60_000);
    const next = await send<Made>(key, PROJECTS, { project: { name: 'another' } });
    expect([next.status, next.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect((await send<Made>(key, PROJECTS, { project: { name: 'another' } })).body).toEqual(next.body);
  });

  it('opens nothing to a key that was revoked, or may not do that any more', async () => {
    const key = randomUUID();
    const client = await plane.enter('editor');
    expect((await send(key, PROJECTS, {}, client)).status).toBe(201);
    const change = (set: string) =>
      plane.sql(`UPDATE management_keys SET ${set} WHERE key_hash = sha256($1::bytea)`, [Buffer.from(client.key)]);
    await change(`role = 'viewer'`);
    expect((await send(key, PROJECTS, {}, client)).status).toBe(403);
    await change('revoked_at = now()');
    expect((await send(key, PROJECTS, {}, client)).status).toBe(401);
  });

  it.each(['', ' ', 'x'.repeat(256), 'schl\u00fcssel'])('400 for %j', async key => {
    const { status, body } = await send<{ message: string }>(key, PROJECTS, {});
    expect([status, body.message]).toEqual([400, expect.stringContaining('Idempotency-Key must be one header')]);
  });

  it('400 for two of them', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(`${plane.baseUrl}${PROJECTS}`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${plane.owner.key}`,
          'content-type': 'application/json',
          'idempotency-key': ['one', 'two'],
        },
      });
      sent.on('response', response => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('error', reject);
      sent.end('{}');
    });
    expect(status).toBe(400);
  });

  it('means nothing to methods that may be repeated anyway', async () => {
    const { projectId } = await makeProject(plane.owner);
    const key = randomUUID();
    const limit = { scope_type: 'project', scope_id: projectId, kind: 'requests_per_minute', value: 5 };
    expect((await send(key, '/admin/limits', limit, plane.owner, 'PUT')).status).toBe(200);
    expect((await send(key, '/admin/limits', { ...limit, value: 6 }, plane.owner, 'PUT')).status).toBe(200);
    expect(await held(key)).toEqual([]);
  });

  it('is described for every POST', async () => {
    const { body } = await plane.owner.call<{
      paths: Record<string, Record<string, { parameters?: { name: string }[]; responses: object }>>;
    }>('GET', '/docs-json');
    const operations = Object.values(body.paths).flatMap(path => Object.entries(path));
    const takes = (operation: { parameters?: { name: string }[] }) =>
      operation.parameters?.some(({ name }) => name === 'Idempotency-Key') === true;
    for (const [method, operation] of operations)
      expect([method, takes(operation)]).toEqual([method, method === 'post']);
    for (const [method, { responses }] of operations) {
      if (method === 'post') expect(Object.keys(responses)).toEqual(expect.arrayContaining(['409', '422']));
    }
  });

  describe('the clean-up', () => {
    const fill = (rows: number, prefix: string, expires: string) =>
      plane.sql(
        `INSERT INTO idempotency_keys (actor_id, key, fingerprint, created_at, expires_at)
         SELECT 'bulk', $1 || n, '', now(), ${expires} FROM generate_series(1, $2) n`,
        [prefix, rows],
      );

    it('deletes what holds no more, batch by batch, and nothing else', async () => {
      await fill(2_500, 'old', `now() - interval '1 second'`);
      await fill(5, 'new', `now() + interval '1 hour'`);
      const batches = jest.spyOn(repository(), 'deleteExpired');
      await plane.app.get(IdempotencyService, { strict: false }).clean();
      expect(batches).toHaveBeenCalledTimes(3);
      const left = await plane.sql<{ key: string }>(`SELECT key FROM idempotency_keys WHERE actor_id = 'bulk'`);
      expect(left.map(({ key }) => key).toSorted()).toEqual(['new1', 'new2', 'new3', 'new4', 'new5']);
    });

    it('stops after a number of batches, and survives a database that is away', async () => {
      const service = plane.app.get(IdempotencyService, { strict: false });
      const batches = jest.spyOn(repository(), 'deleteExpired').mockResolvedValue(1_000);
      await service.clean();
      expect(batches).toHaveBeenCalledTimes(20);
      batches.mockRejectedValueOnce(new Error('gone'));
      await expect(service.clean()).resolves.toBeUndefined();
    });
  });
});
