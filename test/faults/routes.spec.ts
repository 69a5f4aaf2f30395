/** What every route has in common when it is asked wrongly: the routes are read out of the program. */
import { askRaw } from '../support/dialect-calls.js';
import { type Door, listDoors, reachable } from '../support/doors.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const EVIL = 'https://evil.example';

describe('every route', () => {
  let gateway: TestGateway;
  let doors: Door[];
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_OPENAI_MODEL_LIST: 'true', BOUGH_KEEP_ALIVE_COMMENT_MS: '10' });
    doors = listDoors(gateway.bough.app);
  });
  afterAll(() => gateway.stop());

  const bearer = () => ({ authorization: `Bearer ${gateway.token}` });
  const paths = (choose: (door: Door) => boolean) => [...new Set(doors.filter(choose).map(({ path }) => path))];

  it('gives a foreign page no permission to ask, and shows it nothing before', async () => {
    for (const path of paths(() => true)) {
      const preflight = { origin: EVIL, 'access-control-request-method': 'POST', ...bearer() };
      const reply = await askRaw(gateway.port, { method: 'OPTIONS', path: reachable(path), headers: preflight });
      expect([path, [204, 404].includes(reply.status)]).toEqual([path, true]);
      expect(Object.keys(reply.headers).filter(name => name.startsWith('access-control-'))).toEqual([]);
      expect(reply.text).not.toMatch(/br-|org-|napi_|nt_live_/);
    }
  });

  it('permits no foreign page to read what it answers', async () => {
    const asked = doors.filter(({ method, path }) => method === 'GET' && !path.endsWith('/live'));
    for (const { path, audience } of asked) {
      const key = audience === 'inference' ? gateway.token : gateway.managementKey;
      const headers = { origin: EVIL, authorization: `Bearer ${key}` };
      const reply = await askRaw(gateway.port, { path: reachable(path), headers });
      expect(Object.keys(reply.headers).filter(name => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('asked by a method that it has not is 404 or 405, in the form of its dialect', async () => {
    const asked = paths(({ audience }) => audience === 'inference');
    expect(asked.length).toBeGreaterThan(25);
    for (const path of asked) {
      const known = doors.filter(door => door.path === path).map(({ method }) => method);
      // The next segment of some lists is an id, which answers by itself.
      const others = METHODS.filter(method => !known.includes(method) && !(method === 'GET' && alsoList(path)));
      for (const method of others) {
        const reply = await askRaw(gateway.port, {
          ...{ method, path: reachable(path), headers: bearer() },
          ...(method === 'GET' ? {} : { body: '{}' }),
        });
        const told = [method, path, reply.status, reply.text];
        expect([...told, [404, 405, 426].includes(reply.status)]).toEqual([...told, true]);
        expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
        expect(JSON.parse(reply.text)).toEqual(formOf(path, reply.status));
      }
    }
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

function alsoList(path: string): boolean {
  return path.endsWith('/:call');
}

function formOf(path: string, status: number): object {
  const message = expect.stringMatching(/./);
  if (/^\/(ai-gateway\/)?anthropic\//.test(path)) {
    return {
      type: 'error',
      error: expect.objectContaining({ type: expect.any(String), message }),
      request_id: expect.any(String),
    };
  }
  if (/^\/(v1\/|ai-gateway\/)?gemini\//.test(path)) {
    return { error: expect.objectContaining({ code: status, status: expect.any(String), message }) };
  }
  return { error: { message, type: expect.any(String), param: null, code: expect.any(String) } };
}
