/**
 * Every route, tried by everybody. What is expected follows from rules on method and path that stand here by themselves: a
 * new route is tried without being named, and one that declares too much or nothing makes this red.
 */
import pg from 'pg';
import { type Route, listRoutes } from '../support/routes.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { addKey } from '../support/management.js';
import { type RouteRequest, type Manage, requestFor } from '../support/requests.js';

const ROLES = ['viewer', 'editor', 'admin', 'owner'];
/** What the published API has and Bough has no business with. */
const UNSUPPORTED = /\*path$/;
/** What is not of one project. */
const WIDE =
  /^\w+ (\/admin\/(models|upstreams|routes|credits|lineage-sources|organizations|secrets|config)(\/|$)|\/api\/v2\/projects$)|^DELETE \/api\/v2\/projects\/:project_id$/;

/** What is of the whole installation: open to its home organization alone. */
const INSTALLATION =
  /^\w+ \/admin\/(upstreams|routes|organizations|secrets|config)(\/|$)|^(POST|PATCH|PUT|DELETE) \/admin\/(models|credits)(\/|$)/;

interface Actor {
  readonly name: string;
  readonly kind: 'nobody' | 'caller' | 'operator';
  readonly role: string;
  /** where their key reaches: this organization, another one, the project of the request, another project */
  readonly reach: 'here' | 'elsewhere' | 'project' | 'other project';
}

const operator = (role: string, reach: Actor['reach'] = 'here'): Actor => {
  return { name: `${role} ${reach}`, kind: 'operator', role, reach };
};
const ACTORS: readonly Actor[] = [
  { name: 'nobody', kind: 'nobody', role: '', reach: 'here' },
  { name: 'a wrong key', kind: 'nobody', role: '', reach: 'here' },
  { name: 'a gateway token', kind: 'caller', role: '', reach: 'here' },
  ...ROLES.map(role => operator(role)),
  ...ROLES.map(role => operator(role, 'project')),
  operator('owner', 'other project'),
  ...ROLES.map(role => operator(role, 'elsewhere')),
  operator('root'),
];

/** 401, 403, 404, or open: anything else that is not our fault. */
type Expected = 401 | 403 | 404 | 'open';

function expected(route: Route, { kind, role, reach }: Actor, { namesOwn }: RouteRequest): Expected {
  if (route.audience === 'public') return 'open';
  if (route.path.startsWith('/admin') || route.path.startsWith('/api/v2')) {
    if (kind !== 'operator') return 401;
    const reads = route.method === 'GET' || route.audience === 'management-reading';
    const needed = reads ? 'viewer' : route.path.startsWith('/admin') ? 'admin' : 'editor';
    if (ROLES.indexOf(role) < ROLES.indexOf(needed)) return 403;
    if (reach.endsWith('project') && isWide(route)) return 403;
    if (reach === 'elsewhere' && INSTALLATION.test(`${route.method} ${route.path}`)) return 403;
    return namesOwn && (reach === 'elsewhere' || reach === 'other project') ? 404 : 'open';
  }
  return kind === 'caller' ? 'open' : 401;
}

/** Projects are listed by everybody: only those that they may see. */
function isWide({ method, path }: Route): boolean {
  return WIDE.test(`${method} ${path}`) && `${method} ${path}` !== 'GET /api/v2/projects';
}

describe('every route, for everybody', () => {
  let gateway: TestGateway;
  let client: pg.Client;
  beforeAll(async () => {
    gateway = await startTestGateway({
      BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000000',
      BOUGH_KEEP_ALIVE_COMMENT_MS: '10',
      BOUGH_OPENAI_MODEL_LIST: 'true',
    });
    client = new pg.Client({ connectionString: gateway.databaseUrl });
    await client.connect();
    // A role that nobody knows cannot be written any more; an older database may hold one.
    await client.query('ALTER TABLE management_keys DROP CONSTRAINT management_keys_role_known');
    await client.query("INSERT INTO organizations (id, name) VALUES ('org-abroad', 'abroad')");
  });
  afterAll(async () => {
    await client.end();
    await gateway.stop();
  });

  const manage: Manage = (method, path, body) => gateway.manage(method, path, body);
  const makeProject = async () => {
    const { body } = await gateway.manage<{ project: { id: string } }>('POST', '/api/v2/projects', {});
    return body.project.id;
  };
  const secretOf = async ({ name, kind, role, reach }: Actor, projectId: string): Promise<string | null> => {
    if (kind === 'caller') return gateway.token;
    if (name === 'nobody') return null;
    if (name === 'a wrong key') return `napi_${'0'.repeat(64)}`;
    if (reach === 'elsewhere') return addKey(client, 'org-abroad', role);
    const bound = reach === 'here' ? null : reach === 'project' ? projectId : await makeProject();
    return addKey(client, 'org-default', role, bound);
  };
  const send = async ({ method, path, body }: RouteRequest, secret: string | null): Promise<number> => {
    const abort = new AbortController();
    const response = await fetch(gateway.baseUrl + path, {
      method,
      signal: abort.signal,
      headers: {
        'content-type': 'application/json',
        ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
      },
      ...(body === undefined || method === 'HEAD' ? {} : { body: JSON.stringify(body) }),
    });
    // The live feed has no end.
    abort.abort();
    return response.status;
  };

  it('is open to exactly those whom the rules name', async () => {
    const routes = listRoutes(gateway.bough.app);
    expect(routes.length).toBeGreaterThan(40);
    for (const route of routes) {
      let projectId = await makeProject();
      let request = await requestFor(route, manage, projectId);
      for (const actor of ACTORS) {
        const status = await send(request, await secretOf(actor, projectId));
        const wanted = expected(route, actor, request);
        const told = [route.method, route.path, actor.name];
        if (wanted !== 'open') expect([...told, status]).toEqual([...told, judged(status, wanted, request)]);
        // What the published API has besides is refused to everybody who may ask at all.
        else if (UNSUPPORTED.test(route.path)) expect([...told, [400, 404].includes(status)]).toEqual([...told, true]);
        else expect([...told, isOpen(status, request) || status]).toEqual([...told, true]);
        if (route.method === 'GET' || wanted !== 'open') continue;
        // Whom the route let in may have ended what it names.
        projectId = await makeProject();
        request = await requestFor(route, manage, projectId);
      }
    }
  }, 1_200_000);

  it('keeps other organizations out of the installation by what a route declares', () => {
    const routes = listRoutes(gateway.bough.app);
    const closed = routes.filter(({ method, path }) => INSTALLATION.test(`${method} ${path}`));
    expect(closed.length).toBeGreaterThan(15);
    expect(routes.filter(({ audience }) => audience === 'installation-admin')).toEqual(closed);
  });

  it('keeps keys of one project out by what a route declares, not by what it happens to find', () => {
    const routes = listRoutes(gateway.bough.app).filter(isWide);
    expect(routes.length).toBeGreaterThan(10);
    expect(routes.filter(({ audience }) => !/^(organization|installation)-/.test(audience))).toEqual([]);
  });
});

/** A body that is refused hides that what the path names is not theirs, as long as nobody has said what the route wants. */
function judged(status: number, wanted: 401 | 403 | 404, { known }: RouteRequest): number {
  return wanted === 404 && !known && status === 400 ? 400 : wanted;
}

function isOpen(status: number, { known }: RouteRequest): boolean {
  return known ? status < 300 : status !== 401 && status !== 403 && status < 500;
}
