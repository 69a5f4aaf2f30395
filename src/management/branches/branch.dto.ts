import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { INIT_SOURCES } from './branch-request.dto.js';
import { Operation } from '../operations/operations.module.js';
import { SORT_FIELDS, SORT_ORDERS } from './branch-cursor.js';

class BranchRecovery {
  @ApiProperty({ format: 'date-time' })
  deleted_at!: string;

  @ApiProperty({ format: 'date-time' })
  recoverable_until!: string;

  @ApiProperty({ enum: ['user', 'ttl'], description: 'deleted by somebody, or because its time was over' })
  deletion_method!: string;
}

/** The numbers that are always 0 measure databases, of which Bough has none. */
export class Branch {
  @ApiProperty({ example: 'br-quiet-oak-a1b2c3d4' })
  id!: string;

  @ApiProperty()
  project_id!: string;

  @ApiPropertyOptional({ description: 'absent for a root' })
  parent_id?: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: ['ready'] })
  current_state!: string;

  @ApiProperty({ format: 'date-time' })
  state_changed_at!: string;

  @ApiProperty({ example: 'bough' })
  creation_source!: string;

  @ApiProperty({ description: 'whether new branches grow from it when they name no parent' })
  default!: boolean;

  @ApiProperty({ description: 'the former name of `default`' })
  primary!: boolean;

  @ApiProperty()
  protected!: boolean;

  @ApiProperty({ enum: INIT_SOURCES })
  init_source!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  expires_at?: string;

  @ApiPropertyOptional({ description: 'the time that `expires_at` was set for; a reset sets it anew' })
  ttl_interval_seconds?: number;

  @ApiPropertyOptional({ format: 'date-time', description: 'the last reset or restore' })
  last_reset_at?: string;

  @ApiPropertyOptional({ type: () => BranchRecovery, description: 'of a deleted branch alone' })
  recovery?: BranchRecovery;

  @ApiProperty({ enum: [0] })
  cpu_used_sec!: number;

  @ApiProperty({ enum: [0] })
  active_time_seconds!: number;

  @ApiProperty({ enum: [0] })
  compute_time_seconds!: number;

  @ApiProperty({ enum: [0] })
  written_data_bytes!: number;

  @ApiProperty({ enum: [0] })
  data_transfer_bytes!: number;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

class AnnotatedObject {
  @ApiProperty({ enum: ['console/branch'] })
  type!: string;

  @ApiProperty()
  id!: string;
}

export class Annotation {
  @ApiProperty({ type: () => AnnotatedObject })
  object!: AnnotatedObject;

  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, example: {} })
  value!: object;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

class OneBranch {
  @ApiProperty({ type: () => Branch })
  branch!: Branch;
}

export class BranchAnswer extends OneBranch {
  @ApiProperty({ type: () => Annotation })
  annotation!: Annotation;
}

export class ChangedBranch extends OneBranch {
  @ApiProperty({ type: () => [Operation], description: 'finished all of them' })
  operations!: Operation[];
}

export class RecoveredBranch extends OneBranch {
  @ApiProperty({ type: [Object], example: [] })
  endpoints!: object[];
}

/** The empty lists are there for clients that read them: Bough has no databases. */
export class CreatedBranch extends ChangedBranch {
  @ApiProperty({ type: [Object], example: [] })
  endpoints!: object[];

  @ApiProperty({ type: [Object], example: [] })
  roles!: object[];

  @ApiProperty({ type: [Object], example: [] })
  databases!: object[];

  @ApiProperty({ type: [Object], example: [] })
  connection_uris!: object[];
}

export class SortedPagination {
  @ApiProperty({ description: 'send it as `cursor` for the next page' })
  next!: string;

  @ApiProperty({ enum: SORT_FIELDS })
  sort_by!: string;

  @ApiProperty({ enum: SORT_ORDERS })
  sort_order!: string;
}

@ApiExtraModels(Annotation)
export class BranchList {
  @ApiProperty({ type: () => [Branch] })
  branches!: Branch[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { $ref: getSchemaPath(Annotation) },
    example: {},
    description: 'by branch id, of the branches that have one',
  })
  annotations!: Record<string, Annotation>;

  @ApiPropertyOptional({ type: () => SortedPagination, description: 'absent on the last page' })
  pagination?: SortedPagination;
}

export class BranchCount {
  @ApiProperty()
  count!: number;
}
