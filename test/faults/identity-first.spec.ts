/** Nobody is read before it is known who they are: every route, the worst bodies there are, sent by halves. */
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type Route, listRoutes, reachable } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { Reading } from '../support/reading.js';

const WITHIN_MS = 20_000;
const keys = (count: number, write: (index: number) => string) => Array.from({ length: count }, (_, i) => write(i));
const json = (text: string, headers: readonly string[] = []) => ({ type: 'application/json', text, headers });
const yaml = (text: string, headers: readonly string[] = []) => ({ type: 'application/yaml', text, headers });
const squeezed = (text: string) => gzipSync(text).toString('latin1');
const GZIP = ['Content-Encoding: gzip'];

/** Each with what would come of it, were it read. */
const BODIES: Readonly<Record<string, { type: string; text: string; headers: readonly string[] }>> = {
  'no JSON': json('{'),
  'deep JSON': json('['.repeat(60_000)),
  'wide JSON': json(`{${keys(20_000, index => `"k${index}":1`).join()}}`),
  'equal keys': json(`{${keys(20_000, () => '"k":1').join()}}`),
  'keys of YAML': yaml(keys(20_000, index => `k${index}:`).join('\n')),
  'aliases of YAML': yaml(`a: &a [${'x,'.repeat(1_000)}]\nb: [${'*a,'.repeat(1_000)}]`),
  'small and large when inflated': json(squeezed(' '.repeat(900_000)), GZIP),
  'YAML, small and large when inflated': yaml(squeezed(keys(20_000, index => `k${index}:`).join('\n')), GZIP),
  'no gzip': json('x'.repeat(100), GZIP),
  'an unknown encoding': json('{}', ['Content-Encoding: compress']),
  'another charset': { type: 'application/json; charset=utf-16', text: '{}', headers: [] },
  'another type': { type: 'application/xml', text: '<a/>', headers: [] },
  'announced with an expectation': json('{"a":1}', ['Expect: 100-continue']),
};
/** Larger than any plane takes. */
const TOO_LARGE = 40_000_000;

describe.each([
  ['on one port', {}],
  ['on two ports', { MANAGEMENT_PORT: '0' }],
])('what is behind a guard, %s,', (_where, environment) => {
  let gateway: TestGateway;
  let reading: Reading;
  let routes: Route[];
  let viewer: string;
  beforeAll(async () => {
    gateway = await startTestGateway({ BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000000', ...environment });
    routes = listRoutes(gateway.bough.app).filter(({ audience }) => audience !== 'public');
    const wanted = { name: 'looks', role: 'viewer' };
    const { managementUrl } = gateway.bough.banner;
    const answer = await fetch(`${managementUrl}/admin/management-keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateway.managementKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(wanted),
    });
    viewer = ((await answer.json()) as { key: string }).key;
    reading = new Reading();
  });
  afterAll(async () => {
    reading.stop();
    await gateway.stop();
  });

  const isManagement = ({ path }: Route) => /^\/(admin|api)\//.test(path);
  const portOf = (route: Route) =>
    isManagement(route) ? Number(new URL(gateway.bough.banner.managementUrl).port) : gateway.port;

  /** Sends a head and the first half of a body, and waits for the first line of an answer: more is never sent. */
  const sendHalf = (
    route: Route,
    { type, text, headers }: { type: string; text: string; headers: readonly string[] },
    { key = '', length = text.length }: { key?: string; length?: number } = {},
  ) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(portOf(route), '127.0.0.1');
      const timer = setTimeout(() => socket.destroy(new Error(`no answer: ${route.method} ${route.path}`)), WITHIN_MS);
      let answer = '';
      socket.on('error', reject);
      socket.on('data', chunk => {
        answer += chunk.toString('latin1');
        if (answer.includes('\r\n')) socket.destroy();
      });
      socket.on('close', () => {
        clearTimeout(timer);
        resolve(answer.slice('HTTP/1.1 '.length, 12));
      });
      const lines = [
        `${route.method} ${reachable(route.path)} HTTP/1.1`,
        'Host: localhost',
        `Content-Type: ${type}`,
        `Content-Length: ${length}`,
        ...(key === '' ? [] : [`Authorization: Bearer ${key}`]),
        ...headers,
      ];
      const half = headers.some(header => header.startsWith('Expect')) ? '' : text.slice(0, text.length / 2);
      socket.write(Buffer.from(`${lines.join('\r\n')}\r\n\r\n${half}`, 'latin1'));
    });

  it.each(Object.entries(BODIES))('reads nothing of a stranger’s %s, and says 401 before its end', async (_, body) => {
    expect(routes.length).toBeGreaterThan(100);
    for (const route of routes) {
      reading.forget();
      const status = await sendHalf(route, body);
      expect([route.method, route.path, status, reading.times]).toEqual([route.method, route.path, '401', 0]);
    }
  });

  it('reads nothing of a stranger’s body that is too large', async () => {
    for (const route of routes) {
      reading.forget();
      const status = await sendHalf(route, json('{}'), { length: TOO_LARGE });
      expect([route.method, route.path, status, reading.times]).toEqual([route.method, route.path, '401', 0]);
    }
  });

  it('reads nothing of who may only look, where something is changed', async () => {
    const reads = ({ method, audience }: Route) => method === 'GET' || audience === 'management-reading';
    const changing = routes.filter(route => isManagement(route) && !reads(route));
    expect(changing.length).toBeGreaterThan(40);
    for (const route of changing) {
      for (const body of [BODIES['no JSON'], BODIES['keys of YAML'], BODIES['small and large when inflated']]) {
        reading.forget();
        const status = await sendHalf(route, body ?? json('{'), { key: viewer });
        expect([route.method, route.path, status, reading.times]).toEqual([route.method, route.path, '403', 0]);
      }
    }
  });

  it.each([
    ['JSON', json(`{${keys(20_000, index => `"k${index}":1`).join()}}`)],
    ['YAML', yaml(keys(20_000, index => `k${index}:`).join('\n'))],
  ])('reads a body of %s of somebody who may, so that what is counted here is not nothing', async (_, body) => {
    const route = routes.find(({ method, path }) => method === 'PUT' && path === '/admin/config');
    if (route === undefined) throw new Error('no route takes YAML');
    reading.forget();
    // Twice the text, of which the first half is sent: a whole document.
    const whole = { ...body, text: body.text + body.text };
    const status = await sendHalf(route, whole, { key: gateway.managementKey, length: body.text.length });
    expect(status).toBe('400');
    expect(reading.parsed).toBeGreaterThan(0);
    expect(reading.times).toBeGreaterThan(reading.parsed);
  });
});
