import { COUNTS } from '../../dialects/counted-classes.js';
import { ERROR_TABLE, type ErrorCode, type ErrorRow } from '../../errors/error-table.js';
import type { RequestDetail } from '../../metering/request-detail.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { timestamp } from '../control-plane/notation.js';
import type { RequestView } from './requests.dto.js';
import type { StoredRecord } from './requests.repository.js';

/** A record of the ledger as it is shown. */
export function viewRequest(record: StoredRecord): RequestView {
  const { code, durationMs, firstTokenMs, costNanoUsd: cost } = record;
  const detail = (record.detail ?? {}) as RequestDetail;
  const attempts = detail.attempts ?? [];
  const sent = attempts.at(-1)?.started_ms;
  return {
    request_id: record.requestId,
    occurred_at: timestamp(record.occurredAt),
    status: record.status,
    http_status: record.httpStatus,
    code,
    who_must_act: code === null ? null : (rowOf(code)?.owner ?? null),
    message: detail.message ?? null,
    project: known(record.projectId),
    branch: known(record.branchId),
    credential: known(record.credentialId),
    asked_model: detail.asked_model ?? known(record.modelId),
    model: known(record.modelId),
    dialect: known(record.dialect),
    stream: record.stream,
    upstream: known(record.upstream),
    upstream_model: known(record.upstreamModel),
    attempts,
    timings: {
      ...(detail.admitted_ms !== undefined && { admitted_ms: detail.admitted_ms }),
      ...(sent !== undefined && { sent_ms: sent }),
      ...(firstTokenMs !== null && { first_byte_ms: firstTokenMs }),
      duration_ms: durationMs,
    },
    tokens: countsOf(record),
    estimated: record.estimated,
    cost_nano_usd: cost.toString(),
    cost_usd: nanoToUsd(cost),
    unpriced: record.unpriced,
    price_version: record.priceVersion,
    losses: detail.losses ?? [],
    limits: Object.fromEntries((detail.limits ?? []).map(([name, value]) => [name.toLowerCase(), value])),
    repeats: record.repeats,
  };
}

/** Nothing is known where the text is empty. */
function known(text: string): string | null {
  return text === '' ? null : text;
}

/** A release before may have had other codes. */
function rowOf(code: string): ErrorRow | undefined {
  return (ERROR_TABLE as Partial<Record<string, ErrorRow>>)[code as ErrorCode];
}

function countsOf(record: StoredRecord): Record<string, number> {
  const counts = COUNTS.map(({ column }) => [column, Number(record[fieldOf(column)] ?? 0)] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** The field of a column: `cache_write_1h_tokens` is `cacheWrite1hTokens`. */
export function fieldOf(column: string): keyof StoredRecord {
  return column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof StoredRecord;
}
