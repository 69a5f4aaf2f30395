/** The master key is changed while two gateways serve from one database, and nothing breaks on the way. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type RunningBough, startBough } from '../../src/bootstrap/start.js';
import { AppConfig } from '../../src/config/app-config.js';
import { Log } from '../../src/platform/logging.js';
import { createTestDatabase } from '../support/database.js';
import { FakeProvider } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';

const [OLD, NEW] = ['the-former-master-key-of-the-tests-01', 'the-next-master-key-of-the-tests-0002'];
const SECRET = 'sk-fake-of-the-provider';
const KINDS = ['upstream', 'lineage_source', 'credential', 'kept_answer', 'setting'];

interface Counts {
  readonly secrets: readonly { kind: string; current: number; older: number; unreadable: number }[];
  readonly unreadable: readonly { kind: string; id: string }[];
  readonly rewrapped?: number;
}

describe('a change of the master key', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let client: pg.Client;
  let provider: FakeProvider;
  let folder: string;
  const running = new Set<RunningBough>();
  beforeAll(async () => {
    database = await createTestDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
    folder = await mkdtemp(join(tmpdir(), 'bough-master-key-'));
    provider = await FakeProvider.start((seen, response) => {
      const known = seen.headers['authorization'] === `Bearer ${SECRET}`;
      response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
      const message = { role: 'assistant', content: 'ok' };
      response.end(JSON.stringify({ id: 'x', choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    });
  });
  afterAll(async () => {
    for (const gateway of running) await gateway.stop();
    await provider.stop();
    await client.end();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (place: string, keys: Record<string, string>): Promise<RunningBough> => {
    const config = AppConfig.fromEnvironment({
      ...{ NODE_ENV: 'development', PORT: '0', DATABASE_URL: database.url, BOUGH_DRAIN_MS: '200' },
      ...{ BOUGH_DATA_DIR: join(folder, place), LOG_LEVEL: 'silent', ...keys },
    });
    const gateway = await startBough(config, Log.create('silent'));
    running.add(gateway);
    return gateway;
  };
  const stop = async (gateway: RunningBough) => {
    running.delete(gateway);
    await gateway.stop();
  };
  const manage = async <Body>(
    { baseUrl, banner }: RunningBough,
    method: string,
    path: string,
    body?: object,
    key = '',
  ) => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        ...{ authorization: `Bearer ${banner.demo?.managementKey}`, 'content-type': 'application/json' },
        ...(key === '' ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const branch = ({ banner: { demo } }: RunningBough) =>
    `/api/v2/projects/${demo?.projectId}/branches/${demo?.mainBranchId}/credentials`;
  const idOf = async (token: string) => {
    const short = token.split('_')[2];
    const { rows } = await client.query<{ id: string }>('SELECT id FROM credentials WHERE short_id = $1', [short]);
    return rows[0]?.id ?? '';
  };
  const counts = async (gateway: RunningBough) => (await manage<Counts>(gateway, 'GET', '/admin/secrets')).body;
  const sums = ({ secrets }: Counts) => ({
    kinds: secrets.map(({ kind }) => kind),
    current: secrets.filter(({ current }) => current > 0).map(({ kind }) => kind),
    older: secrets.filter(({ older }) => older > 0).map(({ kind }) => kind),
    unreadable: secrets.reduce((sum, { unreadable }) => sum + unreadable, 0),
  });
  /** What needs an encrypted secret to be opened: a provider's answer, a token that is shown again, the token of the banner. */
  const works = async (gateway: RunningBough, token: string) => {
    const { demo } = gateway.banner;
    expect(demo?.token).toBe(token);
    const answer = async () => {
      const response = await fetch(`${gateway.baseUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-5-nano', messages: [{ role: 'user', content: 'hi' }] }),
      });
      return `${response.status} ${response.headers.get('x-bough-upstream')}`;
    };
    await eventually(async () => (await answer()) === '200 kept', 'the stored upstream answers', 10_000);
    const shown = await manage<{ api_token: string }>(
      gateway,
      'POST',
      `${branch(gateway)}/${await idOf(token)}/reveal`,
    );
    expect([shown.status, shown.body.api_token]).toEqual([200, token]);
  };

  it('goes by four steps, in each of which everything opens on every replica', async () => {
    let first = await start('first', { BOUGH_MASTER_KEY: OLD });
    const token = first.banner.demo?.token ?? '';
    await manage(first, 'POST', '/admin/upstreams', {
      ...{ name: 'kept', kind: 'openai-compatible', base_url: provider.url, secret: SECRET },
      routes: [{ model: 'gpt-5-nano' }],
    });
    const { body: made } = await manage<{ project: { id: string } }>(first, 'POST', '/api/v2/projects', {});
    const source = { project_id: made.project.id, source_project_id: 'their-project', api_key: 'napi_fake' };
    await client.query(
      "INSERT INTO lineage_sources (id, project_id, base_url, sealed_key, next_sync_at) SELECT 'ls-kept', $1, 'https://example.com', sealed_secret, now() + interval '1 day' FROM upstreams",
      [source.project_id],
    );
    const wish = { scopes: ['ai_gateway:invoke'], principal_type: 'user' };
    const issued = await manage<{ api_token: string }>(first, 'POST', branch(first), wish, 'once');
    await works(first, token);
    expect(sums(await counts(first))).toEqual({ kinds: KINDS, current: expect.anything(), older: [], unreadable: 1 });
    await client.query('DELETE FROM lineage_sources');

    // One: all replicas open what the next key encrypts.
    let second = await start('second', { BOUGH_MASTER_KEY: OLD, BOUGH_PREVIOUS_MASTER_KEY: NEW });
    await stop(first);
    // Two: it encrypts, one replica after the other.
    first = await start('first', { BOUGH_MASTER_KEY: NEW, BOUGH_PREVIOUS_MASTER_KEY: OLD });
    const late = await manage<{ api_token: string; token_id: string }>(first, 'POST', branch(first), wish);
    const shown = await manage<{ api_token: string }>(second, 'POST', `${branch(second)}/${late.body.token_id}/reveal`);
    expect(shown.body.api_token).toBe(late.body.api_token);
    for (const gateway of [first, second]) await works(gateway, token);
    for (const gateway of [first, second]) {
      expect((await manage(gateway, 'POST', branch(gateway), wish, 'once')).body).toEqual(issued.body);
      expect((await manage(gateway, 'POST', branch(gateway), { ...wish, name: 'x' }, 'once')).status).toBe(422);
    }
    await stop(second);
    second = await start('second', { BOUGH_MASTER_KEY: NEW, BOUGH_PREVIOUS_MASTER_KEY: OLD });
    const before = await counts(first);
    expect(sums(before)).toMatchObject({ older: ['upstream', 'credential', 'kept_answer', 'setting'], unreadable: 0 });

    // Three: what the former key encrypted is encrypted anew, though two do it at once.
    const done = await Promise.all(
      [first, second].map(gateway => manage<Counts>(gateway, 'POST', '/admin/secrets/rewrap')),
    );
    const older = before.secrets.reduce((sum, row) => sum + row.older, 0);
    expect(done.map(({ status }) => status)).toEqual([200, 200]);
    expect(done.reduce((sum, { body }) => sum + (body.rewrapped ?? 0), 0)).toBe(older);
    expect(sums(await counts(second))).toMatchObject({ older: [], unreadable: 0 });
    expect((await manage<Counts>(first, 'POST', '/admin/secrets/rewrap')).body.rewrapped).toBe(0);
    for (const gateway of [first, second]) await works(gateway, token);

    // Four: the former key is given up.
    await stop(first);
    first = await start('first', { BOUGH_MASTER_KEY: NEW });
    await works(first, token);
    // Nobody can tell any more whether the request is the same: it is refused, and not done twice.
    expect((await manage(first, 'POST', branch(first), wish, 'once')).status).toBe(422);
    await expect(start('third', { BOUGH_MASTER_KEY: OLD })).rejects.toThrow('BOUGH_MASTER_KEY is not the one');
    await client.query("UPDATE upstreams SET sealed_secret = '\\x02'");
    const [lost] = (await counts(first)).unreadable;
    expect(lost).toEqual({ kind: 'upstream', id: expect.stringMatching(/^up_/) });
  }, 120_000);

  it('begins with the key of the data folder, too', async () => {
    const own = await createTestDatabase();
    const at = (keys: Record<string, string>) => start('own', { DATABASE_URL: own.url, ...keys });
    const first = await at({});
    const token = first.banner.demo?.token;
    await stop(first);
    const second = await at({ BOUGH_MASTER_KEY: NEW });
    expect(second.banner.demo?.token).toBe(token);
    expect((await manage<Counts>(second, 'POST', '/admin/secrets/rewrap')).body.rewrapped).toBeGreaterThan(2);
    await rm(join(folder, 'own', 'master.key'));
    await stop(second);
    const third = await at({ BOUGH_MASTER_KEY: NEW });
    expect(third.banner.demo?.token).toBe(token);
    await stop(third);
    await own.drop();
  }, 60_000);
});
