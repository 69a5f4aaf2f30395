import type { LimitKind } from './limit-kinds.js';

/** Where a limit or a block holds. `account` is an organization; a branch includes its descendants. */
export const SCOPE_TYPES = ['account', 'project', 'branch', 'credential'] as const;
export type ScopeType = (typeof SCOPE_TYPES)[number];

export interface Limit {
  /** absent where nothing was stored */
  readonly id?: string;
  /** the default for new branches that made it; absent where somebody set it */
  readonly defaultId?: string | null;
  readonly scopeType: ScopeType;
  readonly scopeId: string;
  /** '' means all models together */
  readonly modelId: string;
  readonly kind: LimitKind;
  /** requests, tokens (input and output together) or nano-dollars a window */
  readonly value: bigint;
  /** it is not passed at all: a request reserves the most that it can take */
  readonly hard?: boolean;
  /** it is where the account's credit ends, which nobody set */
  readonly ofCredit?: true;
}

export interface Block {
  readonly scopeType: ScopeType;
  readonly scopeId: string;
  /** milliseconds since 1970 UTC; null holds until lifted */
  readonly until: number | null;
}
