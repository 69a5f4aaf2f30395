import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type Role, ROLES } from '../control-plane/access/entrance.js';
import { FlagText, OneOf, Optional, Text } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Audited, Secret } from '../control-plane/audit-trail/audited-field.js';

const MAX_NAME = 100;

export class CreateManagementKeyBody {
  @ApiProperty({ maxLength: MAX_NAME, example: 'deploy pipeline' })
  @Text(1, MAX_NAME)
  name!: string;

  @ApiProperty({ enum: ROLES, description: 'each may do what those before it may', example: 'editor' })
  @OneOf(ROLES)
  role!: Role;

  @ApiPropertyOptional({
    description: 'the one project that the key is for; the whole organization where none is given',
  })
  @Optional()
  @Text(1, 200)
  project_id?: string;
}

export class ChangeManagementKeyBody {
  @ApiPropertyOptional({ maxLength: MAX_NAME, example: 'deploy pipeline' })
  @Optional()
  @Text(1, MAX_NAME)
  name?: string;

  @ApiPropertyOptional({ enum: ROLES })
  @Optional()
  @OneOf(ROLES)
  role?: Role;
}

export class ListManagementKeysQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ROLES, description: 'only the keys of this role' })
  @Optional()
  @OneOf(ROLES)
  role?: Role;

  @ApiPropertyOptional({ description: 'only the keys of this project' })
  @Optional()
  @Text(1, 200)
  project_id?: string;

  @ApiPropertyOptional({ description: 'without it both' })
  @Optional()
  @FlagText()
  revoked?: boolean;
}

export class ManagementKey {
  @Audited()
  @ApiProperty({ example: 'mk_0123456789abcdefghij' })
  id!: string;

  @Audited()
  @ApiProperty()
  name!: string;

  @Audited()
  @ApiProperty({ enum: ROLES })
  role!: string;

  @Audited()
  @ApiPropertyOptional({ description: 'absent for a key of the whole organization' })
  project_id?: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiPropertyOptional({ format: 'date-time', description: 'to the minute; absent where it was never used' })
  last_used_at?: string;

  @Audited()
  @ApiPropertyOptional({ format: 'date-time' })
  revoked_at?: string;
}

export class IssuedManagementKey extends ManagementKey {
  @Secret()
  @ApiProperty({ example: 'napi_…', description: 'the key itself; shown this once' })
  key!: string;
}

export class ManagementKeyList extends Page {
  @ApiProperty({ type: () => [ManagementKey], description: 'newest first, revoked ones included' })
  management_keys!: ManagementKey[];
}
