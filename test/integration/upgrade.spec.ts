/** A database of the release before limits could be hard and the program served as a role of its own, with what was in it. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type RunningBough, startBough } from '../../src/bootstrap/start.js';
import { AppConfig } from '../../src/config/app-config.js';
import { Log } from '../../src/platform/logging.js';
import { applyMigrations } from '../../src/platform/prisma/migration-runner.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/gateway.js';

const MIGRATIONS = join(__dirname, '..', '..', 'prisma', 'migrations');
const LAST_OF_OLD = '20261203000000_home_organization';
const MODEL = 'gpt-5-nano';
/** Three requests of ten cents; one of them was corrected to five, which moved no counter in that release. */
const ROWS = `
  INSERT INTO models (id, name, type, provider, owned_by, status, pricing, modalities, capabilities, price_version)
    VALUES ('${MODEL}', 'm', 'chat', 'openai', 'openai', 'active', '{"input": 100}', '{}', '{}', 1);
  INSERT INTO model_prices (model_id, version, pricing) VALUES ('${MODEL}', 1, '{"input": 100}');
  INSERT INTO limits (id, scope_type, scope_id, kind, value)
    VALUES ('lim_old', 'account', 'org-default', 'spend_per_month', 500000000);
  DO $$ BEGIN EXECUTE format('CREATE TABLE %I PARTITION OF usage_records FOR VALUES FROM (%L) TO (%L)',
    'usage_records_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD'), (now() AT TIME ZONE 'UTC')::date,
    (now() AT TIME ZONE 'UTC')::date + 1); END $$;
  INSERT INTO usage_records
    SELECT 'req_' || n, now(), (now() AT TIME ZONE 'UTC')::date, 'org-default', 'project', 'br', 'nak', '${MODEL}', 'd', 'u',
      'um', false, 'completed', 200, 1000, 0, 0, 0, 0, 0, 0, 0, false, 100000000, 1, 7, NULL FROM generate_series(1, 3) AS n;
  INSERT INTO price_corrections (id, model_id, pricing, "from", "to", note)
    VALUES ('before', '${MODEL}', '{"input": 50}', now() - INTERVAL '1 hour', now(), 'of the old release');
  INSERT INTO usage_adjustments
    SELECT request_id, 'before', occurred_at, day, organization_id, project_id, branch_id, credential_id, model_id, -50000000, 'x'
    FROM usage_records WHERE request_id = 'req_1';
  INSERT INTO usage_hourly (hour, organization_id, project_id, branch_id, model_id, credential_id, requests, input_tokens,
      cost_nano_usd, adjustments_nano_usd)
    VALUES (date_trunc('hour', now(), 'UTC'), 'org-default', 'project', 'br', '${MODEL}', 'nak', 3, 3000, 300000000, -50000000);
  INSERT INTO quota_counters (key, win, ends_at, used)
    SELECT 'spend_per_month account org-default ', extract(epoch FROM month) * 1000, month + INTERVAL '1 month', 300000000
    FROM date_trunc('month', now(), 'UTC') AS month`;

describe('a database of an older release', () => {
  let database: TestDatabase;
  let directory: string;
  let bough: RunningBough;
  let owner: pg.Client;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bough-upgrade-'));
    for (const name of readdirSync(MIGRATIONS)) {
      if (name <= LAST_OF_OLD) cpSync(join(MIGRATIONS, name), join(directory, 'old', name), { recursive: true });
    }
    database = await createTestDatabase({ empty: true });
    await applyMigrations({ url: database.url, directory: join(directory, 'old'), log: () => undefined });
    owner = new pg.Client({ connectionString: database.url });
    await owner.connect();
    await owner.query(ROWS);
    const config = AppConfig.fromEnvironment({
      NODE_ENV: 'development',
      PORT: '0',
      DATABASE_URL: database.applicationUrl,
      BOUGH_OWNER_DATABASE_URL: database.url,
      BOUGH_DATA_DIR: join(directory, 'data'),
      BOUGH_DRAIN_MS: '200',
      LOG_LEVEL: 'silent',
    });
    bough = await startBough(config, Log.create('silent'));
  });
  afterAll(async () => {
    await bough.stop();
    await owner.end();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  const manage = async <Body>(method: string, path: string, body?: object) => {
    const response = await fetch(`${bough.baseUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${bough.banner.demo?.managementKey}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect([200, 201, 204]).toContain(response.status);
    return (response.status === 204 ? null : await response.json()) as Body;
  };
  const used = async () => {
    const path = `/admin/limits/effective?branch=${bough.banner.demo?.mainBranchId}`;
    const { limits } = await manage<{ limits: { kind: string; used: string }[] }>('GET', path);
    return limits.find(({ kind }) => kind === 'spend_per_month')?.used;
  };

  it('keeps its limits, soft, and what their counters hold', async () => {
    const { limits } = await manage<{ limits: object[] }>('GET', '/admin/limits');
    expect(limits).toMatchObject([{ id: 'lim_old', scope_type: 'account', usd: '0.5', hard: false }]);
    expect(await used()).toBe('0.3');
  });

  it('has limits that know corrections of that release once they are set again', async () => {
    await manage('DELETE', '/admin/limits/lim_old');
    const limit = { scope_type: 'account', scope_id: 'org-default', kind: 'spend_per_month', usd: '0.5', hard: true };
    await manage('PUT', '/admin/limits', limit);
    expect(await used()).toBe('0.25');
  });

  it('has its requests corrected, in the ledger and in the counters', async () => {
    await manage('POST', `/admin/models/${MODEL}/price-corrections`, {
      ...{ id: 'after', pricing: { input: 40, output: 40 }, note: 'of this release' },
      from: new Date(Date.now() - 86_400_000).toISOString().slice(0, 10),
    });
    const { rows } = await owner.query(
      'SELECT sum(cost_nano_usd + adjustments_nano_usd)::text AS sum FROM usage_hourly',
    );
    expect(rows).toEqual([{ sum: '120000000' }]);
    expect(await used()).toBe('0.12');
  });

  it('serves, and takes new requests beside the old ones', async () => {
    const response = await fetch(`${bough.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bough.banner.demo?.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: 'hi' }], max_tokens: 5 }),
    });
    expect(response.status).toBe(200);
    await response.arrayBuffer();
    await eventually(async () => {
      const { rows } = await owner.query<{ n: number }>('SELECT count(*)::int AS n FROM usage_records');
      return rows[0]?.n === 4;
    }, 'the record is written');
  });
});
