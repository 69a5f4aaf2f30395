import type { Route } from './routes.js';

/** What calls the control plane for a scene: method, path and body in, status and body out. */
export type Manage = (
  method: string,
  path: string,
  body?: object,
) => Promise<{ status: number; body: Record<string, unknown> }>;

/** A request that a route answers well, with the objects that it names. */
export interface RouteRequest {
  readonly method: string;
  readonly path: string;
  readonly body: object | undefined;
  /** whether it is known what the route wants */
  readonly known: boolean;
  /** whether it names anything that belongs to the organization */
  readonly namesOwn: boolean;
}

/** Objects of an organization and of one project of it, each made when it is first asked for. */
class Scene {
  private readonly made = new Map<string, Promise<string>>();
  /** ids of what is the organization's; the catalog and the upstreams are everybody's */
  readonly own = new Set<string>();

  constructor(
    private readonly manage: Manage,
    readonly projectId: string,
  ) {
    this.own.add(projectId);
  }

  get(name: string): Promise<string> {
    const known = this.made.get(name) ?? this.make(name);
    this.made.set(name, known);
    return known;
  }

  private async make(name: string): Promise<string> {
    const maker = MAKERS[name];
    if (name === 'call') return 'some-model:generateContent';
    if (maker === undefined) return 'unknown';
    const { everybodys = false, ...request } = await maker(this);
    const { status, body } = await this.manage(request.method, request.path, request.body);
    if (status >= 300) throw new Error(`no ${name} for the scene: ${status} ${JSON.stringify(body)}`);
    const inner = (body['branch'] ?? body['organization']) as { id?: string } | undefined;
    const { id = body['token_id'] ?? inner?.id } = body;
    if (!everybodys) this.own.add(String(id));
    return String(id);
  }
}

interface Recipe {
  readonly method: string;
  readonly path: string;
  readonly body: object;
  readonly everybodys?: true;
}

/** A secret that must be found nowhere but at its upstream. */
export const CANARY = 'sk-canary-0123456789abcdef';

let serial = 0;
const unique = (prefix: string) => `${prefix}-${(serial += 1)}`;
const invoke = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
const model = () => ({
  id: unique('model'),
  ...{
    name: 'A model',
    type: 'chat',
    provider: 'acme',
    dialects: ['chat_completions'],
    pricing: { input: 1, output: 2 },
  },
});
const upstream = () => ({
  name: unique('upstream'),
  ...{ kind: 'openai-compatible', base_url: 'http://127.0.0.1:9/v1', secret: CANARY },
});
const cap = { kind: 'requests_per_minute', value: 60 };
const day = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

/** How the object behind a parameter of a path is made. */
const MAKERS: Record<string, (scene: Scene) => Promise<Recipe> | Recipe> = {
  branch_id: ({ projectId }) => ({ method: 'POST', path: `/api/v2/projects/${projectId}/branches`, body: {} }),
  token_id: async scene => {
    const path = `/api/v2/projects/${scene.projectId}/branches/${await scene.get('branch_id')}/credentials`;
    return { method: 'POST', path, body: invoke };
  },
  limit_id: ({ projectId: scope_id }) => {
    return { method: 'PUT', path: '/admin/limits', body: { scope_type: 'project', scope_id, ...cap } };
  },
  default_id: ({ projectId: project_id }) => {
    return { method: 'PUT', path: '/admin/branch-defaults', body: { project_id, pattern: unique('x'), ...cap } };
  },
  block_id: ({ projectId: scope_id }) => {
    return { method: 'POST', path: '/admin/blocks', body: { scope_type: 'project', scope_id, for_seconds: 60 } };
  },
  key_id: ({ projectId: project_id }) => {
    return { method: 'POST', path: '/admin/management-keys', body: { name: 'x', role: 'viewer', project_id } };
  },
  organization_id: () => ({ method: 'POST', path: '/admin/organizations', body: { name: 'x' }, everybodys: true }),
  model_id: () => ({ method: 'POST', path: '/admin/models', body: model(), everybodys: true }),
  upstream_id: () => ({ method: 'POST', path: '/admin/upstreams', body: upstream(), everybodys: true }),
  route_id: async scene => {
    const body = { model: await scene.get('model_id'), upstream_id: await scene.get('upstream_id') };
    return { method: 'POST', path: '/admin/routes', body, everybodys: true };
  },
};

