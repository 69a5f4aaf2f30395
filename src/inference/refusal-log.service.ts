import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { NO_TOKENS } from '../dialects/token-counts.js';
import { MeteringService } from '../metering/metering.service.js';
import type { UsageRecord } from '../metering/usage-record.js';
import { Clock } from '../platform/clock.js';
import { SharedTimer } from '../platform/shared-timers.js';
import { type DescribedRequest, detailOf } from './request-detail.js';

const WINDOW_MS = 1_000;
/** So many kinds of refusals are told apart in a second; of the others only those that have another code. */
const MOST_KINDS = 50;
const NOBODY = { organizationId: '', projectId: '', branchId: '', credentialId: '', modelId: '', detail: '{}' };

interface Kind {
  /** whether they are of one branch and one credential */
  readonly isOwn: boolean;
  /** the last one that has no record of its own */
  last: UsageRecord | null;
  repeats: number;
}

/**
 * Keeps a record of requests that were refused, or failed before an upstream was asked. Alike are those of one branch,
 * credential and code: the first in a second is kept, the others are one record, the last of them, that says how many
 * they were. So a flood is counted to the last one, and fills no disk.
 */
@Injectable()
export class RefusalLog implements OnModuleDestroy {
  private readonly kinds = new Map<string, Kind>();

  constructor(
    private readonly metering: MeteringService,
    private readonly clock: Clock,
  ) {}

  /** What was put to an upstream has its record already. */
  note(request: DescribedRequest, httpStatus: number, durationMs: number): void {
    if (request.work?.recorded === true || this.metering.saturated) return;
    const record = this.recordOf(request, httpStatus, durationMs);
    const { kind, isNew } = this.kindOf(record);
    if (isNew) {
      void this.metering.record(record);
    } else {
      kind.last = kind.isOwn ? record : { ...record, ...NOBODY };
      kind.repeats += 1;
    }
  }

  /** What is written now is drained before the process ends. */
  onModuleDestroy(): void {
    this.flush();
  }

  private kindOf(record: UsageRecord): { readonly kind: Kind; readonly isNew: boolean } {
    const { kinds } = this;
    const { organizationId, projectId, branchId, credentialId, code = '' } = record;
    const own = [organizationId, projectId, branchId, credentialId, code].join('\n');
    const isOwn = kinds.has(own) || kinds.size < MOST_KINDS;
    const key = isOwn ? own : code;
    const known = kinds.get(key);
    if (known !== undefined) return { kind: known, isNew: false };
    if (kinds.size === 0) SharedTimer.after(WINDOW_MS, () => this.flush());
    const kind = { isOwn, last: null, repeats: 0 };
    kinds.set(key, kind);
    return { kind, isNew: true };
  }

  private flush(): void {
    for (const { last, repeats } of this.kinds.values()) {
      if (last !== null) void this.metering.record(repeats === 1 ? last : { ...last, repeats: repeats - 1 });
    }
    this.kinds.clear();
  }

  private recordOf(request: DescribedRequest, httpStatus: number, durationMs: number): UsageRecord {
    const { caller, branch, model, wire, work } = request;
    return {
      requestId: request.requestId,
      occurredAt: work?.reservation?.at ?? this.clock.now(),
      organizationId: caller?.organizationId ?? '',
      projectId: caller?.projectId ?? '',
      branchId: branch?.id ?? '',
      credentialId: caller?.credentialId ?? '',
      modelId: model?.id ?? '',
      dialect: request.dialect ?? '',
      upstream: '',
      upstreamModel: '',
      stream: wire?.stream ?? false,
      status: 'refused',
      httpStatus,
      tokens: NO_TOKENS,
      estimated: false,
      costNanoUsd: 0n,
      durationMs: Math.round(durationMs),
      firstTokenMs: null,
      detail: detailOf(request, request.errorMessage ?? null),
      ...(request.errorCode !== undefined && { code: request.errorCode }),
    };
  }
}
