import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { GatewayError } from '../errors/gateway-error.js';
import type { IdentifiedRequest } from './credential.guard.js';
import { IdentityService } from './identity.service.js';
import type { Branch } from './identity.types.js';
import { Installation } from './installation.js';

export interface LocatedRequest extends IdentifiedRequest {
  branch: Branch;
}

/** Where: the addressed branch is the credential's anchor or one of its descendants. */
@Injectable()
export class LineageGuard implements CanActivate {
  constructor(
    private readonly installation: Installation,
    private readonly identity: IdentityService,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<LocatedRequest>();
    const ref = request.address.kind === 'branch' ? request.address.ref : this.installation.defaultBranchId;
    if (ref === null) throw new GatewayError('untrusted_host');
    const known = this.identity.authorizeKnown(request.caller, ref);
    return known === null ? this.lookUp(request, ref) : pass(request, known);
  }

  private async lookUp(request: LocatedRequest, ref: string): Promise<boolean> {
    return pass(request, await this.identity.authorizeBranch(request.caller, ref));
  }
}

function pass(request: LocatedRequest, branch: Branch): true {
  request.branch = branch;
  return true;
}
