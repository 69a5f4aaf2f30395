import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { GEMINI_PATHS } from '../dialects/gemini/paths.js';
import { GatewayError } from '../errors/gateway-error.js';
import type { BranchAddress, EdgeRequest } from '../platform/http/gateway-request.js';
import { parseBranchHost } from './branch-host.js';
import { CredentialUseService } from './credential-use.service.js';
import { FailedAuthentications } from './failed-authentications.js';
import { IdentityService } from './identity.service.js';
import type { Caller } from './identity.types.js';
import { Installation } from './installation.js';
import { readPresentedToken } from './presented-token.js';

export interface IdentifiedRequest extends EdgeRequest {
  address: BranchAddress;
  caller: Caller;
}

/** Who: resolves the host, then the token. Runs before a byte of the body is read. */
@Injectable()
export class CredentialGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly installation: Installation,
    private readonly identity: IdentityService,
    private readonly failures: FailedAuthentications,
    private readonly uses: CredentialUseService,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    request.address = this.addressOf(request);
    if (request.address.kind === 'unresolved') throw new GatewayError(request.address.code);
    const token = this.tokenOf(request);
    const known = this.identity.identifyKnown(token);
    return known === null ? this.lookUp(token, request) : this.pass(request, known);
  }

  private async lookUp(token: string, request: IdentifiedRequest): Promise<boolean> {
    try {
      const beforeGuess = () => this.failures.refuseGuesses(request.clientAddress);
      return this.pass(request, await this.identity.identify(token, beforeGuess));
    } catch (error) {
      this.countFailure(error, request);
      throw error;
    }
  }

  private tokenOf(request: IdentifiedRequest): string {
    try {
      return readPresentedToken(request, this.config.apiKeyHeaders, { queryKey: queryKey(request.url) });
    } catch (error) {
      this.countFailure(error, request);
      throw error;
    }
  }

  private pass(request: IdentifiedRequest, caller: Caller): true {
    request.caller = caller;
    this.uses.note(caller.credentialId);
    return true;
  }

  private countFailure(error: unknown, { clientAddress }: IdentifiedRequest): void {
    if (error instanceof GatewayError && error.code === 'invalid_credential') this.failures.count(clientAddress);
  }

  private addressOf(request: EdgeRequest): BranchAddress {
    const address = parseBranchHost(request.headers.host, {
      suffixes: this.config.trustedHostSuffixes,
      regions: this.config.regions,
      hasDefaultBranch: this.installation.defaultBranchId !== null || request.pathBranch !== null,
    });
    // A prefix in the path says it for hosts that cannot: a host that names a branch itself wins nothing by it.
    if (request.pathBranch === null || address.kind === 'unresolved') return address;
    return { kind: 'branch', ref: request.pathBranch };
  }
}

const GEMINI_PATHS_BEGIN = GEMINI_PATHS.errors.map(path => `/${path}/`);

/** `?key=`, as Google's own callers write it, on Google's own routes only. */
function queryKey(url: string): string | null {
  const query = url.indexOf('?');
  if (query < 0 || !GEMINI_PATHS_BEGIN.some(path => url.startsWith(path))) return null;
  return new URLSearchParams(url.slice(query)).get('key');
}
