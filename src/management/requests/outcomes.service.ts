import { Injectable } from '@nestjs/common';
import type { Operator } from '../../identity/identity.types.js';
import { LedgerSpan } from '../../metering/ledger-span.js';
import { timestamp } from '../control-plane/notation.js';
import { invalidField, notFound } from '../control-plane/refusals.js';
import { OUTCOME_GROUPS, type OutcomeReport, type OutcomesQuery, type OutcomeSum } from './outcomes.dto.js';
import { type OutcomeRow, OutcomesRepository } from './outcomes.repository.js';
import { percentilesOf } from './percentiles.js';
import { requestScopeOf } from './request-scope.js';

const MAX_ROWS = 10_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How many requests of the operator's own organization, or project, ended how, and how long they took. */
@Injectable()
export class OutcomesService {
  constructor(
    private readonly repository: OutcomesRepository,
    private readonly span: LedgerSpan,
  ) {}

  async report(operator: Operator, query: OutcomesQuery): Promise<OutcomeReport> {
    const to = query.to === undefined ? null : new Date(query.to);
    const end = (to ?? this.span.now()).getTime();
    const from = query.from === undefined ? new Date(end - (end % HOUR_MS) - DAY_MS) : new Date(query.from);
    if (to !== null && to <= from) throw invalidField('to', 'must be later than from');
    for (const [field, time] of [
      ['from', from],
      ['to', to],
    ] as const)
      if ((time?.getTime() ?? 0) % HOUR_MS !== 0)
        throw invalidField(field, 'must be on the hour: they are counted by it');
    const { project, branch, descendants = false, model, upstream, code } = query;
    const { projectId } = operator;
    if (projectId !== null && project !== undefined && project !== projectId) throw notFound('project', 'project');
    if (descendants && branch === undefined)
      throw invalidField('descendants', 'needs branch: name the branch whose descendants are meant');
    const wanted = new Set(query.group_by);
    const groupBy = OUTCOME_GROUPS.filter(group => wanted.has(group));
    const columns = { project_id: project, model_id: model, upstream, code };
    const selection = { from, to, groupBy, branch, descendants, columns };
    const rows = await this.repository.sum(requestScopeOf(operator), selection, MAX_ROWS + 1);
    return {
      from: timestamp(from),
      ...(to !== null && { to: timestamp(to) }),
      group_by: groupBy,
      outcomes: rows.slice(0, MAX_ROWS).map(viewSum),
      truncated: rows.length > MAX_ROWS,
    };
  }
}

function viewSum({
  requests,
  succeeded,
  caller_errors: callers,
  gateway_errors: own,
  buckets,
  ...groups
}: OutcomeRow): OutcomeSum {
  const [all, good, theirs, ours] = [requests, succeeded, callers, own].map(Number) as [number, number, number, number];
  return {
    ...groups,
    requests: all,
    succeeded: good,
    caller_errors: theirs,
    gateway_errors: ours,
    // Codes of a release before were of upstreams, if they are unknown now.
    upstream_errors: all - good - theirs - ours,
    duration_ms: percentilesOf(buckets.map(Number)),
  };
}
