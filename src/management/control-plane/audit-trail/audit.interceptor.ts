import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, type Observable, of } from 'rxjs';
import { GatewayError } from '../../../errors/gateway-error.js';
import { Access } from '../../../identity/access.js';
import type { DryRunRequest } from '../dry-run/dry-run.js';
import { isChanging } from '../access/entrance.js';
import type { OperatedRequest } from '../access/management.guard.js';
import { asRefusal } from '../storage-failures.js';
import { AuditRepository, outcomeOf } from './audit.repository.js';
import { AuditTrailService } from './audit-trail.service.js';
import { type AuditedObject, auditedObject, idInAnswer, isRecord, ObjectViewsService } from './audited-object.js';
import { recordable } from './recordable.js';

const INTERNAL_ERROR = 500;

interface Told {
  readonly object: AuditedObject;
  readonly before: object | null;
  readonly answer: unknown;
  readonly status: number;
}

/** Records every request that may change anything, when its outcome is known and before it is answered. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly trail: AuditTrailService,
    private readonly views: ObjectViewsService,
    private readonly repository: AuditRepository,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<DryRunRequest>();
    const onlyReads = Reflect.getMetadata(Access.KEY, context.getClass()) === 'management-reading';
    if (onlyReads || !isChanging(request.method) || request.dryRun === true) return next.handle();
    const { operator, params } = request;
    const body: unknown = request.body;
    const object = auditedObject(patternOf(request), params);
    const before = await this.views.find({ operator, object, params, body: isRecord(body) ? body : {} });
    try {
      const answer: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
      const { statusCode: status } = context.switchToHttp().getResponse<Response>();
      await this.record(request, { object, before, answer, status });
      return of(answer);
    } catch (error) {
      await this.record(request, { object, before, answer: undefined, status: statusOf(error) });
      throw error;
    }
  }

  private async record(request: OperatedRequest, { object, before, answer, status }: Told): Promise<void> {
    const { operator, requestId, clientAddress } = request;
    await this.trail.record({
      organizationId: operator.organizationId,
      projectId: await this.projectOf(request, answer ?? before),
      actorId: operator.keyId,
      actorName: operator.name,
      actorRole: operator.role,
      action: `${request.method} ${patternOf(request)}`,
      objectKind: object.kind,
      objectId: object.id ?? idInAnswer(object.kind, answer),
      before: recordable(before),
      after: recordable(answer),
      requestId,
      clientAddress,
      outcome: outcomeOf(status),
      status,
    });
  }

  /** The project that the path names, or else what was shown of the object. */
  private async projectOf({ operator, params }: OperatedRequest, view: unknown): Promise<string | null> {
    if (operator.projectId !== null) return operator.projectId;
    const shown = isRecord(view) ? view : {};
    const made = isRecord(shown['project']) ? shown['project']['id'] : undefined;
    const named = params['project_id'] ?? shown['project_id'] ?? made;
    if (typeof named === 'string') return named;
    const { scope_type: scopeType, scope_id: scopeId } = shown;
    if (typeof scopeType !== 'string' || typeof scopeId !== 'string') return null;
    // An entry without its project is better than none.
    return this.repository.findProjectOf(scopeType, scopeId).catch(() => null);
  }
}

function patternOf({ route }: OperatedRequest): string {
  return (route as { path: string }).path;
}

function statusOf(error: unknown): number {
  const refusal = asRefusal(error);
  return refusal instanceof GatewayError ? refusal.status : INTERNAL_ERROR;
}
