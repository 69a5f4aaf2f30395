import { Injectable } from '@nestjs/common';
import { readPriceList } from '../../catalog/price-list.js';
import { COUNTED_CLASSES, COUNTS } from '../../dialects/counted-classes.js';
import type { TokenCounts } from '../../dialects/token-counts.js';
import { ERROR_TABLE, type ErrorCode, type ErrorRow } from '../../errors/error-table.js';
import type { Operator } from '../../identity/identity.types.js';
import { LedgerSpan } from '../../metering/ledger-span.js';
import { costLines, costNanoUsd } from '../../metering/price.js';
import type { RequestDetail } from '../../metering/request-detail.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { timestamp } from '../control-plane/notation.js';
import { type CursorForm, readPage } from '../control-plane/page.js';
import { invalidField, notFound } from '../control-plane/refusals.js';
import { readInstant } from '../control-plane/requests/instant.js';
import { isObjectId } from '../control-plane/requests/request.pipe.js';
import type { CostLineView, RequestDetailView, RequestList, RequestsQuery, RequestView } from './requests.dto.js';
import {
  type RequestFilter,
  type RequestPosition,
  type RequestScope,
  RequestsRepository,
  type StoredRecord,
} from './requests.repository.js';

const PAGE = 100;
const DAY_MS = 86_400_000;
const LIST = 'requests';

const CURSORS: CursorForm<StoredRecord, RequestPosition> = {
  encode: ({ occurredAt, requestId }) =>
    Buffer.from(JSON.stringify([LIST, occurredAt.toISOString(), requestId])).toString('base64url'),
  decode: cursor => {
    try {
      const [list, time, requestId] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
      const occurredAt = readInstant(time);
      return list === LIST && occurredAt !== null && isObjectId(requestId) ? { occurredAt, requestId } : null;
    } catch {
      return null;
    }
  },
};

/** What became of the requests of the operator's own organization, or project, as long as single records are kept. */
@Injectable()
export class RequestsService {
  constructor(
    private readonly repository: RequestsRepository,
    private readonly span: LedgerSpan,
  ) {}

  async list(operator: Operator, query: RequestsQuery): Promise<RequestList> {
    const filter = this.filterOf(operator, query);
    const { rows, next } = await readPage({ limit: PAGE, ...query }, CURSORS, (after, limit) =>
      this.repository.list(scopeOf(operator), filter, after, limit),
    );
    return { requests: rows.map(viewRequest), ...next };
  }

  async show(operator: Operator, requestId: string): Promise<RequestDetailView> {
    const record = await this.repository.find(requestId, scopeOf(operator), this.span.begin());
    if (record === null) throw notFound('request', 'request_id');
    const [path, price, adjustments] = await Promise.all([
      record.branchId === '' ? [] : this.repository.pathOf(record.branchId),
      record.priceVersion === null ? null : this.repository.priceOf(record.modelId, record.priceVersion),
      this.repository.adjustmentsOf(record.requestId, record.day),
    ]);
    return {
      ...viewRequest(record),
      branch_path: path,
      cost_lines: price === null ? null : linesOf(record, price),
      adjustments_nano_usd: adjustments.toString(),
    };
  }

  private filterOf({ projectId }: Operator, query: RequestsQuery): RequestFilter {
    const to = query.to === undefined ? null : new Date(query.to);
    const from = query.from === undefined ? new Date((to ?? this.span.now()).getTime() - DAY_MS) : new Date(query.from);
    if (to !== null && to <= from) throw invalidField('to', 'must be later than from');
    const { branch, descendants = false, project } = query;
    if (projectId !== null && project !== undefined && project !== projectId) throw notFound('project', 'project');
    if (descendants && branch === undefined)
      throw invalidField('descendants', 'needs branch: name the branch whose descendants are meant');
    const { credential, model, upstream, status, code, stream } = query;
    return {
      ...{ from, to, project, branch, descendants, credential, model, upstream, status, code, stream },
      httpStatus: query.http_status,
      slowerThanMs: query.slower_than_ms,
      dearerThanNanoUsd: query.dearer_than_nano_usd,
    };
  }
}

/** What came without a credential is nobody's: those who run the installation may see it. */
function scopeOf({ organizationId, home, projectId }: Operator): RequestScope {
  return { organizationId, unknown: home && projectId === null, projectId };
}

function viewRequest(record: StoredRecord): RequestView {
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

/** Null where the lines are not what was charged: the price was an assumption then. */
function linesOf(
  record: StoredRecord,
  price: { readonly pricing: unknown; readonly type: string },
): CostLineView[] | null {
  const tokens: Record<string, unknown> = { reasoning: 0 };
  for (const { name, column } of COUNTED_CLASSES) tokens[name] = Number(record[fieldOf(column)] ?? 0);
  if (record.served !== null) tokens['served'] = record.served;
  const counts = tokens as unknown as TokenCounts;
  const prices = readPriceList(price.pricing, price.type);
  if (costNanoUsd(prices, counts) !== record.costNanoUsd) return null;
  return costLines(prices, counts).map(line => ({
    class: line.column,
    count: line.count,
    cost_nano_usd: line.costNanoUsd,
  }));
}

/** The field of a column: `cache_write_1h_tokens` is `cacheWrite1hTokens`. */
function fieldOf(column: string): keyof StoredRecord {
  return column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()) as keyof StoredRecord;
}
