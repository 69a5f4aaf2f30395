import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import { readLimit } from './limit-row.js';
import { type Block, type Limit, SCOPE_TYPES } from './limit.types.js';

@Injectable()
export class QuotaRepository {
  constructor(private readonly prisma: PrismaService) {}

  async listLimits(): Promise<Limit[]> {
    const rows = await this.prisma.limit.findMany();
    return rows.flatMap(readLimit);
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
}
