import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Instant,
  Nested,
  NeverOn,
  Nullable,
  OneOf,
  Optional,
  Pattern,
  Text,
  UnreadList,
  WholeNumberText,
} from '../fields.js';
import { Pagination } from './pagination.dto.js';

const INIT_SOURCES = ['parent-data', 'schema-only'] as const;
const NO_EFFECT = 'accepted for compatibility, without effect: Bough keeps no data';

export class NewBranchFields {
  @ApiPropertyOptional({ description: 'the project’s default branch where none is given' })
  @Optional()
  @Text(1, 200)
  parent_id?: string;

  @ApiPropertyOptional({ description: 'unique in the project; the id where none is given', maxLength: 256 })
  @Optional()
  @Text(1, 256)
  name?: string;

  @ApiPropertyOptional({ enum: INIT_SOURCES, default: 'parent-data', description: '`schema-only` makes a new root' })
  @Optional()
  @OneOf(INIT_SOURCES)
  init_source?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'from then on the branch counts as deleted' })
  @Nullable()
  @Instant()
  expires_at?: string | null;

  @ApiPropertyOptional({ enum: [false], description: 'branches cannot be protected here: leave it out' })
  @Optional()
  @NeverOn()
  protected?: boolean;

  @ApiPropertyOptional({ description: NO_EFFECT })
  @Optional()
  @Pattern(/^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/, 'must be a log position such as 0/1A2B3C')
  parent_lsn?: string;

  @ApiPropertyOptional({ format: 'date-time', description: NO_EFFECT })
  @Optional()
  @Instant()
  parent_timestamp?: string;
}

export class CreateBranchBody {
  @ApiPropertyOptional({ type: () => NewBranchFields })
  @Optional()
  @Nested(() => NewBranchFields)
  branch?: NewBranchFields;

  @ApiPropertyOptional({
    type: [Object],
    description: 'accepted for compatibility, without effect: there are no computes',
  })
  @Optional()
  @UnreadList(16)
  endpoints?: object[];
}

export class ListBranchesQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 10_000, default: 10_000 })
  @Optional()
  @WholeNumberText(1, 10_000)
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

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class BranchAnswer {
  @ApiProperty({ type: () => Branch })
  branch!: Branch;
}

export class DeletedBranch extends BranchAnswer {
  @ApiProperty({ type: [Object], example: [] })
  operations!: object[];
}

/** The lists are there for clients that read them: Bough has no databases, so they are empty. */
export class CreatedBranch extends BranchAnswer {
  @ApiProperty({ type: [Object], example: [] })
  endpoints!: object[];

  @ApiProperty({ type: [Object], example: [] })
  operations!: object[];

  @ApiProperty({ type: [Object], example: [] })
  roles!: object[];

  @ApiProperty({ type: [Object], example: [] })
  databases!: object[];

  @ApiProperty({ type: [Object], example: [] })
  connection_uris!: object[];
}

export class BranchList {
  @ApiProperty({ type: () => [Branch] })
  branches!: Branch[];

  @ApiPropertyOptional({ type: () => Pagination, description: 'absent on the last page' })
  pagination?: Pagination;
}

export class AiGateway {
  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({
    description: 'what a client calls its base URL: scheme, host and, on a single host, the branch’s path',
  })
  base_url!: string;
}
