import { Injectable } from '@nestjs/common';
import { Prisma } from '../../../generated/prisma/client.js';
import { PrismaService } from '../../../platform/prisma/prisma.service.js';
import type { Territory } from '../access/tenant-scope.js';
import type { AuditEntry, AuditOutcome } from './audit-entry.js';

export interface AuditFilter {
  readonly from?: Date;
  readonly to?: Date;
  readonly actor?: string;
  readonly action?: string;
  readonly objectKind?: string;
  readonly object?: string;
  readonly project?: string;
  readonly outcome?: AuditOutcome;
}

/** Entries are added and read; the database refuses everything else. */
@Injectable()
export class AuditRepository {
  constructor(private readonly prisma: PrismaService) {}

  async add({ before, after, ...entry }: AuditEntry): Promise<void> {
    // Already there: an attempt whose answer was lost.
    await this.prisma.auditEntry.createMany({
      data: [{ ...entry, before: before ?? Prisma.DbNull, after: after ?? Prisma.DbNull }],
      skipDuplicates: true,
    });
  }

  /**
   * Newest first: their ids have the order of time.
   * @param before the id of the last entry of the page before
   */
  async list(
    { organizationId, projectId }: Territory,
    filter: AuditFilter,
    before: string | null,
    limit: number,
  ): Promise<AuditEntry[]> {
    const { from, to, actor, action, objectKind, object, project, outcome } = filter;
    const rows = await this.prisma.auditEntry.findMany({
      where: {
        organizationId,
        occurredAt: { gte: from, lt: to },
        ...{ actorId: actor, action, objectKind, objectId: object, outcome },
        AND: [{ projectId: project }, projectId === null ? {} : { projectId }],
        ...(before === null ? {} : { id: { lt: before } }),
      },
      orderBy: { id: 'desc' },
      take: limit,
    });
    return rows as unknown as AuditEntry[];
  }

  /** The project of what a limit or a block holds for; null for an account, and for what never was. */
  async findProjectOf(scopeType: string, scopeId: string): Promise<string | null> {
    const branch = { select: { projectId: true } };
    switch (scopeType) {
      case 'project':
        return scopeId;
      case 'branch':
        return (await this.prisma.branch.findUnique({ where: { id: scopeId }, ...branch }))?.projectId ?? null;
      case 'credential': {
        const row = await this.prisma.credential.findUnique({ where: { id: scopeId }, select: { branch } });
        return row?.branch.projectId ?? null;
      }
      default:
        return null;
    }
  }
}
