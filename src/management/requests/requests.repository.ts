import { Injectable } from '@nestjs/common';
import { Prisma, type UsageRecord as StoredRecord } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { branchesWithin } from '../control-plane/branch-subtree.repository.js';

export type { StoredRecord };

/** Whose requests may be seen. */
export interface RequestScope {
  readonly organizationId: string;
  /** and those of which nobody knows whose they are */
  readonly unknown: boolean;
  readonly projectId: string | null;
}

export interface RequestFilter {
  readonly from: Date;
  readonly to: Date | null;
  readonly project?: string | undefined;
  readonly branch?: string | undefined;
  readonly descendants: boolean;
  readonly credential?: string | undefined;
  readonly model?: string | undefined;
  readonly upstream?: string | undefined;
  readonly status?: string | undefined;
  readonly httpStatus?: number | undefined;
  readonly code?: string | undefined;
  readonly stream?: boolean | undefined;
  readonly slowerThanMs?: number | undefined;
  readonly dearerThanNanoUsd?: number | undefined;
  /** INFO where there was no error, WARN where the caller must act, else ERROR; all where none are named */
  readonly severities?: readonly string[];
  /** the codes of the errors that the caller must act on */
  readonly callersCodes?: readonly string[];
}

/** Where a list goes on, newest first. */
export interface RequestPosition {
  readonly occurredAt: Date;
  readonly requestId: string;
}

/** A branch on the way from the root to another. */
export interface BranchStep {
  readonly id: string;
  readonly name: string;
}

