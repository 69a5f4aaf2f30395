import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import { readLimit } from './limit-row.js';
import { type Block, type Limit, SCOPE_TYPES } from './limit.types.js';

interface CreditLimitRow {
  readonly organization_id: string;
  readonly spend: string;
}

@Injectable()
export class QuotaRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Those that were set, and for each account with credit the spend at which it comes down to `minimumBalance`. */
  async listLimits(minimumBalance: bigint): Promise<Limit[]> {
    const [rows, accounts] = await Promise.all([this.prisma.limit.findMany(), this.listCreditLimits(minimumBalance)]);
    return [...rows.flatMap(readLimit), ...accounts];
  }

  async listCreditLimits(minimumBalance: bigint, organizationId: string | null = null): Promise<Limit[]> {
    // The counter may hold corrections that credit was not charged with yet.
    const rows = await this.prisma.$queryRaw<CreditLimitRow[]>`
      SELECT a.organization_id, (a.charged_cost_nano_usd + a.balance_nano_usd
        + coalesce(c.adjusted, a.charged_adjustments_nano_usd))::text AS spend
      FROM credit_accounts a
      LEFT JOIN quota_counters c ON c.key = 'spend_total account ' || a.organization_id || ' ' AND c.win = 0
      WHERE ${organizationId}::text IS NULL OR a.organization_id = ${organizationId}`;
    return rows.map(({ organization_id: scopeId, spend }) => {
      const value = BigInt(spend) - minimumBalance;
      return {
        ...{ scopeType: 'account', scopeId, modelId: '', kind: 'spend_total' },
        value: value < 0n ? 0n : value,
        ofCredit: true,
      };
    });
  }

  /** How many corrections of prices the counters of spend hold. */
  async countCorrections(): Promise<number> {
    return this.prisma.priceCorrection.count();
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
