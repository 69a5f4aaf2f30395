import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiExtraModels, ApiOkResponse, ApiQuery, getSchemaPath } from '@nestjs/swagger';
import type { OperatedRequest } from '../access/management.guard.js';
import { DryRun } from './dry-run.dto.js';
import { NoContentInterceptor } from './no-content.interceptor.js';

export const HonoursDryRun = Reflector.createDecorator<true>();

export interface DryRunRequest extends OperatedRequest {
  dryRun?: boolean;
}

/**
 * A deletion that `?dry_run=true` makes a look at what it would do. Its handler asks `IsDryRun`.
 * @param answer what the deletion itself is answered with, where it is with anything
 */
export const MayBeDryRun = (answer?: Type) =>
  applyDecorators(
    HonoursDryRun(true),
    UseInterceptors(NoContentInterceptor),
    ApiQuery({
      name: 'dry_run',
      required: false,
      type: Boolean,
      description: 'changes nothing: 200 says what the deletion would do, and refusals are the same',
    }),
    ...(answer === undefined
      ? [ApiOkResponse({ type: DryRun, description: 'with `dry_run=true`' })]
      : eitherOf(answer)),
  );

export const IsDryRun = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<DryRunRequest>().dryRun === true,
);

function eitherOf(answer: Type) {
  const oneOf = [answer, DryRun].map(type => ({ $ref: getSchemaPath(type) }));
  return [
    ApiExtraModels(answer, DryRun),
    ApiOkResponse({ description: 'what is gone, or with `dry_run=true` what would be', schema: { oneOf } }),
  ];
}
