import { Injectable } from '@nestjs/common';
import { PrismaService } from '../platform/prisma/prisma.service.js';

/** A drop waits for running queries, and every write waits behind it: better the next hour. */
const DROP_WAIT = '5s';
/** Each takes several locks, of which a transaction has some thousands. */
const DROPS_AT_ONCE = 100;
/** Of a whole transaction: Prisma's own bound is as long as the wait alone. */
const BOUND = { maxWait: 10_000, timeout: 30_000 };

/**
 * The ledger's partitions: one table a UTC day, `usage_records_20261123`. There is none for days that nobody made. They are
 * made and dropped by functions of the tables' owner, because the role that the gateway connects as owns nothing.
 */
@Injectable()
export class LedgerPartitionRepository {
  private readonly known = new Set<string>();

  constructor(private readonly prisma: PrismaService) {}

  /** Makes the partitions of these days (`2026-11-23`) unless they are there. Asks nothing for days it has seen. */
  async ensure(days: Iterable<string>): Promise<void> {
    for (const day of days) {
      if (this.known.has(day)) continue;
      await this.add(day);
      this.known.add(day);
    }
  }

  /** After a write found no partition: another replica's retention may have dropped one. */
  forget(): void {
    this.known.clear();
  }

  /**
   * Drops the partitions of days before this one, but none that the installation keeps (BOUGH_USAGE_RETENTION_DAYS). Does
   * nothing while another replica is at it.
   * @returns the names of those dropped; call again when there are any, for there may be more
   */
  async dropBefore(day: string): Promise<string[]> {
    return this.prisma.$transaction(async transaction => {
      await transaction.$executeRaw`SELECT set_config('lock_timeout', ${DROP_WAIT}, true)`;
      const rows = await transaction.$queryRaw<{ name: string }[]>`
        SELECT name FROM bough_drop_ledger_days(${day}::date, ${DROPS_AT_ONCE}::integer) AS name`;
      return rows.map(({ name }) => name);
    }, BOUND);
  }

  /** Replicas take turns, and every other write goes on. */
  private async add(day: string): Promise<void> {
    await this.prisma.$transaction(async transaction => {
      await transaction.$executeRaw`SELECT bough_add_ledger_day(${day}::date)`;
    }, BOUND);
  }
}
