import { Injectable } from '@nestjs/common';
import { Prisma } from '../generated/prisma/client.js';
import { PrismaService } from '../platform/prisma/prisma.service.js';
import type { UsageRecord } from './usage-record.js';

const MAX_TEXT = 200;
const MAX_INT = 2 ** 31 - 1;
const MAX_BIGINT = 2n ** 63n - 1n;

/** Postgres was reached and refused a value: to write the same again cannot help. */
export class UnwritableRecordsError extends Error {
  override readonly name = 'UnwritableRecordsError';
}

@Injectable()
export class UsageRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Writes records in one statement. A record whose request id is there already is skipped, so a retry may repeat.
   * @throws {UnwritableRecordsError} when a value of one of them can never be written; anything else may pass
   */
  async insert(records: readonly UsageRecord[]): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    // A column that a newer release added keeps its default.
    const names = Prisma.raw(Object.keys(columns(first)).join(', '));
    const rows = JSON.stringify(records.map(columns));
    try {
      // One parameter instead of thousands: `createMany` takes some twenty times the CPU for each row.
      await this.prisma.$executeRaw`
        INSERT INTO usage_records (${names})
        SELECT ${names} FROM json_populate_recordset(NULL::usage_records, ${rows}::json)
        ON CONFLICT (request_id) DO NOTHING`;
    } catch (error) {
      throw isDataError(error) ? new UnwritableRecordsError('a usage record was refused', { cause: error }) : error;
    }
  }

  /** Gives the connections back when a record was written after the platform had closed them. */
  async close(): Promise<void> {
    await this.prisma.$disconnect();
  }
}

/** Class 22 of Postgres' errors is about data, 23502 about a missing value. */
function isDataError(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && /Code: `(22|23502)/.test(error.message);
}

/**
 * The row by the names of its columns. Some values come from upstreams: one that does not fit its column is bent until it
 * does, because the record matters more. Big integers travel as text.
 */
function columns(record: UsageRecord) {
  const { tokens } = record;
  const occurredAt = timestamp(record.occurredAt);
  return {
    request_id: record.requestId,
    occurred_at: occurredAt,
    day: occurredAt?.slice(0, 10) ?? null,
    organization_id: text(record.organizationId),
    project_id: text(record.projectId),
    branch_id: text(record.branchId),
    credential_id: text(record.credentialId),
    model_id: text(record.modelId),
    dialect: text(record.dialect),
    upstream: text(record.upstream),
    upstream_model: text(record.upstreamModel),
    stream: record.stream,
    status: record.status,
    http_status: int(record.httpStatus),
    input_tokens: count(tokens.input),
    cache_read_tokens: count(tokens.cacheRead),
    cache_write_tokens: count(tokens.cacheWrite),
    output_tokens: count(tokens.output),
    reasoning_tokens: count(tokens.reasoning),
    estimated: record.estimated,
    cost_nano_usd: String(record.costNanoUsd > MAX_BIGINT ? MAX_BIGINT : record.costNanoUsd),
    duration_ms: int(record.durationMs),
    first_token_ms: record.firstTokenMs === null ? null : int(record.firstTokenMs),
  };
}

function timestamp(milliseconds: number): string | null {
  return Number.isFinite(milliseconds) ? new Date(milliseconds).toISOString() : null;
}

/** Postgres takes neither U+0000 nor half a surrogate pair. */
function text(value: string): string {
  return value.slice(0, MAX_TEXT).replace(/[\0\p{Cs}]/gu, '\uFFFD');
}

function int(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(0, Math.round(value)), MAX_INT) : 0;
}

function count(value: number): number {
  return Number.isFinite(value) && value > 0 ? Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER) : 0;
}
