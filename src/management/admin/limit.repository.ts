import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { Limit } from '../../quota/limit.types.js';

export interface LimitRecord {
  readonly id: string;
  readonly scopeType: string;
  readonly scopeId: string;
  /** '' means all models together */
  readonly modelId: string;
  readonly kind: string;
  readonly value: bigint;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

@Injectable()
export class LimitRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(filter: { scopeType?: string; scopeId?: string }): Promise<LimitRecord[]> {
    const { scopeType, scopeId } = filter;
    return this.prisma.limit.findMany({
      where: { scopeType, scopeId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  async find(id: string): Promise<LimitRecord | null> {
    return this.prisma.limit.findUnique({ where: { id } });
  }

  /** There is one limit a scope, model and kind: this becomes it. `id` names it where there was none. */
  async put(id: string, { scopeType, scopeId, modelId, kind, value }: Limit): Promise<LimitRecord> {
    const key = { scopeType, scopeId, modelId, kind };
    return this.prisma.limit.upsert({
      where: { scopeType_scopeId_modelId_kind: key },
      create: { id, ...key, value },
      update: { value, defaultId: null },
    });
  }

  /**
   * With its counters and leases: a limit that is set again later begins with what the ledger says.
   */
  async delete({ id, kind, scopeType, scopeId, modelId }: LimitRecord): Promise<void> {
    const key = `${kind} ${scopeType} ${scopeId} ${modelId}`;
    await this.prisma.$transaction([
      this.prisma.limit.deleteMany({ where: { id } }),
      this.prisma.$executeRaw`DELETE FROM quota_counters WHERE key = ${key}`,
      this.prisma.$executeRaw`DELETE FROM quota_leases WHERE key = ${key}`,
    ]);
  }
}
