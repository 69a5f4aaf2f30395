import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { OLDEST_FIRST, type PagePosition, rowsSince } from '../control-plane/page.js';
import type { LimitChange } from './limit.repository.js';
import { ownProjects, type TenantScope } from '../control-plane/access/tenant-scope.repository.js';

export interface BranchDefault {
  readonly projectId: string;
  readonly pattern: string;
  readonly kind: string;
  /** '' means all models together */
  readonly modelId: string;
  readonly value: bigint;
  readonly hard: boolean;
}

export interface BranchDefaultRecord extends BranchDefault {
  readonly id: string;
  readonly createdAt: Date;
}

export type BranchDefaultKey = Omit<BranchDefault, 'value' | 'hard'>;

@Injectable()
export class BranchDefaultRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(
    { projectId, pattern, kind, modelId }: Partial<BranchDefaultKey>,
    after: PagePosition | null,
    limit: number,
  ): Promise<BranchDefaultRecord[]> {
    return this.prisma.branchLimitDefault.findMany({
      where: { projectId, pattern, kind, modelId, AND: [rowsSince(after)] },
      orderBy: OLDEST_FIRST,
      take: limit,
    });
  }

  async findOf(tenant: TenantScope, key: BranchDefaultKey): Promise<BranchDefaultRecord | null> {
    return this.prisma.branchLimitDefault.findFirst({ where: { ...key, project: ownProjects(tenant) } });
  }

  async find(tenant: TenantScope, id: string): Promise<BranchDefaultRecord | null> {
    return this.prisma.branchLimitDefault.findFirst({ where: { id, project: ownProjects(tenant) } });
  }

  /** There is one a project, pattern, kind and model: this becomes it. `id` names it where there was none. */
  async put(id: string, { value, hard, ...key }: BranchDefault): Promise<BranchDefaultRecord> {
    return this.prisma.branchLimitDefault.upsert({
      where: { projectId_pattern_kind_modelId: key },
      create: { id, ...key, value, hard },
      update: { value, hard },
    });
  }

  /** Null when the operator has none. */
  async change(tenant: TenantScope, id: string, change: LimitChange): Promise<BranchDefaultRecord | null> {
    const where = { id, project: ownProjects(tenant) };
    const { count } = await this.prisma.branchLimitDefault.updateMany({ where, data: change });
    return count === 0 ? null : this.find(tenant, id);
  }

  /** Whether the operator had it. The limits that it made stay. */
  async delete(tenant: TenantScope, id: string): Promise<boolean> {
    const where = { id, project: ownProjects(tenant) };
    const { count } = await this.prisma.branchLimitDefault.deleteMany({ where });
    return count > 0;
  }
}
