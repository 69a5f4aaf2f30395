import { type CanActivate, createParamDecorator, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GatewayError } from '../../../errors/gateway-error.js';
import { Access } from '../../../identity/access.js';
import { FailedAuthentications } from '../../../identity/failed-authentications.js';
import type { Operator } from '../../../identity/identity.types.js';
import { readPresentedToken } from '../../../identity/presented-token.js';
import type { RoutedRequest } from '../../../platform/http/gateway-request.js';
import { notFound } from '../refusals.js';
import { mayEnter } from './entrance.js';
import { OperatorsService } from './operators.service.js';

export interface OperatedRequest extends RoutedRequest {
  operator: Operator;
  /** Whether the same request would be let in now: for answers that last longer than a key may. */
  mayStay: () => Promise<boolean>;
}

/** Stands before every route: closed unless the route says who may enter. Inference routes have guards of their own. */
@Injectable()
export class ManagementGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly operators: OperatorsService,
    private readonly failures: FailedAuthentications,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const audience = this.reflector.getAllAndOverride(Access, [context.getHandler(), context.getClass()]);
    if (audience === 'public' || audience === 'inference') return true;
    if (audience === undefined) {
      throw new GatewayError('internal_error', { internal: `${context.getClass().name} does not say who may enter` });
    }
    const request = context.switchToHttp().getRequest<OperatedRequest>();
    const { operator, presented } = await this.identify(request);
    if (!mayEnter(operator, audience, request.method)) throw new GatewayError('insufficient_role');
    request.operator = operator;
    request.mayStay = async () => {
      const present = await this.find(presented);
      return present !== null && mayEnter(present, audience, request.method);
    };
    refuseOtherProjects(request);
    return true;
  }

  private async identify(request: OperatedRequest): Promise<{ operator: Operator; presented: string }> {
    try {
      const presented = readPresentedToken(request, false, { maxLength: this.operators.maxLength });
      if (!this.operators.hasSeen(presented)) this.failures.refuseGuesses(request.clientAddress);
      const operator = await this.find(presented);
      if (operator === null) throw new GatewayError('invalid_credential');
      return { operator, presented };
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'invalid_credential')
        this.failures.count(request.clientAddress);
      throw error;
    }
  }

  private async find(presented: string): Promise<Operator | null> {
    try {
      return await this.operators.find(presented);
    } catch (cause) {
      throw new GatewayError('authorization_unavailable', { cause, retryAfterSeconds: 1 });
    }
  }
}

/** For a key of one project there are no others, also where a service forgets to look. */
function refuseOtherProjects({ operator, params }: OperatedRequest): void {
  const named = params['project_id'];
  if (operator.projectId !== null && named !== undefined && named !== operator.projectId) throw notFound('project');
}

/** The operator whom the guard let in. */
export const CurrentOperator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<OperatedRequest>().operator,
);

/** Whether the operator would be let in again, asked at any time later. */
export const MayStay = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<OperatedRequest>().mayStay,
);
