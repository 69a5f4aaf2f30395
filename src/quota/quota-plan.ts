import type { CounterIdentity } from './lease-pool.js';
import { type Block, LIMIT_KINDS, type LimitKind, SPEND_KINDS } from './limit.types.js';
import { counterKey, type LimitIndex, type Scope, scopesOf } from './limit-index.js';
import type { MetLimit } from './quota-refusal.js';
import type { QuotaRequest } from './quota.types.js';

/** The order in which a scope's limits are looked at (docs/contract.md section 4, step 10). */
const ORDER: readonly LimitKind[] = [
  'tokens_per_minute',
  'requests_per_minute',
  'concurrent_requests',
  'spend_per_day',
  'spend_per_month',
  'spend_total',
];
if (ORDER.length !== LIMIT_KINDS.length) throw new Error('every kind of limit needs its place in the order');

export interface PlannedLimit extends MetLimit {
  readonly counter: CounterIdentity;
}

/** All that a credential's requests on a branch for a model count against. Compiled once, used until something changes. */
export interface QuotaPlan {
  /** whose plan this is: another lineage of the same branch needs another plan */
  readonly lineage: readonly string[];
  /** in the order in which they are looked at */
  readonly limits: readonly PlannedLimit[];
  /** whether one of them is hard */
  readonly anyHard: boolean;
  /** the ones without an end first, then the one that ends last */
  readonly blocks: readonly Block[];
}

export function compilePlan(
  { caller, branch, model }: QuotaRequest,
  index: LimitIndex,
  blocks: ReadonlyMap<string, readonly Block[]>,
): QuotaPlan {
  const scopes = scopesOf(branch.organizationId, branch.projectId, branch.lineage, caller.credentialId);
  const limits = scopes.flatMap(scope =>
    ORDER.flatMap(kind =>
      ['', model.id].flatMap((modelId): PlannedLimit[] => {
        const cap = index.find(kind, scope, modelId);
        if (cap === null) return [];
        const ofCredit = index.isOfCredit(kind, scope, modelId);
        const hard = index.isHard(kind, scope, modelId);
        return [{ kind, scope, modelId, cap, ofCredit, hard, counter: counterOf(kind, scope, modelId, hard) }];
      }),
    ),
  );
  return {
    lineage: branch.lineage,
    // Without credit nothing passes before somebody acts; who is told to wait for a minute first would wait in vain.
    anyHard: limits.some(({ hard }) => hard),
    limits: limits.toSorted((one, other) => Number(other.ofCredit) - Number(one.ofCredit)),
    blocks: scopes.flatMap(scope => blocks.get(scopeKey(scope.type, scope.id)) ?? []).toSorted(longestFirst),
  };
}

/**
 * Tokens: a request that is larger than the whole limit passes when nothing else was taken in its window, or a long
 * prompt could never run at all. Money has no such exception, nor has a hard limit.
 */
function counterOf(kind: LimitKind, scope: Scope, modelId: string, hard: boolean): CounterIdentity {
  return {
    key: counterKey(kind, scope, modelId),
    mayExceed: kind === 'tokens_per_minute' && !hard,
    spender: SPEND_KINDS.has(kind) ? [scope.type, scope.id, modelId] : null,
  };
}

export function groupBlocks(blocks: readonly Block[]): ReadonlyMap<string, readonly Block[]> {
  const groups = new Map<string, Block[]>();
  for (const block of blocks) {
    const key = scopeKey(block.scopeType, block.scopeId);
    groups.set(key, [...(groups.get(key) ?? []), block]);
  }
  return groups;
}

function scopeKey(type: string, id: string): string {
  return `${type} ${id}`;
}

function longestFirst(one: Block, other: Block): number {
  return (other.until ?? Infinity) === (one.until ?? Infinity)
    ? 0
    : (other.until ?? Infinity) - (one.until ?? Infinity);
}
