import { Injectable } from '@nestjs/common';
import { Prisma } from '../../../generated/prisma/client.js';
import { PrismaService } from '../../../platform/prisma/prisma.service.js';
import type { TenantScope } from '../access/tenant-scope.repository.js';

/** That somebody asked for a change, and what came of it. */
export interface AuditEntry {
  readonly id: string;
  readonly occurredAt: Date;
  readonly organizationId: string;
  readonly projectId: string | null;
  readonly actorId: string;
  readonly actorName: string;
  readonly actorRole: string;
  /** method and path pattern, such as `DELETE /admin/limits/:limit_id` */
  readonly action: string;
  readonly objectKind: string;
  readonly objectId: string | null;
  /** what the object looked like; null where there was none, or nobody looked */
  readonly before: object | null;
  /** what was answered, without secrets; null where nothing was */
  readonly after: object | null;
  readonly requestId: string;
  readonly clientAddress: string;
  readonly outcome: AuditOutcome;
  readonly status: number;
}

/** Done, refused to the caller (4xx), or failed here (5xx). */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

export function outcomeOf(status: number): AuditOutcome {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}

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
    { organizationId, projectId }: TenantScope,
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
