import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { catchError, finalize, from, mergeMap, type Observable, tap, throwError } from 'rxjs';
import { GatewayError } from '../errors/gateway-error.js';
import { Metrics } from '../platform/metrics.js';
import { QuotaService } from '../quota/quota.service.js';
import type { QuotaRequest } from '../quota/quota.types.js';
import type { RelayOutcome } from '../relay/relay-outcome.js';
import { estimateRequest } from './estimate.js';
import type { InferenceRequest } from './inference-request.js';
import { OutputHistory } from './output-history.js';
import { SettlementService } from './settlement.service.js';
import { Speaks } from './speaks.js';

/** How much: reserves before the controller runs, settles on every path out of it. */
@Injectable()
export class QuotaInterceptor implements NestInterceptor<RelayOutcome | null> {
  constructor(
    private readonly quota: QuotaService,
    private readonly settlement: SettlementService,
    private readonly reflector: Reflector,
    private readonly metrics: Metrics,
    private readonly outputs: OutputHistory,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler<RelayOutcome | null>): Observable<RelayOutcome | null> {
    const request = context.switchToHttp().getRequest<InferenceRequest>();
    const dialect = this.reflector.get(Speaks, context.getClass()).name;
    const { caller, branch, model, wire } = request;
    if (this.settlement.saturated) throw new GatewayError('storage_unavailable', { retryAfterSeconds: 5 });
    const likely = this.outputs.likely(model.id, caller.credentialId);
    const estimate = (request.estimate = estimateRequest(wire, model, likely));
    const wanted = { caller, branch, model, estimate };
    return from(this.reserve(request, wanted)).pipe(mergeMap(() => this.run(request, dialect, next)));
  }

  private async reserve(request: InferenceRequest, wanted: QuotaRequest): Promise<void> {
    try {
      request.reservation = await this.quota.reserve(wanted);
    } catch (error) {
      request.limitHeaders = this.quota.headersFor(wanted);
      throw error;
    }
  }

  private run(
    request: InferenceRequest,
    dialect: string,
    next: CallHandler<RelayOutcome | null>,
  ): Observable<RelayOutcome | null> {
    this.metrics.inFlight.inc();
    return next.handle().pipe(
      tap(outcome => {
        // An outcome was settled by the relay, before its last byte.
        if (outcome === null) this.settlement.settleDeparture(request, dialect);
      }),
      catchError((error: unknown) => {
        this.settlement.settleFailure(request, dialect, error);
        return throwError(() => error);
      }),
      finalize(() => {
        request.reservation?.end();
        this.metrics.inFlight.dec();
      }),
    );
  }
}
