import { Injectable } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { Installation } from '../../identity/installation.js';
import { BranchesService, type BranchRecord } from '../branches/branches.module.js';
import { timestamp } from '../control-plane/notation.js';
import { ProjectsService } from '../projects/projects.module.js';
import { branchBaseUrl, connectionHost } from './branch-address.js';
import type { ConnectionUriQuery, DatabaseList, RoleList } from './stub.dto.js';

/** In answers that must name a database: it says that there is none. */
const NAME = 'no-database';

export class AiGateway {
  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({
    description: 'what a client calls its base URL: scheme, host and, on a single host, the branch’s path',
  })
  base_url!: string;
}

/**
 * Tells clients where the gateway answers for a branch (docs/contract.md section 9.2). The published CLI derives that from
 * the host of the branch's database, and looks for a role and a database before it asks for that host; Bough has none, so it
 * gets stubs of this name and no others.
 */
@Injectable()
export class DiscoveryService {
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

  async listRoles(operator: Operator, projectId: string, branchId: string): Promise<RoleList> {
    const branch = await this.branches.get(operator, projectId, branchId);
    const role = { ...stubOf(branch), protected: true, authentication_method: 'no_login' };
    return { roles: [role] };
  }

  async listDatabases(operator: Operator, projectId: string, branchId: string): Promise<DatabaseList> {
    const branch = await this.branches.get(operator, projectId, branchId);
    return { databases: [{ ...stubOf(branch), id: 0, owner_name: NAME }] };
  }

  /**
   * @param origin scheme and host of the request, which serve where no public URL is configured
   * @throws {GatewayError} not_supported for a pooled connection, which is asked for when somebody wants a database
   */
  async connect(operator: Operator, projectId: string, query: ConnectionUriQuery, origin: string): Promise<string> {
    await this.projects.get(operator, projectId);
    const branch = await this.branches.getOrDefault(operator, projectId, query.branch_id);
    if (query.pooled === true) throw unavailable('a database is not available here; pull only the service ai-gateway');
    const host = await this.findHost(operator, branch, origin);
    if (host === null) {
      throw unavailable('a host for each branch is not available: BOUGH_PUBLIC_URL lies under no trusted suffix');
    }
    return `postgresql://${NAME}@${host}/${NAME}`;
  }

  private async findHost(operator: Operator, { projectId, id }: BranchRecord, origin: string): Promise<string | null> {
    const entrance = this.config.publicUrl ?? origin;
    const { base_url: baseUrl } = await this.discover(operator, projectId, id, origin);
    return connectionHost(id, { baseUrl, entrance, suffixes: this.config.trustedHostSuffixes });
  }
}

function branchNotFound(error: unknown): never {
  const unknown = error instanceof GatewayError && error.code === 'not_found';
  if (!unknown) throw error;
  throw new GatewayError('not_found', { publicMessage: 'branch not found', reason: 'branch_not_found', cause: error });
}

function stubOf({ id, createdAt, updatedAt }: BranchRecord) {
  return { branch_id: id, name: NAME, created_at: timestamp(createdAt), updated_at: timestamp(updatedAt) };
}

function unavailable(what: string): GatewayError {
  return new GatewayError('not_supported', { publicMessage: `not supported by Bough: ${what}` });
}
