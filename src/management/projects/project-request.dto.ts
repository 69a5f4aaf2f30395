import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Amount,
  Flag,
  FlagText,
  JsonObject,
  Nested,
  Optional,
  Pattern,
  Text,
  TextMap,
  WholeNumber,
  WholeNumberText,
} from '../control-plane/requests/fields.js';
import { MAX_ANNOTATION_LENGTH, MAX_ANNOTATIONS } from '../branches/branches.module.js';

export const KEPT = 'kept and given back, without effect: Bough keeps no data';
const NO_EFFECT = 'accepted for compatibility, without effect: Bough keeps no data';
const MAX_HISTORY_SECONDS = 2_592_000;
const MAX_COMPUTE_UNITS = 1_000;
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

export class NewProjectBranch {
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

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'texts kept with the branch',
  })
  @Optional()
  @TextMap(MAX_ANNOTATIONS, MAX_ANNOTATION_LENGTH)
  annotations?: Record<string, string>;
}

class NewProject extends ClientSettings {
  @ApiPropertyOptional({ description: 'the id where none is given', maxLength: 256, example: 'shop' })
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

  @ApiPropertyOptional({ description: NO_EFFECT })
  @Optional()
  @Amount(0, MAX_COMPUTE_UNITS)
  autoscaling_limit_min_cu?: number;

  @ApiPropertyOptional({ description: NO_EFFECT })
  @Optional()
  @Amount(0, MAX_COMPUTE_UNITS)
  autoscaling_limit_max_cu?: number;

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
  @ApiPropertyOptional({ maxLength: 256, example: 'shop' })
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
  @ApiPropertyOptional({ minimum: 1, maximum: 400, default: 10, description: 'how many, at most' })
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