/** What a route wants besides the parameters of its path: a body, or a query. */
const WANTS: Record<string, (scene: Scene) => Promise<object> | object> = {
  'POST /api/v2/projects': () => ({}),
  'POST /api/v2/projects/:project_id/branches': () => ({}),
  'POST /api/v2/projects/:project_id/branches/:branch_id/credentials': () => invoke,
  'PATCH /api/v2/projects/:project_id': () => ({ project: { name: 'Another name' } }),
  'PATCH /api/v2/projects/:project_id/branches/:branch_id': () => ({ branch: { name: unique('branch') } }),
  'PUT /admin/limits': ({ projectId: scope_id }) => ({ scope_type: 'project', scope_id, ...cap }),
  'PATCH /admin/limits/:limit_id': () => ({ value: 61 }),
  'PATCH /admin/branch-defaults/:default_id': () => ({ value: 61 }),
  'PATCH /admin/blocks/:block_id': () => ({ reason: 'a leak' }),
  'PATCH /admin/routes/:route_id': () => ({ weight: 2 }),
  'PUT /admin/branch-defaults': ({ projectId: project_id }) => ({ project_id, pattern: unique('x'), ...cap }),
  'POST /admin/blocks': ({ projectId: scope_id }) => ({ scope_type: 'project', scope_id, for_seconds: 60 }),
  'PUT /admin/config': () => ({}),
  'POST /admin/organizations': () => ({ name: 'An organization' }),
  'PATCH /admin/organizations/:organization_id': () => ({ name: 'Another name' }),
  'POST /admin/credits': () => ({ usd: '1000' }),
  'POST /admin/models': model,
  'PATCH /admin/models/:model_id': () => ({ name: 'Another name' }),
  'POST /admin/models/:model_id/price-corrections': () => ({
    pricing: { input: 1, output: 0 },
    from: day(),
    note: 'late',
  }),
  'POST /admin/upstreams': upstream,
  'POST /admin/upstreams/:upstream_id/test': () => ({}),
  'PATCH /admin/upstreams/:upstream_id': () => ({ secret: `${CANARY}-changed` }),
  'POST /admin/routes': async scene => ({
    model: await scene.get('model_id'),
    upstream_id: await scene.get('upstream_id'),
  }),
  'POST /admin/management-keys': ({ projectId: project_id }) => ({ name: 'x', role: 'viewer', project_id }),
  'PATCH /admin/management-keys/:key_id': () => ({ name: 'y' }),
  'GET /api/v2/projects/:project_id/connection_uri': () => ({ database_name: 'neondb', role_name: 'owner' }),
  'GET /admin/branch-defaults': ({ projectId: project_id }) => ({ project_id }),
  'GET /admin/limits/effective': async scene => ({ branch: await scene.get('branch_id') }),
};

/**
 * A request that the route answers well to the owner of the project, or the best guess where nobody has said yet what the
 * route wants.
 * @param manage as an owner of the organization
 */
export async function requestFor(route: Route, manage: Manage, projectId: string): Promise<RouteRequest> {
  const { method } = route;
  const scene = new Scene(manage, projectId);
  let path = route.path;
  const parameters = [...route.path.matchAll(/:([a-z_]+)/g)];
  for (const [parameter, name = ''] of parameters) {
    path = path.replace(parameter, name === 'project_id' ? projectId : await scene.get(name));
  }
  const wanted = await WANTS[`${method} ${route.path}`]?.(scene);
  if (method === 'GET' && wanted !== undefined)
    path += `?${new URLSearchParams(wanted as Record<string, string>).toString()}`;
  const body = method === 'GET' || method === 'DELETE' ? undefined : (wanted ?? {});
  const said = path + JSON.stringify(body ?? {});
  return {
    method,
    path,
    body,
    known:
      route.audience !== 'public' &&
      (wanted !== undefined || method === 'GET' || method === 'DELETE') &&
      parameters.every(([, name = '']) => name === 'project_id' || name in MAKERS),
    namesOwn: [...scene.own].some(id => said.includes(id)),
  };
}
