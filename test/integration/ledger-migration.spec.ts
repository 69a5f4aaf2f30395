import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { applyMigrations } from '../../src/platform/prisma/migration-runner.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const MIGRATIONS = join(__dirname, '..', '..', 'prisma', 'migrations');

describe('the migration of the ledger', () => {
  let directory: string;
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'bough-migrations-'));
    database = await createTestDatabase({ empty: true });
    client = new pg.Client({ connectionString: database.url, options: '-c timezone=America/Los_Angeles' });
    await client.connect();
    await migrate('20261123000000_init');
    await client.query(`
      INSERT INTO models (id, name, type, provider, owned_by, status, pricing, modalities, capabilities)
        VALUES ('m', 'm', 't', 'p', 'o', 's', '{"input": 3}', '{}', '{}');
      INSERT INTO usage_records
        SELECT 'req_' || n, moment, (moment AT TIME ZONE 'UTC')::date, 'org', 'project', 'br', 'nak', 'm', 'd', 'u', 'um',
          false, 'completed', 200, 10, 3, 2, 5, 1, n = 1, 100, 7, NULL
        FROM generate_series(0, 99) AS n, LATERAL (SELECT '2026-11-20T23:00:00Z'::timestamptz + n * interval '20 minutes') AS t (moment)`);
    await migrate('20261124000000_ledger');
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  const migrate = (name: string) => {
    cpSync(join(MIGRATIONS, name), join(directory, name), { recursive: true });
    return applyMigrations({ url: database.url, directory, log: () => undefined });
  };
  const rows = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows;

  it('keeps every record, in the partition of its UTC day', async () => {
    const placed = await rows(
      'SELECT tableoid::regclass::text AS place, count(*)::int AS n FROM usage_records GROUP BY 1 ORDER BY 1',
    );
    expect(placed).toEqual([
      { place: 'usage_records_20261120', n: 3 },
      { place: 'usage_records_20261121', n: 72 },
      { place: 'usage_records_20261122', n: 25 },
    ]);
    expect(await rows("SELECT * FROM usage_records WHERE request_id = 'req_1'")).toMatchObject([
      {
        occurred_at: new Date('2026-11-20T23:20:00Z'),
        input_tokens: '10',
        cache_write_1h_tokens: '0',
        cost_nano_usd: '100',
      },
    ]);
  });

  it('adds them up by the hour', async () => {
    const hours = await rows('SELECT * FROM usage_hourly ORDER BY hour');
    expect(hours).toHaveLength(34);
    expect(hours[0]).toMatchObject({
      ...{ hour: new Date('2026-11-20T23:00:00Z'), requests: '3', estimated_requests: '1' },
      ...{ input_tokens: '30', cache_read_tokens: '9', cache_write_tokens: '6', output_tokens: '15' },
      ...{ reasoning_tokens: '3', cost_nano_usd: '300', adjustments_nano_usd: '0' },
    });
  });

  it('makes the price that holds the first version', async () => {
    expect(await rows('SELECT model_id, version, pricing FROM model_prices')).toEqual([
      { model_id: 'm', version: 1, pricing: { input: 3 } },
    ]);
    expect(await rows('SELECT price_version FROM models')).toEqual([{ price_version: 1 }]);
  });
});
