import { windowAt } from '../../src/quota/limit-window.js';
import { addModel, makeProject, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Effective {
  limits: {
    scope_type: string;
    scope_id: string;
    scope_name?: string;
    model?: string;
    kind: string;
    source: string;
    inherited: boolean;
    limit_id?: string;
  }[];
  blocks: { id: string; scope_id: string; inherited: boolean }[];
  error: { message: string; param: string | null };
}

const CREDENTIAL = { name: 'ci', scopes: ['ai_gateway:invoke'], principal_type: 'user' };

describe('GET /admin/limits/effective', () => {
  let plane: TestControlPlane;
  let projectId: string;
  let mainId: string;
  let leafId: string;
  let credentialId: string;
  beforeAll(async () => {
    plane = await startControlPlane({ BOUGH_MODEL_TOKENS_PER_MINUTE: '50000' });
    await addModel(plane, 'gpt-5');
    await addModel(plane, 'gpt-6');
    ({ projectId, mainId } = await makeProject(plane.owner));
    leafId = await grow('preview/1', mainId);
    const path = `/api/v2/projects/${projectId}/branches/${mainId}/credentials`;
    credentialId = (await plane.owner.call<{ token_id: string }>('POST', path, CREDENTIAL)).body.token_id;
  });
  beforeEach(async () => {
    for (const table of ['limits', 'blocks', 'quota_counters', 'usage_hourly']) await plane.sql(`DELETE FROM ${table}`);
  });
  afterAll(() => plane.stop());

  async function grow(name: string, parent: string): Promise<string> {
    const { body } = await plane.owner.call<{ branch: { id: string } }>(
      ...(['POST', `/api/v2/projects/${projectId}/branches`, { branch: { name, parent_id: parent } }] as const),
    );
    return body.branch.id;
  }
  async function put(scope_type: string, scope_id: string, limit: object): Promise<string> {
    const { status, body } = await plane.owner.call<{ id: string }>('PUT', '/admin/limits', {
      ...{ scope_type, scope_id },
      ...limit,
    });
    expect(status).toBe(200);
    return body.id;
  }
  const show = async (query = '', operator = plane.owner) =>
    operator.call<Effective>('GET', `/admin/limits/effective?branch=${leafId}${query}`);
  const count = (kind: 'spend_per_day' | 'tokens_per_minute' | 'concurrent_requests', rest: string, used: number) =>
    plane.sql('INSERT INTO quota_counters (key, win, used, leased) VALUES ($1, $2, $3, 7)', [
      ...[`${kind} ${rest}`, windowAt(kind, Date.now()).begin, used],
    ]);
  const spend = (branch: string, nano: number, hour = 'now()') =>
    plane.sql(
      `INSERT INTO usage_hourly (hour, organization_id, project_id, branch_id, model_id, credential_id, cost_nano_usd)
       VALUES (date_trunc('hour', ${hour}), $1, $2, $3, 'gpt-5', $4, $5)`,
      [plane.owner.organizationId, projectId, branch, credentialId, nano],
    );

  it('200 names every limit from the account down to the credential, where it was set, and what is above the branch', async () => {
    const kind = 'requests_per_minute';
    const scopes = [
      ['account', plane.owner.organizationId, plane.owner.organizationId],
      ['project', projectId, 'shop'],
      ['branch', mainId, 'main'],
      ['branch', leafId, 'preview/1'],
      ['credential', credentialId, 'ci'],
    ] as const;
    const ids: string[] = [];
    for (const [type, id] of scopes) ids.push(await put(type, id, { kind, value: 60 }));
    const other = await grow('preview/other', mainId);
    await put('branch', other, { kind, value: 1 });

    const { status, body } = await show(`&credential=${credentialId}`);

    expect(status).toBe(200);
    expect(body.limits.filter(limit => limit.kind === kind)).toEqual(
      scopes.map(([scope_type, scope_id, scope_name], index) => ({
        ...{ scope_type, scope_id, scope_name, kind, value: 60, source: 'set', limit_id: ids[index] },
        inherited: index < 3,
        window: { begins_at: expect.any(String), resets_at: expect.any(String) },
        ...{ used: 0, reserved: 0, remaining: 60 },
      })),
    );
  });

  it('200 shows the defaults of the configuration where no limit is stored, and none that a stored one replaces', async () => {
    const read = async (query = '') =>
      (await show(query)).body.limits.map(({ kind, model, source }) => [kind, model, source]);
    const defaults = [
      ['tokens_per_minute', undefined, 'default'],
      ['tokens_per_minute', 'gpt-5', 'default'],
      ['tokens_per_minute', 'gpt-6', 'default'],
      ['spend_per_day', undefined, 'default'],
    ];
    expect(await read()).toEqual(defaults);
    expect(await read('&model=gpt-6')).toEqual(defaults.filter(([, model]) => model !== 'gpt-5'));
    await put('account', plane.owner.organizationId, { kind: 'tokens_per_minute', model: 'gpt-5', value: 9 });
    expect(await read()).toEqual(defaults.map(row => (row[1] === 'gpt-5' ? [row[0], row[1], 'set'] : row)));
    expect((await show()).body.limits.map(limit => 'limit_id' in limit)).toEqual([false, true, false, false]);
  });

  it('200 reads what was used and is held in the present window, and never tells less than nothing is left', async () => {
    await put('branch', leafId, { kind: 'tokens_per_minute', value: 100 });
    await put('branch', mainId, { kind: 'concurrent_requests', value: 5 });
    await count('tokens_per_minute', `branch ${leafId} `, 60);
    await count('concurrent_requests', `branch ${mainId} `, 0);
    await plane.sql(`INSERT INTO quota_counters (key, win, used) VALUES ($1, 60000, 99)`, [
      `tokens_per_minute branch ${leafId} gpt-5`,
    ]);

    const { limits } = (await show()).body;

    const own = limits.filter(limit => limit.source === 'set');
    expect(own).toMatchObject([
      { kind: 'concurrent_requests', window: {}, used: 0, reserved: 7, remaining: 0 },
      { kind: 'tokens_per_minute', used: 60, reserved: 7, remaining: 33 },
    ]);
  });

  it.each([
    ['what replicas count anyway, for the default', 'account', [60]],
    ['nothing, where no default holds', 'branch', []],
  ])('keeps of a counter whose limit is removed %s', async (_, type, left) => {
    const id = type === 'account' ? plane.owner.organizationId : leafId;
    const limit = await put(type, id, { kind: 'tokens_per_minute', value: 100 });
    await count('tokens_per_minute', `${type} ${id} `, 60);

    await plane.owner.call('DELETE', `/admin/limits/${limit}`);

    const kept = await plane.sql('SELECT used::int FROM quota_counters WHERE key = $1', [
      `tokens_per_minute ${type} ${id} `,
    ]);
    expect(kept.map(row => row['used'])).toEqual(left);
  });

  it('200 asks the ledger for spend that was never counted, of the present window alone, and tells dollars as strings', async () => {
    await put('branch', mainId, { kind: 'spend_per_day', usd: '2' });
    await put('branch', mainId, { kind: 'spend_total', usd: '9' });
    await put('project', projectId, { kind: 'spend_per_day', usd: '5', model: 'gpt-6' });
    await put('branch', leafId, { kind: 'spend_per_day', usd: '1' });
    await spend(leafId, 1_500_000);
    await spend(mainId, 2_000_000_000, "now() - interval '40 days'");
    await count('spend_per_day', `branch ${leafId} `, 3_000_000);

    const { limits } = (await show()).body;

    const usd = (used: string, remaining: string, reserved = '0') => ({ used, reserved, remaining });
    expect(limits.filter(limit => limit.source === 'set')).toMatchObject([
      { scope_id: projectId, model: 'gpt-6', usd: '5', ...usd('0', '5') },
      { scope_id: mainId, kind: 'spend_per_day', usd: '2', ...usd('0.0015', '1.9985') },
      { scope_id: mainId, kind: 'spend_total', usd: '9', ...usd('2.0015', '6.9985'), window: {} },
      { scope_id: leafId, usd: '1', ...usd('0.003', '0.996999993', '0.000000007') },
    ]);
  });

  it('200 names the blocks that hold, wherever they were set, and no others', async () => {
    const set = async (scope_type: string, scope_id: string, extra: object = {}) =>
      (await plane.owner.call<{ id: string }>('POST', '/admin/blocks', { scope_type, scope_id, ...extra })).body.id;
    const account = await set('account', plane.owner.organizationId, { reason: 'unpaid' });
    const leaf = await set('branch', leafId, { until: '2099-01-01T00:00:00Z' });
    await set('credential', credentialId);
    const lifted = await set('project', projectId);
    await plane.owner.call('DELETE', `/admin/blocks/${lifted}`);
    const times = { created_at: expect.any(String) };

    expect((await show()).body.blocks).toEqual([
      {
        ...{ id: account, scope_type: 'account', scope_id: plane.owner.organizationId, reason: 'unpaid', ...times },
        ...{ scope_name: plane.owner.organizationId, inherited: true },
      },
      {
        ...{ id: leaf, scope_type: 'branch', scope_id: leafId, until: '2099-01-01T00:00:00Z', ...times },
        ...{ scope_name: 'preview/1', inherited: false },
      },
    ]);
  });

  it.each([
    ['', 'branch must be a string'],
    ['?branch=', 'branch must be a string'],
    ['?branch=x&colour=green', 'colour is not a field of this request: remove it'],
    ['?branch=x&model=', 'model must be a string'],
  ])('400 names the field and what is wanted: %s', async (query, sentence) => {
    const { status, body } = await plane.owner.call<Effective>('GET', `/admin/limits/effective${query}`);
    expect([status, body.error.message]).toEqual([400, expect.stringContaining(sentence)]);
  });

  it('200 for a viewer', async () => {
    expect((await show('', plane.viewer)).status).toBe(200);
  });

  it('404 for a branch of another organization, an unknown, deleted or expired one', async () => {
    const gone = await grow('gone', mainId);
    await plane.owner.call('DELETE', `/api/v2/projects/${projectId}/branches/${gone}`);
    const over = await grow('over', mainId);
    await plane.sql(`UPDATE branches SET expires_at = now() WHERE id = $1`, [over]);
    for (const id of [gone, over, 'br-none']) {
      const { status, body } = await plane.owner.call<Effective>('GET', `/admin/limits/effective?branch=${id}`);
      expect([status, body.error.param]).toEqual([404, 'branch']);
    }
    expect((await show('', plane.stranger)).status).toBe(404);
  });

  it('404 for a credential that does not work on the branch, and for an unknown model', async () => {
    const path = `/api/v2/projects/${projectId}/branches/${leafId}/credentials`;
    const below = (await plane.owner.call<{ token_id: string }>('POST', path, CREDENTIAL)).body.token_id;
    expect((await show(`&credential=${below}`)).status).toBe(200);
    const onMain = `/admin/limits/effective?branch=${mainId}&credential=${below}`;
    expect((await plane.owner.call<Effective>('GET', onMain)).body.error.param).toBe('credential');
    expect((await show('&credential=none')).status).toBe(404);
    expect((await show('&model=none')).body.error.param).toBe('model');
  });
});
