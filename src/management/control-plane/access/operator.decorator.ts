import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { OperatedRequest } from './management.guard.js';

/** The operator whom the guard let in. */
export const CurrentOperator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<OperatedRequest>().operator,
);

/** Whether the operator would be let in again, asked at any time later. */
export const MayStay = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<OperatedRequest>().mayStay,
);
