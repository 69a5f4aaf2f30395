import { applyDecorators, type Type, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtraModels,
  ApiOkResponse,
  ApiProperty,
  ApiPropertyOptional,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { MANAGEMENT_KEY_SCHEME } from '../../identity/security-schemes.js';
import { AuditInterceptor } from './audit-trail/audit.interceptor.js';
import { DryRunGuard } from './dry-run/dry-run.js';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.js';
import { BodyGuard } from './requests/body.guard.js';
import { QueryGuard } from './requests/query.guard.js';
import { requestPipe } from './requests/request.pipe.js';
import { StorageFailureInterceptor } from './storage-failures.js';

/** What API v2 answers when something is wrong. */
class ApiV2Error {
  @ApiProperty({ example: 'req_0123456789abcdef01234567' })
  request_id!: string;

  @ApiProperty({ example: 'NOT_FOUND' })
  code!: string;

  @ApiProperty({ example: 'branch not found' })
  message!: string;

  @ApiPropertyOptional({ example: 'branch_not_found', description: 'which of the documented causes it was' })
  reason?: string;
}

class AdminErrorDetail {
  @ApiProperty({ example: 'kind must be databricks or openai-compatible' })
  message!: string;

  @ApiProperty({ example: 'invalid_request_error' })
  type!: string;

  @ApiProperty({ type: String, nullable: true, example: 'kind', description: 'the field at fault' })
  param!: string | null;

  @ApiProperty({ example: 'invalid_request' })
  code!: string;
}

/** What /admin answers when something is wrong. */
class AdminError {
  @ApiProperty({ type: () => AdminErrorDetail })
  error!: AdminErrorDetail;
}

const EVERYWHERE = {
  401: 'the management key is missing, wrong or revoked',
  403: 'the management key’s role does not suffice, or it is of one project and this is not',
  429: 'too many wrong keys came from this address: Retry-After says when to try again',
  500: 'it failed here; the log says why, under the request’s id',
  503: 'the database is away: try again',
};

/**
 * What every controller of the control plane has in common: JSON only, checked by class, 503 when the store is away,
 * repeated requests answered as before, and changes written down.
 */
function controlPlane(tag: string, errorBody: Type, refusals: Record<number, string>) {
  return applyDecorators(
    UseGuards(QueryGuard, DryRunGuard, BodyGuard),
    UseInterceptors(StorageFailureInterceptor, IdempotencyInterceptor, AuditInterceptor),
    UsePipes(requestPipe),
    ApiTags(tag),
    ApiBearerAuth(MANAGEMENT_KEY_SCHEME),
    ...Object.entries(refusals).map(([status, description]) =>
      ApiResponse({ status: Number(status), description, type: errorBody }),
    ),
  );
}

export const ApiV2 = () => controlPlane('api v2', ApiV2Error, EVERYWHERE);

export const AdminApi = () => controlPlane('admin', AdminError, EVERYWHERE);

/** An answer that may be had as rows too, by `format` or `Accept`. */
export const ApiOkRows = (type: Type) =>
  applyDecorators(
    ApiExtraModels(type),
    ApiOkResponse({
      description: 'as JSON, or as CSV with `format=csv` or `Accept: text/csv`',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(type) } },
        'text/csv': { schema: { type: 'string' } },
      },
    }),
  );

const SENTENCES: Record<number, string> = {
  400: 'a field is wrong, or is not one: the message names it and says what is wanted',
  404: 'there is no such object in this key’s organization',
  409: 'it contradicts what is there: the message says how',
  412: 'it has changed since the version of If-Match',
};

/** The statuses with which a handler of API v2 refuses, besides those of every handler. */
export const ApiV2Failures = (...statuses: (400 | 404 | 409)[]) => failures(ApiV2Error, statuses);

/** The same for /admin. */
export const AdminFailures = (...statuses: (400 | 404 | 409 | 412)[]) => failures(AdminError, statuses);

function failures(type: Type, statuses: readonly number[]) {
  return applyDecorators(
    ...statuses.map(status => ApiResponse({ status, description: SENTENCES[status] ?? '', type })),
  );
}
