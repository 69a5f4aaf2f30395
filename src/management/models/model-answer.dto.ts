import { ApiProperty } from '@nestjs/swagger';
import { PARAMETER_POLICIES } from '../../catalog/parameter-rules.js';
import { DIALECTS } from '../../dialects/dialect.js';
import { Page } from '../control-plane/page.js';
import { Modalities } from './model.dto.js';
import { Pricing } from './pricing.dto.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

const NULLABLE_TEXT = { type: String, nullable: true } as const;
const NULLABLE_NUMBER = { type: Number, nullable: true } as const;

/** A row of the catalog, every column. */
export class Model {
  @Audited()
  @ApiProperty()
  id!: string;

  @Audited()
  @ApiProperty()
  name!: string;

  @Audited()
  @ApiProperty({ enum: ['chat', 'embedding'] })
  type!: string;

  @Audited()
  @ApiProperty()
  provider!: string;

  @Audited()
  @ApiProperty()
  owned_by!: string;

  @Audited()
  @ApiProperty(NULLABLE_TEXT)
  family!: string | null;

  @Audited()
  @ApiProperty({ example: 'active' })
  status!: string;

  @Audited()
  @ApiProperty()
  enabled!: boolean;

  @Audited()
  @ApiProperty({ enum: DIALECTS, isArray: true })
  dialects!: string[];

  @Audited()
  @ApiProperty(NULLABLE_TEXT)
  provider_model_id!: string | null;

  @Audited()
  @ApiProperty(NULLABLE_NUMBER)
  context_length!: number | null;

  @Audited()
  @ApiProperty(NULLABLE_NUMBER)
  max_input_tokens!: number | null;

  @Audited()
  @ApiProperty(NULLABLE_NUMBER)
  max_output_tokens!: number | null;

  @Audited()
  @ApiProperty({ type: () => Pricing, description: 'US dollars per million tokens' })
  pricing!: unknown;

  @Audited()
  @ApiProperty({
    description: 'whether no price is known: it is charged by the price for unpriced models, and its usage is marked',
  })
  unpriced!: boolean;

  @Audited()
  @ApiProperty({ description: 'counts the prices that the model has had; 0 where none was written down yet' })
  price_version!: number;

  @Audited()
  @ApiProperty({ type: () => Modalities })
  modalities!: unknown;

  @Audited({ figuresOnly: true })
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'what the model can do and which parameters it refuses',
  })
  capabilities!: unknown;

  @Audited()
  @ApiProperty()
  open_weights!: boolean;

  @Audited()
  @ApiProperty(NULLABLE_TEXT)
  release_date!: string | null;

  @Audited()
  @ApiProperty(NULLABLE_TEXT)
  knowledge_cutoff!: string | null;

  @Audited()
  @ApiProperty()
  tokenizer_label!: string;

  @Audited()
  @ApiProperty({ enum: PARAMETER_POLICIES })
  parameter_policy!: string;

  @Audited()
  @ApiProperty({ type: [String] })
  aliases!: string[];

  @Audited()
  @ApiProperty({ type: [String] })
  notes!: string[];

  @Audited()
  @ApiProperty({
    enum: ['seed', 'admin'],
    description: 'who brought the model: a release of Bough, or an administrator',
  })
  source!: string;

  @Audited()
  @ApiProperty({ type: [String], description: 'the columns an administrator has set: an upgrade leaves them alone' })
  changed_fields!: string[];

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class ModelList extends Page {
  @ApiProperty({ type: () => [Model] })
  models!: Model[];
}
