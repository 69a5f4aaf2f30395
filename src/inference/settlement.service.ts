import { Injectable } from '@nestjs/common';
import { type TokenCounts, totalTokensOf } from '../dialects/token-counts.js';
import { GatewayError } from '../errors/gateway-error.js';
import { MeteringService } from '../metering/metering.service.js';
import type { UsageRecord } from '../metering/usage-record.js';
import { costNanoUsd, isUnpriced } from '../metering/price.js';
import { estimateTokens } from '../metering/tokenizer.js';
import { Clock } from '../platform/clock.js';
import { Metrics } from '../platform/metrics.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { estimateRequest } from './estimate.js';
import type { InferenceRequest } from './inference-request.js';

/** nginx's number for a caller who left; nobody sees it but the ledger */
const CLIENT_CLOSED_REQUEST = 499;
const NOTHING: TokenCounts = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

/** Turns how a request ended into its truth: the reservation settled, one usage record written. */
@Injectable()
export class SettlementService {
  constructor(
    private readonly metering: MeteringService,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
  ) {}

  /** So many records wait for the database that no more can be kept: what would be served could not be billed. */
  get saturated(): boolean {
    return this.metering.saturated;
  }

  /**
   * A provider is about to be asked, so from now on it may charge.
   * @throws {GatewayError} storage_unavailable when that cannot be noted: what is served then could be lost to the bill
   */
  begin(request: InferenceRequest, dialect: string): void {
    const tokens = { ...NOTHING, input: estimateRequest(request.wire, request.model).inputTokens };
    const end = {
      status: 'aborted',
      httpStatus: CLIENT_CLOSED_REQUEST,
      tokens,
      estimated: true,
      firstByteAt: null,
      costNanoUsd: costNanoUsd(request.model.prices, tokens),
    } as const;
    if (!this.metering.begin(this.recordOf(request, dialect, end)))
      throw new GatewayError('storage_unavailable', { retryAfterSeconds: 5 });
  }

  /** The upstream answered, wholly or in part. Resolves when the record is safe; a second call changes nothing. */
  async settleOutcome(request: InferenceRequest, dialect: string, outcome: RelayOutcome): Promise<void> {
    if (request.recorded === true) return;
    const estimated = outcome.usage === null;
    const tokens = outcome.usage ?? this.estimate(request, outcome);
    const { status, httpStatus, firstByteAt } = outcome;
    const cost = this.settleUsage(request, tokens);
    await this.record(request, dialect, { status, httpStatus, firstByteAt, tokens, estimated, costNanoUsd: cost });
  }

  /** No answer was relayed: nothing is charged. A provider that was tried leaves a record. */
  settleFailure(request: InferenceRequest, dialect: string, error: unknown): void {
    this.settleUsage(request, NOTHING);
    if (request.recorded === true) return;
    if (request.attempted === undefined) {
      this.metering.forget(request.requestId);
      return;
    }
    const [code, httpStatus] = error instanceof GatewayError ? [error.code, error.status] : ['internal_error', 500];
    const status = code === 'upstream_timeout' ? 'upstream_timeout' : 'upstream_error';
    const end = { status, httpStatus, tokens: NOTHING, estimated: false, firstByteAt: null } as const;
    void this.record(request, dialect, { ...end, costNanoUsd: 0n });
  }

  /** The caller left before there was an answer. A provider that was asked has read the prompt by then. */
  settleDeparture(request: InferenceRequest, dialect: string): void {
    const asked = request.attempted !== undefined;
    const input = asked ? estimateRequest(request.wire, request.model).inputTokens : 0;
    const tokens = { ...NOTHING, input };
    const cost = this.settleUsage(request, tokens);
    if (!asked) {
      this.metering.forget(request.requestId);
      return;
    }
    const end = { status: 'client_disconnected', httpStatus: CLIENT_CLOSED_REQUEST, tokens, estimated: true } as const;
    void this.record(request, dialect, { ...end, firstByteAt: null, costNanoUsd: cost });
  }

  /** The truth in place of the reservation. Returns what it costs, in nano-dollars. */
  private settleUsage(request: InferenceRequest, usage: TokenCounts): bigint {
    const cost = costNanoUsd(request.model.prices, usage);
    request.reservation?.settle({ tokens: totalTokensOf(usage), costNanoUsd: cost });
    return cost;
  }

  private estimate(request: InferenceRequest, outcome: RelayOutcome): TokenCounts {
    const { text, factor } = outcome.answerText();
    // Vectors are no tokens.
    const output = request.dialect === 'embeddings' ? 0 : Math.ceil(estimateTokens(text) * factor);
    return { ...NOTHING, input: estimateRequest(request.wire, request.model).inputTokens, output };
  }

  private record(request: InferenceRequest, dialect: string, end: Ending): Promise<void> {
    request.recorded = true;
    if (end.firstByteAt !== null && request.wire.stream) {
      this.metrics.firstToken.observe({ dialect }, (end.firstByteAt - request.arrivedAt) / 1000);
    }
    return this.metering.record(this.recordOf(request, dialect, end));
  }

  private recordOf(request: InferenceRequest, dialect: string, end: Ending): UsageRecord {
    const { caller, branch, model, wire } = request;
    const firstTokenMs = end.firstByteAt === null ? null : end.firstByteAt - request.arrivedAt;
    return {
      requestId: request.requestId,
      occurredAt: this.clock.now(),
      organizationId: caller.organizationId,
      projectId: caller.projectId,
      branchId: branch.id,
      credentialId: caller.credentialId,
      modelId: model.id,
      dialect,
      upstream: request.attempted?.upstream ?? '',
      upstreamModel: request.attempted?.model ?? '',
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

interface Ending {
  readonly status: UsageRecord['status'];
  readonly httpStatus: number;
  readonly tokens: TokenCounts;
  readonly estimated: boolean;
  readonly firstByteAt: number | null;
  readonly costNanoUsd: bigint;
}
