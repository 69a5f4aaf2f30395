import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { Scope } from '../../quota/limit-index.js';
import { atScopes, inForce } from '../../quota/quota.repository.js';
import type { TenantScope } from '../control-plane/access/tenant-scope.repository.js';
import type { BlockRecord } from '../blocks/blocks.module.js';

/** As deep as identity follows a lineage. */
const MAX_DEPTH = 10_000;

/** A place on the way of a request, with its name where it has one. */
export interface NamedScope extends Scope {
  readonly name: string | null;
}

interface ScopeRow {
  readonly type: Scope['type'];
  readonly id: string;
  readonly name: string | null;
}

@Injectable()
export class EffectiveLimitRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Account, project and branches from the root down to this one; empty where the operator has no such living branch. To a
   * key of one project the account is not shown: what it holds is the whole organization's.
   */
  async findPath({ organizationId, projectId }: TenantScope, branchId: string): Promise<NamedScope[]> {
    return this.prisma.$queryRaw<ScopeRow[]>`
      WITH RECURSIVE chain AS (
        SELECT b.id, b.parent_id, b.project_id, b.name, 1 AS depth FROM branches b
        JOIN projects p ON p.id = b.project_id AND p.organization_id = ${organizationId} AND p.deleted_at IS NULL
          AND (${projectId}::text IS NULL OR p.id = ${projectId})
        WHERE b.id = ${branchId} AND b.deleted_at IS NULL AND (b.expires_at IS NULL OR b.expires_at > now())
        UNION ALL
        SELECT b.id, b.parent_id, b.project_id, b.name, c.depth + 1 FROM branches b
        JOIN chain c ON b.id = c.parent_id AND b.project_id = c.project_id WHERE c.depth < ${MAX_DEPTH}
      ), path AS (
        SELECT 'account' AS type, o.id, o.name, -2 AS height FROM organizations o
        WHERE o.id = ${organizationId} AND ${projectId}::text IS NULL AND EXISTS (SELECT 1 FROM chain)
        UNION ALL
        SELECT 'project', p.id, p.name, -1 FROM projects p WHERE p.id IN (SELECT project_id FROM chain)
        UNION ALL
        SELECT 'branch', id, name, (SELECT max(depth) FROM chain) - depth FROM chain
      )
      SELECT type, id, name FROM path ORDER BY height`;
  }

  /** A credential that works on one of the branches: null where there is none of that id. */
  async findCredential(id: string, branchIds: readonly string[]): Promise<NamedScope | null> {
    const row = await this.prisma.credential.findFirst({
      where: { id, branchId: { in: [...branchIds] } },
      select: { id: true, name: true },
    });
    return row && { type: 'credential', ...row };
  }

  async listBlocks(scopes: readonly Scope[], now: Date): Promise<BlockRecord[]> {
    return this.prisma.block.findMany({
      where: { OR: atScopes(scopes), AND: inForce(now) },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  async listModelIds(): Promise<string[]> {
    const rows = await this.prisma.model.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
    return rows.map(row => row.id);
  }
}
