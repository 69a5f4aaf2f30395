/** What a database cannot hold is refused before it is asked: times and texts, on every route of the control plane. */
import { Log } from '../../src/platform/logging.js';
import { describeRoutes } from '../../src/management/control-plane/openapi/openapi.js';
import { askRaw } from '../support/dialect-calls.js';
import { type Route, listRoutes, reachable } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type Manage, requestFor } from '../support/requests.js';
import { Statements } from '../support/statements.js';

const TIMES = ['from', 'to', 'until', 'expires_at', 'parent_timestamp', 'source_timestamp', 'timestamp'];
const AWFUL_TIMES = [
  ...['0000-01-01', '0001-01-01T00:00:00Z', '0000-01-01T00:00:00+23:59', '1969-12-31', '1969-12-31T23:59:59.999Z'],
  ...['-000001-01-01T00:00:00Z', '-271821-04-20T00:00:00Z', '+275760-09-13T00:00:00Z', '294277-01-01', '10000-01-01'],
  ...['9999-12-31T23:59:59-23:59', '9999-12-31T24:00:00Z', '1970-01-01T00:00:00+00:01', '2026-01-01 BC'],
  ...['2026-02-30', '2026-02-29T00:00:00Z', '2026-13-01', '2026-00-10', '2026-01-00', '2026-1-1', '26-01-01'],
  ...['2026-01-01T25:00:00Z', '2026-01-01T23:60:00Z', '2026-01-01T23:59:60Z', '2026-01-01T00:00:00+24:00'],
  ...['2026-01-01T00:00:00', '2026-01-01 00:00:00Z', '2026-01-01T00:00:00z', '2026-01-01T00:00:00[UTC]'],
  ...['now', 'infinity', '-infinity', 'epoch', 'today', 'NaN', '1e3', '1700000000', '', ' ', '２０２６-01-01'],
  ...['2026-01-01T00:00:00.1234567890Z', '2026-01-01\n', ' 2026-01-01', "2026-01-01' OR '1'='1"],
];
const AWFUL_TEXTS = ['a\u0000b', '\u0000', 'a\ud800b', '\udc00', '\ud83d'];
/** As they stand in an address. */
const AWFUL_ESCAPES = ['%00', 'a%00b', '%ff', '%C0%AF', '%ED%A0%80', '%zz', '%', 'a%2'];

