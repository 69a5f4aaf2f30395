import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../config/app-config.js';
import type { Operator } from '../../identity/identity.types.js';
import { notFound } from '../control-plane/refusals.js';
import { timestamp } from '../control-plane/notation.js';
import type { AuthDetails, CurrentUser, MemberList, Organization, RegionList } from './organization.dto.js';
import { OrganizationRepository, type OwnOrganization } from './organization.repository.js';
import { cloudRegion } from '../control-plane/region.js';

const PLAN = 'self-hosted';
/** Clients read a number here; there is no limit to say. */
const UNLIMITED = 2_147_483_647;

/** What published clients ask about the holder of the key. A key stands for an organization, never for a person. */
@Injectable()
export class AccountService {
  constructor(
    private readonly config: AppConfig,
    private readonly repository: OrganizationRepository,
  ) {}

  async describeUser({ keyId }: Operator): Promise<CurrentUser> {
    const name = (await this.repository.findKeyName(keyId)) ?? keyId;
    return {
      id: keyId,
      email: `${keyId}@keys.invalid`,
      login: name,
      name,
      last_name: '',
      image: '',
      auth_accounts: [],
      plan: PLAN,
      projects_limit: UNLIMITED,
      branches_limit: UNLIMITED,
      max_autoscaling_limit: 0,
      active_seconds_limit: 0,
    };
  }

  describeAuthentication({ keyId, organizationId }: Operator): AuthDetails {
    return { account_id: organizationId, auth_method: 'api_key_org', auth_data: keyId };
  }

  /** @throws {GatewayError} not_found for any but the key's own */
  async getOrganization({ organizationId }: Operator, id: string): Promise<Organization> {
    const organization = id === organizationId ? await this.repository.findOwn(id) : null;
    if (organization === null) throw notFound('organization');
    return viewOrganization(organization);
  }

  async listMembers(operator: Operator, id: string): Promise<MemberList> {
    await this.getOrganization(operator, id);
    return { members: [] };
  }

  async listRegions(operator: Operator, organizationId: string | undefined): Promise<RegionList> {
    if (organizationId !== undefined) await this.getOrganization(operator, organizationId);
    const regions = this.config.regions.map((region, index) => ({
      region_id: cloudRegion(region),
      name: region,
      default: index === 0,
      geo_lat: '',
      geo_long: '',
    }));
    return { regions };
  }
}

function viewOrganization({ id, name, createdAt }: OwnOrganization): Organization {
  const since = timestamp(createdAt);
  return { id, name, handle: id, plan: PLAN, managed_by: 'bough', created_at: since, updated_at: since };
}
