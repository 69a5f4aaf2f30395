import { Inject, Injectable } from '@nestjs/common';
import type { Prisma } from '../generated/prisma/client.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import { LIMIT_KINDS } from './limit-kinds.js';
import { type Block, type Limit, SCOPE_TYPES } from './limit.types.js';
import type { Scope } from './limit-index.js';

interface CreditLimitRow {
  readonly organization_id: string;
  readonly spend: string;
}

/** A counter to be looked up: its window's begin in milliseconds since 1970 UTC, and whether it counts money. */
export interface CounterQuestion {
  readonly key: string;
  readonly begin: number;
  readonly spend: boolean;
}

/** Of all replicas together, in requests, tokens or nano-dollars. */
export interface CounterState {
  readonly used: bigint;
  readonly reserved: bigint;
}

interface CounterRow {
  readonly key: string;
  readonly used: bigint;
  readonly leased: bigint;
}

@Injectable()
export class QuotaRepository {
  /** @param prisma a transaction's client, where what it did must be seen */
  constructor(@Inject(PrismaService) private readonly prisma: Prisma.TransactionClient) {}

  /**
   * Those that were set, and for each account with credit the spend at which it comes down to `minimumBalance`.
   * @param scopes of these places alone
   */
  async listLimits(minimumBalance: bigint, scopes?: readonly Scope[]): Promise<Limit[]> {
    const [rows, accounts] = await Promise.all([
      this.prisma.limit.findMany({ where: scopes && { OR: atScopes(scopes) } }),
      this.listCreditLimits(minimumBalance, scopes),
    ]);
    return [...rows.flatMap(readLimit), ...accounts];
  }

  private async listCreditLimits(minimumBalance: bigint, scopes?: readonly Scope[]): Promise<Limit[]> {
    const accounts = scopes?.flatMap(({ type, id }) => (type === 'account' ? [id] : [])) ?? null;
    // The counter may hold corrections that credit was not charged with yet.
    const rows = await this.prisma.$queryRaw<CreditLimitRow[]>`
      SELECT a.organization_id, (a.charged_cost_nano_usd + a.balance_nano_usd
        + coalesce(c.adjusted, a.charged_adjustments_nano_usd))::text AS spend
      FROM credit_accounts a
      LEFT JOIN quota_counters c ON c.key = 'spend_total account ' || a.organization_id || ' ' AND c.win = 0
      WHERE ${accounts}::text[] IS NULL OR a.organization_id = ANY(${accounts}::text[])`;
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
      where: inForce(new Date(now)),
      select: { scopeType: true, scopeId: true, until: true },
    });
    return rows.flatMap(({ scopeType, scopeId, until }) => {
      const type = SCOPE_TYPES.find(known => known === scopeType);
      return type ? [{ scopeType: type, scopeId, until: until?.getTime() ?? null }] : [];
    });
  }

  /** What the counters hold, by their keys. Where money was not counted yet, what the counter would begin with. */
  async readCounters(questions: readonly CounterQuestion[]): Promise<ReadonlyMap<string, CounterState>> {
    const rows = await this.prisma.$queryRaw<CounterRow[]>`
      SELECT q.key, coalesce(c.leased, 0) AS leased, coalesce(c.used, CASE WHEN q.spend THEN bough_spent(
        split_part(q.key, ' ', 2), split_part(q.key, ' ', 3), split_part(q.key, ' ', 4),
        to_timestamp(q.win::DOUBLE PRECISION / 1000)) ELSE 0 END) AS used
      FROM unnest(
        ${questions.map(({ key }) => key)}::text[],
        ${questions.map(({ begin }) => BigInt(begin))}::bigint[],
        ${questions.map(({ spend }) => spend)}::boolean[]
      ) AS q (key, win, spend)
      LEFT JOIN quota_counters c ON c.key = q.key AND c.win = q.win`;
    // Below zero is what a correction took before the replica reported it, which is part of the lease until then.
    return new Map(
      rows.map(({ key, used, leased }) => [
        key,
        used < 0n ? { used: 0n, reserved: leased + used } : { used, reserved: leased },
      ]),
    );
  }
}

/** A block that holds at this moment: not lifted, and not over. */
export function inForce(now: Date) {
  return { liftedAt: null, OR: [{ until: null }, { until: { gt: now } }] };
}

/** What is set at one of these places. */
export function atScopes(scopes: readonly Scope[]) {
  const idsOf = (type: Scope['type']) => scopes.filter(scope => scope.type === type).map(scope => scope.id);
  return [...new Set(scopes.map(scope => scope.type))].map(type => ({
    scopeType: type,
    scopeId: { in: idsOf(type) },
  }));
}

type LimitRow = Required<Omit<Limit, 'kind' | 'scopeType' | 'ofCredit'>> & { kind: string; scopeType: string };

/** A stored limit; none where a later release wrote what this one does not know. */
function readLimit({ id, scopeType, scopeId, modelId, kind, value, hard, defaultId }: LimitRow): Limit[] {
  const type = SCOPE_TYPES.find(known => known === scopeType);
  const counted = LIMIT_KINDS.find(known => known === kind);
  return type && counted ? [{ id, defaultId, scopeType: type, scopeId, modelId, kind: counted, value, hard }] : [];
}
