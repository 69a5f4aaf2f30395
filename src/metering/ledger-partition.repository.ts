import { Injectable } from '@nestjs/common';
import { Prisma } from '../generated/prisma/client.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';

/** Arbitrary, but the same on every replica: whoever holds it makes or drops partitions. */
const PARTITION_LOCK = 7_261_002;
/** A drop waits for running queries, and every write waits behind it: better the next hour. */
const DROP_WAIT = '5s';
/** Each takes several locks, of which a transaction has some thousands. */
const DROPS_AT_ONCE = 100;
/** Of a whole transaction: Prisma's own bound is as long as the wait alone. */
const BOUND = { maxWait: 10_000, timeout: 30_000 };
const DAY_MS = 86_400_000;

/** The ledger's partitions: one table a UTC day, `usage_records_20261123`. There is none for days that nobody made. */
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
   * Drops the partitions of days before this one. Does nothing while another replica is at it.
   * @returns the names of those dropped; call again when there are any, for there may be more
   */
  async dropBefore(day: string): Promise<string[]> {
    return this.prisma.$transaction(async transaction => {
      const [lock] = await transaction.$queryRaw<{ held: boolean }[]>`
        SELECT pg_try_advisory_xact_lock(${PARTITION_LOCK}::bigint) AS held`;
      if (lock?.held !== true) return [];
      const names = (await listPartitions(transaction)).filter(name => name < partitionName(day));
      const oldest = names.toSorted().slice(0, DROPS_AT_ONCE);
      if (oldest.length === 0) return [];
      await transaction.$executeRaw`SELECT set_config('lock_timeout', ${DROP_WAIT}, true)`;
      await transaction.$executeRawUnsafe(`DROP TABLE ${oldest.join(', ')}`);
      return oldest;
    }, BOUND);
  }

  /** Made apart and attached, which lets every other write go on. Replicas take turns. */
  private async add(day: string): Promise<void> {
    const name = partitionName(day);
    const next = new Date(Date.parse(day) + DAY_MS).toISOString().slice(0, day.length);
    await this.prisma.$transaction(async transaction => {
      await transaction.$executeRaw`SELECT pg_advisory_xact_lock(${PARTITION_LOCK}::bigint)`;
      if ((await listPartitions(transaction, name)).length > 0) return;
      await transaction.$executeRawUnsafe(`CREATE TABLE ${name} (LIKE usage_records INCLUDING DEFAULTS)`);
      await transaction.$executeRawUnsafe(
        `ALTER TABLE usage_records ATTACH PARTITION ${name} FOR VALUES FROM ('${day}') TO ('${next}')`,
      );
    }, BOUND);
  }
}

/** Only names of our own making: an operator's tables are left alone, and no other text gets into a statement. */
async function listPartitions(transaction: Prisma.TransactionClient, name: string | null = null): Promise<string[]> {
  const rows = await transaction.$queryRaw<{ name: string }[]>`
    SELECT c.relname::text AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'usage_records'::regclass AND c.relname ~ '^usage_records_[0-9]{8}$'
      AND (${name}::text IS NULL OR c.relname = ${name}::text)`;
  return rows.map(row => row.name);
}

function partitionName(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new RangeError('not a day');
  return `usage_records_${day.replaceAll('-', '')}`;
}
