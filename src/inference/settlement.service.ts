import { Injectable } from '@nestjs/common';
import { NO_TOKENS, outputTokensOf, type TokenCounts, totalTokensOf } from '../dialects/token-counts.js';
import type { ErrorCode } from '../errors/error-table.js';
import { GatewayError } from '../errors/gateway-error.js';
import { MeteringService } from '../metering/metering.service.js';
import type { UsageRecord } from '../metering/usage-record.js';
import { costNanoUsd, isUnpriced } from '../metering/price.js';
import { Clock } from '../platform/clock.js';
import { Metrics } from '../platform/metrics.js';
import type { RelayOutcome, RelayStatus } from '../relay/relay-outcome.js';
import { lastSent } from './attempt.js';
import { type AskedWork, type Charge, chargeOf, countsWords } from './charge.js';
import { estimateInputTokens } from './estimate.js';
import type { InferenceRequest } from './inference-request.js';
import { OutputHistory } from './output-history.js';
import { detailOf } from './request-detail.js';

/** nginx's number for a caller who left; nobody sees it but the ledger */
const CLIENT_CLOSED_REQUEST = 499;
const NOTHING = { tokens: 0, costNanoUsd: 0n };
/** The error, as far as it is told from others, by how an answer that had begun ended. */
const CODES: Readonly<Record<RelayStatus, ErrorCode | undefined>> = {
  completed: undefined,
  client_disconnected: undefined,
  truncated: 'upstream_truncated',
  upstream_timeout: 'upstream_timeout',
  upstream_error: 'upstream_error',
};

/** Turns how a request ended into its truth: the reservation settled, one usage record written. */
@Injectable()
export class SettlementService {
  constructor(
    private readonly metering: MeteringService,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly outputs: OutputHistory,
  ) {}

  /** So many records wait for the database that no more can be kept: what would be served could not be billed. */
  get saturated(): boolean {
    return this.metering.saturated;
  }

  /**
   * A provider is about to be asked, so from now on it may charge. Resolves when a kill cannot lose that any more.
   * @throws {GatewayError} storage_unavailable when that cannot be noted: what is served then could be lost to the bill
   */
  async begin(request: InferenceRequest): Promise<void> {
    const { tokens } = chargeOf(workOf(request), null);
    const end = {
      status: 'aborted',
      httpStatus: CLIENT_CLOSED_REQUEST,
      tokens,
      estimated: true,
      firstByteAt: null,
      costNanoUsd: costNanoUsd(request.model.prices, tokens),
    } as const;
    if (!(await this.metering.begin(this.recordOf(request, end))))
      throw new GatewayError('storage_unavailable', { retryAfterSeconds: 5 });
  }

  /**
   * The upstream answered, wholly, in part or with what is no answer. Resolves when the record is safe; a second call
   * changes nothing.
   */
  async settleOutcome(request: InferenceRequest, outcome: RelayOutcome): Promise<void> {
    if (request.work === undefined || request.work.recorded) return;
    const { status, httpStatus, firstByteAt } = outcome;
    const asked = workOf(request);
    if (countsWords(asked, outcome)) await this.metering.readyToCount();
    const charge = chargeOf(asked, outcome);
    if (!charge.estimated || outcome.whole) this.learn(request, charge.tokens);
    await this.charge(request, { status, httpStatus, firstByteAt, code: CODES[status] }, charge);
  }

  /** There was no answer. A provider that was tried leaves a record, and costs what it was asked for if it may have worked. */
  settleFailure(request: InferenceRequest, error: unknown): void {
    const [code, httpStatus] = error instanceof GatewayError ? [error.code, error.status] : ['internal_error', 500];
    const status = code === 'upstream_timeout' ? 'upstream_timeout' : 'upstream_error';
    const message = error instanceof GatewayError ? error.publicMessage : null;
    this.settleUnanswered(request, { status, httpStatus, firstByteAt: null, code, message });
  }

  /** The caller left before there was an answer. */
  settleDisconnect(request: InferenceRequest): void {
    const end = { status: 'client_disconnected', httpStatus: CLIENT_CLOSED_REQUEST, firstByteAt: null } as const;
    this.settleUnanswered(request, end);
  }

