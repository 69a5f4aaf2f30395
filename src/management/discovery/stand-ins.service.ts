import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { GatewayError } from '../../errors/gateway-error.js';
import type { Operator } from '../../identity/identity.types.js';
import { timestamp } from '../control-plane/timestamp.js';
import type { BranchRecord } from '../branches/branch-record.js';
import { BranchesService } from '../branches/branches.service.js';
import { connectionHost } from './connection-host.js';
import { GatewayDiscoveryService } from './gateway-discovery.service.js';
import { ProjectsService } from '../projects/projects.service.js';
import type { ConnectionUriQuery, DatabaseList, RoleList } from './stand-in.dto.js';

/** Whoever reads it knows what it is worth. */
const NAME = 'no-database';

/**
 * Stands in for the databases that Bough has not. The published CLI derives a branch's gateway from the host of its
 * database, and looks for a role and a database before it asks for that host; it gets these names and no others.
 */
@Injectable()
export class StandInsService {
  constructor(
    private readonly config: AppConfig,
    private readonly projects: ProjectsService,
    private readonly branches: BranchesService,
    private readonly discovery: GatewayDiscoveryService,
  ) {}

  async listRoles(operator: Operator, projectId: string, branchId: string): Promise<RoleList> {
    const branch = await this.branches.get(operator, projectId, branchId);
    const role = { ...standIn(branch), protected: true, authentication_method: 'no_login' };
    return { roles: [role] };
  }

  async listDatabases(operator: Operator, projectId: string, branchId: string): Promise<DatabaseList> {
    const branch = await this.branches.get(operator, projectId, branchId);
    return { databases: [{ ...standIn(branch), id: 0, owner_name: NAME }] };
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
    const { base_url: baseUrl } = await this.discovery.discover(operator, projectId, id, origin);
    return connectionHost(id, { baseUrl, entrance, suffixes: this.config.trustedHostSuffixes });
  }
}

function standIn({ id, createdAt, updatedAt }: BranchRecord) {
  return { branch_id: id, name: NAME, created_at: timestamp(createdAt), updated_at: timestamp(updatedAt) };
}

function unavailable(what: string): GatewayError {
  return new GatewayError('not_supported', { publicMessage: `not supported by Bough: ${what}` });
}
