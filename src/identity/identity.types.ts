/** Who calls: a credential that was presented and is valid now. */
export interface Caller {
  /** `nak_live_…` */
  readonly credentialId: string;
  /** 12 hex digits; may be logged */
  readonly shortId: string;
  readonly anchorBranchId: string;
  readonly projectId: string;
  /** the account that pays */
  readonly organizationId: string;
  readonly scopes: readonly string[];
}

/** The branch that a request addresses, with its way to the root. */
export interface Branch {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly organizationId: string;
  /** ids from this branch (first) to its root (last) */
  readonly lineage: readonly string[];
  /** milliseconds since 1970 UTC; absent or null for a branch that does not end by itself */
  readonly expiresAt?: number | null;
}

/** Who manages: a management key that was presented and is valid now. */
export interface Operator {
  readonly keyId: string;
  readonly name: string;
  readonly organizationId: string;
  /** whether theirs is the organization whose administrators run the installation */
  readonly home: boolean;
  /** the one project that the key is for; null for the whole organization */
  readonly projectId: string | null;
  readonly role: string;
}

export const INVOKE_SCOPE = 'ai_gateway:invoke';
