import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { NEWEST_FIRST, type PagePosition, rowsAfter } from '../control-plane/page.js';

/** What of a published operation happens here. */
export type OperationAction = 'create_timeline' | 'create_branch' | 'delete_timeline' | 'timeline_unarchive';

export interface OperationRecord {
  readonly id: string;
  readonly projectId: string;
  readonly branchId: string | null;
  readonly action: string;
  readonly createdAt: Date;
}

@Injectable()
export class OperationRepository {
  constructor(private readonly prisma: PrismaService) {}

  async list(projectId: string, after: PagePosition | null, limit: number): Promise<OperationRecord[]> {
    return this.prisma.operation.findMany({
      where: { projectId, AND: [rowsAfter(after)] },
      orderBy: NEWEST_FIRST,
      take: limit,
    });
  }

  async find(projectId: string, id: string): Promise<OperationRecord | null> {
    return this.prisma.operation.findFirst({ where: { id, projectId } });
  }

  /** At most `limit` of those written before `moment`; says how many went. */
  async deleteBefore(moment: Date, limit: number): Promise<number> {
    return this.prisma.$executeRaw`
      DELETE FROM operations WHERE id IN (
        SELECT id FROM operations WHERE created_at < ${moment.toISOString()}::timestamptz LIMIT ${limit} FOR UPDATE SKIP LOCKED)`;
  }
}
