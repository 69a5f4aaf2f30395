import type { CatalogModel } from '../catalog/catalog.types.js';
import { limit, NO_DEFAULTS, NOON, placeOf, startQuota } from '../../test/support/quota-setup.js';

const PAID = { id: 'gpt-5', prices: { input: 1n, output: 1n } } as CatalogModel;
const FREE = { id: 'gte', prices: { input: 0n, output: 0n } } as CatalogModel;

async function open(limits: ReturnType<typeof limit>[], blocks: object[] = []) {
  const { quota } = await startQuota(NO_DEFAULTS, repository => {
    repository.limits = limits;
    repository.blocks = blocks as never;
  });
  return [PAID, FREE].filter(quota.openModels(placeOf())).map(({ id }) => id);
}

describe('the models that a credential may call on a branch', () => {
  it.each([
    ['all without limits', [], ['gpt-5', 'gte']],
    ['all where something is left', [limit('branch', 'br-root', 'tokens_per_minute', 1n)], ['gpt-5', 'gte']],
    ['none that its own limit shuts', [limit('branch', 'br-leaf', 'tokens_per_minute', 0n, 'gpt-5')], ['gte']],
    ['none that a limit above shuts', [limit('branch', 'br-root', 'concurrent_requests', 0n, 'gpt-5')], ['gte']],
    ['none at all under a 0 for all', [limit('credential', 'nak_live_a', 'requests_per_minute', 0n)], []],
    ['what costs nothing under a 0 of money', [limit('account', 'org-a', 'spend_per_day', 0n)], ['gte']],
    ['all where another branch is shut', [limit('branch', 'br-other', 'tokens_per_minute', 0n)], ['gpt-5', 'gte']],
    [
      'all where credit is used up: nobody shut anything',
      [{ ...limit('account', 'org-a', 'spend_total', 0n), ofCredit: true as const }],
      ['gpt-5', 'gte'],
    ],
  ])('are %s', async (_, limits, ids) => {
    expect(await open(limits)).toEqual(ids);
  });

  it('are none under a block that somebody must lift, and all under one that ends', async () => {
    const block = { scopeType: 'project', scopeId: 'project-a' };
    expect(await open([], [{ ...block, until: null }])).toEqual([]);
    expect(await open([], [{ ...block, until: NOON + 60_000 }])).toEqual(['gpt-5', 'gte']);
  });
});
