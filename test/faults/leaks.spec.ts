/** What no answer, no log line and no metric may tell: asked of every route, well, badly and with the store broken. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Log } from '../../src/platform/logging.js';
import { DIALECT_CALLS } from '../support/dialect-calls.js';
import { type Route, listRoutes, reachable } from '../support/routes.js';
import { answerChat, answerError, FakeProvider } from '../support/fake-provider.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { CANARY, type Manage, requestFor } from '../support/requests.js';

const PLANTED = {
  providerKey: 'sk-canary-of-the-provider',
  masterKey: 'canary-master-key-that-is-long-enough',
  prompt: 'canary-words-of-a-prompt',
  cookie: 'canary-cookie',
  garbage: 'canary-of-a-body-that-is-none',
};
/** Secrets that an answer hands out once. */
const ISSUED = /\b(?:napi_[0-9a-zA-Z]{32,}|nt_live_[0-9a-f]{12}_\w{32}|nsk_live_\w{20,})/g;
const ISSUES = /^POST .*(credentials|management-keys|organizations|reveal|rotate)$/;
/** What belongs to the machinery: stacks, files, statements, addresses, other programs' words. */
const MACHINERY = /\n\s+at |node_modules|\.(?:ts|js):\d|prisma|\bP[12]\d{3}\b|SELECT |INSERT |relation "|ECONN|EPIPE/i;
const PAGES = /^\/docs/;

interface Heard {
  readonly what: string;
  readonly status: number;
  readonly text: string;
}

