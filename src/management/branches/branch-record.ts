/** How long a deleted branch or project can be recovered. */
export const RECOVERY_MS = 7 * 86_400_000;

export interface NewBranch {
  readonly id: string;
  readonly projectId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly isDefault: boolean;
  readonly initSource: string;
  readonly expiresAt: Date | null;
  readonly protected?: boolean;
  /** the time that `expiresAt` was set for */
  readonly ttlSeconds?: number | null;
  readonly annotation?: Record<string, string> | null;
}

/** A limit that a branch is born with. */
export interface NewBranchLimit {
  readonly id: string;
  readonly branchId: string;
  readonly defaultId: string;
  readonly modelId: string;
  readonly kind: string;
  readonly value: bigint;
  readonly hard: boolean;
}

export interface BranchRecord {
  readonly id: string;
  readonly projectId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly isDefault: boolean;
  readonly protected: boolean;
  readonly initSource: string;
  readonly expiresAt: Date | null;
  readonly ttlSeconds: number | null;
  readonly lastResetAt: Date | null;
  readonly annotation: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deletedAt: Date | null;
  /** `user`, `ttl` or `source`; null for a living branch, and for one that cannot be recovered */
  readonly deletedBy: string | null;
}

/** What may change of a branch. */
export interface BranchChanges {
  readonly name?: string;
  readonly parentId?: string | null;
  readonly isDefault?: boolean;
  readonly protected?: boolean;
  readonly initSource?: string;
  readonly expiresAt?: Date | null;
  readonly ttlSeconds?: number | null;
  readonly lastResetAt?: Date;
  readonly deletedAt?: Date | null;
  readonly deletedBy?: string | null;
}
