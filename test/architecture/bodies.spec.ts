/** What a write takes and what not: the routes are read out of the program, so a new one is tried without being named. */
import { type Route, listRoutes } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type Manage, requestFor } from '../support/requests.js';

interface Refusal {
  readonly message?: string;
  readonly error?: { readonly message: string };
}

/** Where such a name is a field of the request after all. */
const FIELDS = new Set(['POST /admin/credits organization_id']);

/** What somebody might hope to set on the side. */
const SMUGGLED: Readonly<Record<string, unknown>> = {
  scopes: ['admin'],
  projectId: 'another-project',
  organization_id: 'org-another',
  organizationId: 'org-another',
  created_at: '2020-01-01T00:00:00Z',
  is_default: true,
  keyHash: 'x',
  sealed_secret: 'x',
  constructor: { prototype: { admin: true } },
  ['__proto__']: { admin: true },
  x_unknown: 1,
};

describe('every write of the control plane', () => {
  let gateway: TestGateway;
  let projectId: string;
  beforeAll(async () => {
    gateway = await startTestGateway();
    const { body } = await gateway.manage<{ project: { id: string } }>('POST', '/api/v2/projects', {});
    projectId = body.project.id;
  });
  afterAll(() => gateway.stop());

  const manage: Manage = (method, path, body) => gateway.manage(method, path, body);
  const writes = (): Route[] =>
    listRoutes(gateway.bough.app).filter(
      ({ method, path, audience }) =>
        ['POST', 'PUT', 'PATCH'].includes(method) &&
        /^\/(admin|api\/v2)\//.test(path) &&
        audience !== 'public' &&
        !path.endsWith('*path'),
    );
  const send = async (method: string, path: string, body: string) => {
    const response = await fetch(gateway.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${gateway.managementKey}`, 'content-type': 'application/json' },
      body,
    });
    const text = await response.text();
    const refusal = (text === '' ? {} : JSON.parse(text)) as Refusal;
    return { status: response.status, message: refusal.error?.message ?? refusal.message ?? '' };
  };
  /** The body with something in each of its objects in turn: the whole, and every object below it. */
  const placed = (body: object, name: string, value: unknown): { where: string; body: string }[] => {
    const places: { where: string; body: string }[] = [];
    const visit = (path: string[]): void => {
      const copy = structuredClone(body) as Record<string, unknown>;
      const target = path.reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
      if (Object.hasOwn(target, name)) return;
      Object.defineProperty(target, name, { value, enumerable: true });
      places.push({ where: [...path, name].join('.'), body: JSON.stringify(copy) });
      for (const [key, below] of Object.entries(target)) {
        if (key !== name && typeof below === 'object' && below !== null && !Array.isArray(below)) visit([...path, key]);
      }
    };
    visit([]);
    return places;
  };

  it('refuses a field that it does not know, wherever it stands, and names it', async () => {
    const routes = writes();
    expect(routes.length).toBeGreaterThan(18);
    let tried = 0;
    for (const route of routes) {
      const request = await requestFor(route, manage, projectId);
      for (const [name, value] of Object.entries(SMUGGLED)) {
        for (const { where, body } of placed(request.body ?? {}, name, value)) {
          if (FIELDS.has(`${route.method} ${route.path} ${where}`)) continue;
          const { status, message } = await send(route.method, request.path, body);
          const told = [route.method, route.path, where, status, message];
          expect([...told, status === 400 && message.includes(name)]).toEqual([...told, true]);
          tried += 1;
        }
      }
    }
    expect(tried).toBeGreaterThan(200);
  }, 600_000);
});
