/** Replicas on machines whose clocks are wrong: the database's decides. */
import { join } from 'node:path';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';
import { Replicas } from '../support/replicas.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const AHEAD = [0, 90 * SECOND, 24 * HOUR, -2 * HOUR, -36 * HOUR] as const;

describe('replicas whose clocks are 90 s and a day ahead, two hours and a day and a half behind', () => {
  let provider: FakeProvider;
  let replicas: Replicas;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    replicas = await Replicas.start(
      AHEAD.length,
      {
        NODE_OPTIONS: `--require ${join(__dirname, '..', 'support', 'shifted-clock.cjs')}`,
        OPENAI_API_KEY: 'sk-fake',
        OPENAI_BASE_URL: `${provider.url}/v1`,
      },
      AHEAD.map(ms => ({ SHIFTED_CLOCK_MS: String(ms) })),
    );
  }, 120_000);
  afterAll(async () => {
    await replicas.stop();
    await provider.stop();
  });

  const ask = async (index: number) => {
    const response = await replicas.chat(index, { model: 'gpt-5-5', max_tokens: 10 });
    await response.arrayBuffer();
    return response.status;
  };
  const putLimit = (limit: object) => replicas.manage('PUT', '/admin/limits', limit);

  /** Each with whether its day and moment are the database's: nothing here is older than minutes. */
  const records = () =>
    replicas.sql<{ right: boolean }>(
      `SELECT day = (occurred_at AT TIME ZONE 'UTC')::date AND abs(extract(epoch FROM occurred_at - now())) < 300 AS right
       FROM usage_records WHERE status <> 'refused'`,
    );

  it('let five requests a minute pass together, and go over to the next minute together', async () => {
    const limit = { scope_type: 'branch', scope_id: await replicas.mainBranchId(), kind: 'requests_per_minute' };
    await putLimit({ ...limit, value: 0 });
    for (const index of AHEAD.keys()) {
      await eventually(async () => (await ask(index)) === 429, `replica ${index} follows`);
    }
    await eventually(() => new Date().getUTCSeconds() < 40, 'the begin of a minute', 62_000);
    const { status, body } = await putLimit({ ...limit, value: 5 });
    expect(status).toBe(200);
    const statuses = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
    expect(statuses.filter(code => code === 200)).toHaveLength(5);
    const minute = new Date().getUTCMinutes();
    for (const index of AHEAD.keys()) expect([index, await ask(index)]).toEqual([index, 429]);
    await eventually(() => new Date().getUTCMinutes() !== minute, 'the next minute', 62_000);
    const next = await Promise.all(Array.from({ length: 50 }, (_, index) => ask(index)));
    expect(next.filter(code => code === 200)).toHaveLength(5);
    await replicas.manage('DELETE', `/admin/limits/${(body as { id: string }).id}`);
  }, 180_000);

  it('date the ledger by the database’s day and hour', async () => {
    const before = await records();
    expect(before.every(({ right }) => right)).toBe(true);
    for (const index of AHEAD.keys()) {
      await eventually(async () => (await ask(index)) === 200, `replica ${index} serves`);
    }
    const rows = await eventually(
      async () => {
        const found = await records();
        return found.length >= before.length + AHEAD.length && found;
      },
      'all records are there',
      20_000,
    );
    expect(rows.filter(({ right }) => !right)).toEqual([]);
  }, 60_000);

  it.each([...AHEAD.entries()])(
    'say how far they are off, and are not ready: replica %i at %i ms',
    async (index, ahead) => {
      const { baseUrl, process } = replicas.all[index] ?? { baseUrl: '', process: { output: '' } };
      const metrics = await (await fetch(`${baseUrl}/metrics`)).text();
      const offset = Number(/^bough_clock_offset_seconds (\S+)$/m.exec(metrics)?.[1]);
      expect(Math.abs(offset - ahead / SECOND)).toBeLessThan(1);
      const ready = await fetch(`${baseUrl}/readyz`);
      const body = (await ready.json()) as { status: string };
      expect([ready.status, body.status]).toEqual(ahead === 0 ? [200, 'ready'] : [503, 'clock_offset']);
      expect(process.output.includes('clock differs from the database')).toBe(ahead !== 0);
    },
  );
});
