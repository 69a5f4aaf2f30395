import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Pagination } from '../api-v2/pagination.dto.js';
import { type Role, ROLES } from '../entrance.js';
import { OneOf, Optional, Text, WholeNumberText } from '../fields.js';

const MAX_NAME = 100;

export class CreateManagementKeyBody {
  @ApiProperty({ maxLength: MAX_NAME, example: 'deploy pipeline' })
  @Text(1, MAX_NAME)
  name!: string;

  @ApiProperty({ enum: ROLES, description: 'each may do what those before it may' })
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
  @ApiPropertyOptional({ maxLength: MAX_NAME })
  @Optional()
  @Text(1, MAX_NAME)
  name?: string;

  @ApiPropertyOptional({ enum: ROLES })
  @Optional()
  @OneOf(ROLES)
  role?: Role;
}

export class ListManagementKeysQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 100 })
  @Optional()
  @WholeNumberText(1, 1_000)
  limit?: number;

  @ApiPropertyOptional({ description: 'the cursor of an earlier page' })
  @Optional()
  @Text(1, 200)
  cursor?: string;
}

export class ManagementKey {
  @ApiProperty({ example: 'mk_0123456789abcdefghij' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: ROLES })
  role!: string;

  @ApiPropertyOptional({ description: 'absent for a key of the whole organization' })
  project_id?: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'to the minute; absent where it was never used' })
  last_used_at?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  revoked_at?: string;
}

export class IssuedManagementKey extends ManagementKey {
  @ApiProperty({ example: 'napi_…', description: 'the key itself; shown this once' })
  key!: string;
}

export class ManagementKeyList {
  @ApiProperty({ type: () => [ManagementKey], description: 'newest first, revoked ones included' })
  management_keys!: ManagementKey[];

  @ApiPropertyOptional({ type: () => Pagination, description: 'absent on the last page' })
  pagination?: Pagination;
}
