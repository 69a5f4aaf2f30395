import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { COUNT_COLUMNS } from '../../dialects/counted-classes.js';
import type { Operator } from '../../identity/identity.types.js';
import { LedgerSpan } from '../../metering/ledger-span.js';
import { invalidField, notFound } from '../refusals.js';
import { timestamp } from '../timestamp.js';
import { nanoToUsd } from '../usd.js';
import { csvLine } from './usage-csv.js';
import {
  isHourly,
  type UsageSelection,
  type UsageSumRecord,
  UsageReportRepository,
} from './usage-report.repository.js';
import { USAGE_FIGURES, USAGE_GROUPS, type UsageQuery, type UsageReport, type UsageSum } from './usage.dto.js';

const MAX_ROWS = 10_000;
const CSV_PAGE = 5_000;
const DEFAULT_DAYS = 30;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

const NUMBERS = ['requests', 'estimated_requests', 'unpriced_requests', ...COUNT_COLUMNS] as const;

/** What the operator's own organization, or project, has used, from the hourly sums where they can answer, else from the ledger. */
@Injectable()
export class UsageReportService {
  constructor(
    private readonly repository: UsageReportRepository,
    private readonly span: LedgerSpan,
  ) {}

  async report(operator: Operator, query: UsageQuery): Promise<UsageReport> {
    const selection = this.select(operator, query);
    const { from, to, groupBy } = selection;
    const rows = await this.repository.sum(selection, MAX_ROWS + 1);
    return {
      from: timestamp(from),
      ...(to === null ? {} : { to: timestamp(to) }),
      group_by: [...groupBy],
      usage: rows.slice(0, MAX_ROWS).map(viewSum),
      truncated: rows.length > MAX_ROWS,
    };
  }

  /** The same as CSV, whole. What fails before the first row fails the call; later it breaks the stream. */
  async export(operator: Operator, query: UsageQuery): Promise<Readable> {
    const selection = this.select(operator, query);
    const first = await this.repository.sum(selection, CSV_PAGE);
    return Readable.from(this.lines(selection, first), { objectMode: false });
  }

  private async *lines(selection: UsageSelection, first: readonly UsageSumRecord[]): AsyncGenerator<string> {
    const columns = [...selection.groupBy, ...USAGE_FIGURES];
    yield csvLine(columns);
    for (let rows = first; rows.length > 0;) {
      const sums = rows.map(viewSum);
      yield sums.map(sum => csvLine(columns.map(column => sum[column]))).join('');
      // Each page begins behind the last group of the one before, so no connection is held while the caller reads.
      rows = rows.length < CSV_PAGE ? [] : await this.repository.sum(selection, CSV_PAGE, rows.at(-1));
    }
  }

  private select({ organizationId, projectId }: Operator, query: UsageQuery): UsageSelection {
    const to = query.to === undefined ? null : new Date(query.to);
    const from = query.from === undefined ? this.defaultStart(to) : new Date(query.from);
    if (to !== null && to <= from) throw invalidField('to', 'must be later than from');
    this.checkKept(from, to);
    const { branch, descendants = false, project = projectId ?? undefined, model, credential } = query;
    if (projectId !== null && project !== projectId) throw notFound('project', 'project');
    if (descendants && branch === undefined) throw invalidField('descendants', 'needs branch: say which one’s');
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

function viewSum(row: UsageSumRecord): UsageSum {
  const counts = Object.fromEntries(NUMBERS.map(name => [name, Number(row[name])])) as Record<
    (typeof NUMBERS)[number],
    number
  >;
  return { ...row, ...counts, cost_usd: nanoToUsd(BigInt(row.cost_nano_usd)) };
}
