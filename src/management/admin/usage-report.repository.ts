import { Injectable } from '@nestjs/common';
import { Prisma } from '../../generated/prisma/client.js';
import { PrismaService } from '../../platform/prisma/prisma.service.js';
import type { UsageGroup } from './usage.dto.js';

/** The column behind each group, as text. */
const COLUMNS: Record<UsageGroup, Prisma.Sql> = {
  day: Prisma.sql`to_char(day, 'YYYY-MM-DD')`,
  model: Prisma.sql`model_id`,
  branch: Prisma.sql`branch_id`,
  credential: Prisma.sql`credential_id`,
};

export interface UsageSelection {
  readonly organizationId: string;
  readonly from: Date;
  readonly to: Date | null;
  readonly groupBy: readonly UsageGroup[];
  readonly limit: number;
}

/** Sums as decimal texts: they may exceed what a bigint column holds. */
export type UsageSumRecord = Partial<Record<UsageGroup, string>> & {
  readonly requests: string;
  readonly estimated_requests: string;
  readonly input_tokens: string;
  readonly cache_read_tokens: string;
  readonly cache_write_tokens: string;
  readonly output_tokens: string;
  readonly reasoning_tokens: string;
  readonly cost_nano_usd: string;
};

@Injectable()
export class UsageReportRepository {
  constructor(private readonly prisma: PrismaService) {}

  /** Sums of the ledger by group, in the order of the groups. Without groups one row, even where nothing was used. */
  async sum({ organizationId, from, to, groupBy, limit }: UsageSelection): Promise<UsageSumRecord[]> {
    const groups = groupBy.map(group => COLUMNS[group]);
    const named = groupBy.map(group => Prisma.sql`${COLUMNS[group]} AS ${Prisma.raw(group)},`);
    const until = to === null ? Prisma.empty : Prisma.sql`AND ${before(to)}`;
    const grouping =
      groups.length === 0 ? Prisma.empty : Prisma.sql`GROUP BY ${Prisma.join(groups)} ORDER BY ${Prisma.join(groups)}`;
    return this.prisma.$queryRaw<UsageSumRecord[]>`
      SELECT ${named.length === 0 ? Prisma.empty : Prisma.join(named, ' ')}
        count(*)::text AS requests,
        count(*) FILTER (WHERE estimated)::text AS estimated_requests,
        coalesce(sum(input_tokens), 0)::text AS input_tokens,
        coalesce(sum(cache_read_tokens), 0)::text AS cache_read_tokens,
        coalesce(sum(cache_write_tokens), 0)::text AS cache_write_tokens,
        coalesce(sum(output_tokens), 0)::text AS output_tokens,
        coalesce(sum(reasoning_tokens), 0)::text AS reasoning_tokens,
        coalesce(sum(cost_nano_usd), 0)::text AS cost_nano_usd
      FROM usage_records
      WHERE organization_id = ${organizationId} AND ${since(from)} ${until}
      ${grouping} LIMIT ${limit}`;
  }
}

/** The day finds the rows by the index; the moment decides. Texts with their zone, so that no session's zone matters. */
function since(from: Date): Prisma.Sql {
  return Prisma.sql`day >= ${dayOf(from)}::date AND occurred_at >= ${from.toISOString()}::timestamptz`;
}

function before(to: Date): Prisma.Sql {
  return Prisma.sql`day <= ${dayOf(to)}::date AND occurred_at < ${to.toISOString()}::timestamptz`;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
