import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { COUNT_COLUMNS } from '../../dialects/counted-classes.js';
import type { Operator } from '../../identity/identity.types.js';
import { GatewayError } from '../../errors/gateway-error.js';
import { LedgerSpan } from '../../metering/ledger-span.js';
import { invalidField, notFound } from '../control-plane/refusals.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { csvLine, timestamp } from '../control-plane/notation.js';
import {
  isHourly,
  type UsageGroups,
  type UsageSelection,
  type UsageSumRecord,
  UsageReportRepository,
} from './usage-report.repository.js';
import {
  USAGE_FIGURES,
  USAGE_GROUPS,
  type UsageGroup,
  type UsageQuery,
  type UsageReport,
  type UsageSum,
} from './usage.dto.js';

const MAX_ROWS = 10_000;
const CSV_PAGE = 5_000;
/** Each holds one of the pool's connections while it is read. */
const MAX_EXPORTS = 2;
const DEFAULT_DAYS = 30;
const CURSOR = 'usage';
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const NUMBERS = ['requests', 'estimated_requests', 'unpriced_requests', ...COUNT_COLUMNS] as const;

/** What the operator's own organization, or project, has used, from the hourly sums where they can answer, else from the ledger. */
@Injectable()
export class UsageReportService {
  /** how many hold a connection now */
  private exports = 0;

  constructor(
    private readonly repository: UsageReportRepository,
    private readonly span: LedgerSpan,
  ) {}

  async report(operator: Operator, query: UsageQuery): Promise<UsageReport> {
    const selection = this.select(operator, query);
    const { from, to, groupBy } = selection;
    const after = query.cursor === undefined ? undefined : readCursor(query.cursor, groupBy);
    const rows = await this.repository.sum(selection, MAX_ROWS + 1, after);
    const usage = rows.slice(0, MAX_ROWS);
    const last = usage.at(-1);
    const truncated = rows.length > MAX_ROWS && last !== undefined;
    return {
      from: timestamp(from),
      ...(to === null ? {} : { to: timestamp(to) }),
      group_by: [...groupBy],
      usage: usage.map(viewSum),
      truncated,
      ...(truncated ? { pagination: { cursor: writeCursor(last, groupBy) } } : {}),
    };
  }

  /**
   * The same as CSV, whole, and added up once. What fails before the first row fails the call; later it breaks the stream.
   * @throws {GatewayError} storage_unavailable while as many are read as may hold a connection
   */
  async export(operator: Operator, query: UsageQuery): Promise<Readable> {
    const selection = this.select(operator, query);
    if (query.cursor !== undefined)
      throw invalidField('cursor', 'is for pages of JSON; a CSV comes whole: leave it out');
    if (this.exports >= MAX_EXPORTS) {
      const publicMessage = `${MAX_EXPORTS} exports are being read: read one of them to its end, or retry later`;
      throw new GatewayError('storage_unavailable', { publicMessage, retryAfterSeconds: 5 });
    }
    this.exports += 1;
    const pages = this.repository.sumAll(selection, CSV_PAGE);
    pages.once('close', () => (this.exports -= 1));
    const rest = pages[Symbol.asyncIterator]() as AsyncIterator<UsageSumRecord[], undefined>;
    const first = await rest.next();
    const lines = Readable.from(this.lines(selection, first.value ?? [], rest), { objectMode: false });
    // Anyone who leaves before the first line was asked for leaves a cursor behind otherwise.
    lines.once('close', () => pages.destroy());
    return lines;
  }

  private async *lines(
    selection: UsageSelection,
    first: readonly UsageSumRecord[],
    rest: AsyncIterator<UsageSumRecord[], undefined>,
  ): AsyncGenerator<string> {
    const columns = [...selection.groupBy, ...USAGE_FIGURES];
    yield csvLine(columns);
    for (let rows: readonly UsageSumRecord[] = first; rows.length > 0;) {
      // Sums are decimal texts already, whatever their size.
      yield rows
        .map(row => csvLine(columns.map(column => (column === 'cost_usd' ? costOf(row) : row[column]))))
        .join('');
      rows = (await rest.next()).value ?? [];
    }
  }

  private select({ organizationId, projectId }: Operator, query: UsageQuery): UsageSelection {
    const to = query.to === undefined ? null : new Date(query.to);
    const from = query.from === undefined ? this.defaultStart(to) : new Date(query.from);
    if (to !== null && to <= from) throw invalidField('to', 'must be later than from');
    this.checkKept(from, to);
    const { branch, descendants = false, project = projectId ?? undefined, model, credential } = query;
    if (projectId !== null && project !== projectId) throw notFound('project', 'project');
    if (descendants && branch === undefined)
      throw invalidField('descendants', 'needs branch: name the branch whose descendants are meant');
    const wanted = new Set(query.group_by);
    const groupBy = USAGE_GROUPS.filter(group => wanted.has(group));
    return { organizationId, from, to, groupBy, filter: { branch, descendants, project, model, credential } };
  }

  /** A part of an hour whose single records are gone would be reported as if nothing had been used. */
  private checkKept(from: Date, to: Date | null): void {
    const begin = this.span.begin();
    if (from >= begin || isHourly({ from, to })) return;
    const field = from.getTime() % HOUR_MS === 0 ? 'to' : 'from';
    throw invalidField(field, `must be on the hour: before ${timestamp(begin)} only hourly sums are kept`);
  }

  /** The first moment of the UTC day a month of days before the end. */
  private defaultStart(to: Date | null): Date {
    const end = (to ?? this.span.now()).getTime();
    return new Date(end - (end % DAY_MS) - DEFAULT_DAYS * DAY_MS);
  }
}

/** The groups of the last row, and by what it was grouped: it is of use with the same query only. */
function writeCursor(row: UsageGroups, groupBy: readonly UsageGroup[]): string {
  return Buffer.from(JSON.stringify([CURSOR, ...groupBy.map(group => [group, row[group]])])).toString('base64url');
}

/** @throws {GatewayError} invalid_request for what is no cursor of this query */
function readCursor(cursor: string, groupBy: readonly UsageGroup[]): UsageGroups {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    read = null;
  }
  const [name, ...pairs] = Array.isArray(read) ? (read as unknown[]) : [];
  const isPair = (pair: unknown, index: number) =>
    Array.isArray(pair) && pair[0] === groupBy[index] && typeof pair[1] === 'string' && !pair[1].includes('\0');
  if (name !== CURSOR || groupBy.length === 0 || pairs.length !== groupBy.length || !pairs.every(isPair)) {
    throw invalidField('cursor', 'must be the cursor of an earlier page of the same report');
  }
  return Object.fromEntries(pairs as [UsageGroup, string][]);
}

function costOf(row: UsageSumRecord): string {
  return nanoToUsd(BigInt(row.cost_nano_usd));
}

function viewSum(row: UsageSumRecord): UsageSum {
  const counts = Object.fromEntries(NUMBERS.map(name => [name, Number(row[name])])) as Record<
    (typeof NUMBERS)[number],
    number
  >;
  return { ...row, ...counts, cost_usd: costOf(row) };
}
