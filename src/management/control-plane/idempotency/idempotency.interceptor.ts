import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import type { OperatedRequest } from '../access/management.guard.js';
import { IdempotencyService } from './idempotency.service.js';
import { describeRequest, readIdempotencyKey } from './request-identity.js';

/** Does a POST with an Idempotency-Key once. What was refused or failed changed nothing, and may be sent again. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly requests: IdempotencyService) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<OperatedRequest>();
    const key = request.method === 'POST' ? readIdempotencyKey(request) : null;
    if (key === null) return next.handle();
    const response = context.switchToHttp().getResponse<Response>();
    const requestKey = { actorId: request.operator.keyId, key };
    const wanted = describeRequest(request.method, request.originalUrl, request.body);
    const kept = await this.requests.begin(requestKey, wanted);
    if (kept !== null) {
      response.status(kept.status).setHeader('idempotency-replayed', 'true');
      return of(kept.body);
    }
    try {
      const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      await this.requests.settle(requestKey, { status: response.statusCode, body });
      return of(body);
    } catch (error) {
      await this.requests.release(requestKey);
      throw error;
    }
  }
}
