import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';

const NO_CONTENT = 204;

/** 204 where a handler has nothing to say, for those that sometimes have. */
@Injectable()
export class NoContentInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const response = context.switchToHttp().getResponse<Response>();
    return next.handle().pipe(
      map((answer: unknown) => {
        if (answer === undefined) response.status(NO_CONTENT);
        return answer;
      }),
    );
  }
}