describe('what cannot be stored', () => {
  let gateway: TestGateway;
  let routes: Route[];
  let projectId: string;
  let statements: Statements;
  const failures: unknown[] = [];
  beforeAll(async () => {
    const log = Log.create('silent');
    for (const level of ['warn', 'error'] as const) {
      jest.spyOn(log, level).mockImplementation((...told: unknown[]) => void failures.push(told));
    }
    gateway = await startTestGateway({}, log);
    routes = listRoutes(gateway.bough.app).filter(
      ({ path, audience }) => audience !== 'public' && audience !== 'inference' && !path.endsWith('*path'),
    );
    const { body } = await gateway.manage<{ project: { id: string } }>('POST', '/api/v2/projects', {});
    projectId = body.project.id;
    statements = new Statements();
  });
  afterEach(() => expect(failures).toEqual([]));
  afterAll(async () => {
    statements.stop();
    await gateway.stop();
  });

  const manage: Manage = (method, path, body) => gateway.manage(method, path, body);
  const ask = async (method: string, path: string, body?: string) => {
    const headers = { authorization: `Bearer ${gateway.managementKey}`, 'content-type': 'application/json' };
    const { status, text } = await askRaw(gateway.port, { method, path, headers, body });
    const answer = (text.startsWith('{') ? JSON.parse(text) : {}) as { message?: string; error?: { message: string } };
    return { status, message: answer.error?.message ?? answer.message ?? '' };
  };
  /** A body with something in the place of each of its texts in turn, or added to each of its objects. */
  const variants = (body: unknown, change: (at: Record<string, unknown>, key: string | null) => void): string[] => {
    const found: string[] = [];
    const visit = (path: readonly string[], node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const key of [null, ...Object.keys(node)]) {
        const copy = structuredClone(body) as Record<string, unknown>;
        const at = path.reduce<Record<string, unknown>>((level, part) => level[part] as Record<string, unknown>, copy);
        const before = JSON.stringify(copy);
        change(at, key);
        const after = JSON.stringify(copy);
        if (after !== before) found.push(after);
      }
      for (const [key, item] of Object.entries(node)) visit([...path, key], item);
    };
    visit([], body);
    return found;
  };

  it('is a time, in a body: 400 names the field', async () => {
    let named = 0;
    for (const route of routes.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))) {
      const { path, body = {} } = await requestFor(route, manage, projectId);
      for (const name of TIMES) {
        const placed = (time: string) =>
          variants(body, (at, key) => {
            if (key === null && !Array.isArray(at)) at[name] = time;
          });
        // Where it is no field at all, the first one tells.
        for (const [place, first] of placed('').entries()) {
          const { message } = await ask(route.method, path, first);
          expect([route.path, first, message]).toEqual([route.path, first, expect.stringContaining(name)]);
          if (!/must be a (time|day)/.test(message)) continue;
          for (const time of AWFUL_TIMES) {
            const sent = placed(time)[place] ?? '';
            const answer = await ask(route.method, path, sent);
            const wanted = expect.stringMatching(`${name} must be a (time|day)`);
            expect([route.path, sent, answer.status, answer.message]).toEqual([route.path, sent, 400, wanted]);
            named += 1;
          }
        }
      }
    }
    expect(named).toBeGreaterThan(5 * AWFUL_TIMES.length);
  }, 120_000);

  it('is a time, in a query: 400 names the parameter', async () => {
    let named = 0;
    for (const route of routes.filter(({ method, path }) => method === 'GET' && !path.endsWith('/live'))) {
      const { path } = await requestFor(route, manage, projectId);
      for (const format of ['', '&format=csv']) {
        for (const name of TIMES) {
          for (const time of AWFUL_TIMES) {
            const query = `${path.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(time)}${format}`;
            const { status, message } = await ask('GET', path + query);
            expect([path, query, status < 500 && (status !== 400 || message !== '')]).toEqual([path, query, true]);
            if (status !== 400 || !message.includes('must be a day')) break;
            expect(message).toContain(name);
            named += 1;
          }
        }
      }
    }
    expect(named).toBe(4 * 2 * 2 * AWFUL_TIMES.length);
  }, 120_000);

  it('is none of the first and the last moment that a request may name', async () => {
    for (const [path, from, to] of [
      ['/admin/usage', '1970-01-01', '9999-12-31'],
      ['/admin/usage', '1970-01-01T00:00:00Z', '9999-12-31T23:00:00Z'],
      ['/admin/audit', '1970-01-01T00:00:00-12:00', '9999-12-31T23:59:59.999Z'],
    ] as const) {
      const query = new URLSearchParams({ from, to }).toString();
      expect([path, query, (await ask('GET', `${path}?${query}`)).status]).toEqual([path, query, 200]);
    }
  });

  it('is a text, wherever a body holds one: 400, and never 500', async () => {
    let tried = 0;
    for (const route of routes.filter(({ method }) => ['POST', 'PUT', 'PATCH'].includes(method))) {
      const { path, body = {} } = await requestFor(route, manage, projectId);
      for (const text of AWFUL_TEXTS) {
        const bodies = variants(body, (at, key) => {
          if (key !== null && typeof at[key] === 'string') at[key] = text;
        });
        for (const sent of [...bodies, JSON.stringify({ [text]: text })]) {
          const { status } = await ask(route.method, path, sent);
          expect([route.method, route.path, sent, status]).toEqual([route.method, route.path, sent, 400]);
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThan(300);
  }, 120_000);

  it('is a text, in any parameter of a query: 400', async () => {
    let tried = 0;
    const names = new Set<string>();
    for (const operations of Object.values(describeRoutes(gateway.bough.app).paths)) {
      for (const parameter of operations.get?.parameters ?? []) {
        if ('in' in parameter && parameter.in === 'query') names.add(parameter.name);
      }
    }
    expect(names.size).toBeGreaterThan(20);
    for (const route of routes.filter(({ method, path }) => method === 'GET' && !path.endsWith('/live'))) {
      const { path } = await requestFor(route, manage, projectId);
      for (const name of names) {
        const escaped = AWFUL_ESCAPES[tried % AWFUL_ESCAPES.length];
        const query = `${path.includes('?') ? '&' : '?'}${name}=${escaped}`;
        const { status, message } = await ask('GET', path + query);
        expect([path, query, status, message]).toEqual([path, query, 400, expect.stringContaining(name)]);
        tried += 1;
      }
    }
  }, 120_000);

  it('is a text, in any path: 404, and the database hears nothing of it', async () => {
    for (const route of routes.filter(({ path }) => path.includes(':'))) {
      for (const escaped of AWFUL_ESCAPES) {
        const path = reachable(route.path).replace(/\/x(\/|$)/, `/${escaped}$1`);
        statements.forget();
        const { status } = await ask(route.method, path, route.method === 'GET' ? undefined : '{}');
        const heard = statements.seen().filter(({ text }) => /audit_entries|management_keys/.test(text));
        expect([route.method, path, status, heard]).toEqual([route.method, path, 404, []]);
      }
    }
  });

  it('is a cursor of it: 400', async () => {
    const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    for (const cursor of [
      cursorOf('name', 'asc', 'a\u0000b', 'x'),
      cursorOf('created_at', 'desc', '+275760-09-13T00:00:00.000Z', 'x'),
      cursorOf('created_at', 'desc', '2026-01-01T00:00:00Z', '\u0000'),
      cursorOf('limits', '0000-01-01T00:00:00Z', 'x'),
      cursorOf('limits', '2026-01-01T00:00:00Z', '\ud800'),
    ]) {
      for (const path of [
        `/api/v2/projects/${projectId}/branches?sort_by=name&sort_order=asc&`,
        `/api/v2/projects/${projectId}/branches?`,
        ...['/api/v2/projects?', '/admin/limits?', '/admin/audit?', '/admin/models?', '/admin/credits/history?'],
      ]) {
        const { status } = await ask('GET', `${path}cursor=${cursor}`);
        expect([path, cursor, status]).toEqual([path, cursor, 400]);
      }
    }
  });
});
