import { ask, DEFAULTS, limit, NO_DEFAULTS, refusal, startQuota } from '../../test/support/quota-setup.js';

const SUPPORT = 'or request a higher limit through Neon support: https://neon.com/docs/introduction/support';

describe('a limit on requests', () => {
  it('admits exactly 10 of 200 concurrent requests against 10', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [limit('account', 'org-a', 'requests_per_minute', 10n)];
    });

    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, async () => ask(quota)));

    expect(outcomes.filter(outcome => outcome.status === 'fulfilled')).toHaveLength(10);
    const reasons = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []));
    for (const reason of reasons) expect(reason).toMatchObject({ code: 'quota_exceeded', retryAfterSeconds: 40 });
  });

  it('never gives a request back, whatever it took in the end', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [limit('credential', 'nak_live_a', 'requests_per_minute', 1n)];
    });
    (await ask(quota)).settle({ tokens: 0, costNanoUsd: 0n });

    expect((await refusal(quota)).publicMessage).toBe(
      'ai gateway credential request rate limit exceeded (1 requests per minute across all models, set on nak_live_a). Retry after the current minute resets',
    );
    await ask(quota, { credential: 'nak_live_b' });
  });

  it('of 0 admits nothing', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [
        limit('branch', 'br-root', 'requests_per_minute', 0n),
        limit('branch', 'br-other', 'tokens_per_minute', 0n),
        limit('branch', 'br-third', 'spend_per_day', 0n),
      ];
    });

    await refusal(quota);
    await refusal(quota, { lineage: ['br-other'], tokens: 1 });
    await refusal(quota, { lineage: ['br-third'], costNanoUsd: 1n });
  });
});

describe('a limit on tokens', () => {
  it('counts reserved tokens, and after settlement the true ones', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    const first = await ask(quota, { tokens: 600 });
    await refusal(quota, { tokens: 401 });
    first.settle({ tokens: 100, costNanoUsd: 0n });

    await ask(quota, { tokens: 900 });
    await refusal(quota, { tokens: 1 });
  });

  it('is overshot by a request that took more than it reserved, and then holds', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    (await ask(quota, { tokens: 10 })).settle({ tokens: 5_000, costNanoUsd: 0n });

    await refusal(quota, { tokens: 1 });
  });

  it('gives everything back after a request that took nothing', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    (await ask(quota, { tokens: 1_000 })).settle({ tokens: 0, costNanoUsd: 0n });

    await ask(quota, { tokens: 1_000 });
  });

  it('is settled once: a second settlement changes nothing', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    const reservation = await ask(quota, { tokens: 1_000 });
    reservation.settle({ tokens: 900, costNanoUsd: 0n });
    reservation.settle({ tokens: 0, costNanoUsd: 0n });

    await refusal(quota, { tokens: 101 });
    await ask(quota, { tokens: 100 });
  });

  it('admits a request larger than itself when nothing else was taken in the minute', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    await ask(quota, { tokens: 5_000 });

    await refusal(quota, { tokens: 1 });
  });

  it('that is hard names what fits into all hard limits, whichever refuses', async () => {
    const { quota } = await startQuota(NO_DEFAULTS, repository => {
      repository.limits = [
        { ...limit('credential', 'nak_live_a', 'spend_per_day', 900n), hard: true },
        { ...limit('project', 'project-a', 'tokens_per_minute', 500n), hard: true },
        { ...limit('branch', 'br-root', 'spend_total', 300n), hard: true },
        { ...limit('account', 'org-a', 'spend_per_month', 700n), hard: true },
        limit('account', 'org-a', 'spend_total', 100_000n),
      ];
    });
    const request = (output: number) => ({
      most: () => ({ tokens: output, costNanoUsd: BigInt(output), outputThatFits: (_: unknown, left: number) => left }),
    });
    let left = 300;
    for (const taken of [0, 120, 80]) {
      (await ask(quota, request(taken))).settle({ tokens: taken, costNanoUsd: BigInt(taken) });
      left -= taken;
      const { publicMessage } = await refusal(quota, request(1_000));
      expect(publicMessage).toContain(`Set max_tokens to ${left} or less`);
      (await ask(quota, request(left))).settle({ tokens: 0, costNanoUsd: 0n });
    }
  });

  it('does not admit a request larger than itself beside another', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    await ask(quota, { tokens: 1 });

    await refusal(quota, { tokens: 5_000 });
  });

  it('opens again with the next calendar minute, to the millisecond', async () => {
    const { clock, quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    await ask(quota, { tokens: 1_000 });

    clock.time = Date.UTC(2026, 9, 10, 12, 0, 59, 999);
    expect((await refusal(quota, { tokens: 1 })).retryAfterSeconds).toBe(1);
    clock.time += 1;
    await ask(quota, { tokens: 1_000 });
  });

  it('does not let a settlement reach into the next minute', async () => {
    const { clock, quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    const late = await ask(quota, { tokens: 10 });
    clock.time += 60_000;
    await ask(quota, { tokens: 400 });
    late.settle({ tokens: 50_000, costNanoUsd: 0n });

    await ask(quota, { tokens: 600 });
    await refusal(quota, { tokens: 1 });
  });

  it('does not open again when the clock is put back over the minute', async () => {
    const { clock, quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    clock.time = Date.UTC(2026, 9, 10, 12, 1, 0, 5);
    await ask(quota, { tokens: 1_000 });
    clock.time = Date.UTC(2026, 9, 10, 12, 0, 59, 990);

    expect((await refusal(quota, { tokens: 1 })).retryAfterSeconds).toBeGreaterThanOrEqual(1);
  });

  it.each([
    [59_999, 'is the one before'],
    [60_000, 'is the one of the clock'],
    [3_600_000, 'is the one of the clock'],
  ])('when the clock is put back by %i ms, %s', async (back, window) => {
    const { clock, quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    clock.time = Date.UTC(2026, 9, 10, 12, 1);
    await ask(quota, { tokens: 1_000 });
    clock.time -= back;
    if (window === 'is the one of the clock') await ask(quota, { tokens: 1_000 });
    else await refusal(quota, { tokens: 1 });
  });

  it('is not spoilt by counts that are none', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountTokensPerMinute: 1_000 });
    (await ask(quota, { tokens: 10 })).settle({ tokens: Number.NaN, costNanoUsd: -5n });
    (await ask(quota, { tokens: Number.NaN })).settle({ tokens: -7, costNanoUsd: 0n });

    await ask(quota, { tokens: 1_000 });
    await refusal(quota, { tokens: 1 });
  });
});

