import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Page, PageQuery } from '../control-plane/page.js';
import { OneOf, Optional, Text, WholeNumberText } from '../control-plane/requests/fields.js';
import { IssuedManagementKey } from '../management-keys/management-keys.module.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

const MAX_NAME = 200;

export class AddOrganizationBody {
  @ApiProperty({ maxLength: MAX_NAME, example: 'Acme' })
  @Text(1, MAX_NAME)
  name!: string;
}

export class ChangeOrganizationBody {
  @ApiProperty({ maxLength: MAX_NAME, example: 'Acme' })
  @Text(1, MAX_NAME)
  name!: string;
}

export class ListOrganizationsQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'acme', description: 'a part of the id or of the name' })
  @Optional()
  @Text(1, 256)
  search?: string;
}

export class AdminOrganization {
  @Audited()
  @ApiProperty({ example: 'org-0123456789ab' })
  id!: string;

  @Audited()
  @ApiProperty({ example: 'Acme' })
  name!: string;

  @Audited()
  @ApiProperty({ description: 'whether its administrators run the installation; one organization is' })
  home!: boolean;

  @Audited()
  @ApiProperty({ example: 2, description: 'that live' })
  projects!: number;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class NewOrganization {
  @Audited()
  @ApiProperty({ type: () => AdminOrganization })
  organization!: AdminOrganization;

  @Audited()
  @ApiProperty({ type: () => IssuedManagementKey, description: 'its first owner; the key is shown this once' })
  management_key!: IssuedManagementKey;
}

export class AdminOrganizationList extends Page {
  @ApiProperty({ type: () => [AdminOrganization], description: 'oldest first' })
  organizations!: AdminOrganization[];
}

export class CurrentUser {
  @ApiProperty({ description: 'the management key’s: keys are not bound to persons' })
  id!: string;

  @ApiProperty({
    example: 'mk_0123456789abcdefghij@keys.invalid',
    description: 'no address: nothing can be sent to it',
  })
  email!: string;

  @ApiProperty({ description: 'the name of the management key' })
  login!: string;

  @ApiProperty({ description: 'the name of the management key' })
  name!: string;

  @ApiProperty()
  last_name!: string;

  @ApiProperty()
  image!: string;

  @ApiProperty({ type: [Object], example: [] })
  auth_accounts!: object[];

  @ApiProperty({ example: 'self-hosted' })
  plan!: string;

  @ApiProperty()
  projects_limit!: number;

  @ApiProperty()
  branches_limit!: number;

  @ApiProperty({ description: '0: none' })
  max_autoscaling_limit!: number;

  @ApiProperty({ description: '0: none' })
  active_seconds_limit!: number;
}

export class Organization {
  @ApiProperty({ example: 'org-default' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ description: 'the id' })
  handle!: string;

  @ApiProperty({ example: 'self-hosted' })
  plan!: string;

  @ApiProperty({ example: 'bough' })
  managed_by!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class OrganizationList {
  @ApiProperty({ type: () => [Organization] })
  organizations!: Organization[];
}

export class ListMembersQuery {
  @ApiPropertyOptional({
    minimum: 1,
    maximum: 500,
    description: 'accepted for compatibility: there is nothing to list',
  })
  @Optional()
  @WholeNumberText(1, 500)
  limit?: number;

  @ApiPropertyOptional({ description: 'the same' })
  @Optional()
  @Text(1, 400)
  cursor?: string;

  @ApiPropertyOptional({ enum: ['email', 'role', 'joined_at'], description: 'the same' })
  @Optional()
  @OneOf(['email', 'role', 'joined_at'])
  sort_by?: string;

  @ApiPropertyOptional({ enum: ['asc', 'desc'], description: 'the same' })
  @Optional()
  @OneOf(['asc', 'desc'])
  sort_order?: string;
}

export class MemberList {
  @ApiProperty({
    type: [Object],
    example: [],
    description: 'management keys belong to an organization, not to persons',
  })
  members!: object[];
}

export class AuthDetails {
  @ApiProperty({ description: 'the organization’s id' })
  account_id!: string;

  @ApiProperty({ enum: ['api_key_org'] })
  auth_method!: string;

  @ApiProperty({ description: 'the management key’s id' })
  auth_data!: string;
}

export class ListRegionsQuery {
  @ApiPropertyOptional({ description: 'the organization of the key; no other may be named' })
  @Optional()
  @Text(1, 200)
  org_id?: string;
}

class Region {
  @ApiProperty({ example: 'aws-us-east-2' })
  region_id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ description: 'whether a new project that names none gets it' })
  default!: boolean;

  @ApiProperty({ example: '', description: 'unknown' })
  geo_lat!: string;

  @ApiProperty({ example: '', description: 'unknown' })
  geo_long!: string;
}

export class RegionList {
  @ApiProperty({ type: () => [Region] })
  regions!: Region[];
}
