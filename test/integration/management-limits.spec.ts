import { addModel, makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Limit {
  readonly id: string;
}
interface Block {
  readonly id: string;
  readonly until?: string;
}

const LIMITS = '/admin/limits';
const BLOCKS = '/admin/blocks';
const NOBODYS = 'lim_0123456789abcdefghij';

describe('limits and blocks under /admin', () => {
  let plane: TestControlPlane;
  let projectId: string;
  let branchId: string;
  let credentialId: string;
  let foreign: { projectId: string; mainId: string };
  beforeAll(async () => {
    plane = await startControlPlane();
    await addModel(plane, 'gpt-5');
    ({ projectId, mainId: branchId } = await makeProject(plane.owner));
    foreign = await makeProject(plane.stranger);
    const { body } = await plane.owner.call<{ token_id: string }>(
      ...(['POST', `/api/v2/projects/${projectId}/branches/${branchId}/credentials`] as const),
      { scopes: ['ai_gateway:invoke'], principal_type: 'user' },
    );
    credentialId = body.token_id;
  });
  afterAll(() => plane.stop());

  const scopes = (): [string, string][] => [
    ['account', plane.owner.organizationId],
    ['project', projectId],
    ['branch', branchId],
    ['credential', credentialId],
  ];
  const foreignScopes = (): { scope_type: string; scope_id: string }[] => [
    { scope_type: 'account', scope_id: plane.stranger.organizationId },
    { scope_type: 'project', scope_id: foreign.projectId },
    { scope_type: 'branch', scope_id: foreign.mainId },
    { scope_type: 'credential', scope_id: 'nak_live_none' },
    { scope_type: 'branch', scope_id: projectId },
  ];

  const put = (body: object, by = plane.owner) => by.call<Limit>('PUT', LIMITS, body);
  const listLimits = (query: Record<string, string> = {}, by = plane.owner) =>
    by.call<{ limits: Limit[] }>('GET', `${LIMITS}?${new URLSearchParams(query).toString()}`);
  const remove = (id: string, by = plane.owner) => by.call('DELETE', `${LIMITS}/${id}`);

  describe('PUT /admin/limits', () => {
    it('200 sets one for every kind of scope, and says so to every replica', async () => {
      for (const [scope_type, scope_id] of scopes()) {
        const limit = { scope_type, scope_id, kind: 'requests_per_minute', value: 60 } as const;
        const { status, body } = await put(limit);
        expect(status).toBe(200);
        const times = { created_at: expect.any(String), updated_at: expect.any(String) };
        expect(body).toEqual({ id: expect.stringMatching(/^lim_/), ...limit, ...times });
        expect(plane.changes.at(-1)).toEqual({ topic: 'limits', key: `limit:${body.id}` });
      }
    });

    it('200 replaces the one of the same scope, model and kind', async () => {
      const limit = { scope_type: 'branch', scope_id: branchId, model: 'gpt-5', kind: 'tokens_per_minute' } as const;
      const first = await put({ ...limit, value: Number.MAX_SAFE_INTEGER });
      const second = await put({ ...limit, value: 0 });
      expect(first.body).toMatchObject({ model: 'gpt-5', value: Number.MAX_SAFE_INTEGER });
      expect(second.body).toMatchObject({ id: first.body.id, value: 0 });
    });

    it('200 makes one of tokens or spend hard, which a change keeps unless it says otherwise', async () => {
      const limit = { scope_type: 'branch', scope_id: branchId, kind: 'spend_per_month' } as const;
      const { body: made } = await put({ ...limit, usd: '5', hard: true });
      expect(made).toMatchObject({ usd: '5', hard: true });
      const change = async (body: object) =>
        (await plane.owner.call<{ usd: string; hard: boolean }>('PATCH', `${LIMITS}/${made.id}`, body)).body;
      expect(await change({ usd: '6' })).toMatchObject({ usd: '6', hard: true });
      expect(await change({ hard: false })).toMatchObject({ usd: '6', hard: false });
      expect(await change({ usd: '7', hard: true })).toMatchObject({ usd: '7', hard: true });
      // What is set anew is as it is said.
      expect((await put({ ...limit, usd: '5' })).body).toMatchObject({ id: made.id, usd: '5', hard: false });
    });

    it.each(['requests_per_minute', 'concurrent_requests'] as const)('400 for a hard limit on %s', async kind => {
      const { status, body } = await plane.owner.call<{ error: { param: string } }>('PUT', LIMITS, {
        ...{ scope_type: 'branch', scope_id: branchId, kind, value: 1, hard: true },
      });
      expect([status, body.error.param]).toEqual([400, 'hard']);
    });

    it('200 keeps dollars to the ninth decimal', async () => {
      const limit = { scope_type: 'project', scope_id: projectId, kind: 'spend_per_day' } as const;
      for (const usd of ['0.000000001', '12.5', '999999999.999999999', '0']) {
        expect((await put({ ...limit, usd })).body).toMatchObject({ usd });
      }
      const rows = await plane.sql<{ value: string }>(`SELECT value FROM limits WHERE kind = 'spend_per_day'`);
      expect(rows).toEqual([{ value: '0' }]);
    });

    it.each([
      [{ kind: 'spend_per_day', value: 5 }, 'value is for requests and tokens: give the dollars as usd'],
      [{ kind: 'spend_per_day' }, 'usd must be a string with US dollars'],
      [{ kind: 'spend_per_day', usd: 5 }, 'usd must be a string with US dollars'],
      [{ kind: 'spend_per_day', usd: '1e3' }, 'usd must be a string with US dollars'],
      [{ kind: 'spend_per_day', usd: '-1' }, 'usd must be a string with US dollars'],
      [{ kind: 'tokens_per_minute', usd: '5' }, 'usd is for spend limits: give the number as value'],
      [{ kind: 'tokens_per_minute' }, 'value must be a whole number'],
      [{ kind: 'tokens_per_minute', value: -1 }, 'value must be a whole number'],
      [{ kind: 'tokens_per_minute', value: 1.5 }, 'value must be a whole number'],
      [{ kind: 'tokens_per_minute', value: '5' }, 'value must be a whole number'],
      [
        { kind: 'tokens_per_hour', value: 5 },
        'kind must be tokens_per_minute, requests_per_minute, concurrent_requests, spend_per_day, spend_per_month or spend_total',
      ],
      [{ kind: 'tokens_per_minute', value: 5, budget: 1 }, 'budget is not a field of this request: remove it'],
      [{ kind: 'tokens_per_minute', value: 5, scope_type: 'team' }, 'scope_type must be account, project'],
    ])('400 names the field and what is wanted: %j', async (extra, sentence) => {
      const wrong = { scope_type: 'branch', scope_id: branchId, ...extra };
      await expect(put(wrong)).resolves.toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining(sentence) } },
      });
    });

    it('404 for a scope of another organization, an unknown one, and an unknown model', async () => {
      for (const scope of foreignScopes()) {
        const refused = put({ ...scope, kind: 'requests_per_minute', value: 1 });
        await expect(refused).resolves.toMatchObject({ status: 404, body: { error: { param: 'scope_id' } } });
      }
      const unknown = { scope_type: 'branch', scope_id: branchId, model: 'none' } as const;
      const refused = put({ ...unknown, kind: 'requests_per_minute', value: 1 });
      await expect(refused).resolves.toMatchObject({ status: 404, body: { error: { param: 'model' } } });
    });

    it('403 for an editor', async () => {
      const body = { scope_type: 'branch', scope_id: branchId, kind: 'requests_per_minute', value: 1 };
      await expect(put(body, plane.editor)).resolves.toMatchObject({ status: 403 });
    });
  });

  describe('GET and DELETE /admin/limits', () => {
    it('200 lists one’s own organization’s alone, 204 removes one, 404 after that and for others’', async () => {
      const theirs = await put(
        { scope_type: 'project', scope_id: foreign.projectId, kind: 'requests_per_minute', value: 7 },
        plane.stranger,
      );
      const list = async (query = {}) => (await listLimits(query)).body.limits;
      const mine = await list();
      expect(mine.length).toBeGreaterThan(3);
      expect(mine.map(limit => limit.id)).not.toContain(theirs.body.id);
      expect(await list({ scope_type: 'credential', scope_id: credentialId })).toHaveLength(1);

      await expect(remove(theirs.body.id)).resolves.toMatchObject({ status: 404 });
      for (const { id } of mine) expect((await remove(id)).status).toBe(204);
      expect(plane.changes.at(-1)).toEqual({ topic: 'limits', key: `limit:${mine.at(-1)?.id}` });
      expect(await list()).toEqual([]);
      await expect(remove(mine[0]?.id ?? '')).resolves.toMatchObject({ status: 404 });
    });

    it('200 still shows, and 204 still removes, the limit of a project that was deleted', async () => {
      const gone = await makeProject(plane.owner);
      const body = {
        ...{ scope_type: 'project', scope_id: gone.projectId },
        ...{ kind: 'requests_per_minute', value: 1 },
      };
      const { body: limit } = await put(body);
      await plane.owner.call('DELETE', `/api/v2/projects/${gone.projectId}`);
      await expect(put(body)).resolves.toMatchObject({ status: 404 });
      expect((await listLimits()).body.limits).toHaveLength(1);
      expect((await remove(limit.id)).status).toBe(204);
    });

    it('400 names a filter that is none, 403 for an editor who would remove one', async () => {
      const wrong = listLimits({ scope_type: 'team' });
      await expect(wrong).resolves.toMatchObject({ status: 400, body: { error: { param: 'scope_type' } } });
      expect((await listLimits({}, plane.editor)).status).toBe(200);
      const removal = remove(NOBODYS, plane.editor);
      await expect(removal).resolves.toMatchObject({ status: 403 });
    });
  });

  describe('/admin/blocks', () => {
    const set = (body: object, by = plane.owner) => by.call<Block>('POST', BLOCKS, body);
    const listBlocks = (query: Record<string, string> = {}, by = plane.owner) =>
      by.call<{ blocks: Block[] }>('GET', `${BLOCKS}?${new URLSearchParams(query).toString()}`);
    const list = async (query = {}) => (await listBlocks(query)).body.blocks;
    const lift = (id: string, by = plane.owner) => by.call('DELETE', `${BLOCKS}/${id}`);

    it('201 sets one for every kind of scope, and says so to every replica', async () => {
      for (const [scope_type, scope_id] of scopes()) {
        const { status, body } = await set({ scope_type, scope_id, reason: 'a leak' });
        expect(status).toBe(201);
        expect(body).toEqual({
          id: expect.stringMatching(/^blk_/),
          scope_type,
          scope_id,
          reason: 'a leak',
          created_at: expect.any(String),
        });
        expect(plane.changes.at(-1)).toEqual({ topic: 'blocks', key: `block:${body.id}` });
      }
      expect(await list({ scope_type: 'branch' })).toHaveLength(1);
    });

    it('201 ends when it should: at a time, or after seconds; then it is no longer listed', async () => {
      const scope = { scope_type: 'branch', scope_id: branchId } as const;
      const at = await set({ ...scope, until: '2099-01-01T00:00:00Z' });
      expect(at.body.until).toBe('2099-01-01T00:00:00Z');
      const after = await set({ ...scope, for_seconds: 90 });
      const seconds = (Date.parse(after.body.until ?? '') - Date.now()) / 1000;
      expect(seconds).toBeGreaterThan(60);
      expect(seconds).toBeLessThanOrEqual(90);
      await plane.sql('UPDATE blocks SET until = now() WHERE id = $1', [after.body.id]);
      expect((await list()).map(block => block.id)).not.toContain(after.body.id);
    });

    it.each([
      [{ until: '2020-01-01T00:00:00Z' }, 'until must lie in the future'],
      [
        { until: '2099-01-01T00:00:00Z', for_seconds: 5 },
        'for_seconds cannot be given together with until: remove one',
      ],
      [{ for_seconds: 0 }, 'for_seconds must be a whole number'],
      [{ lifted_at: null }, 'lifted_at is not a field of this request: remove it'],
      [{ reason: '' }, 'reason must be a string'],
    ])('400 names the field and what is wanted: %j', async (extra, sentence) => {
      const wrong = { scope_type: 'branch', scope_id: branchId, ...extra };
      await expect(set(wrong)).resolves.toMatchObject({
        status: 400,
        body: { error: { message: expect.stringContaining(sentence) } },
      });
    });

    it('204 lifts it, repeats harmlessly and keeps the row', async () => {
      const { body } = await set({ scope_type: 'project', scope_id: projectId });
      for (let time = 0; time < 2; time += 1) {
        expect((await lift(body.id)).status).toBe(204);
      }
      expect(plane.changes.at(-1)).toEqual({ topic: 'blocks', key: `block:${body.id}` });
      expect((await list()).map(block => block.id)).not.toContain(body.id);
      expect(await plane.sql('SELECT 1 FROM blocks WHERE id = $1 AND lifted_at IS NOT NULL', [body.id])).toHaveLength(
        1,
      );
    });

    it('404 for another organization’s scope and block, 403 for an editor who would set or lift one', async () => {
      for (const scope of foreignScopes()) await expect(set(scope)).resolves.toMatchObject({ status: 404 });
      const theirs = await set({ scope_type: 'project', scope_id: foreign.projectId }, plane.stranger);
      await expect(lift(theirs.body.id)).resolves.toMatchObject({ status: 404 });
      expect((await list()).map(block => block.id)).not.toContain(theirs.body.id);
      await expect(lift('none')).resolves.toMatchObject({ status: 404 });
      const body = { scope_type: 'branch', scope_id: branchId };
      await expect(set(body, plane.editor)).resolves.toMatchObject({ status: 403 });
      await expect(lift('none', plane.editor)).resolves.toMatchObject({ status: 403 });
      expect((await listBlocks({}, plane.editor)).status).toBe(200);
    });
  });
});
