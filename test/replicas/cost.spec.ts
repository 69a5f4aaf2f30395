/** What exact limits and a ledger cost the database, with the settings that a new installation has. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { answerChat, FakeProvider } from '../support/fake-provider.js';
import { Replicas } from '../support/replicas.js';

describe('1,000 requests in ten seconds on two replicas', () => {
  let provider: FakeProvider;
  let replicas: Replicas;
  let file: string;
  beforeAll(async () => {
    provider = await FakeProvider.start(answerChat());
    file = join(await mkdtemp(join(tmpdir(), 'bough-cost-')), 'statements');
    replicas = await Replicas.start(2, {
      NODE_OPTIONS: `--require ${join(__dirname, '..', 'support', 'count-statements.cjs')}`,
      COUNT_STATEMENTS_FILE: file,
      OPENAI_API_KEY: 'sk-fake',
      OPENAI_BASE_URL: `${provider.url}/v1`,
      BOUGH_ACCOUNT_TOKENS_PER_MINUTE: '10000000',
      BOUGH_MODEL_TOKENS_PER_MINUTE: '10000000',
      BOUGH_ACCOUNT_SPEND_PER_DAY_USD: '1000',
    });
  }, 60_000);
  afterAll(async () => {
    await replicas.stop();
    await provider.stop();
    await rm(dirname(file), { recursive: true, force: true });
  });

  const load = (count: number, withinMs: number): Promise<number[]> =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        await new Promise(resolve => setTimeout(resolve, (index * withinMs) / count));
        const response = await replicas.chat(index, { model: 'gpt-5-5', max_tokens: 20 });
        await response.arrayBuffer();
        return response.status;
      }),
    );
  const statementsSince = async (begin: number, end: number): Promise<number> => {
    const times = (await readFile(file, 'utf8')).split('\n').filter(line => line !== '');
    return times.filter(time => Number(time) >= begin && Number(time) < end).length;
  };

  it('need at most 30 database statements', async () => {
    const branch = await replicas.mainBranchId();
    for (const limit of [
      { kind: 'requests_per_minute', value: 100_000 },
      { kind: 'spend_per_month', usd: '500' },
    ]) {
      const reply = await replicas.manage('PUT', '/admin/limits', { scope_type: 'branch', scope_id: branch, ...limit });
      expect(reply.status).toBe(200);
    }
    await load(500, 5_000);
    // A minute that ends in the midst begins every counter anew: that is no steady load, and does not come twice in ten seconds.
    const rounds: number[] = [];
    do {
      const begin = Date.now();
      const statuses = await load(1_000, 10_000);
      rounds.push(await statementsSince(begin, Date.now()));
      expect(statuses.filter(status => status !== 200)).toEqual([]);
    } while (rounds.length < 3 && Math.min(...rounds) > 30);
    console.info(`${rounds.join(', ')} statements for 1,000 requests`);
    expect(Math.min(...rounds)).toBeLessThanOrEqual(30);
  }, 120_000);
});
