import { Prisma } from '../../generated/prisma/client.js';
import type { OperationAction, OperationRecord } from '../operations/operations.module.js';

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

/** A limit that branches get by their names when they are made. */
export interface LimitDefault {
  readonly id: string;
  readonly pattern: string;
  readonly kind: string;
  /** '' means all models together */
  readonly modelId: string;
  readonly value: bigint;
  readonly hard: boolean;
}

/** A project's branches while no one else may change them. All it finds are living ones, unless it says otherwise. */
export class LockedTree {
  /** What was done, as it will be told. */
  readonly operations: OperationRecord[] = [];
  /** Whether limits were added: every replica keeps all limits in memory. */
  limited = false;

  constructor(
    /** for repositories alone */
    readonly transaction: Prisma.TransactionClient,
    readonly projectId: string,
    /** the lineage source whose copy the tree is, and which alone may change it; null for a tree of its own */
    readonly sourceId: string | null,
    readonly now: Date,
  ) {}

  async find(id: string): Promise<BranchRecord | null> {
    return this.transaction.branch.findFirst({ where: { id, projectId: this.projectId, deletedAt: null } });
  }

  /** A deleted one that its user may have back. */
  async findRecoverable(id: string): Promise<BranchRecord | null> {
    const since = new Date(this.now.getTime() - RECOVERY_MS);
    const deletedBy = { in: ['user', 'ttl'] };
    return this.transaction.branch.findFirst({
      where: { id, projectId: this.projectId, deletedAt: { gt: since }, deletedBy },
    });
  }

  async findDefault(): Promise<BranchRecord | null> {
    return this.transaction.branch.findFirst({
      where: { projectId: this.projectId, isDefault: true, deletedAt: null },
    });
  }

  async hasName(name: string): Promise<boolean> {
    return (await this.transaction.branch.count({ where: { projectId: this.projectId, name, deletedAt: null } })) > 0;
  }

  async hasChildren(id: string): Promise<boolean> {
    return (await this.transaction.branch.count({ where: { parentId: id, deletedAt: null } })) > 0;
  }

  /** How many branches lead from the root to this one, itself included; counted no further than `max`. */
  async depthOf(id: string, max: number): Promise<number> {
    const [row] = await this.transaction.$queryRaw<{ depth: number }[]>`
      WITH RECURSIVE chain AS (
        SELECT parent_id, 1 AS depth FROM branches WHERE id = ${id}
        UNION ALL
        SELECT b.parent_id, c.depth + 1 FROM branches b JOIN chain c ON b.id = c.parent_id WHERE c.depth < ${max}
      )
      SELECT max(depth)::int AS depth FROM chain`;
    return row?.depth ?? 0;
  }

  /** Whether the way from a branch to its root leads through another; a branch is on its own way. */
  async leadsThrough(from: string, through: string): Promise<boolean> {
    // UNION (not UNION ALL) ends at a circle.
    const rows = await this.transaction.$queryRaw<unknown[]>`
      WITH RECURSIVE chain AS (
        SELECT id, parent_id FROM branches WHERE id = ${from}
        UNION
        SELECT b.id, b.parent_id FROM branches b JOIN chain c ON b.id = c.parent_id
      )
      SELECT 1 FROM chain WHERE id = ${through}`;
    return rows.length > 0;
  }

  async add({ annotation, ...branch }: NewBranch): Promise<BranchRecord> {
    const moment = { createdAt: this.now, updatedAt: this.now };
    const data = { ...branch, ...moment, ...(annotation == null ? {} : { annotation }) };
    return this.transaction.branch.create({ data });
  }

  async change(id: string, changes: BranchChanges): Promise<BranchRecord> {
    return this.transaction.branch.update({ where: { id }, data: { ...changes, updatedAt: this.now } });
  }

  /** A project has one default branch at most, so the former one steps back first. */
  async makeDefault(id: string): Promise<BranchRecord> {
    await this.transaction.branch.updateMany({
      where: { projectId: this.projectId, isDefault: true, id: { not: id } },
      data: { isDefault: false, updatedAt: this.now },
    });
    return this.change(id, { isDefault: true });
  }

  /** All living children of one branch become another's. */
  async moveChildren(from: string, to: string): Promise<void> {
    await this.transaction.branch.updateMany({
      where: { parentId: from, deletedAt: null, id: { not: to } },
      data: { parentId: to, updatedAt: this.now },
    });
  }

  /** Deletes for good a branch that could have been recovered. False when there is none. */
  async forget(id: string): Promise<boolean> {
    const { count } = await this.transaction.branch.updateMany({
      where: { id, projectId: this.projectId, deletedAt: { not: null } },
      data: { deletedBy: null },
    });
    return count > 0;
  }

  async listLimitDefaults(): Promise<LimitDefault[]> {
    return this.transaction.branchLimitDefault.findMany({ where: { projectId: this.projectId } });
  }

  /** A limit that somebody set on a branch meanwhile stays. */
  async addLimits(limits: readonly NewBranchLimit[]): Promise<void> {
    const data = limits.map(({ branchId, ...limit }) => ({ scopeType: 'branch', scopeId: branchId, ...limit }));
    const { count } = await this.transaction.limit.createMany({ data, skipDuplicates: true });
    this.limited ||= count > 0;
  }

  async record(id: string, action: OperationAction, branchId: string): Promise<void> {
    const { projectId, now } = this;
    const operation = { id, projectId, branchId, action, createdAt: now };
    await this.transaction.operation.create({ data: operation });
    this.operations.push(operation);
  }
}
