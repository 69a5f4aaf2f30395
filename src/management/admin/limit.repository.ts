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
   * With its counters and leases: a limit that is set again later begins with what the ledger says. A counter that
   * credit goes by as well stays, for to begin again would count twice what replicas have not reported.
   */
  async delete({ id, kind, scopeType, scopeId, modelId }: LimitRecord): Promise<void> {
    const key = `${kind} ${scopeType} ${scopeId} ${modelId}`;
    const ofAccount = kind === 'spend_total' && scopeType === 'account' && modelId === '';
    await this.prisma.$transaction(async transaction => {
      await transaction.limit.deleteMany({ where: { id } });
      if (ofAccount && (await transaction.creditAccount.count({ where: { organizationId: scopeId } })) > 0) return;
      await transaction.$executeRaw`DELETE FROM quota_counters WHERE key = ${key}`;
      await transaction.$executeRaw`DELETE FROM quota_leases WHERE key = ${key}`;
    });
  }
}
