import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { GatewayError } from '../../errors/gateway-error.js';

/** Not reached, no connection free, a transaction that waited too long or lost to another: all worth another try. */
const PASSING = /^(P1\d{3}|P2024|P2028|P2034|E[A-Z]+|57P0\d|08\d{3})$/;

/** A database that is away for a moment is 503 and not a fault of ours (500). */
@Injectable()
export class StorageFailureInterceptor implements NestInterceptor {
  intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        throw asRefusal(error);
      }),
    );
  }
}

/** What a failure means to the caller: 503 where the database is away, else what it was. */
export function asRefusal(error: unknown): unknown {
  if (!isPassing(error)) return error;
  return new GatewayError('storage_unavailable', { cause: error, retryAfterSeconds: 1 });
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof GatewayError) return false;
  const { code } = error as { code?: unknown };
  return error.name === 'PrismaClientInitializationError' || (typeof code === 'string' && PASSING.test(code));
}

const ATTEMPTS = 3;
const UNIQUE_VIOLATION = 'P2002';

/** Whether a write met a row with the same unique value. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === UNIQUE_VIOLATION;
}

/**
 * Runs a write that makes its own ids, again with others when one is taken.
 * @throws {GatewayError} conflict when it stays taken
 */
export async function withFreshIds<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (attempt === ATTEMPTS) throw new GatewayError('conflict', { cause: error });
    }
  }
}
