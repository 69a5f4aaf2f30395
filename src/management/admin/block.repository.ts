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
  readonly liftedAt: Date | null;
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

  /** Null when it does not hold any more. */
  async change(
    id: string,
    columns: { until?: Date | null; reason?: string | null },
    now: Date,
  ): Promise<BlockRecord | null> {
    const holding = { liftedAt: null, OR: [{ until: null }, { until: { gt: now } }] };
    const { count } = await this.prisma.block.updateMany({ where: { id, ...holding }, data: columns });
    return count === 0 ? null : this.find(id);
  }

  /** The row stays, as history. */
  async lift(id: string, now: Date): Promise<void> {
    await this.prisma.block.updateMany({ where: { id, liftedAt: null }, data: { liftedAt: now } });
  }
}
