import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import { type Block, type Limit, LIMIT_KINDS, SCOPE_TYPES } from './limit.types.js';

/** What the ledger holds of one credential's use of one model on one branch. */
export interface LedgerSum {
  readonly organizationId: string;
  readonly projectId: string;
  readonly branchId: string;
  readonly credentialId: string;
  readonly modelId: string;
  readonly requests: number;
  readonly tokens: number;
  /** nano-dollars */
  readonly spend: number;
}

@Injectable()
export class QuotaRepository {
  constructor(private readonly prisma: PrismaService) {}

  async listLimits(): Promise<Limit[]> {
    const rows = await this.prisma.limit.findMany();
    return rows.flatMap(({ scopeType, scopeId, modelId, kind, value }) => {
      const type = SCOPE_TYPES.find(known => known === scopeType);
      const counted = LIMIT_KINDS.find(known => known === kind);
      return type && counted ? [{ scopeType: type, scopeId, modelId, kind: counted, value }] : [];
    });
  }

  /** Blocks that were not lifted and have not ended. */
  async listBlocks(now: number): Promise<Block[]> {
    const rows = await this.prisma.block.findMany({
      where: { liftedAt: null, OR: [{ until: null }, { until: { gt: new Date(now) } }] },
      select: { scopeType: true, scopeId: true, until: true },
    });
    return rows.flatMap(({ scopeType, scopeId, until }) => {
      const type = SCOPE_TYPES.find(known => known === scopeType);
      return type ? [{ scopeType: type, scopeId, until: until?.getTime() ?? null }] : [];
    });
  }

  /** @param since milliseconds since 1970 UTC */
  async sumLedger(since: number): Promise<LedgerSum[]> {
    const occurredAt = new Date(since);
    const day = new Date(Date.UTC(occurredAt.getUTCFullYear(), occurredAt.getUTCMonth(), occurredAt.getUTCDate()));
    const rows = await this.prisma.usageRecord.groupBy({
      by: ['organizationId', 'projectId', 'branchId', 'credentialId', 'modelId'],
      where: { day: { gte: day }, occurredAt: { gte: occurredAt } },
      _sum: { inputTokens: true, cacheReadTokens: true, cacheWriteTokens: true, outputTokens: true, costNanoUsd: true },
      _count: true,
    });
    return rows.map(({ _sum: sum, _count: requests, ...ids }) => ({
      ...ids,
      requests,
      tokens: Number(
        (sum.inputTokens ?? 0n) + (sum.cacheReadTokens ?? 0n) + (sum.cacheWriteTokens ?? 0n) + (sum.outputTokens ?? 0n),
      ),
      spend: Number(sum.costNanoUsd ?? 0n),
    }));
  }

  /** The parent of every branch of these projects, deleted ones included: they are still ancestors. */
  async listParents(projectIds: readonly string[]): Promise<Map<string, string | null>> {
    const rows = await this.prisma.branch.findMany({
      where: { projectId: { in: [...projectIds] } },
      select: { id: true, parentId: true },
    });
    return new Map(rows.map(({ id, parentId }) => [id, parentId]));
  }
}
