import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GatewayError } from '../errors/gateway-error.js';
import { Access } from '../identity/access.js';
import { FailedAuthentications } from '../identity/failed-authentications.js';
import type { Operator } from '../identity/identity.types.js';
import { readPresentedToken } from '../identity/presented-token.js';
import type { EdgeRequest } from '../platform/http/gateway-request.js';
import { sha256 } from '../platform/secrets.js';
import { ManagementKeyRepository } from './management-key.repository.js';
import { looksLikeManagementKey } from './management-keys.js';

export interface OperatedRequest extends EdgeRequest {
  operator: Operator;
}

const READING = new Set(['GET', 'HEAD']);
const ADMIN_ROLES = new Set(['owner', 'admin']);

/** Stands before every route: closed unless the route says who may enter. Inference routes have guards of their own. */
@Injectable()
export class ManagementGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ManagementKeyRepository,
    private readonly failures: FailedAuthentications,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const audience = this.reflector.getAllAndOverride(Access, [context.getHandler(), context.getClass()]);
    if (audience === 'public' || audience === 'inference') return true;
    if (audience === undefined) {
      throw new GatewayError('internal_error', { internal: `${context.getClass().name} does not say who may enter` });
    }
    const request = context.switchToHttp().getRequest<OperatedRequest>();
    request.operator = await this.identify(request);
    const { role } = request.operator;
    if (audience === 'admin' && !ADMIN_ROLES.has(role)) throw new GatewayError('insufficient_role');
    // Whoever may look may not change, wherever a route forgets to say so.
    if (role === 'viewer' && !READING.has(request.method)) throw new GatewayError('insufficient_role');
    return true;
  }

  private async identify(request: OperatedRequest): Promise<Operator> {
    try {
      const key = readPresentedToken(request, false);
      const operator = looksLikeManagementKey(key) ? await this.find(key) : null;
      if (operator === null) throw new GatewayError('invalid_credential');
      return operator;
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'invalid_credential')
        this.failures.count(request.clientAddress);
      throw error;
    }
  }

  private async find(key: string): Promise<Operator | null> {
    try {
      return await this.keys.findOperator(sha256(key));
    } catch (cause) {
      throw new GatewayError('authorization_unavailable', { cause, retryAfterSeconds: 1 });
    }
  }
}
