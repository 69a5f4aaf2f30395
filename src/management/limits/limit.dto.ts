import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LIMIT_KINDS, type LimitKind } from '../../quota/limit-kinds.js';
import { SCOPE_TYPES } from '../../quota/limit.types.js';
import { Block } from '../blocks/blocks.module.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Flag, OneOf, Optional, Pattern, Text, WholeNumber } from '../control-plane/requests/fields.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

export class PutLimitBody {
  @ApiProperty({
    enum: SCOPE_TYPES,
    description: 'an account is an organization; a branch includes its descendants',
    example: 'branch',
  })
  @OneOf(SCOPE_TYPES)
  scope_type!: (typeof SCOPE_TYPES)[number];

  @ApiProperty({ example: 'br-quiet-oak-a1b2c3d4' })
  @Text(1, 200)
  scope_id!: string;

  @ApiPropertyOptional({ description: 'an id of the catalog; all models together where none is given' })
  @Optional()
  @Text(1, 100)
  model?: string;

  @ApiProperty({
    enum: LIMIT_KINDS,
    description: 'minutes are calendar minutes, days and months are UTC; the others have no window',
  })
  @OneOf(LIMIT_KINDS)
  kind!: LimitKind;

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

export class ChangeLimitBody {
  @ApiPropertyOptional({ example: 120, description: 'requests or tokens a minute, or requests at once' })
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
      'passed; stays as it is unless given',
  })
  @Optional()
  @Flag()
  hard?: boolean;
}

export class ListLimitsQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: SCOPE_TYPES,
    description: 'limits of accounts, of projects, of branches or of credentials',
  })
  @Optional()
  @OneOf(SCOPE_TYPES)
  scope_type?: string;

  @ApiPropertyOptional({ example: 'br-quiet-oak-a1b2c3d4' })
  @Optional()
  @Text(1, 200)
  scope_id?: string;

  @ApiPropertyOptional({ enum: LIMIT_KINDS, description: 'what is limited' })
  @Optional()
  @OneOf(LIMIT_KINDS)
  kind?: string;

  @ApiPropertyOptional({ example: 'gpt-5-mini', description: 'an id of the catalog' })
  @Optional()
  @Text(1, 100)
  model?: string;
}

export class Limit {
  @Audited()
  @ApiProperty({ example: 'lim_0123456789abcdefghij' })
  id!: string;

  @Audited()
  @ApiProperty({ enum: SCOPE_TYPES })
  scope_type!: string;

  @Audited()
  @ApiProperty()
  scope_id!: string;

  @Audited()
  @ApiPropertyOptional({ description: 'absent for all models together' })
  model?: string;

  @Audited()
  @ApiProperty({ enum: LIMIT_KINDS })
  kind!: string;

  @Audited()
  @ApiPropertyOptional({ description: 'requests or tokens a minute, or requests at once' })
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

  @Audited()
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class LimitList extends Page {
  @ApiProperty({ type: () => [Limit] })
  limits!: Limit[];
}

export const LIMIT_SOURCES = ['set', 'default', 'branch_default', 'credit'] as const;

export class EffectiveLimitsQuery {
  @ApiProperty({ example: 'br-quiet-oak-a1b2c3d4' })
  @Text(1, 200)
  branch!: string;

  @ApiPropertyOptional({ description: 'a token’s `token_id`: its own limits too' })
  @Optional()
  @Text(1, 200)
  credential?: string;

  @ApiPropertyOptional({ description: 'an id of the catalog; the limits of every model where none is given' })
  @Optional()
  @Text(1, 100)
  model?: string;
}

export class EffectiveWindow {
  @ApiPropertyOptional({ format: 'date-time', description: 'absent where the limit has no window' })
  begins_at?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  resets_at?: string;
}

const AMOUNT = { oneOf: [{ type: 'number' }, { type: 'string' }] };

export class EffectiveLimit {
  @ApiProperty({ enum: SCOPE_TYPES })
  scope_type!: string;

  @ApiProperty()
  scope_id!: string;

  @ApiPropertyOptional()
  scope_name?: string;

  @ApiPropertyOptional({ description: 'absent for all models together' })
  model?: string;

  @ApiProperty({ enum: LIMIT_KINDS })
  kind!: string;

  @ApiPropertyOptional({ description: 'requests or tokens a minute, or requests at once' })
  value?: number;

  @ApiPropertyOptional({ description: 'US dollars, for spend' })
  usd?: string;

  @ApiPropertyOptional({ description: 'for tokens and spend: whether it is not passed at all' })
  hard?: boolean;

  @ApiProperty({
    enum: LIMIT_SOURCES,
    description: 'set by an administrator, by the configuration, by a default for new branches, or by credit',
  })
  source!: (typeof LIMIT_SOURCES)[number];

  @ApiPropertyOptional({ description: 'of the stored limit' })
  limit_id?: string;

  @ApiProperty({ description: 'whether it is set above the branch' })
  inherited!: boolean;

  @ApiProperty({ type: () => EffectiveWindow })
  window!: EffectiveWindow;

  @ApiProperty({ ...AMOUNT, description: 'in the present window; US dollars as a text for spend' })
  used!: number | string;

  @ApiProperty({ ...AMOUNT, description: 'held for requests that run, and by replicas for those to come' })
  reserved!: number | string;

  @ApiProperty({ ...AMOUNT })
  remaining!: number | string;
}

export class EffectiveBlock extends Block {
  @ApiPropertyOptional()
  scope_name?: string;

  @ApiProperty({ description: 'whether it is set above the branch' })
  inherited!: boolean;
}

export class EffectiveLimits {
  @ApiProperty({ type: () => [EffectiveLimit] })
  limits!: EffectiveLimit[];

  @ApiProperty({ type: () => [EffectiveBlock] })
  blocks!: EffectiveBlock[];
}
