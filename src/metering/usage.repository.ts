import { Injectable } from '@nestjs/common';
import pg from 'pg';
import { COUNT_COLUMNS, type CountColumn } from '../dialects/counted-classes.js';
import { Prisma } from '../generated/prisma/client.js';
import { PlainStatement, PrismaService } from '../platform/prisma/prisma.service.js';
import { LedgerPartitionRepository } from './ledger-partition.repository.js';
import type { UsageRecord } from './usage-record.js';
import { DURATION_BOUNDS_MS } from './duration-buckets.js';
import { columnsOf, countsNeeded, rowsAsJson, type UsageRow, usageRow } from './usage-row.js';

/** Postgres was reached and refused a value: to write the same again cannot help. */
export class UnwritableRecordsError extends Error {
  override readonly name = 'UnwritableRecordsError';
}

@Injectable()
export class UsageRepository {
  constructor(
    private readonly prisma: PrismaService,
    private readonly partitions: LedgerPartitionRepository = new LedgerPartitionRepository(prisma),
  ) {}

  /**
   * Writes records and what they add to the hourly sums, in one statement. A record that is there already is skipped and
   * adds nothing, so a retry may repeat.
   * @throws {UnwritableRecordsError} when a value of one of them can never be written; anything else may pass
   */
  async insert(records: readonly UsageRecord[]): Promise<void> {
    if (records.length === 0) return;
    const counts = countsNeeded(records);
    const rows = records.map(record => usageRow(record, counts));
    try {
      await this.partitions.ensure(daysOf(rows));
      await this.write(rows);
    } catch (error) {
      if (isCode(/^(?:22|23502|42P07)/, error)) {
        throw new UnwritableRecordsError('a usage record was refused', { cause: error });
      }
      // No partition takes it: the next try makes sure of them again.
      if (isCode(/^23514/, error)) this.partitions.forget();
      throw error;
    }
  }

  /** Gives the connections back when a record was written after the platform had closed them. */
  async close(): Promise<void> {
    await this.prisma.$disconnect();
  }

  /**
   * Both inserts go in the order of their keys, so that replicas which write the same records or hours wait for each other
   * and never in a circle. The grouping reads all of the first insert before the second begins.
   */
  private async write(rows: readonly UsageRow[]): Promise<void> {
    // A column that a newer release added keeps its default. One parameter instead of thousands: `createMany` takes some
    // twenty times the CPU for each row.
    const [first] = rows;
    if (first === undefined) return;
    await this.prisma.executeAtOnce(new PlainStatement(writing(columnsOf(first)), [rowsAsJson(rows)]));
  }
}

/** The statement for rows with these columns; there are few, and each connection prepares each of them once. */
function writing(columns: readonly string[]): string {
  const names = columns.join(', ');
  return `
    WITH added AS (
      INSERT INTO usage_records (${names})
      SELECT ${names} FROM json_populate_recordset(NULL::usage_records, $1::json)
      ORDER BY request_id, day
      ON CONFLICT (request_id, day) DO NOTHING
      RETURNING *
    )
    , outcomes AS (
      INSERT INTO request_outcomes_hourly AS sums (${OUTCOME_KEY}, requests)
      SELECT organization_id, date_trunc('hour', occurred_at, 'UTC'), project_id, branch_id, model_id, upstream,
        coalesce(code, 'ok'), ${BUCKET}, sum(1 + repeats)
      FROM added GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
      ON CONFLICT (${OUTCOME_KEY}) DO UPDATE SET requests = sums.requests + excluded.requests
    )
    INSERT INTO usage_hourly AS sums (${HOUR_KEY}, ${SUMMED.join(', ')})
    SELECT organization_id, date_trunc('hour', occurred_at, 'UTC'), project_id, branch_id, model_id, credential_id,
      count(*), count(*) FILTER (WHERE estimated), count(*) FILTER (WHERE unpriced), ${SUMS}
    FROM added WHERE status <> 'refused' GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (${HOUR_KEY}) DO UPDATE SET ${ADDITIONS}`;
}

const HOUR_KEY = 'organization_id, hour, project_id, branch_id, model_id, credential_id';
const OUTCOME_KEY = 'organization_id, hour, project_id, branch_id, model_id, upstream, code, duration_bucket';
/** The number of bounds that the duration exceeds: 0 is up to the first. */
const BUCKET = `width_bucket(duration_ms, ARRAY[${DURATION_BOUNDS_MS.map(bound => bound + 1).join(', ')}])`;
/** The field of a column in the schema: `cache_write_1h_tokens` is `cacheWrite1hTokens`. */
type FieldOf<Column extends string> = Column extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<FieldOf<Tail>>}`
  : Column;
/** The columns that both tables have: a class of tokens without its column does not compile. */
type Stored<Column extends string> = Column extends unknown
  ? FieldOf<Column> extends Prisma.UsageRecordScalarFieldEnum & Prisma.UsageHourScalarFieldEnum
    ? Column
    : never
  : never;
/** The columns that the ledger has too. */
const ADDED: readonly (Stored<CountColumn> | 'cost_nano_usd')[] = [...COUNT_COLUMNS, 'cost_nano_usd'];
const SUMMED = ['requests', 'estimated_requests', 'unpriced_requests', ...ADDED];
const SUMS = ADDED.map(name => `sum(${name})`).join(', ');
const ADDITIONS = SUMMED.map(name => `${name} = sums.${name} + excluded.${name}`).join(', ');

/** @throws {UnwritableRecordsError} for a record without a day: no partition could take it */
function daysOf(rows: readonly UsageRow[]): Set<string> {
  const days = new Set<string>();
  for (const { facts } of rows) {
    const { day } = facts;
    if (day === null) throw new UnwritableRecordsError('a usage record has no day');
    days.add(day);
  }
  return days;
}

/** Class 22 of Postgres' errors is about data, 23502 about a missing value, 42P07 about a day that was detached. */
function isCode(pattern: RegExp, error: unknown): boolean {
  const code = error instanceof pg.DatabaseError ? error.code : codeThroughPrisma(error);
  return code !== undefined && pattern.test(code);
}

function codeThroughPrisma(error: unknown): string | undefined {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  return /Code: `(\w+)`/.exec(error.message)?.[1];
}
