import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LIMIT_KINDS, type LimitKind } from '../../quota/limit-kinds.js';
import { Flag, OneOf, Optional, Pattern, Text, WholeNumber } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

export class PutBranchDefaultBody {
  @ApiProperty({ example: 'amber-birch-12345678' })
  @Text(1, 200)
  project_id!: string;

  @ApiProperty({
    example: 'preview/*',
    description: 'matches whole names; `*` stands for any run of characters, `/` too',
  })
  @Text(1, 200)
  pattern!: string;

  @ApiProperty({ enum: LIMIT_KINDS })
  @OneOf(LIMIT_KINDS)
  kind!: LimitKind;

  @ApiPropertyOptional({ description: 'an id of the catalog; all models together where none is given' })
  @Optional()
  @Text(1, 100)
  model?: string;

  @ApiPropertyOptional({
    description: 'requests or tokens a minute, or requests at once; 0 lets nothing through',
    example: 60,
  })
  @Optional()
  @WholeNumber(0, Number.MAX_SAFE_INTEGER)
  value?: number;

  @ApiPropertyOptional({ description: 'for spend: US dollars such as 12.50, with up to nine decimals' })
  @Optional()
  @Pattern(/^\d{1,9}(\.\d{1,9})?$/, 'must be a string with US dollars such as "12.50", with up to nine decimals')
  usd?: string;

  @ApiPropertyOptional({
    description:
      'for tokens and spend: a request reserves the most that it can take, not what is likely, so that the limit is not ' +
      'passed; false unless given',
  })
  @Optional()
  @Flag()
  hard?: boolean;
}

export class ListBranchDefaultsQuery extends PageQuery {
  @ApiProperty({ example: 'amber-birch-12345678' })
  @Text(1, 200)
  project_id!: string;

  @ApiPropertyOptional({ example: 'preview/*', description: 'the whole pattern, as it was given' })
  @Optional()
  @Text(1, 200)
  pattern?: string;

  @ApiPropertyOptional({ enum: LIMIT_KINDS, description: 'what is limited' })
  @Optional()
  @OneOf(LIMIT_KINDS)
  kind?: string;

  @ApiPropertyOptional({ example: 'gpt-5-mini', description: 'an id of the catalog' })
  @Optional()
  @Text(1, 100)
  model?: string;
}

export class BranchDefault {
  @Audited()
  @ApiProperty({ example: 'bld_0123456789abcdefghij' })
  id!: string;

  @Audited()
  @ApiProperty()
  project_id!: string;

  @Audited()
  @ApiProperty()
  pattern!: string;

  @Audited()
  @ApiPropertyOptional({ description: 'absent for all models together' })
  model?: string;

  @Audited()
  @ApiProperty({ enum: LIMIT_KINDS })
  kind!: string;

  @Audited()
  @ApiPropertyOptional()
  value?: number;

  @Audited()
  @ApiPropertyOptional({ description: 'US dollars, for spend' })
  usd?: string;

  @Audited()
  @ApiPropertyOptional({ description: 'for tokens and spend: whether it is not passed at all' })
  hard?: boolean;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class BranchDefaultList extends Page {
  @ApiProperty({ type: () => [BranchDefault] })
  branch_defaults!: BranchDefault[];
}
