import { applyDecorators, createParamDecorator, type ExecutionContext, UseInterceptors } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiOkResponse, ApiQuery } from '@nestjs/swagger';
import type { OperatedRequest } from '../management.guard.js';
import { DryRun } from './dry-run.dto.js';
import { NoContentInterceptor } from './no-content.interceptor.js';

export const HonoursDryRun = Reflector.createDecorator<true>();

export interface DryRunRequest extends OperatedRequest {
  dryRun?: boolean;
}

/** A deletion that `?dry_run=true` makes a look at what it would do. Its handler asks `IsDryRun`. */
export const MayBeDryRun = (answers = true) =>
  applyDecorators(
    HonoursDryRun(true),
    UseInterceptors(NoContentInterceptor),
    ApiQuery({
      name: 'dry_run',
      required: false,
      type: Boolean,
      description: 'changes nothing: 200 says what the deletion would do, and refusals are the same',
    }),
    ...(answers ? [ApiOkResponse({ type: DryRun, description: 'with `dry_run=true`' })] : []),
  );

export const IsDryRun = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<DryRunRequest>().dryRun === true,
);
