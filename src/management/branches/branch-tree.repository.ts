import { Injectable } from '@nestjs/common';
import type { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { literally } from '../control-plane/page.js';
import { type BranchRecord, LockedTree, RECOVERY_MS } from './locked-tree.repository.js';
import type { SortOrder, SortPosition } from './branch-cursor.js';

/** Writers of one project take turns; anyone who waits longer than this is told to try again. */
const TURN = { maxWait: 5_000, timeout: 10_000 };
const COLUMNS = { name: 'name', created_at: 'createdAt', updated_at: 'updatedAt' } as const;

export interface BranchQuery {
  readonly search: string | undefined;
  readonly sort: SortOrder;
  readonly after: SortPosition | null;
  readonly limit: number;
  /** deleted ones that can be recovered too */
  readonly includeDeleted: boolean;
}

/** A branch whose time is over counts as deleted, whether or not that has been written down. */
const living = (now: Date) => ({ deletedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] });

@Injectable()
export class BranchTreeRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(projectId: string, query: BranchQuery, now: Date): Promise<BranchRecord[]> {
    const { by, order } = query.sort;
    return this.prisma.branch.findMany({
      where: {
        projectId,
        AND: [query.includeDeleted ? shown(now) : living(now), matching(query.search), rowsBehind(query)],
      },
      orderBy: [{ [COLUMNS[by]]: order }, { id: order }],
      take: query.limit,
    });
  }

  async count(projectId: string, search: string | undefined, now: Date): Promise<number> {
    return this.prisma.branch.count({ where: { projectId, AND: [living(now), matching(search)] } });
  }

  async find(projectId: string, id: string, now: Date): Promise<BranchRecord | null> {
    return this.prisma.branch.findFirst({ where: { id, projectId, ...living(now) } });
  }

  async findDefault(projectId: string): Promise<BranchRecord | null> {
    return this.prisma.branch.findFirst({ where: { projectId, isDefault: true, deletedAt: null } });
  }

  /** Whether a branch of this project once had this id. */
  async isKnown(projectId: string, id: string): Promise<boolean> {
    return (await this.prisma.branch.count({ where: { id, projectId } })) > 0;
  }

  /** Projects with branches whose time is over and that still stand as living. */
  async listExpiring(now: Date, limit: number): Promise<string[]> {
    const rows = await this.prisma.branch.findMany({
      where: { deletedAt: null, expiresAt: { lte: now }, project: { deletedAt: null } },
      distinct: ['projectId'],
      select: { projectId: true },
      take: limit,
    });
    return rows.map(({ projectId }) => projectId);
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
      const [locked] = await transaction.$queryRaw<{ source_id: string | null }[]>`
        SELECT (SELECT s.id FROM lineage_sources s WHERE s.project_id = p.id) AS source_id
        FROM projects p WHERE p.id = ${projectId} AND p.deleted_at IS NULL FOR UPDATE`;
      if (locked === undefined) return null;
      await endExpired(transaction, projectId, now);
      return work(new LockedTree(transaction, projectId, locked.source_id, now));
    }, TURN);
  }
}

/** An expired branch gives its name back, and what a deleted one was born with holds for nobody. */
async function endExpired(transaction: Prisma.TransactionClient, projectId: string, now: Date): Promise<void> {
  const moment = now.toISOString();
  await transaction.$executeRaw`
    WITH ended AS (
      UPDATE branches SET deleted_at = expires_at, deleted_by = 'ttl', updated_at = ${moment}::timestamptz
      WHERE project_id = ${projectId} AND deleted_at IS NULL AND expires_at <= ${moment}::timestamptz
      RETURNING id
    )
    INSERT INTO operations (id, project_id, branch_id, action, created_at)
    SELECT gen_random_uuid()::text, ${projectId}, id, 'delete_timeline', ${moment}::timestamptz FROM ended`;
  // Every replica keeps all limits in memory.
  await transaction.$executeRaw`
    DELETE FROM limits l USING branches b WHERE l.default_id IS NOT NULL AND l.scope_type = 'branch'
      AND b.id = l.scope_id AND b.project_id = ${projectId} AND b.deleted_at IS NOT NULL`;
}

/** The living, the recoverable, and those that expired and were not swept yet. */
function shown(now: Date) {
  const since = new Date(now.getTime() - RECOVERY_MS);
  return { OR: [{ deletedAt: null }, { deletedAt: { gt: since }, deletedBy: { in: ['user', 'ttl'] } }] };
}

function matching(search: string | undefined) {
  if (search === undefined) return {};
  const contains = { contains: literally(search), mode: 'insensitive' as const };
  return { OR: [{ name: contains }, { id: contains }] };
}

function rowsBehind({ sort, after }: BranchQuery) {
  if (after === null) return {};
  const column = COLUMNS[sort.by];
  const value = sort.by === 'name' ? after.value : new Date(after.value);
  const behind = sort.order === 'asc' ? 'gt' : 'lt';
  return { OR: [{ [column]: { [behind]: value } }, { [column]: value, id: { [behind]: after.id } }] };
}
