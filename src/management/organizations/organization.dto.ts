import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Optional, Text } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.dto.js';
import { IssuedManagementKey } from '../management-keys/management-key.dto.js';

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
  @ApiProperty({ example: 'org-0123456789ab' })
  id!: string;

  @ApiProperty({ example: 'Acme' })
  name!: string;

  @ApiProperty({ description: 'whether its administrators run the installation; one organization is' })
  home!: boolean;

  @ApiProperty({ example: 2, description: 'that live' })
  projects!: number;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class NewOrganization {
  @ApiProperty({ type: () => AdminOrganization })
  organization!: AdminOrganization;

  @ApiProperty({ type: () => IssuedManagementKey, description: 'its first owner; the key is shown this once' })
  management_key!: IssuedManagementKey;
}

export class AdminOrganizationList extends Page {
  @ApiProperty({ type: () => [AdminOrganization], description: 'oldest first' })
  organizations!: AdminOrganization[];
}
