import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { BranchDefaultRecord } from '../admin/branch-default.repository.js';
import { literally, NEWEST_FIRST, type PagePosition, type PageRequest, rowsAfter } from '../page.js';

/** Writers of one project take turns; whoever waits longer than this is told to try again. */
const TURN = { maxWait: 5_000, timeout: 10_000 };

export interface NewBranch {
  readonly id: string;
  readonly projectId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly isDefault: boolean;
  readonly initSource: string;
  readonly expiresAt: Date | null;
}

/** A limit that a branch is born with. */
export interface NewBranchLimit {
  readonly id: string;
  readonly defaultId: string;
  readonly modelId: string;
  readonly kind: string;
  readonly value: bigint;
}

export interface BranchRecord extends NewBranch {
  readonly protected: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A branch whose time is over counts as deleted, whether or not that has been written down. */
const living = (now: Date) => ({ deletedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] });

@Injectable()
export class BranchTreeRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(projectId: string, { search, after, limit }: PageRequest, now: Date): Promise<BranchRecord[]> {
    const matches =
      search === undefined
        ? {}
        : {
            OR: [
              { name: { contains: literally(search), mode: 'insensitive' as const } },
              { id: { contains: literally(search), mode: 'insensitive' as const } },
            ],
          };
    return this.prisma.branch.findMany({
      where: { projectId, AND: [living(now), matches, rowsAfter(after)] },
      orderBy: NEWEST_FIRST,
      take: limit,
    });
  }

  /** Where a branch stands in the list; a deleted one too, so that paging survives a deletion. */
  async findPosition(projectId: string, id: string): Promise<PagePosition | null> {
    return this.prisma.branch.findFirst({ where: { id, projectId }, select: { id: true, createdAt: true } });
  }

  async find(projectId: string, id: string, now: Date): Promise<BranchRecord | null> {
    return this.prisma.branch.findFirst({ where: { id, projectId, ...living(now) } });
  }

  /** Whether a branch of this project once had this id. */
  async isKnown(projectId: string, id: string): Promise<boolean> {
    return (await this.prisma.branch.count({ where: { id, projectId } })) > 0;
  }

  /**
   * Lets one writer after the other change a project's tree, so that what `work` finds holds until it has written. Null
   * when the project is gone.
   */
  async change<Result>(
    projectId: string,
    now: Date,
    work: (tree: LockedTree) => Promise<Result>,
  ): Promise<Result | null> {
    return this.prisma.$transaction(async transaction => {
      const locked = await transaction.$queryRaw<unknown[]>`
        SELECT id FROM projects WHERE id = ${projectId} AND deleted_at IS NULL FOR UPDATE`;
      if (locked.length === 0) return null;
      const moment = now.toISOString();
      // An expired branch gives its name back.
      await transaction.$executeRaw`
        UPDATE branches SET deleted_at = expires_at, updated_at = ${moment}::timestamptz
        WHERE project_id = ${projectId} AND deleted_at IS NULL AND expires_at <= ${moment}::timestamptz`;
      // What a deleted branch was born with holds for nobody, and every replica keeps all limits in memory.
      await transaction.$executeRaw`
        DELETE FROM limits l USING branches b WHERE l.default_id IS NOT NULL AND l.scope_type = 'branch'
          AND b.id = l.scope_id AND b.project_id = ${projectId} AND b.deleted_at IS NOT NULL`;
      return work(new LockedTree(transaction, projectId));
    }, TURN);
  }
}

/** A project's branches while no one else may change them. All it finds are living ones. */
export class LockedTree {
  constructor(
    private readonly transaction: Prisma.TransactionClient,
    private readonly projectId: string,
  ) {}

  async find(id: string): Promise<BranchRecord | null> {
    return this.transaction.branch.findFirst({ where: { id, projectId: this.projectId, deletedAt: null } });
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

  async add(branch: NewBranch): Promise<BranchRecord> {
    return this.transaction.branch.create({ data: branch });
  }

  async listLimitDefaults(): Promise<BranchDefaultRecord[]> {
    return this.transaction.branchLimitDefault.findMany({ where: { projectId: this.projectId } });
  }

  async addLimits(branchId: string, limits: readonly NewBranchLimit[]): Promise<void> {
    const scope = { scopeType: 'branch', scopeId: branchId };
    await this.transaction.limit.createMany({ data: limits.map(limit => ({ ...scope, ...limit })) });
  }

  async delete(id: string, now: Date): Promise<BranchRecord> {
    return this.transaction.branch.update({ where: { id }, data: { deletedAt: now, updatedAt: now } });
  }
}
