import { COUNTS, type CountColumn } from '../dialects/counted-classes.js';
import type { TokenCounts } from '../dialects/token-counts.js';
import type { UsageRecord } from './usage-record.js';

const MAX_TEXT = 200;
const MAX_INT = 2 ** 31 - 1;
const MAX_BIGINT = 2n ** 63n - 1n;
/** What needs the closer look: any surrogate, be it of a pair or alone. */
const UNUSUAL = /[\0\ud800-\udfff]/;
const DAY_LENGTH = '2026-11-23'.length;

/** A row of the ledger by the names of its columns, in two parts: as one object it would be a dictionary, and slow. */
export interface UsageRow {
  readonly facts: ReturnType<typeof factsOf>;
  readonly counts: Readonly<Partial<Record<CountColumn, number>>>;
  /** JSON; `null` where there is none */
  readonly detail: string;
}

type Count = (typeof COUNTS)[number];

/** Tools are rare, and of the classes of tokens those that say so. */
const isCommon = (counted: Count) => ('rare' in counted ? !counted.rare : counted.name === 'reasoning');
/** Of the others a column's default is zero. */
const COMMON: readonly Count[] = COUNTS.filter(isCommon);
const RARE: readonly Count[] = COUNTS.filter(counted => !isCommon(counted));

/** Which counts the rows of these records need: all of them, or the common ones where none of them has another. */
export function countsNeeded(records: readonly Pick<UsageRecord, 'tokens'>[]): readonly Count[] {
  return records.some(({ tokens }) => RARE.some(({ name }) => (tokens[name] ?? 0) > 0)) ? COUNTS : COMMON;
}

/**
 * A record as its row. Some values come from upstreams: one that does not fit its column is bent until it does, because
 * the record matters more.
 */
export function usageRow(record: UsageRecord, needed: readonly Count[] = COUNTS): UsageRow {
  return { facts: factsOf(record), counts: countsOf(record.tokens, needed), detail: record.detail ?? 'null' };
}

/** The columns of rows, all of which have the same. */
export function columnsOf({ facts, counts }: UsageRow): string[] {
  return [...Object.keys(facts), 'detail', ...Object.keys(counts)];
}

/** Rows as one JSON array of objects. The detail is JSON already. */
export function rowsAsJson(rows: readonly UsageRow[]): string {
  const objects = rows.map(({ facts, counts, detail }) => {
    const rest = `"detail":${detail},${JSON.stringify(counts).slice(1)}`;
    return `${JSON.stringify(facts).slice(0, -1)},${rest}`;
  });
  return `[${objects.join(',')}]`;
}

/** All but the counts. Big integers travel as text. */
function factsOf(record: UsageRecord) {
  const { tokens } = record;
  const occurredAt = timestamp(record.occurredAt);
  return {
    request_id: record.requestId,
    occurred_at: occurredAt,
    day: occurredAt?.slice(0, DAY_LENGTH) ?? null,
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
    served: tokens.served ?? null,
    unpriced: record.unpriced ?? false,
    estimated: record.estimated,
    cost_nano_usd: String(record.costNanoUsd > MAX_BIGINT ? MAX_BIGINT : record.costNanoUsd),
    price_version: record.priceVersion ?? null,
    duration_ms: int(record.durationMs),
    first_token_ms: record.firstTokenMs === null ? null : int(record.firstTokenMs),
    code: record.code ?? null,
    repeats: int(record.repeats ?? 0),
  };
}

/** Each count by the name of its column. */
function countsOf(tokens: TokenCounts, needed: readonly Count[]): UsageRow['counts'] {
  const counts: Partial<Record<CountColumn, number>> = {};
  for (const { name, column } of needed) counts[column] = count(tokens[name]);
  return counts;
}

/** Null for a moment that has no day between the years 0 and 9999. */
function timestamp(milliseconds: number): string | null {
  const time = new Date(milliseconds);
  if (Number.isNaN(time.getTime())) return null;
  const iso = time.toISOString();
  return /^\d/.test(iso) ? iso : null;
}

function text(value: string): string {
  return storableText(value, MAX_TEXT);
}

/** The beginning of a text as Postgres takes it: without U+0000 and without half a surrogate pair. */
export function storableText(value: string, longest: number): string {
  if (value.length <= longest && !UNUSUAL.test(value)) return value;
  return value.slice(0, longest).replace(/[\0\p{Cs}]/gu, '\uFFFD');
}

function int(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(0, Math.round(value)), MAX_INT) : 0;
}

function count(value = 0): number {
  return Number.isFinite(value) && value > 0 ? Math.min(Math.ceil(value), Number.MAX_SAFE_INTEGER) : 0;
}
