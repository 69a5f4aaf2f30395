import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Flag,
  FlagText,
  JsonObject,
  Nested,
  Optional,
  Pattern,
  Text,
  WholeNumber,
  WholeNumberText,
} from '../fields.js';
import { Branch } from './branch.dto.js';
import { Operation } from './operation.dto.js';
import { Pagination } from './pagination.dto.js';

const KEPT = 'kept and given back, without effect: Bough keeps no data';
const NO_EFFECT = 'accepted for compatibility, without effect: Bough keeps no data';
const MAX_HISTORY_SECONDS = 2_592_000;
const OLDEST_POSTGRES = 1;
const NEWEST_POSTGRES = 100;

/** What clients set of a database platform. It is theirs to read again; nothing here depends on it. */
class ClientSettings {
  @ApiPropertyOptional({ type: Object, description: KEPT })
  @Optional()
  @JsonObject()
  settings?: object;

  @ApiPropertyOptional({ type: Object, description: KEPT })
  @Optional()
  @JsonObject()
  default_endpoint_settings?: object;

  @ApiPropertyOptional({ minimum: 0, maximum: MAX_HISTORY_SECONDS, description: KEPT })
  @Optional()
  @WholeNumber(0, MAX_HISTORY_SECONDS)
  history_retention_seconds?: number;
}

class NewProjectBranch {
  @ApiPropertyOptional({ default: 'main', description: 'name of the project’s default branch' })
  @Optional()
  @Text(1, 256)
  name?: string;

  @ApiPropertyOptional({ description: NO_EFFECT })
  @Optional()
  @Text(0, 256)
  role_name?: string;

  @ApiPropertyOptional({ description: NO_EFFECT })
  @Optional()
  @Text(0, 256)
  database_name?: string;
}

class NewProject extends ClientSettings {
  @ApiPropertyOptional({ description: 'the id where none is given', maxLength: 256 })
  @Optional()
  @Text(1, 256)
  name?: string;

  @ApiPropertyOptional({ example: 'aws-us-east-2', description: 'the installation’s first region where none is given' })
  @Optional()
  @Pattern(/^[a-z0-9-]{1,60}$/, 'must be a region such as aws-us-east-2')
  region_id?: string;

  @ApiPropertyOptional({ description: 'the organization of the key; no other may be named' })
  @Optional()
  @Text(1, 200)
  org_id?: string;

  @ApiPropertyOptional({ description: KEPT })
  @Optional()
  @WholeNumber(OLDEST_POSTGRES, NEWEST_POSTGRES)
  pg_version?: number;

  @ApiPropertyOptional({ description: KEPT })
  @Optional()
  @Flag()
  store_passwords?: boolean;

  @ApiPropertyOptional({ description: NO_EFFECT })
  @Optional()
  @Text(1, 64)
  provisioner?: string;

  @ApiPropertyOptional({ type: () => NewProjectBranch })
  @Optional()
  @Nested(() => NewProjectBranch)
  branch?: NewProjectBranch;
}

export class CreateProjectBody {
  @ApiPropertyOptional({ type: () => NewProject })
  @Optional()
  @Nested(() => NewProject)
  project?: NewProject;
}

export class ProjectChanges extends ClientSettings {
  @ApiPropertyOptional({ maxLength: 256 })
  @Optional()
  @Text(1, 256)
  name?: string;
}

export class UpdateProjectBody {
  @ApiProperty({ type: () => ProjectChanges })
  @Nested(() => ProjectChanges)
  project!: ProjectChanges;
}

export class ListSharedProjectsQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 400, default: 10 })
  @Optional()
  @WholeNumberText(1, 400)
  limit?: number;

  @ApiPropertyOptional({ description: 'the `pagination.cursor` of the page before' })
  @Optional()
  @Text(1, 200)
  cursor?: string;

  @ApiPropertyOptional({ description: 'a part of the name or of the id' })
  @Optional()
  @Text(1, 256)
  search?: string;

  @ApiPropertyOptional({ description: 'accepted for compatibility, without effect' })
  @Optional()
  @WholeNumberText(1, 3_600_000)
  timeout?: number;
}

export class ListProjectsQuery extends ListSharedProjectsQuery {
  @ApiPropertyOptional({ description: 'the organization of the key; no other may be named' })
  @Optional()
  @Text(1, 200)
  org_id?: string;

  @ApiPropertyOptional({ default: false, description: 'only deleted projects that can be recovered' })
  @Optional()
  @FlagText()
  recoverable?: boolean;
}

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
