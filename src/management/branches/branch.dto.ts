import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { INIT_SOURCES } from './branch-request.dto.js';
import { Operation } from '../operations/operations.module.js';
import { SORT_FIELDS, SORT_ORDERS } from './branch-cursor.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

class BranchRecovery {
  @Audited()
  @ApiProperty({ format: 'date-time' })
  deleted_at!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  recoverable_until!: string;

  @Audited()
  @ApiProperty({ enum: ['user', 'ttl'], description: 'deleted by somebody, or because its time was over' })
  deletion_method!: string;
}

/** The numbers that are always 0 measure databases, of which Bough has none. */
export class Branch {
  @Audited()
  @ApiProperty({ example: 'br-quiet-oak-a1b2c3d4' })
  id!: string;

  @Audited()
  @ApiProperty()
  project_id!: string;

  @Audited()
  @ApiPropertyOptional({ description: 'absent for a root' })
  parent_id?: string;

  @Audited()
  @ApiProperty()
  name!: string;

  @Audited()
  @ApiProperty({ enum: ['ready'] })
  current_state!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  state_changed_at!: string;

  @Audited()
  @ApiProperty({ example: 'bough' })
  creation_source!: string;

  @Audited()
  @ApiProperty({ description: 'whether new branches grow from it when they name no parent' })
  default!: boolean;

  @Audited()
  @ApiProperty({ description: 'the former name of `default`' })
  primary!: boolean;

  @Audited()
  @ApiProperty()
  protected!: boolean;

  @Audited()
  @ApiProperty({ enum: INIT_SOURCES })
  init_source!: string;

  @Audited()
  @ApiPropertyOptional({ format: 'date-time' })
  expires_at?: string;

  @Audited()
  @ApiPropertyOptional({ description: 'the time that `expires_at` was set for; a reset sets it anew' })
  ttl_interval_seconds?: number;

  @Audited()
  @ApiPropertyOptional({ format: 'date-time', description: 'the last reset or restore' })
  last_reset_at?: string;

  @Audited()
  @ApiPropertyOptional({ type: () => BranchRecovery, description: 'of a deleted branch alone' })
  recovery?: BranchRecovery;

  @Audited()
  @ApiProperty({ enum: [0] })
  cpu_used_sec!: number;

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
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
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
  @Audited()
  @ApiProperty({ type: () => Branch })
  branch!: Branch;
}

export class BranchAnswer extends OneBranch {
  @ApiProperty({ type: () => Annotation })
  annotation!: Annotation;
}

export class ChangedBranch extends OneBranch {
  @Audited()
  @ApiProperty({ type: () => [Operation], description: 'finished all of them' })
  operations!: Operation[];
}

export class RecoveredBranch extends OneBranch {
  @Audited()
  @ApiProperty({ type: [Object], example: [] })
  endpoints!: object[];
}

/** The empty lists are there for clients that read them: Bough has no databases. */
export class CreatedBranch extends ChangedBranch {
  @Audited()
  @ApiProperty({ type: [Object], example: [] })
  endpoints!: object[];

  @Audited()
  @ApiProperty({ type: [Object], example: [] })
  roles!: object[];

  @Audited()
  @ApiProperty({ type: [Object], example: [] })
  databases!: object[];

  @Audited()
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
