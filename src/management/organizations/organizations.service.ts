import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import { Clock } from '../../platform/clock.js';
import { IdSource } from '../../platform/id-source.js';
import { sha256 } from '../../platform/secrets.js';
import { byCreation, readPage } from '../control-plane/page.js';
import { issueManagementKey } from '../control-plane/access/management-key.js';
import { conflict, notFound } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import { viewKey } from '../management-keys/management-keys.module.js';
import type {
  AdminOrganization,
  ListOrganizationsQuery,
  NewOrganization,
  AdminOrganizationList,
} from './organization.dto.js';
import { type OrganizationRecord, OrganizationRepository } from './organization.repository.js';

const CURSORS = byCreation<OrganizationRecord>('organizations');
const RANDOM_BYTES = 6;

/** Whose the projects are, and who pays. Only the home organization's administrators come here. */
@Injectable()
export class OrganizationsService {
  constructor(
    private readonly repository: OrganizationRepository,
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly ids: IdSource,
  ) {}

  async list({ search, ...query }: ListOrganizationsQuery): Promise<AdminOrganizationList> {
    const { rows, next } = await readPage(query, CURSORS, (after, limit) => this.repository.list(search, after, limit));
    return { organizations: rows.map(viewOrganization), ...next };
  }

  /** @throws {GatewayError} not_found */
  async get(id: string): Promise<AdminOrganization> {
    const organization = await this.repository.find(id);
    if (organization === null) throw notFound('organization');
    return viewOrganization(organization);
  }

  async add(name: string): Promise<NewOrganization> {
    const organizationId = `org-${this.ids.hex(RANDOM_BYTES)}`;
    const key = issueManagementKey(this.ids);
    const owner = { id: this.ids.prefixed('mk'), organizationId, projectId: null, name: 'first owner', role: 'owner' };
    const added = await this.repository.add(organizationId, name, { ...owner, keyHash: sha256(key) });
    return { organization: await this.get(organizationId), management_key: { ...viewKey(added), key } };
  }

  async rename(id: string, name: string): Promise<AdminOrganization> {
    if (!(await this.repository.rename(id, name))) throw notFound('organization');
    return this.get(id);
  }

  /** @throws {GatewayError} conflict for the home organization, the issuer's, and one with projects */
  async delete(id: string): Promise<void> {
    if (id === this.config.oidc?.organizationId) {
      throw conflict('operators of the OpenID issuer belong to this organization');
    }
    const ending = await this.repository.delete(id, new Date(this.clock.now()));
    if (ending === 'unknown') throw notFound('organization');
    if (ending === 'home') throw conflict('the home organization stays for as long as the installation');
    if (ending === 'has projects') throw conflict('the organization has projects: delete them first');
  }
}

function viewOrganization({ id, name, home, projects, createdAt }: OrganizationRecord): AdminOrganization {
  return { id, name, home, projects, created_at: timestamp(createdAt) };
}
