import { ApiProperty } from '@nestjs/swagger';
import { PARAMETER_POLICIES } from '../../catalog/parameter-rules.js';
import { DIALECTS } from '../../dialects/dialect.js';
import { Page } from '../control-plane/page.js';
import { Modalities } from './model.dto.js';
import { Pricing } from './pricing.dto.js';

const NULLABLE_TEXT = { type: String, nullable: true } as const;
const NULLABLE_NUMBER = { type: Number, nullable: true } as const;

/** A row of the catalog, every column. */
export class Model {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ enum: ['chat', 'embedding'] })
  type!: string;

  @ApiProperty()
  provider!: string;

  @ApiProperty()
  owned_by!: string;

  @ApiProperty(NULLABLE_TEXT)
  family!: string | null;

  @ApiProperty({ example: 'active' })
  status!: string;

  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({ enum: DIALECTS, isArray: true })
  dialects!: string[];

  @ApiProperty(NULLABLE_TEXT)
  provider_model_id!: string | null;

  @ApiProperty(NULLABLE_NUMBER)
  context_length!: number | null;

  @ApiProperty(NULLABLE_NUMBER)
  max_input_tokens!: number | null;

  @ApiProperty(NULLABLE_NUMBER)
  max_output_tokens!: number | null;

  @ApiProperty({ type: () => Pricing, description: 'US dollars per million tokens' })
  pricing!: unknown;

  @ApiProperty({
    description: 'whether no price is known: it is charged by the price for unpriced models, and its usage is marked',
  })
  unpriced!: boolean;

  @ApiProperty({ description: 'counts the prices that the model has had; 0 where none was written down yet' })
  price_version!: number;

  @ApiProperty({ type: () => Modalities })
  modalities!: unknown;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'what the model can do and which parameters it refuses',
  })
  capabilities!: unknown;

  @ApiProperty()
  open_weights!: boolean;

  @ApiProperty(NULLABLE_TEXT)
  release_date!: string | null;

  @ApiProperty(NULLABLE_TEXT)
  knowledge_cutoff!: string | null;

  @ApiProperty()
  tokenizer_label!: string;

  @ApiProperty({ enum: PARAMETER_POLICIES })
  parameter_policy!: string;

  @ApiProperty({ type: [String] })
  aliases!: string[];

  @ApiProperty({ type: [String] })
  notes!: string[];

  @ApiProperty({
    enum: ['seed', 'admin'],
    description: 'who brought the model: a release of Bough, or an administrator',
  })
  source!: string;

  @ApiProperty({ type: [String], description: 'the columns an administrator has set: an upgrade leaves them alone' })
  changed_fields!: string[];

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class ModelList extends Page {
  @ApiProperty({ type: () => [Model] })
  models!: Model[];
}
