/** A machine's clock that is set while the gateway runs on it: the database's decides, and readiness says so. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { eventually } from '../support/gateway.js';
import { Replicas } from '../support/replicas.js';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const JUMPS = [60 * SECOND, HOUR, 24 * HOUR, -60 * SECOND, -HOUR, -24 * HOUR] as const;
const [STEADY, JUMPING] = [0, 1];
const CAP = 5;

describe('a clock that is set by a minute, an hour and a day, both ways, while its replica runs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bough-clock-'));
  const file = join(folder, 'ahead');
  let provider: FakeProvider;
  let replicas: Replicas;
  const jump = (ms: number) => writeFileSync(file, String(ms));
  beforeAll(async () => {
    jump(0);
    provider = await FakeProvider.start(answerChat());
    replicas = await Replicas.start(
      2,
      {
        NODE_OPTIONS: `--require ${join(__dirname, '..', 'support', 'shifted-clock.cjs')}`,
        OPENAI_API_KEY: 'sk-fake',
        OPENAI_BASE_URL: `${provider.url}/v1`,
      },
      [{}, { SHIFTED_CLOCK_FILE: file }],
    );
  }, 120_000);
  afterAll(async () => {
    await replicas.stop();
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Also before a replica has heard of the limit. */
  let answered = 0;
  const ask = async (index: number) => {
    const response = await replicas.chat(index, { model: 'gpt-5-5', max_tokens: 10 });
    await response.arrayBuffer();
    if (response.status === 200) answered += 1;
    return response.status;
  };
  /** Waits until the replica tells that its clock is wrong, or right. */
  const told = (ms: number) =>
    eventually(async () => {
      const response = await fetch(`${replicas.all[JUMPING]?.baseUrl}/readyz`);
      const { status } = (await response.json()) as { status: string };
      return response.status === (ms === 0 ? 200 : 503) && status === (ms === 0 ? 'ready' : 'clock_offset');
    }, `readiness knows of ${ms} ms`);

  it('opens no window again and none before its time, dates every row by the database, and is told by readiness', async () => {
    const branch = await replicas.mainBranchId();
    const limit = { scope_type: 'branch', scope_id: branch, kind: 'requests_per_minute', value: CAP };
    const { body } = await replicas.manage('PUT', '/admin/limits', { ...limit, value: 0 });
    for (const index of [STEADY, JUMPING]) {
      await eventually(async () => (await ask(index)) === 429, `replica ${index} follows`);
    }
    let [served, last] = [0, -1];
    // Twice: within one minute, and over the edge to the next one while the clock is wrong.
    for (const round of [0, 1]) {
      const isNew = () => new Date().getUTCMinutes() !== last && new Date().getUTCSeconds() < 15;
      await eventually(isNew, 'the begin of another minute', 122_000);
      if (round === 0) await replicas.manage('PUT', '/admin/limits', limit);
      const minute = (last = new Date().getUTCMinutes());
      const first = await Promise.all(Array.from({ length: 4 * CAP }, (_, index) => ask(index)));
      served += first.filter(status => status === 200).length;
      expect([round, served]).toEqual([round, CAP * (round + 1)]);
      for (const ms of JUMPS) {
        jump(ms);
        await told(ms);
        const statuses = await Promise.all([STEADY, JUMPING, JUMPING, JUMPING].map(ask));
        expect([round, ms, statuses]).toEqual([round, ms, [429, 429, 429, 429]]);
      }
      // Only within one minute is that said of one window.
      expect(new Date().getUTCMinutes()).toBe(minute);
      if (round === 1) jump(0);
    }
    await told(0);
    await replicas.manage('DELETE', `/admin/limits/${(body as { id: string }).id}`);
    for (const ms of [...JUMPS, 0]) {
      jump(ms);
      await told(ms);
      await eventually(async () => (await ask(JUMPING)) === 200, 'it serves');
    }
    const rows = await eventually(
      async () => {
        const found = await replicas.sql<{ right: boolean }>(
          `SELECT day = (occurred_at AT TIME ZONE 'UTC')::date AND abs(extract(epoch FROM occurred_at - now())) < 300 AS right
           FROM usage_records WHERE status <> 'refused'`,
        );
        return found.length === answered && found;
      },
      'all records are there',
      20_000,
    );
    expect(rows.filter(({ right }) => !right)).toEqual([]);
    expect(replicas.all[JUMPING]?.process.output).toContain('clock differs from the database');
  }, 240_000);
});