describe('the defaults of an account', () => {
  it('are 200,000 tokens a minute over all models, refused in the published words', async () => {
    const { quota } = await startQuota(DEFAULTS);
    await ask(quota, { tokens: 150_000 });

    expect(await refusal(quota, { tokens: 50_001, model: 'gpt-5-mini' })).toMatchObject({
      code: 'quota_exceeded',
      status: 429,
      retryAfterSeconds: 40,
      publicMessage: `ai gateway account token rate limit exceeded (200000 tokens per minute across all models in this region). Retry after the current minute resets, ${SUPPORT}`,
    });
  });

  it('send callers to the contact that the operator names', async () => {
    const { quota } = await startQuota({ ...DEFAULTS, supportContact: 'ops@example.com' });
    expect((await refusal(quota, { costNanoUsd: 20_000_000_001n })).publicMessage).toBe(
      'ai gateway account daily spend limit exceeded. Retry after the daily spend limit resets, or request a higher limit through ops@example.com',
    );
  });

  it('hold for each model separately, refused in the published words', async () => {
    const { quota } = await startQuota({ ...DEFAULTS, modelTokensPerMinute: 1_000 });
    await ask(quota, { tokens: 1_000 });
    await ask(quota, { tokens: 1_000, model: 'gpt-5-mini' });

    expect((await refusal(quota, { tokens: 1 })).publicMessage).toBe(
      `ai gateway account token rate limit exceeded for model "gpt-5" (1000 tokens per minute in this region). Retry after the current minute resets, ${SUPPORT}`,
    );
  });

  it('are 20 dollars a UTC day, refused in the published words until midnight', async () => {
    const { clock, quota } = await startQuota(DEFAULTS);
    await ask(quota, { costNanoUsd: 20_000_000_000n });

    expect(await refusal(quota, { costNanoUsd: 1n })).toMatchObject({
      retryAfterSeconds: 43_180,
      publicMessage: `ai gateway account daily spend limit exceeded. Retry after the daily spend limit resets, ${SUPPORT}`,
    });
    clock.time = Date.UTC(2026, 9, 11);
    await ask(quota, { costNanoUsd: 20_000_000_000n });
  });

  it('give way to a stored limit of the same scope, kind and model, and only to that', async () => {
    const { quota } = await startQuota({ ...DEFAULTS, modelTokensPerMinute: 1_000 }, repository => {
      repository.limits = [
        limit('account', 'org-a', 'tokens_per_minute', 5_000n, 'gpt-5'),
        limit('account', 'org-b', 'tokens_per_minute', 1n),
      ];
    });
    await ask(quota, { tokens: 5_000 });
    await refusal(quota, { tokens: 1 });

    await ask(quota, { tokens: 1_000, model: 'gpt-5-mini' });
    await refusal(quota, { tokens: 1, model: 'gpt-5-mini' });
  });

  it('are none at 0', async () => {
    const { quota } = await startQuota(NO_DEFAULTS);

    for (let index = 0; index < 1_000; index += 1) await ask(quota, { tokens: 1e9, costNanoUsd: 10n ** 12n });
    expect((await ask(quota)).headers()).toEqual([]);
  });
});

describe('a limit on spend', () => {
  it('has no exception for a request dearer than itself', async () => {
    const { quota } = await startQuota({ ...NO_DEFAULTS, accountSpendPerDayNanoUsd: 1_000n });

    await refusal(quota, { costNanoUsd: 1_001n });
    await ask(quota, { costNanoUsd: 1_000n });
  });

  it('counts a request in the day in which it was reserved', async () => {
    const { clock, quota } = await startQuota({ ...NO_DEFAULTS, accountSpendPerDayNanoUsd: 1_000n });
    clock.time = Date.UTC(2026, 9, 10, 23, 59, 59, 999);
    const late = await ask(quota, { costNanoUsd: 1_000n });
    clock.time += 1;
    late.settle({ tokens: 0, costNanoUsd: 1_000_000n });

    await ask(quota, { costNanoUsd: 1_000n });
    await refusal(quota, { costNanoUsd: 1n });
  });
});
