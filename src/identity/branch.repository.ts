import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import type { Branch } from './identity.types.js';

/** A chain longer than this is not followed: the rest does not count as ancestors. */
const MAX_DEPTH = 10_000;

interface ChainRow {
  readonly id: string;
  readonly parent_id: string | null;
  readonly name: string;
  readonly project_id: string;
  readonly organization_id: string;
  readonly expires_at: Date | string | null;
}

@Injectable()
export class BranchRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** A living branch with its way to the root, in one query. Null when it does not exist, was deleted or has expired. */
  async findWithLineage(branchId: string): Promise<Branch | null> {
    // UNION (not UNION ALL) ends at a cycle, so that a damaged tree costs no more than a healthy one.
    const rows = await this.prisma.$queryRaw<ChainRow[]>`
      WITH RECURSIVE chain AS (
        SELECT b.id, b.parent_id, b.name, b.project_id, p.organization_id, b.expires_at
        FROM branches b JOIN projects p ON p.id = b.project_id
        WHERE b.id = ${branchId} AND b.deleted_at IS NULL AND p.deleted_at IS NULL
          AND (b.expires_at IS NULL OR b.expires_at > now())
        UNION
        SELECT b.id, b.parent_id, b.name, b.project_id, c.organization_id, b.expires_at
        FROM branches b JOIN chain c ON b.id = c.parent_id AND b.project_id = c.project_id
      )
      SELECT id, parent_id, name, project_id, organization_id, expires_at FROM chain LIMIT ${MAX_DEPTH}`;
    const own = rows.find(row => row.id === branchId);
    if (own === undefined) return null;
    return {
      id: own.id,
      name: own.name,
      projectId: own.project_id,
      organizationId: own.organization_id,
      lineage: orderLineage(own.id, rows),
      expiresAt: own.expires_at === null ? null : new Date(own.expires_at).getTime(),
    };
  }

  async findIdByName(projectId: string, name: string): Promise<string | null> {
    const row = await this.prisma.branch.findFirst({
      where: { projectId, name, deletedAt: null },
      select: { id: true },
    });
    return row?.id ?? null;
  }
}

function orderLineage(from: string, rows: readonly ChainRow[]): string[] {
  const parents = new Map(rows.map(row => [row.id, row.parent_id]));
  const lineage: string[] = [];
  const seen = new Set<string>();
  for (let id: string | null | undefined = from; id != null && parents.has(id) && !seen.has(id); id = parents.get(id)) {
    seen.add(id);
    lineage.push(id);
  }
  return lineage;
}
