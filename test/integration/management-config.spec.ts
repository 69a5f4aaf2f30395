/** The whole configuration as one document, against a gateway that serves by it. */
import { parse, stringify } from 'yaml';
import { FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

interface Change {
  readonly action: string;
  readonly kind: string;
  readonly id: string;
  readonly fields: readonly string[];
}
interface Applied {
  readonly dry_run: boolean;
  readonly changes: readonly Change[];
  readonly version: string;
  readonly error: { readonly message: string; readonly param: string | null; readonly code: string };
}
interface Upstream {
  name: string;
  routes: { model: string; upstream_model?: string; priority?: number; weight?: number }[];
  [field: string]: unknown;
}
interface Limit {
  scope_type: string;
  scope_id: string;
  kind: string;
  model?: string;
  value?: number;
  usd?: string;
  hard?: boolean;
}
interface Document {
  models?: { id: string; [field: string]: unknown }[];
  upstreams?: Upstream[];
  limits?: Limit[];
}

const PATH = '/admin/config';
const SECRET = 'sk-fake-secret-of-the-document';
const SUPPLIED = 'sk-fake-secret-of-the-environment';

describe('/admin/config', () => {
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeEach(async () => {
    provider = await FakeProvider.start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const message = { role: 'assistant', content: 'ok' };
      response.end(JSON.stringify({ id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    });
    gateway = await startTestGateway({ BOUGH_SECRET_HOUSE: SUPPLIED });
  });
  afterEach(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const send = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const response = await fetch(gateway.baseUrl + path, {
      method,
      headers: { authorization: `Bearer ${gateway.managementKey}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const show = async () => JSON.parse((await send('GET', PATH)).text) as Required<Document>;
  const put = async (document: object, query = '', headers: Record<string, string> = {}) => {
    const own = { 'content-type': 'application/json', ...headers };
    const { status, text } = await send('PUT', PATH + query, own, JSON.stringify(document));
    return { status, body: JSON.parse(text) as Applied };
  };
  const house = (fields: object = {}): Upstream => ({
    ...{ name: 'house', kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: SECRET },
    routes: [{ model: 'gpt-5-nano' }],
    ...fields,
  });
  const limit = (value: number, kind = 'requests_per_minute'): Limit => {
    return { scope_type: 'project', scope_id: gateway.projectId, kind, value };
  };
  const servedBy = async (model = 'gpt-5-nano') => {
    const response = await gateway.chat({ model, messages: [{ role: 'user', content: 'hi' }] });
    await response.arrayBuffer();
    return response.status === 200 ? response.headers.get('x-bough-upstream') : response.status;
  };

  it('shows everything, and taken back as it is it changes nothing, in JSON and in YAML', async () => {
    await put({
      upstreams: [house()],
      limits: [limit(1_000), { ...limit(0, 'spend_per_day'), value: undefined, usd: '12.5', hard: true }],
    });
    const document = await show();
    expect(document.models.length).toBeGreaterThan(50);
    expect([document.upstreams.length, document.limits.length]).toEqual([1, 2]);
    expect(await put(document)).toMatchObject({ status: 200, body: { dry_run: false, changes: [] } });
    const yaml = await send('GET', PATH, { accept: 'application/yaml' });
    expect(yaml.headers.get('content-type')).toBe('application/yaml; charset=utf-8');
    expect(parse(yaml.text)).toEqual(document);
    const again = await send('PUT', PATH, { 'content-type': 'application/yaml' }, yaml.text);
    expect(JSON.parse(again.text)).toMatchObject({
      changes: [],
      version: yaml.headers.get('etag')?.replaceAll('"', ''),
    });
  });

  it('makes, changes and ends what it names, and requests follow', async () => {
    expect(await servedBy()).toBe('sandbox');
    const made = await put({ upstreams: [house()] });
    expect(made.body.changes).toEqual([
      { action: 'create', kind: 'upstream', id: 'house', fields: ['kind', 'base_url', 'secret', 'routes'] },
    ]);
    expect(await servedBy()).toBe('house');
    expect(provider.seen.at(-1)?.headers['authorization']).toBe(`Bearer ${SECRET}`);
    const routes = [{ model: 'gpt-5-mini', upstream_model: 'small', priority: 5 }];
    const changed = await put({ upstreams: [house({ routes, beta_flags: [] })] });
    expect(changed.body.changes.map(({ action, kind, id }) => `${action} ${kind} ${id}`)).toEqual([
      'update upstream house',
      'delete route house gpt-5-nano gpt-5-nano',
      'create route house gpt-5-mini small',
    ]);
    expect([await servedBy(), await servedBy('gpt-5-mini')]).toEqual(['sandbox', 'house']);
    expect(
      (await put({ upstreams: [house({ routes: [{ ...routes[0], weight: 7 }], beta_flags: [] })] })).body.changes,
    ).toEqual([{ action: 'update', kind: 'route', id: 'house gpt-5-mini small', fields: ['priority', 'weight'] }]);
    const tokens = limit(1_000_000, 'tokens_per_minute');
    await put({ limits: [tokens] });
    expect((await put({ limits: [{ ...tokens, hard: true }] })).body.changes).toMatchObject([
      { action: 'update', kind: 'limit', fields: ['hard'] },
    ]);
    await put({ limits: [limit(0)] });
    expect(await servedBy()).toBe(429);
    expect((await put({ limits: [] })).body.changes).toMatchObject([{ action: 'delete', kind: 'limit' }]);
    expect(await servedBy()).toBe('sandbox');
    expect((await put({ upstreams: [] })).body.changes).toMatchObject([
      { action: 'delete', kind: 'upstream', id: 'house' },
    ]);
    expect(await servedBy('gpt-5-mini')).toBe('sandbox');
    const row = (await show()).models.find(({ id }) => id === 'gpt-5-nano');
    expect((await put({ models: [{ ...row, enabled: false }] })).body.changes).toEqual([
      { action: 'update', kind: 'model', id: 'gpt-5-nano', fields: ['enabled'] },
    ]);
    expect(await servedBy()).toBe(403);
  });

  it('leaves alone what it does not speak of', async () => {
    await put({ upstreams: [house()], limits: [limit(500)] });
    expect((await put({})).body.changes).toEqual([]);
    expect((await put({ upstreams: [house({ secret: undefined })] })).body.changes).toEqual([]);
    expect(await servedBy()).toBe('house');
    await gateway.manage('PUT', '/admin/branch-defaults', {
      ...{ project_id: gateway.projectId, pattern: '*', kind: 'tokens_per_minute', value: 5_000 },
    });
    await gateway.manage('POST', `/api/v2/projects/${gateway.projectId}/branches`, { branch: {} });
    const born = () => gateway.sql('SELECT id FROM limits WHERE default_id IS NOT NULL');
    expect(await born()).toHaveLength(1);
    expect((await show()).limits).toEqual([limit(500)]);
    await put({ limits: [] });
    expect(await born()).toHaveLength(1);
  });

  it('is looked at first: a dry run finds what the deed would do and refuse, and does nothing', async () => {
    const before = await show();
    const look = await put({ upstreams: [house()], limits: [limit(7)] }, '?dry_run=true');
    expect(look.body).toMatchObject({ dry_run: true, changes: [{ kind: 'upstream' }, { kind: 'limit' }] });
    expect(await show()).toEqual(before);
    expect(await servedBy()).toBe('sandbox');
    const done = await put({ upstreams: [house()], limits: [limit(7)] });
    expect(done.body.changes).toEqual(look.body.changes);
    const refused = await put({ limits: [{ ...limit(1), scope_id: 'nobody' }] }, '?dry_run=true');
    expect([refused.status, refused.body.error.param]).toEqual([404, 'limits.0.scope_id']);
  });

  it('holds as a whole or not at all', async () => {
    const before = await show();
    const last = { ...limit(1), model: 'no-such-model' };
    const { status, body } = await put({
      models: [{ id: 'house-1', type: 'chat', name: 'House', provider: 'acme', dialects: ['chat_completions'] }],
      upstreams: [house({ routes: [{ model: 'house-1' }] })],
      limits: [limit(9), last],
    });
    expect([status, body.error.param]).toEqual([404, 'limits.1.model']);
    expect(await show()).toEqual(before);
    expect(await servedBy('house-1')).toBe(400);
  });

  it.each<[string, (one: typeof house) => object, number, string]>([
    ['an unknown field', one => ({ upstreams: [one({ colour: 'red' })] }), 400, 'upstreams.0.colour'],
    ['an unknown section', () => ({ secrets: [] }), 400, 'secrets'],
    [
      'an address inside',
      one => ({ upstreams: [one({ base_url: 'https://169.254.169.254/' })] }),
      400,
      'upstreams.0.base_url',
    ],
    ['the same name twice', one => ({ upstreams: [one(), one()] }), 400, 'upstreams.1'],
    [
      'a new upstream without a secret',
      one => ({ upstreams: [one({ secret: undefined })] }),
      400,
      'upstreams.0.secret',
    ],
    [
      'a variable of another kind',
      one => ({ upstreams: [one({ secret: undefined, secret_env: 'DATABASE_URL' })] }),
      400,
      'upstreams.0.secret_env',
    ],
    [
      'a variable that is not there',
      one => ({ upstreams: [one({ secret: undefined, secret_env: 'BOUGH_SECRET_NONE' })] }),
      400,
      'upstreams.0.secret_env',
    ],
    [
      'a route to nothing',
      one => ({ upstreams: [one({ routes: [{ model: 'none' }] })] }),
      404,
      'upstreams.0.routes.0.model',
    ],
  ])('names the place of %s', async (_, document, status, field) => {
    const answer = await put(document(house));
    expect([answer.status, answer.body.error.param]).toEqual([status, field]);
    expect(answer.body.error.message).toContain(field.split('.').at(-1));
  });

  it('412 for a document of another version', async () => {
    const etag = (await send('GET', PATH)).headers.get('etag') ?? '';
    await put({ limits: [limit(5)] });
    const late = await put({ limits: [limit(6)] }, '', { 'if-match': etag });
    expect([late.status, late.body.error.code]).toEqual([412, 'precondition_failed']);
    const current = (await send('GET', PATH)).headers.get('etag') ?? '';
    expect((await put({ limits: [limit(6)] }, '', { 'if-match': current })).status).toBe(200);
  });

  it('comes one after the other: of two at once one holds, whole', async () => {
    const documents = [1, 2].map(value => ({
      upstreams: [house({ name: `house-${value}` })],
      limits: [limit(value), limit(value, 'tokens_per_minute')],
    }));
    const answers = await Promise.all(documents.map(document => put(document)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { upstreams, limits } = await show();
    const [value] = limits.map(({ value: each }) => each);
    expect(limits.map(({ value: each }) => each)).toEqual([value, value]);
    expect(upstreams.map(({ name }) => name)).toEqual([`house-${value}`]);
  });

  it('takes a secret from the environment, and shows none anywhere', async () => {
    await put({ upstreams: [house({ secret: undefined, secret_env: 'BOUGH_SECRET_HOUSE' })] });
    expect(await servedBy()).toBe('house');
    expect(provider.seen.at(-1)?.headers['authorization']).toBe(`Bearer ${SUPPLIED}`);
    const changed = await put({ upstreams: [house()] });
    expect(changed.body.changes).toEqual([{ action: 'update', kind: 'upstream', id: 'house', fields: ['secret'] }]);
    expect((await put({ upstreams: [house()] })).body.changes).toEqual([]);
    const audit = await gateway.sql<{ text: string }>('SELECT to_jsonb(a)::text AS text FROM audit_entries a');
    const said = [JSON.stringify(changed), JSON.stringify(await show()), ...audit.map(({ text }) => text)].join('\n');
    expect(audit.filter(({ text }) => text.includes('PUT /admin/config'))).toHaveLength(3);
    for (const secret of [SECRET, SUPPLIED]) expect(said).not.toContain(secret);
  });

  it('refuses YAML that is broken or swells, and takes a thousand limits', async () => {
    const yaml = { 'content-type': 'application/yaml' };
    const swelling = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level += 1) {
      const [name, before] = [level, level - 1].map(at => String.fromCharCode(97 + at));
      swelling.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(',')}]`);
    }
    for (const text of ['models: [', 'a: 1\na: 2', swelling.join('\n')]) {
      expect((await send('PUT', PATH, yaml, text)).status).toBe(400);
    }
    const limits = Array.from({ length: 1_000 }, (_, index) => ({
      ...limit(index + 1),
      ...{ scope_type: 'project', kind: 'tokens_per_minute' },
    }));
    const twins = await send('PUT', PATH, yaml, stringify({ limits }));
    expect([twins.status, twins.text]).toEqual([400, expect.stringContaining('second time')]);
    const ids = (await show()).models.map(({ id }) => id);
    const kinds = ['requests_per_minute', 'tokens_per_minute', 'concurrent_requests'];
    const many = kinds.flatMap(kind => ids.map(model => ({ ...limit(100_000, kind), model })));
    const done = await send('PUT', PATH, yaml, stringify({ limits: many }));
    expect([done.status, (JSON.parse(done.text) as Applied).changes.length]).toEqual([200, many.length]);
  });
});
