import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LIMIT_KINDS, SCOPE_TYPES } from '../../quota/limit.types.js';
import { Optional, Text } from '../control-plane/requests/fields.js';
import { Block } from '../blocks/block.dto.js';

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
