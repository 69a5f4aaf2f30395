import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { Clock } from '../../platform/clock.js';
import { invalidField } from '../refusals.js';
import { timestamp } from '../timestamp.js';
import { nanoToUsd } from '../usd.js';
import { type UsageSumRecord, UsageReportRepository } from './usage-report.repository.js';
import { USAGE_GROUPS, type UsageQuery, type UsageReport, type UsageSum } from './usage.dto.js';

const MAX_ROWS = 10_000;
const DEFAULT_DAYS = 30;
const DAY_MS = 86_400_000;

/** What the operator's own organization has used, from the ledger. */
@Injectable()
export class UsageReportService {
  constructor(
    private readonly repository: UsageReportRepository,
    private readonly clock: Clock,
  ) {}

  async report({ organizationId }: Operator, query: UsageQuery): Promise<UsageReport> {
    const to = query.to === undefined ? null : new Date(query.to);
    const from = query.from === undefined ? this.defaultStart(to) : new Date(query.from);
    if (to !== null && to <= from) throw invalidField('to', 'must be later than from');
    const wanted = new Set(query.group_by);
    const groupBy = USAGE_GROUPS.filter(group => wanted.has(group));
    const rows = await this.repository.sum({ organizationId, from, to, groupBy, limit: MAX_ROWS + 1 });
    return {
      from: timestamp(from),
      ...(to === null ? {} : { to: timestamp(to) }),
      group_by: groupBy,
      usage: rows.slice(0, MAX_ROWS).map(viewSum),
      truncated: rows.length > MAX_ROWS,
    };
  }

  /** The first moment of the UTC day a month of days before the end. */
  private defaultStart(to: Date | null): Date {
    const end = to?.getTime() ?? this.clock.now();
    return new Date(end - (end % DAY_MS) - DEFAULT_DAYS * DAY_MS);
  }
}

function viewSum(row: UsageSumRecord): UsageSum {
  const { requests, estimated_requests: estimated, cost_nano_usd: cost, ...rest } = row;
  return {
    ...rest,
    requests: Number(requests),
    estimated_requests: Number(estimated),
    input_tokens: Number(row.input_tokens),
    cache_read_tokens: Number(row.cache_read_tokens),
    cache_write_tokens: Number(row.cache_write_tokens),
    output_tokens: Number(row.output_tokens),
    reasoning_tokens: Number(row.reasoning_tokens),
    cost_nano_usd: cost,
    cost_usd: nanoToUsd(BigInt(cost)),
  };
}
