import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { Installation } from '../../identity/installation.js';
import type { AiGateway } from './ai-gateway.dto.js';
import { BranchesService } from '../branches/branches.service.js';
import { branchBaseUrl } from './branch-base-url.js';
import { ProjectsService } from '../projects/projects.service.js';

/** Tells clients where the gateway answers for a branch (docs/contract.md section 9.2). */
@Injectable()
export class GatewayDiscoveryService {
  constructor(
    private readonly config: AppConfig,
    private readonly installation: Installation,
    private readonly projects: ProjectsService,
    private readonly branches: BranchesService,
  ) {}

  /**
   * @param origin scheme and host of the request, which serve where no public URL is configured
   * @throws {GatewayError} not_found with the reason branch_not_found or ai_gateway_unavailable
   */
  async discover(operator: Operator, projectId: string, branchId: string, origin: string): Promise<AiGateway> {
    const { regionId } = await this.projects.get(operator, projectId).catch(branchNotFound);
    await this.branches.get(operator, projectId, branchId).catch(branchNotFound);
    const baseUrl = branchBaseUrl(
      { branchId, regionId, isDefault: branchId === this.installation.defaultBranchId },
      {
        entrance: this.config.publicUrl ?? origin,
        suffixes: this.config.trustedHostSuffixes,
        regions: this.config.regions,
      },
    );
    if (baseUrl === null) {
      const publicMessage = 'the ai gateway is not available in the project’s region';
      throw new GatewayError('not_found', { publicMessage, reason: 'ai_gateway_unavailable' });
    }
    return { enabled: true, base_url: baseUrl };
  }
}

function branchNotFound(error: unknown): never {
  const unknown = error instanceof GatewayError && error.code === 'not_found';
  if (!unknown) throw error;
  throw new GatewayError('not_found', { publicMessage: 'branch not found', reason: 'branch_not_found', cause: error });
}
