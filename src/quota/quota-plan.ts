import type { Block, LimitKind } from './limit.types.js';
import { counterKey, type LimitBook, scopesOf } from './limit-book.js';
import type { MetLimit } from './quota-refusal.js';
import type { QuotaRequest } from './quota.types.js';
import type { WindowCounter, WindowCounters } from './window-counters.js';

/** Spend is counted where no limit holds too, so that a limit set at noon knows the morning. Up to this many counters. */
const MAX_UNLIMITED = 100_000;

/** The order in which a scope's limits are looked at (docs/contract.md section 4, step 10). */
const ORDER: readonly { readonly kind: LimitKind; readonly perModel: boolean }[] = [
  { kind: 'tokens_per_minute', perModel: false },
  { kind: 'tokens_per_minute', perModel: true },
  { kind: 'requests_per_minute', perModel: false },
  { kind: 'requests_per_minute', perModel: true },
  { kind: 'spend_per_day', perModel: false },
  { kind: 'spend_per_day', perModel: true },
];

export interface PlannedLimit extends MetLimit {
  readonly counter: WindowCounter;
}

/** All that a credential's requests on a branch for a model count against. Compiled once, used until something changes. */
export interface QuotaPlan {
  /** whose plan this is: another lineage of the same branch needs another plan */
  readonly lineage: readonly string[];
  /** in the order in which they are looked at */
  readonly limits: readonly PlannedLimit[];
  readonly requests: readonly WindowCounter[];
  readonly tokens: readonly WindowCounter[];
  readonly spend: readonly WindowCounter[];
  /** the ones without an end first, then the one that ends last */
  readonly blocks: readonly Block[];
}

interface PlanSources {
  readonly limits: LimitBook;
  readonly blocks: ReadonlyMap<string, readonly Block[]>;
  readonly minutes: WindowCounters;
  readonly days: WindowCounters;
}

export function compilePlan({ caller, branch, model }: QuotaRequest, sources: PlanSources): QuotaPlan {
  const scopes = scopesOf(branch.organizationId, branch.projectId, branch.lineage, caller.credentialId);
  const limits: PlannedLimit[] = [];
  const spend = new Set<WindowCounter>();
  for (const scope of scopes) {
    for (const { kind, perModel } of ORDER) {
      const modelId = perModel ? model.id : '';
      const key = counterKey(kind, scope, modelId);
      const counters = kind === 'spend_per_day' ? sources.days : sources.minutes;
      const cap = sources.limits.find(kind, scope, modelId);
      if (cap !== null) {
        limits.push({ kind, scope, modelId, cap, counter: counters.get(key) });
      } else if (kind === 'spend_per_day') {
        const counter = counters.getWithin(key, MAX_UNLIMITED);
        if (counter !== null) spend.add(counter);
      }
    }
  }
  const limited = (kind: LimitKind) => limits.filter(limit => limit.kind === kind).map(({ counter }) => counter);
  return {
    lineage: branch.lineage,
    limits,
    requests: limited('requests_per_minute'),
    tokens: limited('tokens_per_minute'),
    spend: [...limited('spend_per_day'), ...spend],
    blocks: scopes.flatMap(scope => sources.blocks.get(scopeKey(scope.type, scope.id)) ?? []).toSorted(longestFirst),
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
