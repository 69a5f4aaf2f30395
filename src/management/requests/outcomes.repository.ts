import { Injectable } from '@nestjs/common';
import { ERROR_TABLE, type ErrorRow } from '../../errors/error-table.js';
import { Prisma } from '../../generated/prisma/client.js';
import { DURATION_BOUNDS_MS } from '../../metering/duration-buckets.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import { branchesWithin } from '../control-plane/branch-subtree.repository.js';
import type { OutcomeGroup } from './outcomes.dto.js';
import type { RequestScope } from './requests.repository.js';

export interface OutcomeSelection {
  readonly from: Date;
  readonly to: Date | null;
  readonly groupBy: readonly OutcomeGroup[];
  readonly branch: string | undefined;
  readonly descendants: boolean;
  /** the columns that must hold these texts; what is undefined does not matter */
  readonly columns: Readonly<Record<'project_id' | 'model_id' | 'upstream' | 'code', string | undefined>>;
}

/** Sums of one group; `buckets` are those of the requests that an upstream was asked, by the bounds of durations. */
export interface OutcomeRow extends Partial<Record<OutcomeGroup, string>> {
  readonly requests: string;
  readonly succeeded: string;
  readonly caller_errors: string;
  readonly gateway_errors: string;
  readonly buckets: readonly string[];
}

/** The column behind each group, as text. */
const COLUMNS: Readonly<Record<OutcomeGroup, Prisma.Sql>> = {
  hour: Prisma.sql`to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24":00:00Z"')`,
  day: Prisma.sql`to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  project: Prisma.sql`project_id`,
  branch: Prisma.sql`branch_id`,
  model: Prisma.sql`model_id`,
  upstream: Prisma.sql`upstream`,
  code: Prisma.sql`code`,
};

const codesOf = (owner: ErrorRow['owner']) =>
  Object.entries(ERROR_TABLE).flatMap(([code, row]) => (row.owner === owner ? [code] : []));
const [CALLERS, OWN] = [codesOf('caller'), codesOf('gateway')];
const BUCKETS = Prisma.raw(
  [...DURATION_BOUNDS_MS, Infinity]
    .map(
      (_, bucket) => `coalesce(sum(requests) FILTER (WHERE upstream <> '' AND duration_bucket = ${bucket}), 0)::text`,
    )
    .join(', '),
);

@Injectable()
export class OutcomesRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Sums by group, in the order of the groups. Without groups one row, even where there was nothing. */
  async sum(scope: RequestScope, selection: OutcomeSelection, limit: number): Promise<OutcomeRow[]> {
    const { groupBy } = selection;
    const groups = groupBy.map(group => COLUMNS[group]);
    const named = groupBy.map(group => Prisma.sql`${COLUMNS[group]} AS ${Prisma.raw(group)},`);
    const grouping =
      groups.length === 0 ? Prisma.empty : Prisma.sql`GROUP BY ${Prisma.join(groups)} ORDER BY ${Prisma.join(groups)}`;
    return this.prisma.$queryRaw<OutcomeRow[]>`
      SELECT ${named.length === 0 ? Prisma.empty : Prisma.join(named, ' ')}
        coalesce(sum(requests), 0)::text AS requests,
        coalesce(sum(requests) FILTER (WHERE code = 'ok'), 0)::text AS succeeded,
        coalesce(sum(requests) FILTER (WHERE code = ANY(${CALLERS})), 0)::text AS caller_errors,
        coalesce(sum(requests) FILTER (WHERE code = ANY(${OWN})), 0)::text AS gateway_errors,
        ARRAY[${BUCKETS}] AS buckets
      FROM request_outcomes_hourly
      WHERE ${Prisma.join(conditionsOf(scope, selection), ' AND ')}
      ${grouping} LIMIT ${limit}`;
  }
}

function conditionsOf(scope: RequestScope, { from, to, branch, descendants, columns }: OutcomeSelection): Prisma.Sql[] {
  const { organizationId, unknown, projectId } = scope;
  const organizations = unknown ? [organizationId, ''] : [organizationId];
  const given = Object.entries(columns).flatMap(([column, value]) =>
    value === undefined ? [] : [Prisma.sql`${Prisma.raw(column)} = ${value}`],
  );
  return [
    Prisma.sql`organization_id = ANY(${organizations})`,
    Prisma.sql`hour >= ${from.toISOString()}::timestamptz`,
    ...(to === null ? [] : [Prisma.sql`hour < ${to.toISOString()}::timestamptz`]),
    ...(projectId === null ? [] : [Prisma.sql`project_id = ${projectId}`]),
    ...given,
    ...(branch === undefined
      ? []
      : [descendants ? Prisma.sql`branch_id IN (${branchesWithin(branch)})` : Prisma.sql`branch_id = ${branch}`]),
  ];
}
