/** What a limit counts. Windows are calendar minutes and UTC days. */
export const LIMIT_KINDS = ['requests_per_minute', 'tokens_per_minute', 'spend_per_day'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** Where a limit or a block holds. `account` is an organization; a branch includes its descendants. */
export const SCOPE_TYPES = ['account', 'project', 'branch', 'credential'] as const;
export type ScopeType = (typeof SCOPE_TYPES)[number];

export interface Limit {
  readonly scopeType: ScopeType;
  readonly scopeId: string;
  /** '' means all models together */
  readonly modelId: string;
  readonly kind: LimitKind;
  /** requests, tokens (input and output together) or nano-dollars a window */
  readonly value: bigint;
}

export interface Block {
  readonly scopeType: ScopeType;
  readonly scopeId: string;
  /** milliseconds since 1970 UTC; null holds until lifted */
  readonly until: number | null;
}
