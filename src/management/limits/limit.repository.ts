import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { Limit, ScopeType } from '../../quota/limit.types.js';
import { loadLimits } from '../../quota/limits-in-force.js';
import { QuotaRepository } from '../../quota/quota.repository.js';
import type { PagePosition } from '../control-plane/page.js';
import { filtered, ownScope, since, type TenantScope } from '../control-plane/access/tenant-scope.repository.js';

export interface LimitRecord {
  readonly id: string;
  readonly scopeType: string;
  readonly scopeId: string;
  /** '' means all models together */
  readonly modelId: string;
  readonly kind: string;
  readonly value: bigint;
  readonly hard: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is absent stays. */
export interface LimitChange {
  readonly value?: bigint;
  readonly hard?: boolean;
}

export type LimitKey = Pick<LimitRecord, 'scopeType' | 'scopeId' | 'modelId' | 'kind'>;

@Injectable()
export class LimitRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly config: AppConfig,
  ) {}

  /** Those whose scope is or was the operator's, oldest first. */
  async list(
    tenant: TenantScope,
    { scopeType, scopeId, kind, modelId }: Partial<LimitKey>,
    after: PagePosition | null,
    limit: number,
  ): Promise<LimitRecord[]> {
    const filters = { scope_type: scopeType, scope_id: scopeId, kind, model_id: modelId };
    return this.prisma.$queryRaw<LimitRecord[]>`
      SELECT id, scope_type AS "scopeType", scope_id AS "scopeId", model_id AS "modelId", kind, value, hard,
        created_at AS "createdAt", updated_at AS "updatedAt"
      FROM limits WHERE ${ownScope(tenant)} ${filtered(filters)} ${since(after)}
      ORDER BY created_at, id LIMIT ${limit}`;
  }

  async find(id: string): Promise<LimitRecord | null> {
    return this.prisma.limit.findUnique({ where: { id } });
  }

  /** There is one limit a scope, model and kind: this becomes it. `id` names it where there was none. */
  async put(id: string, { scopeType, scopeId, modelId, kind, value, hard = false }: Limit): Promise<LimitRecord> {
    const key = { scopeType, scopeId, modelId, kind };
    const where = { scopeType_scopeId_modelId_kind: key };
    return this.prisma.$transaction(async transaction => {
      // A replica that had not heard of a removal may have begun the counter again, and left it; spend is in the ledger.
      const isNew = (await transaction.limit.findUnique({ where, select: { id: true } })) === null;
      if (isNew && kind.startsWith('spend')) await this.dropIdleCounters(transaction, key);
      return transaction.limit.upsert({
        where,
        create: { id, ...key, value, hard },
        update: { value, hard, defaultId: null },
      });
    });
  }

  /** Null when there is none. */
  async change(id: string, change: LimitChange): Promise<LimitRecord | null> {
    const { count } = await this.prisma.limit.updateMany({ where: { id }, data: { ...change, defaultId: null } });
    return count === 0 ? null : this.find(id);
  }

  /**
   * With its counters and leases: a limit that is set again later begins with what the ledger says. A counter that is
   * kept for something else as well stays, for to begin again would count twice what replicas have not reported.
   */
  async delete({ id, ...key }: LimitRecord): Promise<void> {
    await this.prisma.$transaction(async transaction => {
      await transaction.limit.deleteMany({ where: { id } });
      await this.dropIdleCounters(transaction, key);
    });
  }

  /** Unless replicas count them with no stored limit, too: for the default that every account has, or for credit. */
  private async dropIdleCounters(
    transaction: Prisma.TransactionClient,
    { scopeType, scopeId, modelId, kind }: LimitKey,
  ): Promise<void> {
    const key = `${kind} ${scopeType} ${scopeId} ${modelId}`;
    const limits = await loadLimits(new QuotaRepository(transaction), this.config, [
      { type: scopeType as ScopeType, id: scopeId },
    ]);
    if (limits.capOf(key) === null) await dropCounters(transaction, key);
  }
}

/** In the order of the windows, as everywhere, so that nobody waits in a circle; leases of a counter that is new stay. */
async function dropCounters(transaction: Prisma.TransactionClient, key: string): Promise<void> {
  await transaction.$queryRaw`SELECT 1 FROM quota_counters WHERE key = ${key} ORDER BY win FOR UPDATE`;
  await transaction.$executeRaw`DELETE FROM quota_counters WHERE key = ${key}`;
  await transaction.$executeRaw`
    DELETE FROM quota_leases l WHERE l.key = ${key}
      AND NOT EXISTS (SELECT 1 FROM quota_counters c WHERE c.key = l.key AND c.win = l.win)`;
}
