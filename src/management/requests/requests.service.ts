import { Injectable } from '@nestjs/common';
import { readPriceList } from '../../catalog/price-list.js';
import { COUNTED_CLASSES } from '../../dialects/counted-classes.js';
import type { TokenCounts } from '../../dialects/token-counts.js';
import type { Operator } from '../../identity/identity.types.js';
import { LedgerSpan } from '../../metering/ledger-span.js';
import { costLines, costNanoUsd } from '../../metering/price.js';
import { readPage } from '../control-plane/page.js';
import { invalidField, notFound } from '../control-plane/refusals.js';
import { requestScopeOf } from './request-scope.js';
import { CURSORS } from './request-cursor.js';
import { fieldOf, viewRequest } from './request-view.js';
import type { CostLineView, RequestDetailView, RequestList, RequestsQuery } from './requests.dto.js';
import { type RequestFilter, RequestsRepository, type StoredRecord } from './requests.repository.js';

const PAGE = 100;
const DAY_MS = 86_400_000;

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
      this.repository.list(requestScopeOf(operator), filter, after, limit),
    );
    return { requests: rows.map(viewRequest), ...next };
  }

  async show(operator: Operator, requestId: string): Promise<RequestDetailView> {
    const record = await this.repository.find(requestId, requestScopeOf(operator), this.span.begin());
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
