import { type DefaultLimits, kindOfCounter, LIMIT_KINDS, limitKind, type LimitKind } from './limit-kinds.js';
import { type Limit, SCOPE_TYPES, type ScopeType } from './limit.types.js';

/** A place where a limit or a block may hold, for one request. */
export interface Scope {
  readonly type: ScopeType;
  readonly id: string;
}

/** All that holds one counter: the smallest of what was set and of what follows from credit, or else the default. */
export interface LimitInForce {
  readonly kind: LimitKind;
  readonly scope: Scope;
  /** '' means all models together */
  readonly modelId: string;
  /** requests, tokens (input and output together) or nano-dollars a window */
  readonly cap: number;
  /** the cap is where the account's credit ends */
  readonly ofCredit: boolean;
  /** a request must reserve the most that it can take, for this limit or another of the same counter */
  readonly hard: boolean;
  /** what was set, and where credit ends: both hold. Empty for a default of the configuration. */
  readonly stored: readonly Limit[];
}

/**
 * All limits at one moment. A stored limit replaces the default of the same scope, kind and model; beside one that
 * follows from credit it holds as well, so the smaller counts.
 */
export class LimitIndex {
  private readonly stored: ReadonlyMap<string, readonly Limit[]>;
  /** whether somebody set a limit to 0, somewhere */
  readonly anyOfZero: boolean;

  constructor(
    limits: readonly Limit[],
    private readonly defaults: DefaultLimits,
  ) {
    const stored = new Map<string, Limit[]>();
    for (const limit of limits) {
      const key = counterKey(limit.kind, { type: limit.scopeType, id: limit.scopeId }, limit.modelId);
      stored.set(key, [...(stored.get(key) ?? []), limit].toSorted(tightestFirst));
    }
    this.stored = stored;
    this.anyOfZero = limits.some(({ value, ofCredit }) => value <= 0n && ofCredit !== true);
  }

  /** What is in force for a counter, or null where nothing is. `modelId` '' asks for all models together. */
  find(kind: LimitKind, scope: Scope, modelId: string): LimitInForce | null {
    const stored = this.stored.get(counterKey(kind, scope, modelId)) ?? [];
    const [tightest] = stored;
    const cap = tightest === undefined ? this.defaultOf(kind, scope, modelId) : Number(tightest.value);
    if (cap === null) return null;
    const hard = stored.some(limit => limit.hard === true);
    return { kind, scope, modelId, cap, ofCredit: tightest?.ofCredit === true, hard, stored };
  }

  /** Which stored limit holds for a counter; '' for a default or none. One that was removed and set again is another. */
  idOf(key: string): string {
    return this.stored.get(key)?.[0]?.id ?? '';
  }

  /** The cap of a counter by its key, or null. */
  capOf(key: string): number | null {
    const [kind, type, id = '', modelId = ''] = key.split(' ');
    const known = LIMIT_KINDS.find(name => name === kind);
    const scope = SCOPE_TYPES.find(name => name === type);
    return known === undefined || scope === undefined
      ? null
      : (this.find(known, { type: scope, id }, modelId)?.cap ?? null);
  }

  private defaultOf(kind: LimitKind, scope: Scope, modelId: string): number | null {
    if (scope.type !== 'account') return null;
    return Number(limitKind(kind).accountDefault?.(this.defaults, modelId) ?? 0) || null;
  }
}

/** Of two that are met at once, credit is what to speak of. */
function tightestFirst(one: Limit, other: Limit): number {
  if (one.value !== other.value) return one.value < other.value ? -1 : 1;
  return Number(other.ofCredit === true) - Number(one.ofCredit === true);
}

/** Ids hold no spaces, so the key says one thing only. */
export function counterKey(kind: LimitKind, scope: Scope, modelId: string): string {
  return `${kind} ${scope.type} ${scope.id} ${modelId}`;
}

/** Whether a counter's key is one of money. */
export function isOfSpend(key: string): boolean {
  return kindOfCounter(key)?.takes === 'cost';
}

/** Every place that a request counts against, the widest first: account, project, branches from the root down, credential. */
export function scopesOf(
  organizationId: string,
  projectId: string,
  lineage: readonly string[],
  credentialId: string,
): Scope[] {
  return [
    { type: 'account', id: organizationId },
    { type: 'project', id: projectId },
    ...lineage.map((id): Scope => ({ type: 'branch', id })).reverse(),
    { type: 'credential', id: credentialId },
  ];
}
