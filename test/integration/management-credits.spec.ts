import { eventually } from '../support/gateway.js';
import { type OperatorClient, startControlPlane, type TestControlPlane } from '../support/management.js';

interface Grant {
  id: string;
  usd: string;
  remaining_usd: string;
  expires_at: string | null;
  expired: boolean;
}
interface Credit {
  balance_usd: string;
  grants: Grant[];
  enforced: boolean;
}
interface Entry {
  id: string;
  kind: string;
  usd: string;
}
interface History {
  entries: Entry[];
  pagination?: { cursor: string };
}
interface Failure {
  error: { message: string; param: string | null };
}

const LATER = '2099-01-01T00:00:00Z';

describe('/admin/credits', () => {
  let plane: TestControlPlane;
  beforeEach(async () => {
    plane = await startControlPlane({ BOUGH_CREDIT_MINIMUM_BALANCE_USD: '0.5' });
  });
  afterEach(() => plane.stop());

  const grant = (body: object, operator = plane.owner) =>
    operator.call<Grant & Failure>('POST', '/admin/credits', body);
  const show = async (operator = plane.owner) => (await operator.call<Credit>('GET', '/admin/credits')).body;
  const history = (query = '', operator = plane.owner) =>
    operator.call<History & Failure>('GET', `/admin/credits/history${query}`);
  const spend = (nano: number) =>
    plane.sql(
      `INSERT INTO usage_hourly (hour, organization_id, project_id, branch_id, model_id, credential_id, cost_nano_usd)
       VALUES (date_trunc('hour', now()), $1, 'p', 'b', 'm', 'c', $2)
       ON CONFLICT (organization_id, hour, project_id, branch_id, model_id, credential_id)
       DO UPDATE SET cost_nano_usd = usage_hourly.cost_nano_usd + excluded.cost_nano_usd`,
      [plane.owner.organizationId, nano],
    );

  describe('POST /admin/credits', () => {
    it('201 gives credit, and says so to every replica', async () => {
      const { status, body } = await grant({ usd: '25.000000001', expires_at: LATER, note: 'invoice 7' });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(/^crg_/),
        organization_id: plane.owner.organizationId,
        ...{ usd: '25.000000001', remaining_usd: '25.000000001', note: 'invoice 7', expires_at: LATER, expired: false },
        created_at: expect.any(String),
      });
      expect(plane.changes.at(-1)).toEqual({ topic: 'limits', key: `credit:${plane.owner.organizationId}` });
      expect((await grant({ usd: '0.01', expires_at: null }, plane.admin)).body).toMatchObject({ expires_at: null });
    });

    it.each([
      [{}, 'usd must be a string with US dollars'],
      [{ usd: 5 }, 'usd must be a string with US dollars'],
      [{ usd: '-5' }, 'usd must be a string with US dollars'],
      [{ usd: '10000000' }, 'usd must be a string with US dollars'],
      [{ usd: '0.009999999' }, 'usd must be 0.01 or more'],
      [{ usd: '5', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at must lie in the future'],
      [{ usd: '5', expires_at: 'tomorrow' }, 'expires_at must be a time with its zone'],
      [{ usd: '5', note: '' }, 'note must be a string'],
      [{ usd: '5', project_id: 'x' }, 'project_id is not a field of this request: remove it'],
    ])('400 names the field and what is wanted: %j', async (body, sentence) => {
      const { status, body: answer } = await grant(body);
      expect([status, answer.error.message]).toEqual([400, expect.stringContaining(sentence)]);
      expect(await show()).toMatchObject({ enforced: false });
    });

    it('403 for an editor', async () => {
      expect((await grant({ usd: '5' }, plane.editor)).status).toBe(403);
    });
  });

  describe('GET /admin/credits', () => {
    it('200 enforces nothing before the first grant', async () => {
      await spend(7_000_000_000);
      const nothing = { balance_usd: '0', minimum_balance_usd: '0.5', grants: [], enforced: false };
      expect(await show()).toEqual(nothing);
      await grant({ usd: '5' }, plane.stranger);
      expect(await show()).toEqual(nothing);
    });

    it('200 shows the balance and every grant as they stand at this moment', async () => {
      await spend(7_000_000_000);
      await grant({ usd: '5' });
      await grant({ usd: '1', expires_at: LATER });
      await spend(1_500_000_000);
      const credit = await show();
      expect(credit).toMatchObject({ balance_usd: '4.5', minimum_balance_usd: '0.5', enforced: true });
      expect(credit.grants.map(one => [one.usd, one.remaining_usd])).toEqual([
        ['5', '4.5'],
        ['1', '0'],
      ]);
      await spend(6_000_000_000);
      expect(await show()).toMatchObject({ balance_usd: '-1.5' });
    });

    it('200 takes back what is left when a grant ends, by itself, and tells every replica', async () => {
      await grant({ usd: '5' });
      await grant({ usd: '3', expires_at: new Date(Date.now() + 700).toISOString() });
      const entries = async () => (await history()).body.entries;
      await eventually(async () => (await entries()).length === 3, 'the end of the grant', 60_000);
      expect(await entries()).toMatchObject([
        { kind: 'expiry', usd: '-3', balance_usd: '5' },
        { kind: 'grant', usd: '3', balance_usd: '8' },
        { kind: 'grant', usd: '5', balance_usd: '5' },
      ]);
      const credit = await show();
      expect(credit.balance_usd).toBe('5');
      expect(credit.grants.map(({ expired }) => expired)).toEqual([false, true]);
      await eventually(() => plane.changes.at(-1)?.key === 'credit', 'the change is announced');
    });

    it('200 for a viewer', async () => {
      expect((await plane.viewer.call('GET', '/admin/credits')).status).toBe(200);
    });
  });

  describe('GET /admin/credits/history', () => {
    it('200 lists what changed the balance, newest first, page by page', async () => {
      const first = (await grant({ usd: '5' })).body.id;
      await spend(6_000_000_000);
      const second = (await grant({ usd: '2' })).body.id;
      const line = (kind: string, usd: string, balance_usd: string, grant_id?: string) => ({
        ...{ id: expect.stringMatching(/^cre_/), kind, usd, balance_usd, occurred_at: expect.any(String) },
        ...(grant_id === undefined ? {} : { grant_id }),
      });
      const all = [
        line('grant', '2', '1', second),
        line('spend-through', '-1', '-1'),
        line('spend-through', '-5', '0', first),
        line('grant', '5', '5', first),
      ];
      expect((await history()).body).toEqual({ entries: all });
      const one = (await history('?limit=3')).body;
      expect(one.entries).toEqual(all.slice(0, 3));
      const two = (await history(`?limit=3&cursor=${one.pagination?.cursor}`)).body;
      expect(two).toEqual({ entries: all.slice(3) });
    });

    it('200 shows one’s own organization’s alone, 400 for another’s cursor', async () => {
      await grant({ usd: '5' });
      const [entry] = (await history()).body.entries;
      expect((await history('', plane.stranger)).body).toEqual({ entries: [] });
      expect((await history(`?cursor=${entry?.id}`, plane.stranger)).body.error.param).toBe('cursor');
      expect((await history('', plane.viewer)).status).toBe(200);
    });

    it.each(['?limit=0', '?limit=1001', '?limit=x', '?cursor=none', '?colour=green'])('400 for %s', async query => {
      expect((await history(query)).status).toBe(400);
    });
  });

  it('is among the limits in force, beside one that was set on the whole spend', async () => {
    const { organizationId } = plane.owner;
    await spend(7_000_000_000);
    await grant({ usd: '5' });
    await spend(1_000_000_000);
    const limit = { scope_type: 'account', scope_id: organizationId, kind: 'spend_total', usd: '100' };
    await plane.owner.call('PUT', '/admin/limits', limit);
    const { body } = await plane.owner.call<{ project: { id: string }; branch: { id: string } }>(
      ...(['POST', '/api/v2/projects', {}] as const),
    );
    const path = `/admin/limits/effective?branch=${body.branch.id}`;
    const { limits } = (await plane.owner.call<{ limits: { kind: string }[] }>('GET', path)).body;

    expect(limits.filter(({ kind }) => kind === 'spend_total')).toMatchObject([
      { scope_id: organizationId, source: 'credit', usd: '11.5', used: '8', remaining: '3.5', inherited: true },
      { scope_id: organizationId, source: 'set', usd: '100', used: '8', remaining: '92' },
    ]);
  });

  it('keeps its counter when a limit that was set on the whole spend goes; without credit that begins anew', async () => {
    const count = async (operator: OperatorClient) => {
      const limit = { scope_type: 'account', scope_id: operator.organizationId, kind: 'spend_total', usd: '100' };
      const { body } = await operator.call<{ id: string }>('PUT', '/admin/limits', limit);
      const key = `spend_total account ${operator.organizationId} `;
      await plane.sql('INSERT INTO quota_counters (key, win, used) VALUES ($1, 0, 5)', [key]);
      expect((await operator.call('DELETE', `/admin/limits/${body.id}`)).status).toBe(204);
      return plane.sql('SELECT used FROM quota_counters WHERE key = $1', [key]);
    };
    await grant({ usd: '5' });

    expect(await count(plane.owner)).toEqual([{ used: '5' }]);
    expect(await count(plane.stranger)).toEqual([]);
  });

  it('follows a correction of prices', async () => {
    await plane.sql(
      `INSERT INTO models (id, name, type, provider, owned_by, status, dialects, pricing, modalities, capabilities, notes)
       VALUES ('m', 'm', 'chat', 'a', 'a', 'active', '{}', '{"input": 1}', '{}', '{}', '{}')`,
    );
    await grant({ usd: '5' });
    await plane.sql(`UPDATE usage_hourly SET cost_nano_usd = 0`);
    await spend(1_000_000_000);
    await plane.sql('UPDATE usage_hourly SET adjustments_nano_usd = 500000000');
    const correction = {
      pricing: { input: 2, output: 0 },
      from: new Date(Date.now() - 3_600_000).toISOString(),
      note: 'late',
    };
    const { status } = await plane.owner.call('POST', '/admin/models/m/price-corrections', correction);

    expect(status).toBe(201);
    expect((await history()).body.entries.map(({ kind, usd }) => [kind, usd])).toEqual([
      ['adjustment', '-0.5'],
      ['spend-through', '-1'],
      ['grant', '5'],
    ]);
  });
});