describe('every route', () => {
  let lines = '';
  let gateway: TestGateway;
  let provider: FakeProvider;
  beforeAll(async () => {
    provider = await FakeProvider.start();
    const sink = new Writable({
      write(chunk: Buffer, _, done) {
        lines += chunk.toString();
        done();
      },
    });
    gateway = await startTestGateway(
      {
        ...{ OPENAI_API_KEY: PLANTED.providerKey, OPENAI_BASE_URL: `${provider.url}/v1` },
        ...{ BOUGH_MASTER_KEY: PLANTED.masterKey, BOUGH_OPENAI_MODEL_LIST: 'true', LOG_LEVEL: 'trace' },
        ...{ BOUGH_KEEP_ALIVE_COMMENT_MS: '10', BOUGH_FAILED_AUTHENTICATIONS_PER_MINUTE: '1000000' },
        ...{ BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '0', BOUGH_MODEL_TOKENS_PER_MINUTE: '0' },
      },
      new Log(pino({ level: 'trace' }, sink)),
    );
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop();
  });

  const manage: Manage = (method, path, body) => gateway.manage(method, path, body);
  const isControl = ({ path }: Route) => /^\/(admin|api\/v2)\//.test(path);
  const controlRoutes = () => listRoutes(gateway.bough.app).filter(route => isControl(route));
  const makeProject = async () => {
    const { body } = await gateway.manage<{ project: { id: string } }>('POST', '/api/v2/projects', {});
    return body.project.id;
  };
  const hear = async (what: string, path: string, init: RequestInit): Promise<Heard> => {
    const abort = new AbortController();
    const headers = { 'content-type': 'application/json', cookie: PLANTED.cookie, ...init.headers };
    const response = await fetch(gateway.baseUrl + path, { ...init, headers, signal: abort.signal });
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      // The live feed has no end.
      if (path.split('?')[0]?.endsWith('/live') === true) break;
    }
    abort.abort();
    return { what, status: response.status, text: text + JSON.stringify([...response.headers]) };
  };
  const owner = () => ({ authorization: `Bearer ${gateway.managementKey}` });

  const askControl = async (): Promise<Heard[]> => {
    const heard: Heard[] = [];
    for (const route of controlRoutes()) {
      const name = `${route.method} ${route.path}`;
      const { path, body } = await requestFor(route, manage, await makeProject());
      const send = (text: string | undefined, to = path) =>
        hear(name, to, { method: route.method, headers: owner(), ...(text === undefined ? {} : { body: text }) });
      heard.push(await send(body === undefined ? undefined : JSON.stringify(body)));
      heard.push(await send(body === undefined ? undefined : JSON.stringify(body)));
      heard.push(await send(undefined, `${reachable(route.path)}?${PLANTED.garbage}=1`));
      if (body === undefined) continue;
      heard.push(await send(`{"x": ${PLANTED.garbage}`));
      heard.push(
        await send(JSON.stringify({ ...body, secret: PLANTED.garbage, api_key: 7, scopes: [PLANTED.garbage] })),
      );
    }
    return heard;
  };
  const askInference = async (): Promise<Heard[]> => {
    const heard: Heard[] = [];
    const scripts = [400, 401, 403, 404, 429, 500, 503].map(status =>
      answerError(status, { error: { message: `key ${PLANTED.providerKey} is ${PLANTED.prompt}` } }),
    );
    scripts.push(
      answerChat(),
      (_, response) => void response.socket?.resetAndDestroy(),
      (_, response) => void response.socket?.end(`NOT HTTP ${PLANTED.providerKey}\r\n\r\n`),
    );
    for (const { path, body, model, dialect } of DIALECT_CALLS) {
      const where = path.replace('%', model);
      const send = (text: string, to = where, headers: Record<string, string> = {}) =>
        hear(dialect, to, {
          method: 'POST',
          body: text,
          headers: { authorization: `Bearer ${gateway.token}`, ...headers },
        });
      const good = JSON.stringify(body(model, PLANTED.prompt));
      for (const script of scripts) {
        provider.script = script;
        heard.push(await send(good), await send(good.replace(/^\{/, '{"stream":true,')));
      }
      heard.push(
        await send(`{"x": ${PLANTED.garbage}`),
        await send(good.replaceAll(model, PLANTED.prompt.replace('canary', 'model'))),
        await send(good, `${where}?key=${gateway.token}`, { 'x-api-key': `${gateway.token}x` }),
        await send(good, where, { authorization: `Basic ${gateway.token}` }),
        await send(good, where, { authorization: `Bearer ${gateway.managementKey}` }),
        await send(good, `/branches/${encodeURIComponent(gateway.token)}${where}`),
      );
    }
    return heard;
  };
  const askPublic = () =>
    Promise.all(
      listRoutes(gateway.bough.app)
        .filter(({ audience, method }) => audience === 'public' && method === 'GET')
        .map(({ path }) => hear(path, path, { method: 'GET' })),
    );
  /** What the database keeps in the place of secrets, in each way in which bytes are written. */
  const keptBytes = async (): Promise<string[]> => {
    const columns = await gateway.sql<{ t: string; c: string }>(
      `SELECT table_name AS t, column_name AS c FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea'`,
    );
    expect(columns.length).toBeGreaterThan(4);
    const found: string[] = [];
    for (const { t, c } of columns) {
      const rows = await gateway.sql<{ b: Buffer }>(`SELECT "${c}" AS b FROM "${t}" WHERE length("${c}") > 15`);
      found.push(...rows.flatMap(({ b }) => [b.toString('hex'), b.toString('base64'), b.toString('base64url')]));
    }
    return found;
  };

  it('tells no secret twice, none that was kept, and nothing of the machinery; no line of the log has any of it', async () => {
    const heard = [...(await askControl()), ...(await askInference()), ...(await askPublic())];
    expect(heard.length).toBeGreaterThan(300);
    expect(new Set(heard.map(({ status }) => Math.floor(status / 100)))).toEqual(new Set([2, 4, 5]));
    const issued = new Set([gateway.token, gateway.managementKey]);
    for (const { what, text } of heard) {
      const found = text.match(ISSUED) ?? [];
      expect([what, found.length > 0 && !ISSUES.test(what)]).toEqual([what, false]);
      for (const secret of found) issued.add(secret);
    }
    expect(issued.size).toBeGreaterThan(6);
    const { pathname, password } = new URL(gateway.databaseUrl);
    const planted = [...Object.values(PLANTED), CANARY, pathname.slice(1), password].filter(text => text !== '');
    expect(planted).toHaveLength(8);
    const kept = await keptBytes();
    expect(kept.length).toBeGreaterThan(30);
    for (const { what, text } of heard) {
      const told = [...planted, ...kept].filter(secret => text.includes(secret) && !mayEcho(what, secret));
      expect([what, told]).toEqual([what, []]);
      if (!PAGES.test(what)) expect([what, MACHINERY.exec(text)?.[0]]).toEqual([what, undefined]);
    }
    expect((lines.match(/"msg":"request"/g) ?? []).length).toBeGreaterThan(300);
    expect(lines).toContain('"level":20');
    for (const secret of [...planted, ...kept, ...issued])
      expect([secret, lines.includes(secret)]).toEqual([secret, false]);
  }, 120_000);

  it('tells nothing of a store that is broken, and says that it is', async () => {
    const asked: { route: Route; path: string; body: object | undefined }[] = [];
    for (const route of controlRoutes().filter(({ path }) => !path.endsWith('*path') && !path.endsWith('/live'))) {
      asked.push({ route, ...(await requestFor(route, manage, await makeProject())) });
    }
    const rename = (from: string, to: string) =>
      gateway.sql(`DO $$ DECLARE t text; BEGIN
        CREATE SCHEMA IF NOT EXISTS broken;
        FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '${from}'
          AND tablename NOT IN ('management_keys', 'organizations')
        LOOP EXECUTE format('ALTER TABLE ${from}.%I SET SCHEMA ${to}', t); END LOOP; END $$`);
    const statuses = new Set<number>();
    await rename('public', 'broken');
    try {
      for (const { route, path, body } of asked) {
        const what = `${route.method} ${route.path}`;
        const init = {
          method: route.method,
          headers: owner(),
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        };
        const { status, text } = await hear(what, path, init);
        statuses.add(status);
        expect([what, MACHINERY.exec(text)?.[0], /does not exist|broken|schema/i.exec(text)?.[0]]).toEqual([
          what,
          undefined,
          undefined,
        ]);
      }
    } finally {
      await rename('broken', 'public');
    }
    expect([...statuses].some(status => status >= 500)).toBe(true);
    expect((await gateway.manage('GET', '/admin/models')).status).toBe(200);
  }, 60_000);

  it('that is open to strangers names no tenant, no model and no provider', async () => {
    const model = { id: 'house-model', name: 'House', type: 'chat', provider: 'house', dialects: ['chat_completions'] };
    await gateway.manage('POST', '/admin/models', { ...model, pricing: { input: 1, output: 2 } });
    await gateway.manage('POST', '/admin/upstreams', {
      ...{ name: 'house-upstream', kind: 'openai-compatible', base_url: `${provider.url}/v1`, secret: CANARY },
      routes: [{ model: 'house-model', upstream_model: 'house-name' }],
    });
    provider.script = answerChat();
    const body = { model: 'house-model', messages: [{ role: 'user', content: 'hi' }] };
    expect((await gateway.chat(body)).status).toBe(200);
    provider.script = answerError(500, {});
    expect((await gateway.chat(body)).status).toBe(502);
    const strangers = await askPublic();
    for (const path of ['/', '/debug', '/debug/pprof', '/env', '/status', '/healthz?verbose=1', '/readyz?full=1']) {
      strangers.push(await hear(path, path, { method: 'GET' }));
    }
    const [credential] = await gateway.sql<{ id: string }>('SELECT id FROM credentials LIMIT 1');
    const names = [gateway.projectId, gateway.mainBranchId, 'org-default', credential?.id ?? '', 'demo'];
    for (const { what, text } of strangers) {
      const told = [...(PAGES.test(what) ? [] : names), 'house-'].filter(name => text.includes(name));
      expect([what, told]).toEqual([what, []]);
    }
    const metrics = strangers.find(({ what }) => what === '/metrics')?.text ?? '';
    // Added up over all models and providers.
    expect(metrics).toMatch(/^bough_requests_total\{dialect="chat_completions",status="200",code="ok"\} \d+$/m);
    expect(metrics).toMatch(/^bough_upstream_errors_total\{code="upstream_error"\} \d+$/m);
    expect(metrics).toMatch(/^bough_spend_usd_total [\d.e-]+$/m);
    expect(metrics).not.toMatch(/model=|upstream=/);
  });
});

/** A control plane names the fields that it refuses; a provider may say a caller's own words again. Neither is logged. */
function mayEcho(what: string, text: string): boolean {
  const isControl = /^[A-Z]+ /.test(what);
  return text === (isControl ? PLANTED.garbage : PLANTED.prompt);
}