  /** What was only reserved teaches nothing. */
  private learn({ model, caller, wire }: InferenceRequest, tokens: TokenCounts): void {
    this.outputs.observe(model.id, caller.credentialId, outputTokensOf(tokens) / wire.choices);
  }

  private settleUnanswered(request: InferenceRequest, end: Ending): void {
    const { work } = request;
    if (work === undefined || work.recorded) return;
    const attempt = lastSent(work.attempts);
    if (attempt === null) {
      work.reservation?.settle(NOTHING);
      this.metering.forget(request.requestId);
      return;
    }
    const charge = attempt.mayHaveWorked ? chargeOf(workOf(request), null) : { tokens: NO_TOKENS, estimated: false };
    void this.charge(request, end, charge);
  }

  /** The truth in place of the reservation, and on record. */
  private charge(request: InferenceRequest, end: Ending, { tokens, estimated }: Charge): Promise<unknown> {
    const cost = costNanoUsd(request.model.prices, tokens);
    request.work?.reservation?.settle({ tokens: totalTokensOf(tokens), costNanoUsd: cost });
    return this.record(request, { ...end, tokens, estimated, costNanoUsd: cost });
  }

  private record(request: InferenceRequest, end: ChargedEnding): Promise<unknown> {
    if (end.firstByteAt !== null && request.wire.stream) {
      this.metrics.firstToken.observe({ dialect: request.dialect }, (end.firstByteAt - request.arrivedAt) / 1000);
    }
    const { code, message = null } = end;
    const record = this.recordOf(request, end);
    if (request.work !== undefined) {
      request.work.recorded = true;
      request.work.record = record;
    }
    return this.metering.record({ ...record, ...(code !== undefined && { code }), detail: detailOf(request, message) });
  }

  private recordOf(request: InferenceRequest, end: ChargedEnding): UsageRecord {
    const { caller, branch, model, wire, work } = request;
    const target = work === undefined ? null : (lastSent(work.attempts)?.target ?? null);
    const firstTokenMs = end.firstByteAt === null ? null : end.firstByteAt - request.arrivedAt;
    return {
      requestId: request.requestId,
      // The limits counted it in the windows of that moment, so that is its hour and its day.
      occurredAt: work?.reservation?.at ?? this.clock.now(),
      organizationId: caller.organizationId,
      projectId: caller.projectId,
      branchId: branch.id,
      credentialId: caller.credentialId,
      modelId: model.id,
      dialect: request.dialect,
      upstream: target?.upstream.name ?? '',
      upstreamModel: target?.model ?? '',
      stream: wire.stream,
      status: end.status,
      httpStatus: end.httpStatus,
      tokens: end.tokens,
      estimated: end.estimated,
      costNanoUsd: end.costNanoUsd,
      unpriced: isUnpriced(model.prices, end.tokens),
      priceVersion: model.priceVersion,
      durationMs: Math.round(performance.now() - request.arrivedAt),
      firstTokenMs: firstTokenMs === null ? null : Math.round(firstTokenMs),
    };
  }
}

/** What the rule needs to know of a request. Before a provider was tried it is asked in the caller's dialect. */
function workOf({ wire, model, dialect, work }: InferenceRequest): AskedWork {
  const asked = work === undefined ? null : lastSent(work.attempts);
  const reserved = work?.estimate ?? { inputTokens: estimateInputTokens(wire), outputTokens: 0 };
  return {
    model,
    dialect: asked?.prepared?.call.dialect ?? dialect,
    stream: wire.stream,
    choices: wire.choices,
    reserved,
  };
}

interface Ending {
  readonly status: UsageRecord['status'];
  readonly httpStatus: number;
  readonly firstByteAt: number | null;
  readonly code?: string | undefined;
  /** what the caller was told, where that was an error and nothing else */
  readonly message?: string | null;
}

interface ChargedEnding extends Ending {
  readonly tokens: TokenCounts;
  readonly estimated: boolean;
  readonly costNanoUsd: bigint;
}
