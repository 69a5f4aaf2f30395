import type { CounterIdentity } from './lease-pool.js';
import { limitKind } from './limit-kinds.js';
import type { Block } from './limit.types.js';
import { counterKey, type LimitInForce, type LimitIndex, type Scope, scopesOf } from './limit-index.js';
import { limitsAt } from './limits-in-force.js';
import type { QuotaRequest } from './quota.types.js';

export interface PlannedLimit extends LimitInForce {
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
  const limits = limitsAt(index, scopes, [model.id]).map(limit => ({ ...limit, counter: counterOf(limit) }));
  return {
    lineage: branch.lineage,
    limits,
    anyHard: limits.some(({ hard }) => hard),
    blocks: blocksAt(blocks, scopes).toSorted(longestFirst),
  };
}

/** Which blocks hold at these places. */
export function blocksAt(blocks: ReadonlyMap<string, readonly Block[]>, scopes: readonly Scope[]): Block[] {
  return scopes.flatMap(scope => blocks.get(scopeKey(scope.type, scope.id)) ?? []);
}

/**
 * Tokens: a request that is larger than the whole limit passes when nothing else was taken in its window, or a long
 * prompt could never run at all. Money has no such exception, nor has a hard limit.
 */
function counterOf({ kind, scope, modelId, hard }: LimitInForce): CounterIdentity {
  return {
    key: counterKey(kind, scope, modelId),
    mayExceed: limitKind(kind).takes === 'tokens' && !hard,
    spender: limitKind(kind).takes === 'cost' ? [scope.type, scope.id, modelId] : null,
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
