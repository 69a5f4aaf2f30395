import { Injectable } from '@nestjs/common';
import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { inForce } from '../../quota/quota.repository.js';
import type { PagePosition } from '../control-plane/page.js';
import { filtered, ownScope, since, type TenantScope } from '../control-plane/access/tenant-scope.repository.js';

export interface NewBlock {
  readonly id: string;
  readonly scopeType: string;
  readonly scopeId: string;
  readonly reason: string | null;
  readonly until: Date | null;
}

export interface BlockRecord extends NewBlock {
  readonly createdAt: Date;
  readonly liftedAt: Date | null;
}

export interface BlockFilter {
  readonly scopeType?: string;
  readonly scopeId?: string;
  /** without it those that hold now */
  readonly lifted?: boolean;
  readonly now: Date;
}

@Injectable()
export class BlockRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Those whose scope is or was the operator's, oldest first. */
  async list(
    tenant: TenantScope,
    { scopeType, scopeId, lifted, now }: BlockFilter,
    after: PagePosition | null,
    limit: number,
  ): Promise<BlockRecord[]> {
    const filters = { scope_type: scopeType, scope_id: scopeId };
    return this.prisma.$queryRaw<BlockRecord[]>`
      SELECT id, scope_type AS "scopeType", scope_id AS "scopeId", reason, until, created_at AS "createdAt",
        lifted_at AS "liftedAt"
      FROM blocks WHERE ${ownScope(tenant)} ${filtered(filters)} ${inState(lifted, now)} ${since(after)}
      ORDER BY created_at, id LIMIT ${limit}`;
  }

  async find(id: string): Promise<BlockRecord | null> {
    return this.prisma.block.findUnique({ where: { id } });
  }

  async add(block: NewBlock): Promise<BlockRecord> {
    return this.prisma.block.create({ data: block });
  }

  /** Null when it does not hold any more. */
  async change(
    id: string,
    columns: { until?: Date | null; reason?: string | null },
    now: Date,
  ): Promise<BlockRecord | null> {
    const { count } = await this.prisma.block.updateMany({ where: { id, ...inForce(now) }, data: columns });
    return count === 0 ? null : this.find(id);
  }

  /** The row stays, as history. */
  async lift(id: string, now: Date): Promise<void> {
    await this.prisma.block.updateMany({ where: { id, liftedAt: null }, data: { liftedAt: now } });
  }
}

function inState(lifted: boolean | undefined, now: Date): Prisma.Sql {
  if (lifted === true) return Prisma.sql`AND lifted_at IS NOT NULL`;
  if (lifted === false) return Prisma.sql`AND lifted_at IS NULL`;
  return Prisma.sql`AND lifted_at IS NULL AND (until IS NULL OR until > ${now.toISOString()}::timestamptz)`;
}
