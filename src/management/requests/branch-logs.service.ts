import { Injectable } from '@nestjs/common';
import { ERROR_TABLE, type ErrorCode } from '../../errors/error-table.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { LedgerSpan } from '../../metering/ledger-span.js';
import { ScopeRepository } from '../control-plane/access/tenant-scope.repository.js';
import type {
  LogFields,
  LogFieldValues,
  LogFieldValuesQuery,
  LogPage,
  LogRecord,
  LogsQuery,
  Severity,
} from './branch-logs.dto.js';
import { CURSORS } from './request-cursor.js';
import { viewRequest } from './request-view.js';
import type { RequestView } from './requests.dto.js';
import {
  type RequestFilter,
  type RequestPosition,
  type RequestScope,
  RequestsRepository,
  type StoredRecord,
} from './requests.repository.js';

const PAGE = 100;
const MOST_VALUES = 1_000;
/** A filter that only the rendered message knows is looked for in so many records; the cursor goes on behind them. */
const MOST_SCANNED = 10_000;
const SCAN_PAGE = 1_000;
const HOUR_MS = 3_600_000;
const LONGEST_MS = 7 * 24 * HOUR_MS;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS };
const SERVICE = 'ai_gateway';
const SCOPE = 'requests';
const NUMBERS = { INFO: 9, WARN: 13, ERROR: 17 } as const;
type SeverityText = keyof typeof NUMBERS;

/** Of the errors that the caller can do something about. */
const CALLERS_CODES = Object.entries(ERROR_TABLE).flatMap(([code, { owner }]) => (owner === 'caller' ? [code] : []));

/** What severities a floor lets through. */
const AT_LEAST: Readonly<Record<Severity, readonly SeverityText[]>> = {
  trace: ['INFO', 'WARN', 'ERROR'],
  debug: ['INFO', 'WARN', 'ERROR'],
  info: ['INFO', 'WARN', 'ERROR'],
  warn: ['WARN', 'ERROR'],
  error: ['ERROR'],
  fatal: [],
};

/** The columns behind the fields whose values can be listed. */
const COLUMNS = {
  code: 'code',
  credential: 'credential_id',
  dialect: 'dialect',
  model: 'model_id',
  status: 'status',
  upstream: 'upstream',
} as const;
const FIELDS = ['scope_name', 'service_name', 'severity_text', ...Object.keys(COLUMNS)].toSorted();

interface BranchRef {
  readonly projectId: string;
  readonly branchId: string;
}
interface Window {
  readonly from: Date;
  readonly to: Date;
}

/** The requests of a branch, as the records of a log that published clients read. */
@Injectable()
export class BranchLogsService {
  constructor(
    private readonly scopes: ScopeRepository,
    private readonly repository: RequestsRepository,
    private readonly span: LedgerSpan,
  ) {}

  async query(operator: Operator, branch: BranchRef, query: LogsQuery): Promise<LogPage> {
    await this.requireBranch(operator, branch);
    if (query.logql !== undefined)
      throw invalid('logql', 'is not understood here: use the other filters', 'invalid_logql');
    const window = this.windowOf(query, HOUR_MS);
    const after = query.cursor === undefined ? null : CURSORS.decode(query.cursor);
    if (query.cursor !== undefined && after === null)
      throw invalid('cursor', 'must be the next_cursor of an earlier page', 'invalid_cursor');
    const severities = severitiesOf(query);
    const none = severities.length === 0 || isElsewhere(query);
    if (none) return { logs: [], is_truncated: false };
    const filter = { ...window, branch: branch.branchId, project: branch.projectId, descendants: false, severities };
    return this.read(scopeOf(operator), { ...filter, callersCodes: CALLERS_CODES }, query, after);
  }

  async fields(operator: Operator, branch: BranchRef): Promise<LogFields> {
    await this.requireBranch(operator, branch);
    return { fields: FIELDS };
  }

  async values(
    operator: Operator,
    branch: BranchRef,
    field: string,
    query: LogFieldValuesQuery,
  ): Promise<LogFieldValues> {
    await this.requireBranch(operator, branch);
    if (!FIELDS.includes(field)) throw invalid('field_name', `must be one of ${FIELDS.join(', ')}`, 'unknown_field');
    const window = this.windowOf(query, 6 * HOUR_MS);
    const { limit = MOST_VALUES, source } = query;
    if (source !== undefined) return { values: [], is_truncated: false };
    const found = await this.distinct(scopeOf(operator), branch, field, window, limit + 1);
    return { values: found.slice(0, limit), is_truncated: found.length > limit };
  }

  private async distinct(
    scope: RequestScope,
    { branchId }: BranchRef,
    field: string,
    window: Window,
    limit: number,
  ): Promise<string[]> {
    const at = { ...window, branchId };
    if (field in COLUMNS) {
      const values = await this.repository.distinct(scope, COLUMNS[field as keyof typeof COLUMNS], at, limit);
      // Nothing is known where the text is empty.
      return values.filter(value => value !== '');
    }
    const codes = await this.repository.distinct(scope, `coalesce(code, '')`, at, ERRORS_AT_MOST);
    if (codes.length === 0) return [];
    if (field === 'service_name') return [SERVICE];
    if (field === 'scope_name') return [SCOPE];
    return [...new Set(codes.map(code => severityOf(code === '' ? null : code)))].toSorted().slice(0, limit);
  }

