import type { Prisma } from '../../generated/prisma/client.js';
import { CreditAccount, type CreditGrant, type LedgerTotals } from './credit-account.js';

interface TotalsRow {
  readonly cost: string;
  readonly adjustments: string;
}

const NOTHING = { cost: '0', adjustments: '0' };

/** One organization's credit and ledger, within a transaction. */
export class CreditBooks {
  private entries = 0n;
  /** the grants as they were loaded */
  private known = new Map<string, string>();

  constructor(
    private readonly transaction: Prisma.TransactionClient,
    private readonly organizationId: string,
  ) {}

  /** Null where there never was a grant. */
  async load(): Promise<CreditAccount | null> {
    const { organizationId } = this;
    const row = await this.transaction.creditAccount.findUnique({ where: { organizationId } });
    if (row === null) return null;
    this.entries = row.entries;
    const grants = await this.transaction.creditGrant.findMany({
      where: { organizationId },
      orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
    });
    const loaded = grants.map(grant => ({
      ...{ id: grant.id, amount: grant.amountNanoUsd, remaining: grant.remainingNanoUsd, note: grant.note },
      createdAt: grant.createdAt.getTime(),
      expiresAt: grant.expiresAt?.getTime() ?? null,
      expiredAt: grant.expiredAt?.getTime() ?? null,
    }));
    this.known = new Map(loaded.map(grant => [grant.id, stateOf(grant)]));
    return new CreditAccount(loaded, row.uncoveredNanoUsd, {
      cost: BigInt(row.chargedCostNanoUsd.toFixed()),
      adjustments: BigInt(row.chargedAdjustmentsNanoUsd.toFixed()),
    });
  }

  /** All that the ledger ever held of the organization. The hourly sums outlive the records. */
  async totals(): Promise<LedgerTotals> {
    const [row = NOTHING] = await this.transaction.$queryRaw<TotalsRow[]>`
      SELECT coalesce(sum(cost_nano_usd), 0)::text AS cost, coalesce(sum(adjustments_nano_usd), 0)::text AS adjustments
      FROM usage_hourly WHERE organization_id = ${this.organizationId}`;
    return { cost: BigInt(row.cost), adjustments: BigInt(row.adjustments) };
  }

  /** What requests cost that were settled before a moment: whole hours by their sums, the rest by its records. */
  async costBefore(moment: Date): Promise<bigint> {
    const until = moment.toISOString();
    const [row = NOTHING] = await this.transaction.$queryRaw<TotalsRow[]>`
      SELECT (
        (SELECT coalesce(sum(cost_nano_usd), 0) FROM usage_hourly WHERE organization_id = ${this.organizationId}
          AND hour < date_trunc('hour', ${until}::timestamptz, 'UTC'))
        + (SELECT coalesce(sum(cost_nano_usd), 0) FROM usage_records WHERE organization_id = ${this.organizationId}
          AND day = (${until}::timestamptz AT TIME ZONE 'UTC')::date
          AND occurred_at >= date_trunc('hour', ${until}::timestamptz, 'UTC') AND occurred_at < ${until}::timestamptz)
      )::text AS cost, '0' AS adjustments`;
    return BigInt(row.cost);
  }

  async save(account: CreditAccount, now: Date, newId: () => string): Promise<void> {
    const { organizationId } = this;
    const state = {
      chargedCostNanoUsd: account.charged.cost.toString(),
      chargedAdjustmentsNanoUsd: account.charged.adjustments.toString(),
      uncoveredNanoUsd: account.uncovered,
      balanceNanoUsd: account.balance,
      entries: this.entries + BigInt(account.entries.length),
      chargedAt: now,
    };
    await this.transaction.creditAccount.upsert({
      where: { organizationId },
      create: { organizationId, ...state },
      update: state,
    });
    for (const grant of account.grants) if (this.known.get(grant.id) !== stateOf(grant)) await this.saveGrant(grant);
    await this.transaction.creditEntry.createMany({
      data: account.entries.map(({ kind, amount, grantId, occurredAt, balance }, index) => ({
        ...{ id: newId(), organizationId, kind, grantId, occurredAt: new Date(occurredAt) },
        sequence: this.entries + BigInt(index + 1),
        amountNanoUsd: amount,
        balanceNanoUsd: balance,
      })),
    });
  }

  private async saveGrant(grant: CreditGrant): Promise<void> {
    const state = {
      remainingNanoUsd: grant.remaining,
      expiredAt: grant.expiredAt === null ? null : new Date(grant.expiredAt),
    };
    const { id, amount: amountNanoUsd, note } = grant;
    await this.transaction.creditGrant.upsert({
      where: { id },
      create: {
        ...{ id, organizationId: this.organizationId, amountNanoUsd, note, ...state },
        createdAt: new Date(grant.createdAt),
        expiresAt: grant.expiresAt === null ? null : new Date(grant.expiresAt),
      },
      update: state,
    });
  }
}

/** What of a grant changes. */
function stateOf({ remaining, expiredAt }: CreditGrant): string {
  return `${remaining} ${expiredAt}`;
}
