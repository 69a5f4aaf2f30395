/** What every route has in common when it is asked wrongly: the routes are read out of the program. */
import { askRaw } from '../support/dialect-calls.js';
import { type Route, listRoutes, reachable } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
/** Files and not routes. */
const PAGES = /^\/docs(\/|-yaml$)/;
const EVIL = 'https://evil.example';

describe('every route', () => {
  let gateway: TestGateway;
  let routes: Route[];
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_OPENAI_MODEL_LIST: 'true', BOUGH_KEEP_ALIVE_COMMENT_MS: '10' });
    routes = listRoutes(gateway.bough.app);
  });
  afterAll(() => gateway.stop());

  const bearer = () => ({ authorization: `Bearer ${gateway.token}` });
  const paths = (choose: (route: Route) => boolean) => [...new Set(routes.filter(choose).map(({ path }) => path))];

  it('gives a foreign page no permission to ask, and shows it nothing before', async () => {
    for (const path of paths(() => true)) {
      const preflight = { origin: EVIL, 'access-control-request-method': 'POST', ...bearer() };
      const reply = await askRaw(gateway.port, { method: 'OPTIONS', path: reachable(path), headers: preflight });
      expect([path, [204, 404, 405].includes(reply.status)]).toEqual([path, true]);
      expect(Object.keys(reply.headers).filter(name => name.startsWith('access-control-'))).toEqual([]);
      expect(reply.text).not.toMatch(/br-|org-|napi_|nt_live_/);
    }
  });

  it('permits no foreign page to read what it answers', async () => {
    const asked = routes.filter(({ method, path }) => method === 'GET' && !path.endsWith('/live'));
    for (const { path, audience } of asked) {
      const key = audience === 'inference' ? gateway.token : gateway.managementKey;
      const headers = { origin: EVIL, authorization: `Bearer ${key}` };
      const reply = await askRaw(gateway.port, { path: reachable(path), headers });
      expect(Object.keys(reply.headers).filter(name => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('that was renamed says so under its former path', async () => {
    const headers = { authorization: `Bearer ${gateway.managementKey}` };
    const path = '/admin/secrets/reseal';
    const reply = await askRaw(gateway.port, { method: 'POST', path: `${path}?x=1`, headers, body: '{}' });
    expect([reply.status, reply.text]).toEqual([
      404,
      expect.stringContaining(`${path} is called /admin/secrets/rewrap now`),
    ]);
  });

  it('asked by a method that it has not is 405, says which it has, and answers in the form of its plane', async () => {
    const asked = paths(({ path }) => !path.endsWith('*path') && !PAGES.test(path));
    expect(asked.length).toBeGreaterThan(80);
    let tried = 0;
    for (const path of asked) {
      const target = reachable(path);
      const known = routes.filter(route => !route.path.endsWith('*path') && matches(route.path, target));
      const has = new Set(known.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])));
      const key = known.some(({ audience }) => audience === 'inference') ? gateway.token : gateway.managementKey;
      for (const method of METHODS.filter(each => !has.has(each))) {
        const reply = await askRaw(gateway.port, {
          ...{ method, path: target, headers: { authorization: `Bearer ${key}` } },
          ...(method === 'GET' ? {} : { body: '{}' }),
        });
        // The published API has it, and it is not here.
        if (reply.status === 404 && reply.text.includes('NOT_SUPPORTED')) continue;
        const told = [method, path, reply.text];
        expect([...told, reply.status, reply.headers['allow']]).toEqual([...told, 405, [...has].sort().join(', ')]);
        expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(JSON.parse(reply.text)).toEqual(formOf(path, reply.status));
        tried += 1;
      }
    }
    expect(tried).toBeGreaterThan(200);
  });

  it('that there is none of is 404, in the form of the dialect whose prefix it has', async () => {
    const prefixes = ['/v1', '/openai/v1', '/anthropic/v1', '/gemini/v1beta', '/ai-gateway/anthropic', '/nothing'];
    for (const path of prefixes.map(prefix => `${prefix}/no-such-route`)) {
      const reply = await askRaw(gateway.port, { path, headers: bearer() });
      expect([path, reply.status, JSON.parse(reply.text)]).toEqual([path, 404, formOf(path, 404)]);
    }
  });

  it('of Gemini is there in both of its versions, below every prefix', () => {
    const gemini = paths(({ path }) => path.includes('gemini/'));
    const stable = gemini.filter(path => path.includes('/v1/models'));
    const beta = gemini.filter(path => path.includes('/v1beta/models'));
    expect(stable.length).toBeGreaterThan(8);
    expect(beta.map(path => path.replace('/v1beta/', '/v1/'))).toEqual(stable);
  });
});

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}

function formOf(path: string, status: number): object {
  const message = expect.stringMatching(/./);
  if (/^\/(ai-gateway\/)?anthropic(\/|$)/.test(path)) {
    return {
      type: 'error',
      error: expect.objectContaining({ type: expect.any(String), message }),
      request_id: expect.any(String),
    };
  }
  if (/^\/(v1\/|ai-gateway\/)?gemini(\/|$)/.test(path)) {
    return { error: expect.objectContaining({ code: status, status: expect.any(String), message }) };
  }
  if (path.startsWith('/api/v2/')) return { request_id: expect.any(String), code: 'METHOD_NOT_ALLOWED', message };
  return { error: { message, type: expect.any(String), param: null, code: expect.any(String) } };
}
