import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Branch } from '../branches/branches.module.js';
import { Operation } from '../operations/operations.module.js';
import { Pagination } from '../control-plane/page.js';
import { KEPT } from './project-request.dto.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

/** What a list shows. The numbers that are always 0 measure databases, of which Bough has none. */
class ProjectHead {
  @Audited()
  @ApiProperty({ example: 'amber-birch-12345678' })
  id!: string;

  @Audited()
  @ApiProperty()
  name!: string;

  @Audited()
  @ApiProperty({ example: 'aws' })
  platform_id!: string;

  @Audited()
  @ApiProperty({ example: 'aws-us-east-2' })
  region_id!: string;

  @Audited()
  @ApiProperty()
  org_id!: string;

  @Audited()
  @ApiProperty({ description: 'the organization' })
  owner_id!: string;

  @Audited()
  @ApiProperty({ example: 'bough' })
  provisioner!: string;

  @Audited()
  @ApiProperty({ example: 'bough' })
  creation_source!: string;

  @Audited()
  @ApiProperty({ description: 'the host under which this installation is reached' })
  proxy_host!: string;

  @Audited()
  @ApiProperty({ description: KEPT })
  pg_version!: number;

  @Audited()
  @ApiProperty({ description: KEPT })
  store_passwords!: boolean;

  @Audited()
  @ApiPropertyOptional({ description: KEPT })
  history_retention_seconds?: number;

  @Audited({ figuresOnly: true })
  @ApiPropertyOptional({ type: Object, description: KEPT })
  settings?: object;

  @Audited({ figuresOnly: true })
  @ApiPropertyOptional({ type: Object, description: KEPT })
  default_endpoint_settings?: object;

  @Audited()
  @ApiProperty({ enum: [0] })
  branch_logical_size_limit!: number;

  @Audited()
  @ApiProperty({ enum: [0] })
  branch_logical_size_limit_bytes!: number;

  @Audited()
  @ApiProperty({ enum: [0] })
  cpu_used_sec!: number;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
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
  @Audited()
  @ApiProperty({ enum: [0] })
  active_time_seconds!: number;

  @Audited()
  @ApiProperty({ enum: [0] })
  compute_time_seconds!: number;

  @Audited()
  @ApiProperty({ enum: [0] })
  written_data_bytes!: number;

  @Audited()
  @ApiProperty({ enum: [0] })
  data_transfer_bytes!: number;

  @Audited()
  @ApiProperty({ enum: [0] })
  data_storage_bytes_hour!: number;

  @Audited()
  @ApiProperty({ format: 'date-time', description: 'the month in UTC' })
  consumption_period_start!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  consumption_period_end!: string;
}

export class ProjectAnswer {
  @Audited()
  @ApiProperty({ type: () => Project })
  project!: Project;
}

export class ChangedProject extends ProjectAnswer {
  @Audited()
  @ApiProperty({ type: () => [Operation] })
  operations!: Operation[];
}

export class RecoveredProject extends ProjectAnswer {
  @Audited()
  @ApiProperty({ type: () => [Branch] })
  branches!: Branch[];
}

/** The empty lists are there for clients that read them: Bough has no databases. */
export class CreatedProject extends ChangedProject {
  @Audited()
  @ApiProperty({ type: () => Branch })
  branch!: Branch;

  @Audited()
  @ApiProperty({ type: [Object], example: [] })
  connection_uris!: object[];

  @Audited()
  @ApiProperty({ type: [Object], example: [] })
  roles!: object[];

  @Audited()
  @ApiProperty({ type: [Object], example: [] })
  databases!: object[];

  @Audited()
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
