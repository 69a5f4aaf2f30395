import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { GatewayError } from '../errors/gateway-error.js';
import type { AroundHandler } from '../platform/http/direct-routes.js';
import { Metrics } from '../platform/metrics.js';
import { QuotaService } from '../quota/quota.service.js';
import type { QuotaRequest, Reservation } from '../quota/quota.types.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { estimateRequest } from './estimate.js';
import type { InferenceRequest, Work } from './inference-request.js';
import { OutputHistory } from './output-history.js';
import { SettlementService } from './settlement.service.js';

/** How much: reserves before the controller runs, settles on every path out of it. */
@Injectable()
export class QuotaInterceptor implements NestInterceptor<RelayOutcome | null>, AroundHandler {
  constructor(
    private readonly quota: QuotaService,
    private readonly settlement: SettlementService,
    private readonly metrics: Metrics,
    private readonly outputs: OutputHistory,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<RelayOutcome | null>): Observable<RelayOutcome | null> {
    const request = context.switchToHttp().getRequest<InferenceRequest>();
    return from(this.around(request, () => lastValueFrom(next.handle())));
  }

  async around(request: InferenceRequest, run: () => Promise<RelayOutcome | null>): Promise<RelayOutcome | null> {
    const reserving = this.reserve(request);
    if (reserving instanceof Promise) await reserving;
    this.metrics.inFlight.inc();
    try {
      const outcome = await run();
      // An outcome was settled by the relay, before its last byte.
      if (outcome === null) this.settlement.settleDisconnect(request);
      return outcome;
    } catch (error) {
      this.settlement.settleFailure(request, error);
      throw error;
    } finally {
      request.work?.reservation?.end();
      this.metrics.inFlight.dec();
    }
  }

  /** Opens the request's work with a place in every limit; where there is none, with how the limits stand. */
  private reserve(request: InferenceRequest): void | Promise<void> {
    const { caller, branch, model, wire } = request;
    if (this.settlement.saturated) throw new GatewayError('storage_unavailable', { retryAfterSeconds: 5 });
    const estimate = estimateRequest(wire, model, this.outputs.likely(model.id, caller.credentialId));
    const wanted: QuotaRequest = { caller, branch, model, estimate };
    const refused = (error: unknown): never => {
      request.work = workOf(wanted, null, this.quota.headersFor(wanted));
      throw error;
    };
    try {
      const reserved = this.quota.reserve(wanted);
      if (reserved instanceof Promise)
        return reserved.then(reservation => void (request.work = workOf(wanted, reservation)), refused);
      request.work = workOf(wanted, reserved);
    } catch (error) {
      refused(error);
    }
  }
}

function workOf(
  { estimate }: QuotaRequest,
  reservation: Reservation | null,
  limitHeaders: Work['limitHeaders'] = [],
): Work {
  return { estimate, reservation, limitHeaders, admittedAt: performance.now(), attempts: [], recorded: false };
}
