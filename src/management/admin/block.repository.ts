import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';

export interface NewBlock {
  readonly id: string;
  readonly scopeType: string;
  readonly scopeId: string;
  readonly reason: string | null;
  readonly until: Date | null;
}

export interface BlockRecord extends NewBlock {
  readonly createdAt: Date;
}

@Injectable()
export class BlockRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Those that hold now. */
  async listHolding(filter: { scopeType?: string; scopeId?: string }, now: Date): Promise<BlockRecord[]> {
    const { scopeType, scopeId } = filter;
    return this.prisma.block.findMany({
      where: { scopeType, scopeId, liftedAt: null, OR: [{ until: null }, { until: { gt: now } }] },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
  }

  async find(id: string): Promise<BlockRecord | null> {
    return this.prisma.block.findUnique({ where: { id } });
  }

  async add(block: NewBlock): Promise<BlockRecord> {
    return this.prisma.block.create({ data: block });
  }

  /** The row stays, as history. */
  async lift(id: string, now: Date): Promise<void> {
    await this.prisma.block.updateMany({ where: { id, liftedAt: null }, data: { liftedAt: now } });
  }
}
