import { ApiHideProperty, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Flag,
  FlagText,
  Instant,
  Nested,
  NeverOn,
  Nullable,
  OneOf,
  Optional,
  Pattern,
  Text,
  TextMap,
  UnreadList,
  WholeNumberText,
} from '../control-plane/requests/fields.js';
import { SORT_FIELDS, SORT_ORDERS } from './branch-cursor.js';

export const INIT_SOURCES = ['parent-data', 'schema-only'] as const;
const NO_EFFECT = 'accepted for compatibility, without effect: Bough keeps no data';
const EXPIRY = 'from then on the branch counts as deleted';
const PROTECTION = 'a protected branch is neither deleted nor reset, nor is its project deleted';
const LOG_POSITION = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;
const LOG_POSITION_SENTENCE = 'must be a log position such as 0/1A2B3C';
export const MAX_ANNOTATIONS = 50;
export const MAX_ANNOTATION_LENGTH = 1_024;

export class NewBranchFields {
  @ApiPropertyOptional({
    description: 'the project’s default branch where none is given',
    example: 'br-quiet-oak-a1b2c3d4',
  })
  @Optional()
  @Text(0, 200)
  parent_id?: string;

  @ApiPropertyOptional({
    description: 'unique in the project; the id where none is given',
    maxLength: 256,
    example: 'preview/pr-42',
  })
  @Optional()
  @Text(1, 256)
  name?: string;

  @ApiPropertyOptional({ enum: INIT_SOURCES, default: 'parent-data', description: '`schema-only` makes a new root' })
  @Optional()
  @OneOf(INIT_SOURCES)
  init_source?: string;

  @ApiPropertyOptional({ type: String, nullable: true, format: 'date-time', description: EXPIRY })
  @Nullable()
  @Instant()
  expires_at?: string | null;

  @ApiPropertyOptional({ default: false, description: PROTECTION })
  @Optional()
  @Flag()
  protected?: boolean;

  @ApiPropertyOptional({ enum: [false], description: 'branches cannot be archived here: leave it out' })
  @Optional()
  @NeverOn()
  archived?: boolean;

  @ApiPropertyOptional({ description: NO_EFFECT })
  @Optional()
  @Pattern(LOG_POSITION, LOG_POSITION_SENTENCE)
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

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { 'github-commit-ref': 'x' },
    description: 'texts kept with the branch',
  })
  @Optional()
  @TextMap(MAX_ANNOTATIONS, MAX_ANNOTATION_LENGTH)
  annotation_value?: Record<string, string>;
}

export class BranchUpdates {
  @ApiPropertyOptional({ description: 'unique in the project', maxLength: 256, example: 'preview/pr-43' })
  @Optional()
  @Text(1, 256)
  name?: string;

  @ApiPropertyOptional({ description: PROTECTION })
  @Optional()
  @Flag()
  protected?: boolean;

  @ApiPropertyOptional({ format: 'date-time', type: String, nullable: true, description: `${EXPIRY}; null: never` })
  @Nullable()
  @Instant()
  expires_at?: string | null;
}

export class UpdateBranchBody {
  @ApiProperty({ type: () => BranchUpdates })
  @Nested(() => BranchUpdates)
  branch!: BranchUpdates;
}

export class RestoreBranchBody {
  @ApiProperty({
    description: 'the branch whose state is taken; the parent’s for a reset',
    example: 'br-quiet-oak-a1b2c3d4',
  })
  @Text(1, 200)
  source_branch_id!: string;

  @ApiPropertyOptional({
    description: 'a point in the source’s history; one is wanted where the source is the branch itself',
  })
  @Optional()
  @Pattern(LOG_POSITION, LOG_POSITION_SENTENCE)
  source_lsn?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'the same as a time' })
  @Optional()
  @Instant()
  source_timestamp?: string;

  @ApiPropertyOptional({
    maxLength: 256,
    description: 'the former state goes on under this name, with all children; wanted where there are any',
  })
  @Optional()
  @Text(0, 256)
  preserve_under_name?: string;
}

export class DeleteBranchQuery {
  /** Read, and described, where it is asked for. */
  @ApiHideProperty()
  @Optional()
  @FlagText()
  dry_run?: boolean;

  @ApiPropertyOptional({ default: false, description: 'at once: it cannot be recovered' })
  @Optional()
  @FlagText()
  hard_delete?: boolean;
}

export class CountBranchesQuery {
  @ApiPropertyOptional({ description: 'a part of the name or of the id' })
  @Optional()
  @Text(1, 256)
  search?: string;
}

export class ListBranchesQuery extends CountBranchesQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 10_000, default: 10_000, description: 'how many, at most' })
  @Optional()
  @WholeNumberText(1, 10_000)
  limit?: number;

  @ApiPropertyOptional({ description: 'the `pagination.next` of the page before' })
  @Optional()
  @Text(1, 4_000)
  cursor?: string;

  @ApiPropertyOptional({ enum: SORT_FIELDS, default: 'updated_at', description: 'by what' })
  @Optional()
  @OneOf(SORT_FIELDS)
  sort_by?: (typeof SORT_FIELDS)[number];

  @ApiPropertyOptional({ enum: SORT_ORDERS, default: 'desc', description: 'up or down' })
  @Optional()
  @OneOf(SORT_ORDERS)
  sort_order?: (typeof SORT_ORDERS)[number];

  @ApiPropertyOptional({ default: false, description: 'deleted branches that can be recovered too' })
  @Optional()
  @FlagText()
  include_deleted?: boolean;
}
