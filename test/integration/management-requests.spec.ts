/** What became of single requests: asked for by their ids, and as a list, over real providers on sockets. */
import { answerChat, answerStream, chatStream, FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const MODEL = 'gpt-5-4';

interface Shown {
  request_id: string;
  status: string;
  code: string | null;
  attempts: object[];
  timings: Record<string, number>;
  limits: Record<string, string>;
  cost_nano_usd: string;
  cost_lines: { class: string; cost_nano_usd: string }[] | null;
  branch_path: { name: string }[];
  repeats: number;
}
interface Listed {
  requests: Shown[];
  pagination?: { cursor: string };
}

describe('requests under /admin', () => {
  let gateway: TestGateway;
  let first: FakeProvider;
  let second: FakeProvider;

  beforeAll(async () => {
    [first, second] = await Promise.all([FakeProvider.start(), FakeProvider.start()]);
    first.script = (_, response) => {
      response.writeHead(503, { 'content-type': 'application/json' });
      response.end('{"error":{"message":"busy"}}');
    };
    gateway = await startTestGateway();
    for (const [name, provider, priority] of [
      ['first', first, 1],
      ['second', second, 2],
    ] as const) {
      await gateway.manage('POST', '/admin/upstreams', {
        ...{ name, kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: 'sk-fake' },
        routes: [{ model: MODEL, priority }],
      });
    }
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([first?.stop(), second?.stop()]);
  });

  const question = { model: MODEL, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] };
  const idOf = (response: Response) => response.headers.get('x-request-id') ?? '';

  /** Asks, and reads the answer to its end. */
  async function ask(body: object = question, headers: Record<string, string> = {}): Promise<string> {
    const response = await gateway.chat(body, headers);
    await response.text();
    return idOf(response);
  }

  /** What is told of a request, once the ledger has it: within a second. */
  async function shown(id: string): Promise<Shown> {
    for (let tries = 0; ; tries += 1) {
      const { status, body } = await gateway.manage<Shown>('GET', `/admin/requests/${id}`);
      if (status === 200) return body;
      if (tries === 100) throw new Error(`${id} is not there`);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
  const list = async (query: string) => (await gateway.manage<Listed>('GET', `/admin/requests?${query}`)).body;

  describe('GET /admin/requests/{request_id}', () => {
    it('200 tells every attempt, the times, the cost line by line and how the limits stood', async () => {
      second.script = answerChat();
      const body = await shown(await ask());
      expect(body).toMatchObject({
        ...{ status: 'completed', http_status: 200, code: null, who_must_act: null, message: null },
        ...{ asked_model: MODEL, model: MODEL, dialect: 'chat_completions', stream: false },
        ...{ upstream: 'second', estimated: false, unpriced: false, losses: [], repeats: 0, adjustments_nano_usd: '0' },
        attempts: [
          { upstream: 'first', verdict: 'next_target', status: 503, code: 'upstream_overloaded' },
          { upstream: 'second', verdict: 'answered', status: 200 },
        ],
      });
      const {
        admitted_ms: admitted = -1,
        sent_ms: sent = -1,
        first_byte_ms: byte = -1,
        duration_ms: all,
      } = body.timings;
      expect([admitted >= 0, sent >= admitted, byte >= Math.floor(sent), (all ?? -1) >= byte]).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect(body.branch_path).toMatchObject([{ name: 'main' }]);
      expect(Object.keys(body.limits)).toContain('x-ratelimit-remaining-requests');
      const sum = (body.cost_lines ?? []).reduce((total, line) => total + Number(line.cost_nano_usd), 0);
      expect([Math.ceil(sum), sum > 0]).toEqual([Number(body.cost_nano_usd), true]);
    });

    it('200 tells the cost that the answer’s header said', async () => {
      second.script = answerChat();
      const response = await gateway.chat(question);
      await response.text();
      const { cost_usd: cost } = (await shown(idOf(response))) as Shown & { cost_usd: string };
      expect([response.headers.get('x-bough-cost-usd'), Number(cost) > 0]).toEqual([cost, true]);
    });

    it('200 tells whose fault it was where nobody answered', async () => {
      second.script = first.script;
      const body = await shown(await ask());
      expect(body).toMatchObject({
        ...{ status: 'upstream_error', http_status: 502, code: 'upstream_overloaded', who_must_act: 'upstream' },
        attempts: [{ verdict: 'next_target' }, { verdict: 'gave_up', status: 503 }],
      });
    });

    it.each([
      ['a body that is no JSON', '{', 400, 'invalid_json'],
      ['a model that is not there', JSON.stringify({ ...question, model: 'gpt-5-44' }), 400, 'invalid_model'],
    ])('200 tells of %s, which nobody was asked', async (_, body, status, code) => {
      const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gateway.token}`, 'content-type': 'application/json' },
        body,
      });
      const { error } = (await response.json()) as { error: { message: string } };
      expect(await shown(idOf(response))).toMatchObject({
        ...{ status: 'refused', http_status: status, code, who_must_act: 'caller', message: error.message },
        ...{
          attempts: [],
          upstream: null,
          cost_nano_usd: '0',
          project: gateway.projectId,
          branch: gateway.mainBranchId,
        },
      });
    });

    it('200 shows a request without a credential to those who run the installation', async () => {
      const id = await ask(question, { authorization: 'Bearer nt_ai_0000000000000000000000000000000000000000' });
      expect(await shown(id)).toMatchObject({
        ...{ status: 'refused', http_status: 401, code: 'invalid_credential', credential: null, branch_path: [] },
      });
    });

    it('404 for one that nobody knows, and for one of another organization', async () => {
      const { status } = await gateway.manage('GET', '/admin/requests/req_000000000000000000000000');
      expect(status).toBe(404);
      second.script = answerChat();
      const id = await ask();
      await shown(id);
      await gateway.sql('ALTER TABLE usage_records DISABLE TRIGGER USER');
      await gateway.sql('UPDATE usage_records SET organization_id = $1 WHERE request_id = $2', ['org-else', id]);
      expect((await gateway.manage('GET', `/admin/requests/${id}`)).status).toBe(404);
    });

    it('asks one index of each day that is kept, and none for all rows', async () => {
      await gateway.sql('SELECT bough_add_ledger_day(CURRENT_DATE - n) FROM generate_series(1, 29) AS n');
      const plan = await gateway.sql<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT * FROM usage_records WHERE request_id = 'req_1' AND day >= CURRENT_DATE - 30`,
      );
      const text = plan.map(row => row['QUERY PLAN']).join('\n');
      expect(text).not.toContain('Seq Scan');
      expect(text.match(/Index Scan (?:using|on) usage_records_\d+_pkey/g) ?? [text]).toHaveLength(31);
    });
  });

  describe('GET /admin/requests', () => {
    it('200 lists them, newest first, page by page, by what they are', async () => {
      second.script = answerChat();
      const ids: string[] = [];
      for (const body of [question, question, { ...question, stream: true }]) {
        if ('stream' in body) second.script = answerStream([chatStream(['Hi'])]);
        ids.push(await ask(body));
        // Those of one millisecond are in no order.
        await new Promise(resolve => setTimeout(resolve, 3));
      }
      for (const id of ids) await shown(id);
      const page = await list('limit=2&status=completed');
      expect(page.requests.map(({ request_id: id }) => id)).toEqual([ids[2], ids[1]]);
      const next = await list(`limit=2&status=completed&cursor=${page.pagination?.cursor}`);
      expect(next.requests[0]?.request_id).toBe(ids[0]);
      const found = async (query: string) => (await list(query)).requests.map(({ request_id: id }) => id);
      expect(await found('stream=true')).toEqual([ids[2]]);
      expect((await found('code=invalid_json')).length).toBe(1);
      expect((await found(`status=refused&branch=${gateway.mainBranchId}&descendants=true`)).length).toBe(2);
      expect(await found('branch=br-else')).toEqual([]);
      expect(await found('upstream=second&http_status=502')).toHaveLength(1);
      expect(await found('slower_than_ms=3600000')).toEqual([]);
      expect(await found('dearer_than_nano_usd=999999999999')).toEqual([]);
      expect((await found('dearer_than_nano_usd=0')).length).toBeGreaterThanOrEqual(3);
      expect(await found('from=2020-01-01&to=2020-01-02')).toEqual([]);
    });

    it.each([
      ['cursor', 'cursor=x'],
      ['to', 'from=2026-01-02&to=2026-01-01'],
      ['descendants', 'descendants=true'],
      ['status', 'status=done'],
      ['limit', 'limit=1001'],
    ])('400 names a %s that is none', async (field, query) => {
      const { status, body } = await gateway.manage('GET', `/admin/requests?${query}`);
      expect([status, JSON.stringify(body).includes(field)]).toEqual([400, true]);
    });

    it('200 reads a page in the order of an index', async () => {
      // Without rows a sort is nothing: it is made dear, so that it is chosen only where no index has the order.
      await gateway.sql('SET enable_sort = off');
      const plan = await gateway.sql<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT * FROM usage_records WHERE organization_id = 'o' AND day >= CURRENT_DATE - 1
         AND occurred_at >= now() - interval '1 day' ORDER BY occurred_at DESC, request_id DESC LIMIT 101`,
      );
      await gateway.sql('RESET enable_sort');
      expect(plan.map(row => row['QUERY PLAN']).join('\n')).not.toMatch(/-> +Sort /);
    });
  });

  describe('GET /admin/requests/outcomes', () => {
    interface Outcomes {
      outcomes: (Record<string, unknown> & { requests: number; duration_ms: { p50: number; p99: number } | null })[];
      group_by: string[];
    }
    const outcomes = async (query = '') =>
      (await gateway.manage<Outcomes>('GET', `/admin/requests/outcomes?${query}`)).body;

    it('200 counts every request by how it ended, and says how long those took that somebody was asked', async () => {
      const [sum] = (await outcomes()).outcomes;
      const parts = ['succeeded', 'caller_errors', 'gateway_errors', 'upstream_errors'].map(name =>
        Number(sum?.[name]),
      );
      expect(parts.reduce((all, part) => all + part, 0)).toBe(sum?.requests);
      expect([parts[0] ?? 0, parts[1] ?? 0, parts[3] ?? 0].every(count => count > 0)).toBe(true);
      expect(sum?.duration_ms?.p50).toBeLessThanOrEqual(sum?.duration_ms?.p99 ?? -1);
    });

    it('200 groups by what there is', async () => {
      const { outcomes: rows, group_by: groups } = await outcomes('group_by=code,upstream,day');
      expect(groups).toEqual(['day', 'upstream', 'code']);
      expect(rows).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ code: 'ok', upstream: 'second', caller_errors: 0, upstream_errors: 0 }),
          expect.objectContaining({
            code: 'invalid_json',
            upstream: '',
            requests: 1,
            caller_errors: 1,
            duration_ms: null,
          }),
        ]),
      );
    });

    it('200 takes the filters', async () => {
      const requests = async (query: string) => (await outcomes(query)).outcomes[0]?.requests;
      expect(await requests('code=invalid_json')).toBe(1);
      expect(await requests('branch=br-else')).toBe(0);
      expect(
        await requests(`branch=${gateway.mainBranchId}&descendants=true&upstream=second&model=${MODEL}`),
      ).toBeGreaterThan(3);
      expect(await requests('from=2020-01-01&to=2020-01-02')).toBe(0);
    });

    it.each([
      ['from', 'from=2026-01-01T00:30:00Z'],
      ['to', 'from=2026-01-01&to=2026-01-01'],
      ['group_by', 'group_by=colour'],
      ['descendants', 'descendants=true'],
    ])('400 names a %s that is none', async (field, query) => {
      const { status, body } = await gateway.manage('GET', `/admin/requests/outcomes?${query}`);
      expect([status, JSON.stringify(body).includes(field)]).toEqual([400, true]);
    });
  });

  describe('POST /api/v2/projects/{project_id}/branches/{branch_id}/logs/query', () => {
    const path = () => `/api/v2/projects/${gateway.projectId}/branches/${gateway.mainBranchId}/logs/query`;

    it.each([
      ['conflicting_time_range', { since: '1h', start_time: '2026-01-01T00:00:00Z' }],
      ['invalid_time_range', { start_time: '2026-01-02T00:00:00Z', end_time: '2026-01-01T00:00:00Z' }],
      ['time_range_too_large', { since: '8d' }],
      ['invalid_cursor', { cursor: 'x' }],
      ['invalid_logql', { logql: '{a="b"}' }],
      [undefined, { since: 'an hour' }],
      [undefined, { limit: 1_001 }],
    ])('400 with the reason %s for %j', async (reason, query) => {
      const { status, body } = await gateway.manage<{ reason?: string }>('POST', path(), query);
      expect([status, body.reason]).toEqual([400, reason]);
    });

    it('is no change, and not in the audit log', async () => {
      await gateway.manage('POST', path(), {});
      const { body } = await gateway.manage<{ entries: { action: string }[] }>('GET', '/admin/audit');
      expect(body.entries.filter(({ action }) => action.includes('logs'))).toEqual([]);
    });

    it('404 for a branch that is not there, or not of the project', async () => {
      const none = path().replace(gateway.mainBranchId, 'br-none');
      const { status, body } = await gateway.manage<{ reason?: string }>('POST', none, {});
      expect([status, body.reason]).toEqual([404, 'branch_not_found']);
    });

    it('200 has nothing where a filter asks for what no request is', async () => {
      for (const query of [
        { trace_id: 'a' },
        { service_name: 'x' },
        { scope_name: 'x' },
        { minimum_severity: 'fatal' },
      ])
        expect((await gateway.manage('POST', path(), query)).body).toEqual({ logs: [], is_truncated: false });
    });

    it('200 goes on page by page, oldest first as well', async () => {
      interface Page {
        logs: { attributes: { request_id: string } }[];
        next_cursor?: string;
      }
      const ids: string[] = [];
      for (let cursor: string | undefined; ;) {
        const { body } = await gateway.manage<Page>('POST', path(), {
          limit: 2,
          sort_order: 'asc',
          ...(cursor && { cursor }),
        });
        ids.push(...body.logs.map(({ attributes }) => attributes.request_id));
        cursor = body.next_cursor;
        if (cursor === undefined) break;
      }
      const all = await gateway.manage<Page>('POST', path(), { limit: 1_000 });
      expect(ids.toReversed()).toEqual(all.body.logs.map(({ attributes }) => attributes.request_id));
      expect(ids.length).toBeGreaterThan(4);
    });
  });

  describe('a flood of refused requests', () => {
    it('is counted to the last one, in few records', async () => {
      const before = await outcomes();
      await Promise.all(Array.from({ length: 300 }, () => ask({ ...question, model: 'none-at-all' })));
      for (let tries = 0; (await outcomes()) < before + 300 && tries < 100; tries += 1)
        await new Promise(resolve => setTimeout(resolve, 50));
      expect(await outcomes()).toBe(before + 300);
      const [{ count } = { count: '0' }] = await gateway.sql<{ count: string }>(
        `SELECT count(*) FROM usage_records WHERE code = 'invalid_model'`,
      );
      expect(Number(count)).toBeLessThan(60);
    });

    it('is no usage', async () => {
      const { body } = await gateway.manage<{ usage: { requests: number }[] }>('GET', '/admin/usage');
      const [{ count } = { count: '0' }] = await gateway.sql<{ count: string }>(
        `SELECT count(*) FROM usage_records WHERE status <> 'refused' AND organization_id <> 'org-else'`,
      );
      // One record was given away above, behind the back of the sums.
      expect(body.usage[0]?.requests).toBe(Number(count) + 1);
    });

    async function outcomes(): Promise<number> {
      const [row] = await gateway.sql<{ sum: string | null }>(
        `SELECT sum(requests) FROM request_outcomes_hourly WHERE code = 'invalid_model'`,
      );
      return Number(row?.sum ?? 0);
    }
  });
});