@Injectable()
export class RequestsRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * One look into the index of each day that is kept. Whose it is is compared here: as a condition it could lead the planner
   * to read all that an organization did.
   */
  async find(requestId: string, scope: RequestScope, from: Date): Promise<StoredRecord | null> {
    const record = await this.prisma.usageRecord.findFirst({ where: { requestId, day: { gte: dayOf(from) } } });
    return record !== null && isInScope(record, scope) ? record : null;
  }

  /** Newest first, or oldest first. Each organization by itself: only then an index has them in their order. */
  async list(
    scope: RequestScope,
    filter: RequestFilter,
    after: RequestPosition | null,
    limit: number,
    order: 'asc' | 'desc' = 'desc',
  ): Promise<StoredRecord[]> {
    const { organizationId, unknown, projectId } = scope;
    const own = this.listOf({ organizationId, projectId }, filter, after, limit, order);
    if (!unknown) return own;
    const both = await Promise.all([own, this.listOf({ organizationId: '', projectId }, filter, after, limit, order)]);
    const sign = order === 'desc' ? -1 : 1;
    return both
      .flat()
      .toSorted((a, b) => sign * (Number(a.occurredAt) - Number(b.occurredAt) || (a.requestId < b.requestId ? -1 : 1)))
      .slice(0, limit);
  }

  private async listOf(
    { organizationId, projectId }: Omit<RequestScope, 'unknown'>,
    filter: RequestFilter,
    after: RequestPosition | null,
    limit: number,
    order: 'asc' | 'desc',
  ): Promise<StoredRecord[]> {
    const behind = order === 'desc' ? 'lt' : 'gt';
    const { from, to, branch, descendants, slowerThanMs, dearerThanNanoUsd } = filter;
    const branches = branch === undefined ? undefined : descendants ? await this.within(branch) : [branch];
    return this.prisma.usageRecord.findMany({
      where: {
        organizationId,
        ...(projectId !== null && { projectId }),
        day: { gte: dayOf(from), ...(to !== null && { lte: dayOf(to) }) },
        occurredAt: { gte: from, ...(to !== null && { lt: to }) },
        ...given({
          projectId: filter.project,
          credentialId: filter.credential,
          modelId: filter.model,
          upstream: filter.upstream,
          status: filter.status,
          httpStatus: filter.httpStatus,
          code: filter.code,
          stream: filter.stream,
        }),
        ...(branches !== undefined && { branchId: { in: branches } }),
        ...(slowerThanMs !== undefined && { durationMs: { gt: slowerThanMs } }),
        ...(dearerThanNanoUsd !== undefined && { costNanoUsd: { gt: dearerThanNanoUsd } }),
        AND: [
          ...severe(filter),
          ...(after === null
            ? []
            : [
                // The bound alone lets the index begin where the page does.
                { occurredAt: order === 'desc' ? { lte: after.occurredAt } : { gte: after.occurredAt } },
                {
                  OR: [
                    { occurredAt: { [behind]: after.occurredAt } },
                    { occurredAt: after.occurredAt, requestId: { [behind]: after.requestId } },
                  ],
                },
              ]),
        ],
      },
      orderBy: [{ occurredAt: order }, { requestId: order }],
      take: limit,
    });
  }

  async hasBranch(projectId: string, id: string): Promise<boolean> {
    return (await this.prisma.branch.count({ where: { id, projectId, deletedAt: null } })) > 0;
  }

  /** What a column, by its name or an expression of the program's own, held in a branch's requests. */
  async distinct(
    { organizationId }: RequestScope,
    column: string,
    { branchId, from, to }: { readonly branchId: string; readonly from: Date; readonly to: Date },
    limit: number,
  ): Promise<string[]> {
    const value = Prisma.raw(column);
    const rows = await this.prisma.$queryRaw<{ value: string }[]>`
      SELECT DISTINCT ${value} AS value FROM usage_records
      WHERE branch_id = ${branchId} AND organization_id = ${organizationId} AND ${value} IS NOT NULL
        AND day >= ${from.toISOString().slice(0, 10)}::date AND day <= ${to.toISOString().slice(0, 10)}::date
        AND occurred_at >= ${from.toISOString()}::timestamptz AND occurred_at < ${to.toISOString()}::timestamptz
      ORDER BY 1 LIMIT ${limit}`;
    return rows.map(row => row.value);
  }

  /** From the root to the branch; deleted ones stay in it. */
  async pathOf(branchId: string): Promise<BranchStep[]> {
    return this.prisma.$queryRaw<BranchStep[]>`
      WITH RECURSIVE path AS (
        SELECT id, name, parent_id, 1 AS depth FROM branches WHERE id = ${branchId}
        UNION ALL
        SELECT b.id, b.name, b.parent_id, p.depth + 1 FROM branches b JOIN path p ON b.id = p.parent_id WHERE p.depth < 1000
      ) SELECT id, name FROM path ORDER BY depth DESC`;
  }

  /** As it is stored, with the type of its model; null where it is gone. */
  async priceOf(
    modelId: string,
    version: number,
  ): Promise<{ readonly pricing: unknown; readonly type: string } | null> {
    const price = await this.prisma.modelPrice.findUnique({
      where: { modelId_version: { modelId, version } },
      select: { pricing: true, model: { select: { type: true } } },
    });
    return price && { pricing: price.pricing, type: price.model.type };
  }

  async adjustmentsOf(requestId: string, day: Date): Promise<bigint> {
    const { _sum } = await this.prisma.usageAdjustment.aggregate({
      where: { requestId, day },
      _sum: { deltaNanoUsd: true },
    });
    return _sum.deltaNanoUsd ?? 0n;
  }

  private async within(branch: string): Promise<string[]> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>(branchesWithin(branch));
    return rows.map(({ id }) => id);
  }
}

function severe({ severities, callersCodes = [] }: RequestFilter): Prisma.UsageRecordWhereInput[] {
  if (severities === undefined) return [];
  const of: Readonly<Record<string, Prisma.UsageRecordWhereInput>> = {
    INFO: { code: null },
    WARN: { code: { in: [...callersCodes] } },
    ERROR: { code: { not: null, notIn: [...callersCodes] } },
  };
  return [{ OR: severities.map(severity => of[severity] ?? {}) }];
}

function isInScope({ organizationId: of, projectId: at }: StoredRecord, scope: RequestScope): boolean {
  const { organizationId, unknown, projectId } = scope;
  return (of === organizationId || (unknown && of === '')) && (projectId === null || at === projectId);
}

/** Without what nobody asked for. */
function given(fields: Prisma.UsageRecordWhereInput): Prisma.UsageRecordWhereInput {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function dayOf(time: Date): Date {
  return new Date(time.toISOString().slice(0, 10));
}
