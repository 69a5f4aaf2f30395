import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { SCOPE_TYPES } from '../../quota/limit.types.js';
import { FlagText, Instant, Nullable, OneOf, Optional, Text, WholeNumber } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

const MAX_SECONDS = 315_360_000;

export class SetBlockBody {
  @ApiProperty({ enum: SCOPE_TYPES, description: 'a branch includes its descendants', example: 'branch' })
  @OneOf(SCOPE_TYPES)
  scope_type!: (typeof SCOPE_TYPES)[number];

  @ApiProperty({ example: 'br-quiet-oak-a1b2c3d4' })
  @Text(1, 200)
  scope_id!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    format: 'date-time',
    description: 'when it ends; without an end it holds until it is lifted',
  })
  @Nullable()
  @Instant()
  until?: string | null;

  @ApiPropertyOptional({ description: 'the same as a time from now, instead of `until`', example: 3600 })
  @Optional()
  @WholeNumber(1, MAX_SECONDS)
  for_seconds?: number;

  @ApiPropertyOptional({ description: 'for operators; callers never see it', maxLength: 500, example: 'a leak' })
  @Optional()
  @Text(1, 500)
  reason?: string;
}

export class ChangeBlockBody {
  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, description: 'null: until it is lifted' })
  @Nullable()
  @Instant()
  until?: string | null;

  @ApiPropertyOptional({ example: 3600, description: 'the same as a time from now, instead of `until`' })
  @Optional()
  @WholeNumber(1, MAX_SECONDS)
  for_seconds?: number;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 500, description: 'null: none' })
  @Nullable()
  @Text(1, 500)
  reason?: string | null;
}

export class ListBlocksQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: SCOPE_TYPES,
    description: 'blocks of accounts, of projects, of branches or of credentials',
  })
  @Optional()
  @OneOf(SCOPE_TYPES)
  scope_type?: string;

  @ApiPropertyOptional({ example: 'br-quiet-oak-a1b2c3d4' })
  @Optional()
  @Text(1, 200)
  scope_id?: string;

  @ApiPropertyOptional({ description: 'true: those that were lifted; false: those that hold or ended by themselves' })
  @Optional()
  @FlagText()
  lifted?: boolean;
}

export class Block {
  @Audited()
  @ApiProperty({ example: 'blk_0123456789abcdefghij' })
  id!: string;

  @Audited()
  @ApiProperty({ enum: SCOPE_TYPES })
  scope_type!: string;

  @Audited()
  @ApiProperty()
  scope_id!: string;

  @Audited()
  @ApiPropertyOptional()
  reason?: string;

  @Audited()
  @ApiPropertyOptional({ format: 'date-time', description: 'absent where it holds until it is lifted' })
  until?: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiPropertyOptional({ format: 'date-time', description: 'absent unless it was lifted' })
  lifted_at?: string;
}

export class BlockList extends Page {
  @ApiProperty({ type: () => [Block] })
  blocks!: Block[];
}
