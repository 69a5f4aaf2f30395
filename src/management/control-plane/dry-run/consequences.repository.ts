import { Injectable } from '@nestjs/common';
import { Prisma } from '../../../generated/prisma/client.js';
import { PrismaService } from '../../../platform/prisma/prisma.service.js';

/** A model as the environment's upstreams need it, to say whether they serve it. */
export interface ServedModel {
  readonly id: string;
  readonly provider: string;
  readonly providerModelId: string | null;
  readonly dialects: readonly string[];
}

/** What an organization used something of. */
export interface UsedPart {
  readonly organizationId: string;
  readonly projectId?: string;
  readonly branchId?: string;
  readonly credentialId?: string;
}

export interface ProjectParts {
  readonly branches: number;
  readonly credentials: number;
  readonly managementKeys: number;
}

/** Looks at what would go with an object. Changes nothing. */
@Injectable()
export class ConsequencesRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Requests of the hours that began since then, by the sums of the ledger. */
  async countRequests(part: UsedPart, since: Date): Promise<number> {
    const { _sum } = await this.prisma.usageHour.aggregate({
      where: { ...part, hour: { gt: since } },
      _sum: { requests: true },
    });
    return Number(_sum.requests ?? 0);
  }

  /** Requests that an upstream served, or one route of it, of every organization. The sums do not know it: the ledger does. */
  async countServed(
    served: { upstream: string; modelId?: string; upstreamModel?: string },
    since: Date,
  ): Promise<number> {
    const day = new Date(since.toISOString().slice(0, 10));
    return this.prisma.usageRecord.count({
      where: { ...served, status: { not: 'refused' }, day: { gte: day }, occurredAt: { gt: since } },
    });
  }

  /** Models that no stored route would serve any more. What is disabled serves nothing now. */
  async listServedOnlyBy(going: { upstreamId: string } | { routeId: string }): Promise<ServedModel[]> {
    const goes =
      'upstreamId' in going ? Prisma.sql`r.upstream_id = ${going.upstreamId}` : Prisma.sql`r.id = ${going.routeId}`;
    return this.prisma.$queryRaw<ServedModel[]>`
      SELECT m.id, m.provider, m.provider_model_id AS "providerModelId", m.dialects
      FROM models m
      JOIN routes r ON r.model_id = m.id
      JOIN upstreams u ON u.id = r.upstream_id AND u.enabled
      GROUP BY m.id HAVING bool_and(${goes}) ORDER BY m.id`;
  }

  async countProjectParts(projectId: string, now: Date): Promise<ProjectParts> {
    const branch = { projectId, ...living(now) };
    const [branches, credentials, managementKeys] = await Promise.all([
      this.prisma.branch.count({ where: branch }),
      this.prisma.credential.count({ where: { branch, ...valid(now) } }),
      this.prisma.managementKey.count({ where: { projectId, revokedAt: null } }),
    ]);
    return { branches, credentials, managementKeys };
  }

  /** Credentials that are anchored on a branch and valid. */
  async countCredentials(branchId: string, now: Date): Promise<number> {
    return this.prisma.credential.count({ where: { branchId, ...valid(now) } });
  }
}

function living(now: Date) {
  return { deletedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
}

function valid(now: Date) {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
}