  /** Page by page, until there are enough. */
  private async read(
    scope: RequestScope,
    filter: RequestFilter,
    { limit = PAGE, sort_order: order = 'desc', body_contains: part }: LogsQuery,
    after: RequestPosition | null,
  ): Promise<LogPage> {
    const logs: LogRecord[] = [];
    const size = part === undefined ? limit + 1 : SCAN_PAGE;
    let last: StoredRecord | null = null;
    let scanned = 0;
    for (let position = after; ;) {
      const rows = await this.repository.list(scope, filter, position, size, order);
      for (const row of rows) {
        if (logs.length === limit) return { logs, ...nextOf(last) };
        const log = logOf(viewRequest(row));
        if (part === undefined || log.message.includes(part)) logs.push(log);
        last = row;
      }
      scanned += rows.length;
      if (rows.length < size) return { logs, is_truncated: false };
      if (scanned >= MOST_SCANNED) return { logs, ...nextOf(last) };
      position = last;
    }
  }

  private windowOf(
    { since, start_time: start, end_time: end }: LogsQuery | LogFieldValuesQuery,
    usual: number,
  ): Window {
    if (since !== undefined && start !== undefined)
      throw invalid('since', 'stands in place of start_time: send one of them', 'conflicting_time_range');
    const to = end === undefined ? this.span.now() : new Date(end);
    const length = since === undefined ? usual : millisecondsOf(since);
    const from = start === undefined ? new Date(Math.max(0, to.getTime() - length)) : new Date(start);
    if (to <= from) throw invalid('end_time', 'must be later than start_time', 'invalid_time_range');
    if (to.getTime() - from.getTime() > LONGEST_MS)
      throw invalid('start_time', 'must be at most seven days before end_time', 'time_range_too_large');
    return { from, to };
  }

  /** @throws {GatewayError} not_found with the reason branch_not_found */
  private async requireBranch(operator: Operator, { projectId, branchId }: BranchRef): Promise<void> {
    const isThere =
      (await this.scopes.isOwn(operator, 'project', projectId)) &&
      (await this.repository.hasBranch(projectId, branchId));
    if (!isThere)
      throw new GatewayError('not_found', { publicMessage: 'branch not found', reason: 'branch_not_found' });
  }
}

/** There are not more codes than these. */
const ERRORS_AT_MOST = 1_000;

function invalid(field: string, sentence: string, reason: string): GatewayError {
  return new GatewayError('invalid_request', { publicMessage: `${field} ${sentence}`, param: field, reason });
}

function scopeOf({ organizationId, projectId }: Operator): RequestScope {
  return { organizationId, unknown: false, projectId };
}

/** Whether a filter asks for what no request is. */
function isElsewhere({ source, service_name: service, scope_name: scope, trace_id: trace }: LogsQuery): boolean {
  return source !== undefined || trace !== undefined || (service ?? SERVICE) !== SERVICE || (scope ?? SCOPE) !== SCOPE;
}

function severitiesOf({ minimum_severity: least = 'trace', severity_text: text }: LogsQuery): SeverityText[] {
  return AT_LEAST[least].filter(severity => text === undefined || severity === text);
}

function severityOf(code: string | null): SeverityText {
  if (code === null) return 'INFO';
  return ERROR_TABLE[code as ErrorCode]?.owner === 'caller' ? 'WARN' : 'ERROR';
}

function millisecondsOf(duration: string): number {
  const [, count = '0', unit = 'ms'] = /^(\d+)([a-z]+)$/.exec(duration) ?? [];
  return Number(count) * (UNITS[unit] ?? 1);
}

function nextOf(last: StoredRecord | null): Pick<LogPage, 'next_cursor' | 'is_truncated'> {
  return last === null ? { is_truncated: false } : { next_cursor: CURSORS.encode(last), is_truncated: true };
}

function logOf(request: RequestView): LogRecord {
  const severity = severityOf(request.code);
  return {
    timestamp: request.occurred_at,
    message: messageOf(request),
    service_name: SERVICE,
    scope_name: SCOPE,
    severity_number: NUMBERS[severity],
    severity_text: severity,
    attributes: Object.fromEntries(Object.entries(request).filter(([, value]) => value !== null)),
  };
}

/** In one line: what happened, to whom it was put, what it took. */
function messageOf(request: RequestView): string {
  const {
    status,
    http_status: http,
    code,
    message,
    asked_model: model,
    upstream,
    timings,
    tokens,
    cost_usd: cost,
  } = request;
  const head = `${status} ${http}${code === null ? '' : ` ${code}`}`;
  if (status === 'refused') return `${head}: ${message ?? 'no message'}${timesOf(request)}`;
  const counted = Object.values(tokens).reduce((sum, count) => sum + count, 0);
  return `${head}: ${model} by ${upstream}, ${timings.duration_ms} ms, ${counted} tokens, $${cost}`;
}

function timesOf({ repeats }: RequestView): string {
  return repeats === 0 ? '' : ` (${repeats + 1} times)`;
}
