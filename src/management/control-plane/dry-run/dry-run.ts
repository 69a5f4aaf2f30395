import {
  applyDecorators,
  type CallHandler,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  type Type,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  ApiExtraModels,
  ApiOkResponse,
  ApiProperty,
  ApiPropertyOptional,
  ApiQuery,
  getSchemaPath,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { map, type Observable } from 'rxjs';
import { isChanging } from '../access/entrance.js';
import type { OperatedRequest } from '../access/management.guard.js';
import { invalidField } from '../refusals.js';
import { Audited } from '../audit-trail/audited-field.js';

class ObjectToDelete {
  @Audited()
  @ApiProperty({ example: 'upstream' })
  kind!: string;

  @Audited()
  @ApiProperty({ example: 'up_0123456789abcdefghij' })
  id!: string;
}

/** What a deletion would do. Figures that mean nothing for the object are absent. */
export class DryRun {
  @Audited()
  @ApiProperty({ enum: [true] })
  dry_run!: true;

  @Audited()
  @ApiProperty({ type: () => ObjectToDelete, nullable: true, description: 'null where nothing is left to delete' })
  would_delete!: ObjectToDelete | null;

  @Audited()
  @ApiPropertyOptional({ example: ['gpt-5-mini'], description: 'served by nothing but the sandbox from then on' })
  models_left_without_a_route?: string[];

  @Audited()
  @ApiPropertyOptional({ example: 2, description: 'that go with it' })
  routes?: number;

  @Audited()
  @ApiPropertyOptional({ example: 3, description: 'that end with it; of a lineage source: that follow no longer' })
  branches?: number;

  @Audited()
  @ApiPropertyOptional({ example: 4, description: 'that open nothing from then on; of a lineage source: on its tree' })
  credentials?: number;

  @Audited()
  @ApiPropertyOptional({ example: 1, description: 'that open nothing from then on' })
  management_keys?: number;

  @Audited()
  @ApiPropertyOptional({ example: 1200, description: 'that it served or that were made with it, by the full hour' })
  requests_last_24h?: number;
}

const NO_CONTENT = 204;

/** 204 where a handler has nothing to say, for those that sometimes have. */
@Injectable()
class NoContentInterceptor implements NestInterceptor {
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

/** A request for a dry run is answered with one or refused; it never makes the change itself. */
@Injectable()
export class DryRunGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<DryRunRequest>();
    const { dry_run: wanted } = request.query;
    if (wanted === undefined || !isChanging(request.method)) return true;
    if (this.reflector.get(HonoursDryRun, context.getHandler()) !== true) {
      throw invalidField('dry_run', 'is not available for this request: remove it');
    }
    if (wanted !== 'true' && wanted !== 'false') throw invalidField('dry_run', 'must be true or false');
    request.dryRun = wanted === 'true';
    return true;
  }
}
