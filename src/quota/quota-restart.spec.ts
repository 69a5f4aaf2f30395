import {
  ask,
  DEFAULTS,
  FakeRepository,
  limit,
  NO_DEFAULTS,
  NOON,
  refusal,
  startQuota,
} from '../../test/support/quota-room.js';
import type { LedgerSum } from './quota.repository.js';

describe('a restart', () => {
  const sum: LedgerSum = {
    organizationId: 'org-a',
    projectId: 'project-a',
    branchId: 'br-leaf',
    credentialId: 'nak_live_a',
    modelId: 'gpt-5',
    requests: 3,
    tokens: 150_000,
    spend: 19_000_000_000,
  };

  it("keeps the day's spend and the minute's tokens, on the branch and on each of its ancestors", async () => {
    const { quota } = await startQuota(DEFAULTS, repository => {
      repository.ledger = since => (since === Date.UTC(2026, 9, 10) || since === NOON - 20_000 ? [sum] : []);
      repository.parents = { 'br-leaf': 'br-middle', 'br-middle': 'br-root', 'br-root': null };
      repository.limits = [
        limit('branch', 'br-root', 'spend_per_day', 19_500_000_000n),
        limit('credential', 'nak_live_a', 'requests_per_minute', 4n),
      ];
    });

    expect(refusal(quota, { costNanoUsd: 1_000_000_001n }).publicMessage).toContain('account daily spend');
    expect(refusal(quota, { costNanoUsd: 500_000_001n }).publicMessage).toContain('set on br-root');
    expect(refusal(quota, { tokens: 50_001 }).publicMessage).toContain('account token rate');
    ask(quota, { tokens: 50_000, costNanoUsd: 500_000_000n });
    expect(refusal(quota).publicMessage).toContain('credential request rate');
  });

  it('follows a damaged tree no further than once around', async () => {
    const { quota } = await startQuota(DEFAULTS, repository => {
      repository.ledger = () => [sum];
      repository.parents = { 'br-leaf': 'br-root', 'br-root': 'br-leaf' };
    });

    refusal(quota, { costNanoUsd: 1_000_000_001n });
  });
});

describe('the headers', () => {
  const prepare = (repository: FakeRepository) => {
    repository.limits = [
      limit('account', 'org-a', 'requests_per_minute', 100n),
      limit('branch', 'br-root', 'requests_per_minute', 5n),
      limit('project', 'project-a', 'tokens_per_minute', 900n),
    ];
  };

  it('show the tightest limit of each kind with the reservation counted', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 }, prepare);

    expect(ask(quota, { tokens: 250 }).headers()).toEqual([
      ['X-Ratelimit-Limit-Requests', '5'],
      ['X-Ratelimit-Remaining-Requests', '4'],
      ['X-Ratelimit-Reset-Requests', '40s'],
      ['X-Ratelimit-Limit-Tokens', '900'],
      ['X-Ratelimit-Remaining-Tokens', '650'],
      ['X-Ratelimit-Reset-Tokens', '40s'],
    ]);
  });

  it('fall by the true tokens after settlement, and never below 0', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    const first = ask(quota, { tokens: 900 });
    first.settle({ tokens: 20, costNanoUsd: 0n });
    expect(first.headers()).toContainEqual(['X-Ratelimit-Remaining-Tokens', '980']);

    const second = ask(quota, { tokens: 980 });
    second.settle({ tokens: 7_000, costNanoUsd: 0n });
    expect(second.headers()).toContainEqual(['X-Ratelimit-Remaining-Tokens', '0']);
  });

  it('are absent for a kind without a limit', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });

    expect(
      ask(quota)
        .headers()
        .map(([name]) => name),
    ).toEqual(['X-Ratelimit-Limit-Tokens', 'X-Ratelimit-Remaining-Tokens', 'X-Ratelimit-Reset-Tokens']);
  });
});

describe('memory', () => {
  it('keeps counting exactly through many credentials, sweeps and emptied caches', async () => {
    const { clock, quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [limit('account', 'org-a', 'requests_per_minute', 25_001n)];
    });
    for (let minute = 0; minute < 3; minute += 1) {
      for (let index = 0; index < 25_000; index += 1) ask(quota, { credential: `nak_live_${minute}_${index}` });
      ask(quota);
      refusal(quota);
      clock.time += 60_000;
    }
    ask(quota);
  });
});
