import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { FlagText, Optional, Text } from '../control-plane/requests/fields.js';

export class EndpointList {
  @ApiProperty({ type: [Object], example: [], description: 'there are no computes' })
  endpoints!: object[];
}

export class SnapshotList {
  @ApiProperty({ type: [Object], example: [], description: 'there are no snapshots' })
  snapshots!: object[];
}

class Role {
  @ApiProperty()
  branch_id!: string;

  @ApiProperty({ enum: ['no-database'] })
  name!: string;

  @ApiProperty({ enum: [true] })
  protected!: boolean;

  @ApiProperty({ enum: ['no_login'] })
  authentication_method!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class RoleList {
  @ApiProperty({ type: () => [Role] })
  roles!: Role[];
}

class Database {
  @ApiProperty({ enum: [0] })
  id!: number;

  @ApiProperty()
  branch_id!: string;

  @ApiProperty({ enum: ['no-database'] })
  name!: string;

  @ApiProperty({ enum: ['no-database'] })
  owner_name!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class DatabaseList {
  @ApiProperty({ type: () => [Database] })
  databases!: Database[];
}

export class ConnectionUriQuery {
  @ApiPropertyOptional({ description: 'the project’s default branch where none is given' })
  @Optional()
  @Text(1, 200)
  branch_id?: string;

  @ApiPropertyOptional({ description: 'accepted for compatibility, without effect' })
  @Optional()
  @Text(1, 200)
  endpoint_id?: string;

  @ApiProperty({ enum: ['no-database'], description: 'the one that is listed' })
  @Text(1, 200)
  database_name!: string;

  @ApiProperty({ enum: ['no-database'], description: 'the one that is listed' })
  @Text(1, 200)
  role_name!: string;

  @ApiPropertyOptional({ enum: [false], description: 'a pooled connection is not available' })
  @Optional()
  @FlagText()
  pooled?: boolean;
}

export class ConnectionUri {
  @ApiProperty({ example: 'postgresql://no-database@ep-quiet-oak-a1b2c3d4.us-east-2.example.com/no-database' })
  uri!: string;
}
