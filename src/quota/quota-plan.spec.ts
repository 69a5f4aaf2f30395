import { LimitIndex } from './limit-index.js';
import type { Block, Limit } from './limit.types.js';
import { compilePlan, groupBlocks } from './quota-plan.js';
import type { QuotaRequest } from './quota.types.js';

const DEFAULTS = { tokensPerMinute: 7, modelTokensPerMinute: 0, spendPerDay: 0n };
const REQUEST = {
  caller: { credentialId: 'nak' },
  branch: { organizationId: 'org', projectId: 'p', lineage: ['br-leaf', 'br-root'] },
  model: { id: 'm' },
} as unknown as QuotaRequest;
const limit = (scopeType: Limit['scopeType'], scopeId: string, kind: Limit['kind'], fields: Partial<Limit> = {}) => ({
  ...{ scopeType, scopeId, kind, modelId: '', value: 10n },
  ...fields,
});
const block = (scopeType: Block['scopeType'], scopeId: string, until: number | null): Block => ({
  ...{ scopeType, scopeId, until },
});
const plan = (limits: Limit[], blocks: Block[] = []) =>
  compilePlan(REQUEST, new LimitIndex(limits, DEFAULTS), groupBlocks(blocks));

describe('all that a credential’s requests count against', () => {
  it('is each limit of its places, with its counter', () => {
    const { limits, lineage, anyHard } = plan([
      limit('branch', 'br-leaf', 'spend_per_day', { modelId: 'm' }),
      limit('branch', 'br-root', 'requests_per_minute'),
      limit('credential', 'nak', 'concurrent_requests'),
      limit('credential', 'another', 'concurrent_requests'),
      limit('project', 'p', 'spend_total', { modelId: 'other' }),
    ]);
    expect([lineage, anyHard]).toEqual([REQUEST.branch.lineage, false]);
    expect(limits.map(({ counter }) => counter)).toEqual([
      { key: 'tokens_per_minute account org ', mayExceed: true, spender: null },
      { key: 'requests_per_minute branch br-root ', mayExceed: false, spender: null },
      { key: 'spend_per_day branch br-leaf m', mayExceed: false, spender: ['branch', 'br-leaf', 'm'] },
      { key: 'concurrent_requests credential nak ', mayExceed: false, spender: null },
    ]);
  });

  it('is hard where one of them is, and that one has no exception', () => {
    const { limits, anyHard } = plan([
      limit('project', 'p', 'tokens_per_minute', { hard: true }),
      limit('project', 'p', 'tokens_per_minute', { modelId: 'm' }),
    ]);
    expect([anyHard, limits.map(({ counter }) => counter.mayExceed)]).toEqual([true, [true, false, true]]);
  });

  it('is each block of its places: those without an end first, then the one that ends last', () => {
    const forever = block('account', 'org', null);
    const blocks = [
      block('branch', 'br-leaf', 5),
      block('project', 'p', 9),
      forever,
      block('branch', 'br-leaf', 7),
      block('credential', 'nak', null),
      block('project', 'another', null),
    ];
    expect(plan([], blocks).blocks.map(({ scopeType, until }) => [scopeType, until])).toEqual([
      ['account', null],
      ['credential', null],
      ['project', 9],
      ['branch', 7],
      ['branch', 5],
    ]);
  });
});
