import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { Scope } from '../../quota/limit-index.js';
import type { TenantScope } from '../control-plane/access/tenant-scope.repository.js';
import type { BlockRecord } from '../blocks/blocks.module.js';
import type { LimitRecord } from './limit.repository.js';

/** As deep as identity follows a lineage. */
const MAX_DEPTH = 10_000;

/** A place on the way of a request, with its name where it has one. */
export interface NamedScope extends Scope {
  readonly name: string | null;
}

export interface StoredLimit extends LimitRecord {
  readonly defaultId: string | null;
}

/** A counter to be looked up: its window's begin, and whose spend it counts where it counts money. */
export interface CounterQuestion {
  readonly key: string;
  readonly begin: number;
  readonly spend: boolean;
}

export interface CounterState {
  readonly used: bigint;
  readonly reserved: bigint;
}

interface ScopeRow {
  readonly type: Scope['type'];
  readonly id: string;
  readonly name: string | null;
}

interface CounterRow {
  readonly key: string;
  readonly used: bigint;
  readonly leased: bigint;
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

  async listLimits(scopes: readonly Scope[]): Promise<StoredLimit[]> {
    return this.prisma.limit.findMany({ where: { OR: byType(scopes) }, orderBy: { modelId: 'asc' } });
  }

  async listBlocks(scopes: readonly Scope[], now: Date): Promise<BlockRecord[]> {
    return this.prisma.block.findMany({
      where: { liftedAt: null, OR: byType(scopes), AND: { OR: [{ until: null }, { until: { gt: now } }] } },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  async listModelIds(): Promise<string[]> {
    const rows = await this.prisma.model.findMany({ select: { id: true }, orderBy: { id: 'asc' } });
    return rows.map(row => row.id);
  }

  /** What the counters hold. Where money was not counted yet, what the counter would begin with. */
  async readCounters(questions: readonly CounterQuestion[]): Promise<ReadonlyMap<string, CounterState>> {
    const rows = await this.prisma.$queryRaw<CounterRow[]>`
      SELECT q.key, coalesce(c.leased, 0) AS leased, coalesce(c.used, CASE WHEN q.spend THEN bough_spent(
        split_part(q.key, ' ', 2), split_part(q.key, ' ', 3), split_part(q.key, ' ', 4),
        to_timestamp(q.win::DOUBLE PRECISION / 1000)) ELSE 0 END) AS used
      FROM unnest(
        ${questions.map(({ key }) => key)}::text[],
        ${questions.map(({ begin }) => BigInt(begin))}::bigint[],
        ${questions.map(({ spend }) => spend)}::boolean[]
      ) AS q (key, win, spend)
      LEFT JOIN quota_counters c ON c.key = q.key AND c.win = q.win`;
    // Below zero is what a correction took before the replica reported it, which is part of the lease until then.
    return new Map(
      rows.map(({ key, used, leased }) => [
        key,
        used < 0n ? { used: 0n, reserved: leased + used } : { used, reserved: leased },
      ]),
    );
  }
}

function byType(scopes: readonly Scope[]) {
  const idsOf = (type: Scope['type']) => scopes.filter(scope => scope.type === type).map(scope => scope.id);
  return [...new Set(scopes.map(scope => scope.type))].map(type => ({
    scopeType: type,
    scopeId: { in: idsOf(type) },
  }));
}
