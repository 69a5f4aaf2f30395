import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ChangeFeed } from '../../platform/change-feed.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { describeCause, Log } from '../../platform/logging.js';
import { CreditAccount, type CreditGrant } from './credit-account.js';
import type { CreditBooks } from './credit-books.repository.js';
import { CreditRepository } from './credit.repository.js';

const DAY_MS = 86_400_000;

export interface NewGrant {
  readonly amount: bigint;
  readonly note: string | null;
  readonly expiresAt: number | null;
}

/**
 * Charges what the ledger says against grants, whenever something changes how much may still be spent: a grant, the end
 * of one, a correction; and once a day, so that the history has a line for it. Requests are held by the limit that
 * follows from it, which every replica loads (decision 0013).
 */
@Injectable()
export class CreditsService implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly repository: CreditRepository,
    private readonly feed: ChangeFeed,
    private readonly clock: Clock,
    private readonly ids: IdSource,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    // A grant of another replica may end before all that we know of; the feed's poll also repeats what failed.
    this.feed.on('limits', () => this.arm());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.follow();
  }

  onModuleDestroy(): void {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
  }

  /** The credit counts once this resolves. The organization's first grant begins its credit: earlier spend is not charged. */
  async grant(organizationId: string, { amount, note, expiresAt }: NewGrant): Promise<CreditGrant> {
    const grant = await this.repository.change(organizationId, async books => {
      const now = this.clock.now();
      const account = (await books.load()) ?? new CreditAccount([], 0n, await books.totals());
      await chargeUpTo(now, account, books);
      const id = this.ids.prefixed('crg');
      account.grant({ id, amount, remaining: amount, note, createdAt: now, expiresAt, expiredAt: null });
      await books.save(account, new Date(now), () => this.ids.prefixed('cre'));
      return account.grants.find(known => known.id === id);
    });
    await this.feed.publish('limits', `credit:${organizationId}`);
    if (grant === undefined) throw new Error('the grant was not kept');
    return grant;
  }

  /** The account as it stands at this moment, without writing it down; null where there never was a grant. */
  async show(organizationId: string): Promise<CreditAccount | null> {
    return this.repository.read(organizationId, async books => {
      const account = await books.load();
      if (account !== null) await chargeUpTo(this.clock.now(), account, books);
      return account;
    });
  }

  /** After a correction of prices: credit follows it, and every replica gives up what it leased under the old counters. */
  async settleAll(): Promise<void> {
    await this.settle(await this.repository.listAccounts());
    await this.feed.publish('limits', 'correction');
  }

  /** What ended, and who was not charged today. */
  async settleDue(): Promise<void> {
    const now = this.clock.now();
    await this.settle(await this.repository.listDue(new Date(now), new Date(now - (now % DAY_MS))));
  }

  private async settle(organizationIds: readonly string[]): Promise<void> {
    let moved = false;
    for (const id of organizationIds) {
      moved = (await this.repository.change(id, books => this.charge(books))) || moved;
    }
    if (moved) await this.feed.publish('limits', 'credit');
  }

  /** Whether that moved what may be spent. */
  private async charge(books: CreditBooks): Promise<boolean> {
    const account = await books.load();
    if (account === null) return false;
    const now = this.clock.now();
    const { spendAtZero, charged } = account;
    await chargeUpTo(now, account, books);
    await books.save(account, new Date(now), () => this.ids.prefixed('cre'));
    return account.spendAtZero !== spendAtZero || account.charged.adjustments !== charged.adjustments;
  }

  /** Never rejects: what fails now is done when the feed polls next. */
  private async follow(): Promise<void> {
    try {
      await this.settleDue();
      await this.arm();
    } catch (error) {
      this.log.warn('credit could not be charged yet', { cause: describeCause(error) });
    }
  }

  /** Waits for the next end of a grant, or of the day. */
  private async arm(): Promise<void> {
    const expiry = await this.repository.findNextExpiry();
    const now = this.clock.now();
    const due = Math.min(expiry ?? Infinity, now - (now % DAY_MS) + DAY_MS);
    if (this.timer !== null) clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => void this.follow(), Math.max(1, due - now)).unref();
  }
}

/** Up to the end of each grant first: what was spent before it counts against it, what comes later does not. */
async function chargeUpTo(now: number, account: CreditAccount, books: CreditBooks): Promise<void> {
  for (let end = account.nextExpiry(); end !== null && end <= now; end = account.nextExpiry()) {
    const cost = await books.costBefore(new Date(end));
    if (cost > account.charged.cost) account.chargeCost(cost, end);
    account.expire(end);
  }
  const { cost, adjustments } = await books.totals();
  account.chargeCost(cost, now);
  account.chargeAdjustments(adjustments, now);
}
