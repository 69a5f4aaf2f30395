import { ask, limit, NO_DEFAULTS, NOON, refusal, startQuota } from '../../test/support/quota-setup.js';

describe('nested limits', () => {
  it('add up: a branch takes from its own limit and from that of each ancestor', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [
        limit('branch', 'br-root', 'tokens_per_minute', 1_000n),
        limit('branch', 'br-middle', 'tokens_per_minute', 500n),
      ];
    });
    await ask(quota, { tokens: 400 });
    expect((await refusal(quota, { tokens: 101 })).publicMessage).toBe(
      'ai gateway branch token rate limit exceeded (500 tokens per minute across all models, set on br-middle). Retry after the current minute resets',
    );

    await ask(quota, { tokens: 600, lineage: ['br-sibling', 'br-root'] });
    expect((await refusal(quota, { tokens: 1, lineage: ['br-sibling', 'br-root'] })).publicMessage).toContain(
      'set on br-root',
    );
    await ask(quota, { tokens: 1_000_000, lineage: ['br-elsewhere'] });
  });

  it('take nothing anywhere when one of them refuses', async () => {
    const { repository, feed, quota } = await startQuota(NO_DEFAULTS, prepared => {
      prepared.limits = [
        limit('account', 'org-a', 'requests_per_minute', 5n),
        limit('project', 'project-a', 'tokens_per_minute', 100n),
        limit('credential', 'nak_live_a', 'spend_per_day', 10n),
      ];
    });
    for (let index = 0; index < 20; index += 1) await refusal(quota, { tokens: 100, costNanoUsd: 11n });

    await ask(quota, { tokens: 100, costNanoUsd: 10n });
    repository.limits = repository.limits.filter(({ scopeType }) => scopeType === 'account');
    await feed.publish('limits');
    for (let index = 0; index < 4; index += 1) await ask(quota);
    await refusal(quota);
  });

  it('follow a branch that moves under another parent', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [limit('branch', 'br-root', 'requests_per_minute', 1n)];
    });
    await ask(quota);
    await refusal(quota);

    await ask(quota, { lineage: ['br-leaf', 'br-elsewhere'] });
  });

  it('per model leave other models alone', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [limit('project', 'project-a', 'requests_per_minute', 1n, 'gpt-5')];
    });
    await ask(quota);

    expect((await refusal(quota)).publicMessage).toBe(
      'ai gateway project request rate limit exceeded for model "gpt-5" (1 requests per minute, set on project-a). Retry after the current minute resets',
    );
    await ask(quota, { model: 'gpt-5-mini' });
  });

  it('are looked at in the order of the contract', async () => {
    const all = [
      limit('account', 'org-a', 'tokens_per_minute', 0n),
      limit('account', 'org-a', 'tokens_per_minute', 0n, 'gpt-5'),
      limit('account', 'org-a', 'requests_per_minute', 0n),
      limit('account', 'org-a', 'spend_per_day', 0n),
      limit('project', 'project-a', 'tokens_per_minute', 0n),
      limit('credential', 'nak_live_a', 'requests_per_minute', 0n),
    ];
    const starts = [
      'ai gateway account token rate limit exceeded (0',
      'ai gateway account token rate limit exceeded for model "gpt-5"',
      'ai gateway account request rate limit',
      'ai gateway account daily spend limit',
      'ai gateway project token rate limit',
      'ai gateway credential request rate limit',
    ];
    for (const [index, beginning] of starts.entries()) {
      const { quota } = await startQuota(NO_DEFAULTS, repository => {
        repository.limits = all.slice(index).toReversed();
      });
      expect((await refusal(quota, { tokens: 1, costNanoUsd: 1n })).publicMessage.startsWith(beginning)).toBe(true);
    }
  });
});

describe('a change of the limits', () => {
  it('lowered below what was taken blocks the next request and leaves running ones alone', async () => {
    const { repository, feed, quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    const running = await ask(quota, { tokens: 800 });
    repository.limits = [limit('account', 'org-a', 'tokens_per_minute', 100n)];
    await feed.publish('limits');

    await refusal(quota, { tokens: 1 });
    running.settle({ tokens: 50, costNanoUsd: 0n });
    await ask(quota, { tokens: 50 });
    await refusal(quota, { tokens: 1 });
  });

  it('that cannot be read leaves the limits as they were', async () => {
    const { repository, feed, quota } = await startQuota(NO_DEFAULTS, prepared => {
      prepared.limits = [limit('account', 'org-a', 'requests_per_minute', 0n)];
    });
    repository.listLimits = () => Promise.reject(new Error('connection lost'));
    await feed.publish('limits');

    await refusal(quota);
  });
});

describe('a block', () => {
  it.each([
    ['account', 'org-a'],
    ['project', 'project-a'],
    ['branch', 'br-middle'],
    ['credential', 'nak_live_a'],
  ] as const)('of a %s stops its requests until its end, and says when that is', async (scopeType, scopeId) => {
    const until = NOON + 90_500;
    const { clock, quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.blocks = [{ scopeType, scopeId, until }];
    });

    expect(await refusal(quota)).toMatchObject({
      code: 'quota_exceeded',
      retryAfterSeconds: 91,
      publicMessage: `ai gateway quota is blocked for this ${scopeType} until 2026-10-10T12:01:50.500Z`,
    });
    clock.time = until;
    await ask(quota);
  });

  it('without an end stays until it is lifted, without a time to retry', async () => {
    const { repository, feed, quota } = await startQuota(NO_DEFAULTS, prepared => {
      prepared.blocks = [
        { scopeType: 'branch', scopeId: 'br-leaf', until: NOON + 1_000 },
        { scopeType: 'account', scopeId: 'org-a', until: null },
      ];
    });
    expect(await refusal(quota)).toMatchObject({
      code: 'account_blocked',
      status: 429,
      retryAfterSeconds: undefined,
      publicMessage: 'ai gateway quota is blocked for this account',
    });

    repository.blocks = [];
    await feed.publish('blocks', 'account:org-a');
    await ask(quota);
  });

  it.each([
    [1_000, 90_000],
    [90_000, 1_000],
  ])('that ends last is told of several: %i ms of the branch, %i ms of the account', async (leaf, account) => {
    const { quota } = await startQuota(NO_DEFAULTS, prepared => {
      prepared.blocks = [
        { scopeType: 'branch', scopeId: 'br-leaf', until: NOON + leaf },
        { scopeType: 'account', scopeId: 'org-a', until: NOON + account },
      ];
    });
    expect(await refusal(quota)).toMatchObject({ code: 'quota_exceeded', retryAfterSeconds: 90 });
  });

  it('comes before every limit, and takes nothing from them', async () => {
    const { repository, feed, quota } = await startQuota(NO_DEFAULTS, prepared => {
      prepared.limits = [limit('account', 'org-a', 'requests_per_minute', 1n)];
      prepared.blocks = [{ scopeType: 'project', scopeId: 'project-a', until: null }];
    });
    for (let index = 0; index < 5; index += 1) expect((await refusal(quota)).code).toBe('account_blocked');
    repository.blocks = [];
    await feed.publish('blocks');

    await ask(quota);
    expect((await refusal(quota)).code).toBe('quota_exceeded');
  });

  it('of one branch leaves its parent and its siblings alone', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.blocks = [{ scopeType: 'branch', scopeId: 'br-middle', until: null }];
    });

    await ask(quota, { lineage: ['br-root'] });
    await ask(quota, { lineage: ['br-sibling', 'br-root'] });
    await refusal(quota, { lineage: ['br-middle', 'br-root'] });
  });
});
