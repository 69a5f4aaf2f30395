import { Injectable, type MessageEvent } from '@nestjs/common';
import { catchError, exhaustMap, filter, from, interval, map, merge, type Observable, of, takeUntil } from 'rxjs';
import { AppConfig } from '../../config/app-config.js';
import { COUNTS } from '../../dialects/counted-classes.js';
import type { Operator } from '../../identity/identity.types.js';
import { UsageFeed } from '../../metering/usage-feed.js';
import type { UsageRecord } from '../../metering/usage-record.js';
import { Lifecycle } from '../../platform/lifecycle.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { timestamp } from '../control-plane/notation.js';

/** A watcher must not keep a replica from stopping. */
const DRAIN_CHECK_MS = 250;

/** A query by digest for a watcher, so that a key that was revoked or has expired shows nothing for longer. */
const KEY_CHECK_MS = 1_000;

/**
 * Usage records as they are settled on this replica, of the operator's own organization or project only. A quiet feed still sends
 * keep-alives; a watcher who does not read is cut off by Nest once some megabytes wait.
 */
@Injectable()
export class LiveUsageService {
  constructor(
    private readonly config: AppConfig,
    private readonly feed: UsageFeed,
    private readonly lifecycle: Lifecycle,
  ) {}

  /** @param mayStay whether the operator's key is still good; a watcher for whom nobody can say so has to come again */
  watch({ organizationId, projectId }: Operator, mayStay: () => Promise<boolean>): Observable<MessageEvent> {
    const records = this.feed.settled.pipe(
      filter(record => record.organizationId === organizationId),
      filter(record => projectId === null || record.projectId === projectId),
      map(record => ({ type: 'usage', id: record.requestId, data: viewRecord(record) })),
    );
    const signsOfLife = interval(this.config.timeouts.keepAliveCommentMs).pipe(map(() => ({ comment: 'still here' })));
    const draining = interval(DRAIN_CHECK_MS).pipe(filter(() => this.lifecycle.draining));
    const refused = interval(KEY_CHECK_MS).pipe(
      exhaustMap(() => from(mayStay()).pipe(catchError(() => of(false)))),
      filter(welcome => !welcome),
    );
    return merge(records, signsOfLife).pipe(takeUntil(merge(draining, refused)));
  }
}

function viewRecord({ tokens, costNanoUsd, ...record }: UsageRecord): object {
  return {
    request_id: record.requestId,
    occurred_at: timestamp(new Date(record.occurredAt)),
    project: record.projectId,
    branch: record.branchId,
    credential: record.credentialId,
    model: record.modelId,
    dialect: record.dialect,
    upstream: record.upstream,
    upstream_model: record.upstreamModel,
    stream: record.stream,
    status: record.status,
    http_status: record.httpStatus,
    ...Object.fromEntries(COUNTS.map(({ name, column }) => [column, tokens[name] ?? 0])),
    served: tokens.served ?? {},
    unpriced: record.unpriced ?? false,
    estimated: record.estimated,
    cost_nano_usd: costNanoUsd.toString(),
    cost_usd: nanoToUsd(costNanoUsd),
    duration_ms: record.durationMs,
    first_token_ms: record.firstTokenMs,
  };
}
