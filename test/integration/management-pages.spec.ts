/** The lists of /admin: page by page, while rows come and go, and by their filters. */
import { CreditsService } from '../../src/quota/credits/credits.service.js';
import {
  addModel,
  makeProject,
  OperatorClient,
  startControlPlane,
  type TestControlPlane,
} from '../support/management.js';

type Row = Record<string, unknown>;
type Answer = Record<string, unknown> & { pagination?: { cursor: string }; error: { param: string } };

const CAP = { kind: 'requests_per_minute', value: 60 };
const ACCOUNT = { kind: 'openai-compatible', base_url: 'https://api.example.com/v1', secret: 'sk-test' };

describe('the lists of /admin', () => {
  let plane: TestControlPlane;
  let projectId: string;
  let serial = 0;
  const unique = (prefix: string) => `${prefix}-${String((serial += 1)).padStart(4, '0')}`;
  beforeAll(async () => {
    plane = await startControlPlane();
    for (const id of ['gpt-5', 'llama']) await addModel(plane, id);
    ({ projectId } = await makeProject(plane.owner));
  });
  afterAll(() => plane.stop());

  const call = async (method: string, path: string, body?: object, who = plane.owner) => {
    const answer = await who.call<Answer>(method, `/admin/${path}`, body);
    if (body !== undefined && answer.status >= 300) throw new Error(JSON.stringify(answer.body));
    return answer.body;
  };
  /** The rows of a list, by what names them. */
  const rowsOf = (body: Answer): Row[] => Object.values(body).find(value => Array.isArray(value)) as Row[];
  const named = ({ id, version }: Row) => String(id ?? version);
  const scoped = async (who = plane.owner) => ({ scope_type: 'project', scope_id: (await makeProject(who)).projectId });
  const source = async (): Promise<string> => {
    const { projectId: id } = await makeProject(plane.owner);
    const sourceId = unique('ls');
    await plane.sql(
      `INSERT INTO lineage_sources (id, project_id, base_url, sealed_key) VALUES ($1, $2, 'https://x.example', '')`,
      [sourceId, id],
    );
    return sourceId;
  };

  /** Each list: where it is, how a row of it is made, and whether the newest come first. */
  const LISTS: Record<string, { path: () => string; add: () => Promise<unknown>; newest?: true }> = {
    models: { path: () => 'models', add: () => addModel(plane, unique('m')) },
    upstreams: { path: () => 'upstreams', add: () => call('POST', 'upstreams', { name: unique('up'), ...ACCOUNT }) },
    routes: {
      path: () => 'routes',
      add: async () => {
        const { id } = await call('POST', 'upstreams', { name: unique('up'), ...ACCOUNT });
        await call('POST', 'routes', { model: 'llama', upstream_id: id });
      },
    },
    limits: { path: () => 'limits', add: async () => call('PUT', 'limits', { ...(await scoped()), ...CAP }) },
    blocks: { path: () => 'blocks', add: async () => call('POST', 'blocks', await scoped()) },
    'branch defaults': {
      path: () => `branch-defaults?project_id=${projectId}`,
      add: () => call('PUT', 'branch-defaults', { project_id: projectId, pattern: unique('p'), ...CAP }),
    },
    'lineage sources': { path: () => 'lineage-sources', add: source },
    'management keys': {
      path: () => 'management-keys',
      add: () => call('POST', 'management-keys', { name: unique('key'), role: 'viewer' }),
      newest: true,
    },
    'the history of credit': {
      path: () => 'credits/history',
      add: () => plane.app.get(CreditsService).grant(plane.owner.organizationId, GRANT),
      newest: true,
    },
    prices: {
      path: () => 'models/gpt-5/prices',
      add: () => call('PATCH', 'models/gpt-5', { pricing: { input: (serial += 1), output: 0 } }),
      newest: true,
    },
    'price corrections': {
      path: () => 'models/gpt-5/price-corrections',
      add: () => {
        const from = new Date(Date.now() - 3_600_000).toISOString();
        return call('POST', 'models/gpt-5/price-corrections', { pricing: { input: 1, output: 0 }, from, note: 'late' });
      },
      newest: true,
    },
    'the audit log': {
      path: () => 'audit',
      add: () => call('POST', 'management-keys', { name: unique('key'), role: 'viewer' }),
      newest: true,
    },
  };
  const GRANT = { amount: 1_000_000_000n, note: null, expiresAt: null };
  const page = (path: string, query: string) => call('GET', `${path}${path.includes('?') ? '&' : '?'}${query}`);

  describe.each(Object.keys(LISTS))('%s', name => {
    const list = () => LISTS[name] as (typeof LISTS)[string];

    it('come page by page, each once, though others come meanwhile', async () => {
      for (let made = 0; made < 5; made += 1) await list().add();
      const before = rowsOf(await page(list().path(), 'limit=1000')).map(named);
      expect(before.length).toBeGreaterThanOrEqual(5);
      const seen: string[] = [];
      for (let cursor = '', pages = 0; ; pages += 1) {
        const body = await page(list().path(), `limit=2${cursor}`);
        expect(rowsOf(body).length).toBeLessThanOrEqual(2);
        seen.push(...rowsOf(body).map(named));
        if (body.pagination === undefined) break;
        cursor = `&cursor=${body.pagination.cursor}`;
        if (pages === 0) await list().add();
      }
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen.filter(id => before.includes(id))).toEqual(before);
      const rest = seen.length - before.length;
      expect([rest, rowsOf(await page(list().path(), 'limit=1000')).length]).toEqual([
        list().newest === true ? 0 : expect.any(Number),
        before.length + 1,
      ]);
    });

    it.each(['none', 'eyJ4IjoxfQ', 'aud_'])('400 for the cursor %j and for that of another list', async cursor => {
      const answer = await plane.owner.call<Answer>('GET', `/admin/${join(list().path(), `cursor=${cursor}`)}`);
      expect([answer.status, answer.body.error.param]).toEqual([400, 'cursor']);
      const other = name === 'models' ? 'upstreams' : 'models';
      for (let made = 0; made < 2; made += 1) await LISTS[other]?.add();
      const { pagination } = await call('GET', `${other}?limit=1`);
      const taken = await plane.owner.call<Answer>(
        'GET',
        `/admin/${join(list().path(), `cursor=${pagination?.cursor}`)}`,
      );
      expect([taken.status, taken.body.error.param]).toEqual([400, 'cursor']);
    });

    it.each(['limit=0', 'limit=1001', 'limit=x', 'colour=green'])('400 for %s', async query => {
      expect((await plane.owner.call('GET', `/admin/${join(list().path(), query)}`)).status).toBe(400);
    });
  });

  it('go on where they were though the row that ended a page is gone', async () => {
    const removable = ['upstreams', 'routes', 'limits', 'blocks', 'branch defaults', 'lineage sources'];
    for (const name of removable) {
      const { path, add } = LISTS[name] as (typeof LISTS)[string];
      for (let made = 0; made < 4; made += 1) await add();
      const all = rowsOf(await call('GET', path())).map(named);
      const first = await page(path(), 'limit=2');
      const [, last] = rowsOf(first).map(named);
      const [base] = path().split('?');
      expect((await plane.owner.call('DELETE', `/admin/${base}/${last}`)).status).toBe(204);
      const rest = rowsOf(await page(path(), `limit=1000&cursor=${first.pagination?.cursor}`)).map(named);
      expect([name, rest]).toEqual([name, all.slice(2)]);
    }
  });

  it('that were whole before they had pages still are for callers that ask for no page', async () => {
    const scope = await scoped();
    await plane.sql(
      `INSERT INTO limits (id, scope_type, scope_id, kind, model_id, value)
       SELECT 'lim_many_' || n, 'project', $1, 'tokens_per_minute', 'm' || n, 5 FROM generate_series(1, 300) n`,
      [scope.scope_id],
    );
    const { limits, pagination } = await call('GET', `limits?scope_id=${scope.scope_id}`);
    expect([(limits as Row[]).length, pagination]).toEqual([300, undefined]);
  });

  it('show rows that were written within the same millisecond once each', async () => {
    const ids = ['lim_same_b', 'lim_same_a', 'lim_same_c'];
    for (const id of ids) {
      await plane.sql(
        `INSERT INTO limits (id, scope_type, scope_id, kind, model_id, value, created_at)
         VALUES ($1, 'account', $2, 'tokens_per_minute', $1, 5, '2026-01-01T00:00:00Z')`,
        [id, plane.owner.organizationId],
      );
    }
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const body = await page('limits?scope_type=account', `limit=1${cursor}`);
      seen.push(...rowsOf(body).map(named));
      if (body.pagination === undefined) break;
      cursor = `&cursor=${body.pagination.cursor}`;
    }
    expect(seen).toEqual(ids.toSorted());
  });

  describe('of limits and blocks', () => {
    it('are one’s own organization’s, or project’s, alone, and full pages though others’ lie between', async () => {
      const mine: string[] = [];
      for (let made = 0; made < 3; made += 1) {
        await call('PUT', 'limits', { ...(await scoped(plane.stranger)), ...CAP }, plane.stranger);
        mine.push(named(await call('PUT', 'limits', { ...(await scoped()), kind: 'concurrent_requests', value: 1 })));
      }
      const body = await page('limits?kind=concurrent_requests', 'limit=2');
      expect(rowsOf(body).map(named)).toEqual(mine.slice(0, 2));
      const theirs = rowsOf(await call('GET', 'limits', undefined, plane.stranger)).map(named);
      expect(theirs.filter(id => mine.includes(id))).toEqual([]);

      const ofProject: OperatorClient = await plane.enter('viewer', projectId);
      const branch = (
        await plane.owner.call<{ branch: { id: string } }>('POST', `/api/v2/projects/${projectId}/branches`, {})
      ).body.branch.id;
      const token = await plane.owner.call<{ token_id: string }>(
        'POST',
        `/api/v2/projects/${projectId}/branches/${branch}/credentials`,
        { scopes: ['ai_gateway:invoke'], principal_type: 'user' },
      );
      const scopes = [
        { scope_type: 'project', scope_id: projectId },
        { scope_type: 'branch', scope_id: branch },
        { scope_type: 'credential', scope_id: token.body.token_id },
      ];
      const own = [];
      for (const scope of scopes) own.push(named(await call('PUT', 'limits', { ...scope, ...CAP })));
      const blocked = [];
      for (const scope of scopes) blocked.push(named(await call('POST', 'blocks', scope)));
      expect(rowsOf(await call('GET', 'limits', undefined, ofProject)).map(named)).toEqual(own);
      expect(rowsOf(await call('GET', 'blocks', undefined, ofProject)).map(named)).toEqual(blocked);
    });
  });

  describe('by their filters', () => {
    const ids = async (path: string) => rowsOf(await call('GET', path)).map(named);

    it('show limits of a scope, a kind and a model', async () => {
      const scope = await scoped();
      const one = named(await call('PUT', 'limits', { ...scope, ...CAP, model: 'gpt-5' }));
      const two = named(await call('PUT', 'limits', { ...scope, kind: 'tokens_per_minute', value: 1 }));
      const at = `limits?scope_type=project&scope_id=${scope.scope_id}`;
      expect(await ids(at)).toEqual([one, two]);
      expect(await ids(`${at}&kind=tokens_per_minute`)).toEqual([two]);
      expect(await ids(`${at}&model=gpt-5`)).toEqual([one]);
      expect((await plane.owner.call('GET', '/admin/limits?kind=none')).status).toBe(400);
    });

    it('show blocks that hold, that were lifted, and that were not', async () => {
      const scope = await scoped();
      const made = [];
      for (let block = 0; block < 3; block += 1) made.push(named(await call('POST', 'blocks', scope)));
      const [holding, lifted, over] = made;
      await plane.owner.call('DELETE', `/admin/blocks/${lifted}`);
      await plane.sql(`UPDATE blocks SET until = now() - interval '1 second' WHERE id = $1`, [over]);
      const at = `blocks?scope_type=project&scope_id=${scope.scope_id}`;
      expect(await ids(at)).toEqual([holding]);
      expect(await ids(`${at}&lifted=true`)).toEqual([lifted]);
      expect(await ids(`${at}&lifted=false`)).toEqual([holding, over]);
    });

    it('show upstreams by a part of the name, or by a model that they serve', async () => {
      const name = unique('Filter_me');
      const { id } = await call('POST', 'upstreams', { name, ...ACCOUNT, routes: [{ model: 'gpt-5' }] });
      expect(await ids('upstreams?search=filter_ME')).toEqual([id]);
      expect(await ids('upstreams?search=filter%25me')).toEqual([]);
      expect(await ids('upstreams?model=gpt-5')).toEqual([id]);
      expect(await ids('upstreams?model=none')).toEqual([]);
    });

    it('show defaults by pattern, kind and model', async () => {
      const { projectId: project_id } = await makeProject(plane.owner);
      const one = named(await call('PUT', 'branch-defaults', { project_id, pattern: 'a*', ...CAP }));
      const two = named(await call('PUT', 'branch-defaults', { project_id, pattern: 'b*', ...CAP, model: 'gpt-5' }));
      const at = `branch-defaults?project_id=${project_id}`;
      expect(await ids(`${at}&pattern=${encodeURIComponent('a*')}`)).toEqual([one]);
      expect(await ids(`${at}&model=gpt-5`)).toEqual([two]);
      expect(await ids(`${at}&kind=requests_per_minute`)).toEqual([one, two]);
      expect(await ids(`${at}&kind=spend_total`)).toEqual([]);
    });

    it('show keys by role, project, and whether they were revoked', async () => {
      const { projectId: project_id } = await makeProject(plane.owner);
      const one = named(await call('POST', 'management-keys', { name: 'x', role: 'editor', project_id }));
      const two = named(await call('POST', 'management-keys', { name: 'x', role: 'viewer', project_id }));
      await plane.owner.call('DELETE', `/admin/management-keys/${two}`);
      const at = `management-keys?project_id=${project_id}`;
      expect(await ids(at)).toEqual([two, one]);
      expect(await ids(`${at}&role=editor`)).toEqual([one]);
      expect(await ids(`${at}&revoked=true`)).toEqual([two]);
      expect(await ids(`${at}&revoked=false`)).toEqual([one]);
      const bound = await plane.enter('viewer', projectId);
      expect(rowsOf(await call('GET', at, undefined, bound))).toEqual([]);
    });

    it('show lineage sources by project and state', async () => {
      // Nobody answers at the addresses of the others: those that were asked meanwhile are failing, too.
      const [id, later] = [await source(), await source()];
      await plane.sql('UPDATE lineage_sources SET failures = 3 WHERE id = $1', [id]);
      await plane.sql(
        "UPDATE lineage_sources SET failures = 0, next_sync_at = now() + interval '1 hour' WHERE id = $1",
        [later],
      );
      const [failing, current] = [
        await ids('lineage-sources?state=failing'),
        await ids('lineage-sources?state=current'),
      ];
      expect([failing.includes(id), failing.includes(later)]).toEqual([true, false]);
      expect([current.includes(id), current.includes(later)]).toEqual([false, true]);
      const [row] = await plane.sql<{ project_id: string }>('SELECT project_id FROM lineage_sources WHERE id = $1', [
        id,
      ]);
      expect(await ids(`lineage-sources?project_id=${row?.project_id}`)).toEqual([id]);
    });

    it('show the history of credit by kind and grant', async () => {
      const { id } = await plane.app.get(CreditsService).grant(plane.owner.organizationId, GRANT);
      const history = await call('GET', `credits/history?kind=grant&grant_id=${id}`);
      expect(rowsOf(history)).toEqual([expect.objectContaining({ kind: 'grant', grant_id: id })]);
      expect(rowsOf(await call('GET', `credits/history?kind=expiry`))).toEqual([]);
    });
  });
});

function join(path: string, query: string): string {
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}
