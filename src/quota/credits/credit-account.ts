/** What changed a balance. A correction of prices is an adjustment. */
export type CreditEntryKind = 'grant' | 'spend-through' | 'adjustment' | 'expiry';

export interface CreditGrant {
  readonly id: string;
  /** nano-dollars, as all money here */
  readonly amount: bigint;
  remaining: bigint;
  readonly note: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  /** when its rest was taken back */
  expiredAt: number | null;
}

export interface CreditEntry {
  readonly kind: CreditEntryKind;
  readonly amount: bigint;
  readonly grantId: string | null;
  readonly occurredAt: number;
  /** after it */
  readonly balance: bigint;
}

/** What the ledger says of an organization: all that its requests ever cost, and what corrections added or took. */
export interface LedgerTotals {
  readonly cost: bigint;
  readonly adjustments: bigint;
}

/**
 * An organization's credit. Spend is taken from the grant that expires first, then from the oldest; what none covers is
 * owed, and the next grant pays it. The entries that a change makes add up to the change of the balance.
 */
export class CreditAccount {
  readonly entries: CreditEntry[] = [];
  private readonly openingBalance: bigint;

  constructor(
    readonly grants: CreditGrant[],
    /** below zero: spend that no grant covers; above: refunds that fit into no grant */
    public uncovered: bigint,
    public charged: LedgerTotals,
  ) {
    this.openingBalance = this.balance;
  }

  get balance(): bigint {
    return this.grants.reduce((sum, grant) => sum + grant.remaining, this.uncovered);
  }

  /** The spend at which nothing is left, in the ledger's own terms: what was charged, and what may still be. */
  get spendAtZero(): bigint {
    return this.charged.cost + this.charged.adjustments + this.balance;
  }

  /** When the first of the grants ends that had not ended when the account was charged last. */
  nextExpiry(): number | null {
    const ends = this.living().flatMap(({ expiresAt }) => (expiresAt === null ? [] : [expiresAt]));
    return ends.length === 0 ? null : Math.min(...ends);
  }

  grant(grant: CreditGrant): void {
    const owed = this.uncovered < 0n ? -this.uncovered : 0n;
    const paid = min(owed, grant.remaining);
    grant.remaining -= paid;
    this.uncovered += paid;
    this.grants.push(grant);
    this.write('grant', grant.amount, grant.id, grant.createdAt);
  }

  chargeCost(cost: bigint, at: number): void {
    this.take('spend-through', cost - this.charged.cost, at);
    this.charged = { ...this.charged, cost };
  }

  chargeAdjustments(adjustments: bigint, at: number): void {
    this.take('adjustment', adjustments - this.charged.adjustments, at);
    this.charged = { ...this.charged, adjustments };
  }

  /** Takes back what is left of grants that ended at `moment` or before. */
  expire(moment: number): void {
    for (const grant of this.living()) {
      if (grant.expiresAt === null || grant.expiresAt > moment) continue;
      const rest = grant.remaining;
      grant.remaining = 0n;
      grant.expiredAt = grant.expiresAt;
      this.write('expiry', -rest, grant.id, grant.expiresAt);
    }
  }

  private take(kind: CreditEntryKind, amount: bigint, at: number): void {
    if (amount < 0n) return this.refund(kind, -amount, at);
    let open = amount;
    for (const grant of this.living()) {
      const part = min(open, grant.remaining);
      grant.remaining -= part;
      open -= part;
      this.write(kind, -part, grant.id, at);
    }
    this.uncovered -= open;
    this.write(kind, -open, null, at);
  }

  /** The other way round: first what is owed, then the grants that were charged last. */
  private refund(kind: CreditEntryKind, amount: bigint, at: number): void {
    const owed = this.uncovered < 0n ? min(-this.uncovered, amount) : 0n;
    let open = amount - owed;
    this.uncovered += owed;
    this.write(kind, owed, null, at);
    for (const grant of this.living().toReversed()) {
      const part = min(open, grant.amount - grant.remaining);
      grant.remaining += part;
      open -= part;
      this.write(kind, part, grant.id, at);
    }
    this.uncovered += open;
    this.write(kind, open, null, at);
  }

  /** In the order in which they are charged. */
  private living(): CreditGrant[] {
    return this.grants.filter(({ expiredAt }) => expiredAt === null).toSorted(firstToEnd);
  }

  private write(kind: CreditEntryKind, amount: bigint, grantId: string | null, occurredAt: number): void {
    if (amount === 0n) return;
    const before = this.entries.at(-1)?.balance ?? this.openingBalance;
    this.entries.push({ kind, amount, grantId, occurredAt, balance: before + amount });
  }
}

function firstToEnd(one: CreditGrant, other: CreditGrant): number {
  const [end, otherEnd] = [one.expiresAt ?? Infinity, other.expiresAt ?? Infinity];
  return end === otherEnd ? one.createdAt - other.createdAt : end < otherEnd ? -1 : 1;
}

function min(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}
