import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { COUNT_COLUMNS } from '../../dialects/counted-classes.js';
import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { branchesWithin } from '../control-plane/branch-subtree.repository.js';
import type { UsageGroup } from './usage.dto.js';

const HOUR_MS = 3_600_000;
/** As long as a caller may take to read a report. */
const EXPORT_BOUND = { maxWait: 10_000, timeout: 600_000 };

/** The column behind each group, as text. */
const COLUMNS: Record<UsageGroup, Prisma.Sql> = {
  hour: Prisma.sql`to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24":00:00Z"')`,
  day: Prisma.sql`to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  project: Prisma.sql`project_id`,
  model: Prisma.sql`model_id`,
  branch: Prisma.sql`branch_id`,
  credential: Prisma.sql`credential_id`,
};

/** The sums of a report but the cost, which holds the adjustments too. */
const FIGURES = [
  'requests',
  'estimated_requests',
  'unpriced_requests',
  ...COUNT_COLUMNS,
  'adjustments_nano_usd',
] as const;
const SUMS = Prisma.raw(FIGURES.map(name => `coalesce(sum(${name}), 0)::text AS ${name}`).join(', '));
const IDS = Prisma.raw('project_id, branch_id, model_id, credential_id');
const COUNTS = Prisma.raw(COUNT_COLUMNS.join(', '));
const NO_COUNTS = Prisma.raw(COUNT_COLUMNS.map(() => '0').join(', '));

interface UsageFilter {
  readonly branch?: string;
  /** of the branch: what grew from it too */
  readonly descendants: boolean;
  readonly project?: string;
  readonly model?: string;
  readonly credential?: string;
}

export interface UsageSelection {
  readonly organizationId: string;
  readonly from: Date;
  readonly to: Date | null;
  readonly filter: UsageFilter;
  readonly groupBy: readonly UsageGroup[];
}

/** What a row is the sum of. */
export type UsageGroups = Partial<Record<UsageGroup, string>>;

/** Sums as decimal texts: they may exceed what a bigint column holds. */
export type UsageSumRecord = UsageGroups & Readonly<Record<(typeof FIGURES)[number] | 'cost_nano_usd', string>>;

@Injectable()
export class UsageReportRepository {
  constructor(private readonly prisma: PrismaService) {}

  /**
   * Sums by group, in the order of the groups. Without groups one row, even where nothing was used.
   * @param after the groups of the last row of the page before
   */
  async sum(selection: UsageSelection, limit: number, after?: UsageGroups): Promise<UsageSumRecord[]> {
    return this.prisma.$queryRaw<UsageSumRecord[]>`${sums(selection, after)} LIMIT ${limit}`;
  }

  /**
   * All of them, page by page, added up once: a cursor reads on as the caller does. It holds a connection, so nobody may take
   * longer than its bound. What fails, before the first page or behind it, fails the stream.
   */
  sumAll(selection: UsageSelection, pageSize: number): Readable {
    const pages = new PassThrough({ objectMode: true, highWaterMark: 1 });
    this.prisma
      .$transaction(async transaction => {
        await transaction.$executeRaw`DECLARE usage_report NO SCROLL CURSOR FOR ${sums(selection)}`;
        await pipeline(fetchPages(transaction, pageSize), pages);
      }, EXPORT_BOUND)
      .catch((error: unknown) => pages.destroy(error instanceof Error ? error : new Error(String(error))));
    return pages;
  }
}

async function* fetchPages(transaction: Prisma.TransactionClient, size: number): AsyncGenerator<UsageSumRecord[]> {
  const fetch = Prisma.raw(`FETCH ${size} FROM usage_report`);
  for (let more = true; more;) {
    const rows = await transaction.$queryRaw<UsageSumRecord[]>`${fetch}`;
    if (rows.length > 0) yield rows;
    more = rows.length === size;
  }
}

function sums(selection: UsageSelection, after?: UsageGroups): Prisma.Sql {
  const { groupBy, filter } = selection;
  const groups = groupBy.map(group => COLUMNS[group]);
  const named = groupBy.map(group => Prisma.sql`${COLUMNS[group]} AS ${Prisma.raw(group)},`);
  const grouping =
    groups.length === 0 ? Prisma.empty : Prisma.sql`GROUP BY ${Prisma.join(groups)} ORDER BY ${Prisma.join(groups)}`;
  const behind = after && Prisma.sql`(${Prisma.join(groups)}) > (${Prisma.join(groupBy.map(group => after[group]))})`;
  const conditions = [...conditionsOf(filter), ...(behind === undefined ? [] : [behind])];
  return Prisma.sql`
    SELECT ${named.length === 0 ? Prisma.empty : Prisma.join(named, ' ')} ${SUMS},
      coalesce(sum(cost_nano_usd + adjustments_nano_usd), 0)::text AS cost_nano_usd
    FROM (${isHourly(selection) ? hourly(selection) : single(selection)}) AS used
    ${conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`}
    ${grouping}`;
}

/** Whether the hourly sums can answer; otherwise single records must, which are not kept for ever. */
export function isHourly({ from, to }: Pick<UsageSelection, 'from' | 'to'>): boolean {
  return from.getTime() % HOUR_MS === 0 && (to === null || to.getTime() % HOUR_MS === 0);
}

function hourly({ organizationId, from, to }: UsageSelection): Prisma.Sql {
  const until = to === null ? Prisma.empty : Prisma.sql`AND hour < ${instant(to)}`;
  return Prisma.sql`
    SELECT hour AS moment, ${IDS}, requests, estimated_requests, unpriced_requests, ${COUNTS}, cost_nano_usd, adjustments_nano_usd
    FROM usage_hourly WHERE organization_id = ${organizationId} AND hour >= ${instant(from)} ${until}`;
}

function single({ organizationId, from, to }: UsageSelection): Prisma.Sql {
  // The day finds the rows by the index; the moment decides.
  const until = to === null ? Prisma.empty : Prisma.sql`AND day <= ${dayOf(to)}::date AND occurred_at < ${instant(to)}`;
  const where = Prisma.sql`
    WHERE organization_id = ${organizationId} AND day >= ${dayOf(from)}::date AND occurred_at >= ${instant(from)} ${until}`;
  return Prisma.sql`
    SELECT occurred_at AS moment, ${IDS}, 1 AS requests, estimated::int AS estimated_requests,
      unpriced::int AS unpriced_requests, ${COUNTS}, cost_nano_usd,
      0 AS adjustments_nano_usd
    FROM usage_records ${where} AND status <> 'refused'
    UNION ALL
    SELECT occurred_at, ${IDS}, 0, 0, 0, ${NO_COUNTS}, 0, delta_nano_usd FROM usage_adjustments ${where}`;
}

function conditionsOf({ branch, descendants, project, model, credential }: UsageFilter): Prisma.Sql[] {
  return [
    ...(branch === undefined
      ? []
      : [descendants ? Prisma.sql`branch_id IN (${branchesWithin(branch)})` : Prisma.sql`branch_id = ${branch}`]),
    ...(project === undefined ? [] : [Prisma.sql`project_id = ${project}`]),
    ...(model === undefined ? [] : [Prisma.sql`model_id = ${model}`]),
    ...(credential === undefined ? [] : [Prisma.sql`credential_id = ${credential}`]),
  ];
}

/** A text with its zone, so that no session's zone matters. */
function instant(time: Date): Prisma.Sql {
  return Prisma.sql`${time.toISOString()}::timestamptz`;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
