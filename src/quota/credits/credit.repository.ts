import { Injectable } from '@nestjs/common';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { CreditEntryKind } from './credit-account.js';
import { CreditBooks } from './credit-books.repository.js';

/** Writers of one organization's credit take turns. */
const TURN = { maxWait: 5_000, timeout: 30_000 };

export interface CreditHistoryEntry {
  readonly id: string;
  readonly sequence: bigint;
  readonly kind: CreditEntryKind;
  readonly amount: bigint;
  readonly balance: bigint;
  readonly grantId: string | null;
  readonly occurredAt: Date;
}

@Injectable()
export class CreditRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** What `work` finds holds until it has written. */
  async change<Result>(organizationId: string, work: (books: CreditBooks) => Promise<Result>): Promise<Result> {
    return this.prisma.$transaction(async transaction => {
      await transaction.$queryRaw`SELECT id FROM organizations WHERE id = ${organizationId} FOR NO KEY UPDATE`;
      return work(new CreditBooks(transaction, organizationId));
    }, TURN);
  }

  /** All that `work` reads is of one moment. */
  async read<Result>(organizationId: string, work: (books: CreditBooks) => Promise<Result>): Promise<Result> {
    return this.prisma.$transaction(transaction => work(new CreditBooks(transaction, organizationId)), {
      ...TURN,
      isolationLevel: 'RepeatableRead',
    });
  }

  /** Every organization that ever had a grant. */
  async listAccounts(): Promise<string[]> {
    const rows = await this.prisma.creditAccount.findMany({ select: { organizationId: true } });
    return rows.map(row => row.organizationId);
  }

  /** Those with a grant that has ended, and those that were charged last before `since`. */
  async listDue(now: Date, since: Date): Promise<string[]> {
    const ended = { creditGrants: { some: { expiredAt: null, expiresAt: { lte: now } } } };
    const rows = await this.prisma.creditAccount.findMany({
      where: { OR: [{ chargedAt: { lt: since } }, { organization: ended }] },
      select: { organizationId: true },
    });
    return rows.map(row => row.organizationId);
  }

  async findNextExpiry(): Promise<number | null> {
    const { _min } = await this.prisma.creditGrant.aggregate({ where: { expiredAt: null }, _min: { expiresAt: true } });
    return _min.expiresAt?.getTime() ?? null;
  }

  /** Newest first. */
  async listEntries(
    organizationId: string,
    { kind, grantId }: { kind?: CreditEntryKind; grantId?: string },
    before: bigint | null,
    limit: number,
  ): Promise<CreditHistoryEntry[]> {
    const rows = await this.prisma.creditEntry.findMany({
      where: { organizationId, kind, grantId, ...(before === null ? {} : { sequence: { lt: before } }) },
      orderBy: { sequence: 'desc' },
      take: limit,
    });
    return rows.map(({ amountNanoUsd: amount, balanceNanoUsd: balance, ...row }) => ({
      ...{ id: row.id, sequence: row.sequence, grantId: row.grantId, occurredAt: row.occurredAt, amount, balance },
      kind: row.kind as CreditEntryKind,
    }));
  }
}
