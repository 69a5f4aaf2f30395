import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Nested, Optional, Pattern, Text, WholeNumber, WholeNumberText } from '../fields.js';
import { Branch } from './branch.dto.js';
import { Pagination } from './pagination.dto.js';

class NewProjectBranch {
  @ApiPropertyOptional({ default: 'main', description: 'name of the project’s default branch' })
  @Optional()
  @Text(1, 256)
  name?: string;
}

class NewProject {
  @ApiPropertyOptional({ description: 'the id where none is given', maxLength: 64 })
  @Optional()
  @Text(1, 64)
  name?: string;

  @ApiPropertyOptional({ example: 'aws-us-east-2', description: 'the installation’s first region where none is given' })
  @Optional()
  @Pattern(/^[a-z0-9-]{1,60}$/, 'must be a region such as aws-us-east-2')
  region_id?: string;

  @ApiPropertyOptional({ description: 'the organization of the key; no other may be named' })
  @Optional()
  @Text(1, 200)
  org_id?: string;

  @ApiPropertyOptional({ description: 'accepted for compatibility, without effect: Bough keeps no data' })
  @Optional()
  @WholeNumber(1, 100)
  pg_version?: number;

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

export class ListProjectsQuery {
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
}

export class Project {
  @ApiProperty({ example: 'amber-birch-12345678' })
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ example: 'aws-us-east-2' })
  region_id!: string;

  @ApiProperty()
  org_id!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class ProjectAnswer {
  @ApiProperty({ type: () => Project })
  project!: Project;
}

/** The lists are there for clients that read them: Bough has no databases, so they are empty. */
export class CreatedProject extends ProjectAnswer {
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

  @ApiProperty({ type: [Object], example: [] })
  operations!: object[];
}

export class ProjectList {
  @ApiProperty({ type: () => [Project] })
  projects!: Project[];

  @ApiPropertyOptional({ type: () => Pagination, description: 'absent on the last page' })
  pagination?: Pagination;
}
