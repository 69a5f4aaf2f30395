import type { IncomingMessage } from 'node:http';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import type { OperatedRequest } from '../access/management.guard.js';
import { invalidField } from '../refusals.js';
import { IdempotencyService } from './idempotency.service.js';

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

const HEADER = 'idempotency-key';
const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * The key under which a request wants to be done once; null where it wants nothing of the kind.
 * @throws {GatewayError} invalid_request for one that is malformed or sent twice
 */
export function readIdempotencyKey({ headersDistinct }: IncomingMessage): string | null {
  const given = headersDistinct[HEADER];
  if (given === undefined) return null;
  const [key = ''] = given;
  if (given.length === 1 && KEY.test(key)) return key;
  throw invalidField('Idempotency-Key', 'must be one header of 1 to 255 printable ASCII characters');
}

/** What a request asks for, as one text. The order of a body's fields and its white space mean nothing. */
export function describeRequest(method: string, target: string, body: unknown): string {
  return JSON.stringify([method, target, body === undefined ? [] : [sorted(body)]]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  // Pairs, because an object would put names that are numbers first and lose `__proto__`.
  return {
    fields: Object.entries(value)
      .toSorted(byName)
      .map(([name, item]) => [name, sorted(item)]),
  };
}

function byName([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
