import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Branch } from '../branches/branches.module.js';
import { Operation } from '../operations/operations.module.js';
import { Pagination } from '../control-plane/page.js';
import { KEPT } from './project-request.dto.js';

/** What a list shows. The numbers that are always 0 measure databases, of which Bough has none. */
class ProjectHead {
  @ApiProperty({ example: 'amber-birch-12345678' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ example: 'aws' })
  platform_id!: string;

  @ApiProperty({ example: 'aws-us-east-2' })
  region_id!: string;

  @ApiProperty()
  org_id!: string;

  @ApiProperty({ description: 'the organization' })
  owner_id!: string;

  @ApiProperty({ example: 'bough' })
  provisioner!: string;

  @ApiProperty({ example: 'bough' })
  creation_source!: string;

  @ApiProperty({ description: 'the host under which this installation is reached' })
  proxy_host!: string;

  @ApiProperty({ description: KEPT })
  pg_version!: number;

  @ApiProperty({ description: KEPT })
  store_passwords!: boolean;

  @ApiPropertyOptional({ description: KEPT })
  history_retention_seconds?: number;

  @ApiPropertyOptional({ type: Object, description: KEPT })
  settings?: object;

  @ApiPropertyOptional({ type: Object, description: KEPT })
  default_endpoint_settings?: object;

  @ApiProperty({ enum: [0] })
  branch_logical_size_limit!: number;

  @ApiProperty({ enum: [0] })
  branch_logical_size_limit_bytes!: number;

  @ApiProperty({ enum: [0] })
  cpu_used_sec!: number;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class ListedProject extends ProjectHead {
  @ApiProperty({ enum: [0] })
  active_time!: number;

  @ApiPropertyOptional({ format: 'date-time' })
  deleted_at?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  recoverable_until?: string;
}

export class Project extends ProjectHead {
  @ApiProperty({ enum: [0] })
  active_time_seconds!: number;

  @ApiProperty({ enum: [0] })
  compute_time_seconds!: number;

  @ApiProperty({ enum: [0] })
  written_data_bytes!: number;

  @ApiProperty({ enum: [0] })
  data_transfer_bytes!: number;

  @ApiProperty({ enum: [0] })
  data_storage_bytes_hour!: number;

  @ApiProperty({ format: 'date-time', description: 'the month in UTC' })
  consumption_period_start!: string;

  @ApiProperty({ format: 'date-time' })
  consumption_period_end!: string;
}

export class ProjectAnswer {
  @ApiProperty({ type: () => Project })
  project!: Project;
}

export class ChangedProject extends ProjectAnswer {
  @ApiProperty({ type: () => [Operation] })
  operations!: Operation[];
}

export class RecoveredProject extends ProjectAnswer {
  @ApiProperty({ type: () => [Branch] })
  branches!: Branch[];
}

/** The empty lists are there for clients that read them: Bough has no databases. */
export class CreatedProject extends ChangedProject {
  @ApiProperty({ type: () => Branch })
  branch!: Branch;

  @ApiProperty({ type: [Object], example: [] })
  connection_uris!: object[];

  @ApiProperty({ type: [Object], example: [] })
  roles!: object[];

  @ApiProperty({ type: [Object], example: [] })
  databases!: object[];

  @ApiProperty({ type: [Object], example: [] })
  endpoints!: object[];
}

export class SharedProjectList {
  @ApiProperty({ type: () => [ListedProject] })
  projects!: ListedProject[];

  @ApiPropertyOptional({ type: () => Pagination, description: 'absent on the last page' })
  pagination?: Pagination;
}

export class ProjectList extends SharedProjectList {
  @ApiProperty({ type: Object, example: {}, description: 'none are installed' })
  applications!: object;

  @ApiProperty({ type: Object, example: {}, description: 'none are installed' })
  integrations!: object;
}
