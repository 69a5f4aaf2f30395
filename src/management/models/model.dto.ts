import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { PARAMETER_POLICIES } from '../../catalog/parameter-rules.js';
import { DIALECTS } from '../../dialects/dialect.js';
import {
  Flag,
  FlagText,
  JsonObject,
  Nested,
  Nullable,
  OneOf,
  Optional,
  Pattern,
  SomeOf,
  Text,
  TextList,
  WholeNumber,
} from '../control-plane/requests/fields.js';
import { PageQuery } from '../control-plane/page.js';
import { Pricing } from './pricing.dto.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

const MODEL_TYPES = ['chat', 'embedding'] as const;
const MODALITIES = ['text', 'image', 'pdf', 'audio', 'video', 'embedding'] as const;
const MAX_INT = 2_147_483_647;
const MAX_ALIASES = 50;
const DATE = { type: String, nullable: true, description: 'a day, month or year such as 2026-09' } as const;

export class Modalities {
  @Audited()
  @ApiProperty({ enum: MODALITIES, isArray: true })
  @SomeOf(MODALITIES, 1, MODALITIES.length)
  input!: string[];

  @Audited()
  @ApiProperty({ enum: MODALITIES, isArray: true })
  @SomeOf(MODALITIES, 1, MODALITIES.length)
  output!: string[];
}

/** What an administrator may leave out, and change later. */
class ModelDetails {
  @ApiPropertyOptional({
    enum: PARAMETER_POLICIES,
    default: 'reject',
    description:
      'what is done with a parameter that the model is known to reject: an early error, taken out and named in x-bough-losses, or sent on',
  })
  @Optional()
  @OneOf(PARAMETER_POLICIES)
  parameter_policy?: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['my-model'],
    description: 'other names under which callers may ask for it',
  })
  @Optional()
  @TextList(MAX_ALIASES, 200)
  aliases?: string[];

  @ApiPropertyOptional({ description: 'the provider where none is given', maxLength: 100 })
  @Optional()
  @Text(1, 100)
  owned_by?: string;

  @ApiPropertyOptional({ type: String, nullable: true })
  @Nullable()
  @Text(1, 100)
  family?: string | null;

  @ApiPropertyOptional({ default: 'active', description: 'such as active, deprecated or retired' })
  @Optional()
  @Pattern(/^[a-z_]{1,40}$/, 'must be a lower-case word such as active, deprecated or retired')
  status?: string;

  @ApiPropertyOptional({ default: true, description: 'whether callers may use it; they see it listed all the same' })
  @Optional()
  @Flag()
  enabled?: boolean;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'what the maker’s own API calls it' })
  @Nullable()
  @Text(1, 200)
  provider_model_id?: string | null;

  @ApiPropertyOptional({ type: Number, nullable: true })
  @Nullable()
  @WholeNumber(1, MAX_INT)
  context_length?: number | null;

  @ApiPropertyOptional({ type: Number, nullable: true })
  @Nullable()
  @WholeNumber(1, MAX_INT)
  max_input_tokens?: number | null;

  @ApiPropertyOptional({
    type: Number,
    nullable: true,
    description: '0 where it answers with no tokens, as embeddings do',
  })
  @Nullable()
  @WholeNumber(0, MAX_INT)
  max_output_tokens?: number | null;

  @ApiPropertyOptional({
    type: () => Pricing,
    description:
      'input and output are given together (embeddings: input); 0 where it is free, {} where no price is known: such a model is charged by the price for unpriced models',
  })
  @Optional()
  @Nested(() => Pricing)
  pricing?: Pricing;

  @ApiPropertyOptional({ type: () => Modalities })
  @Optional()
  @Nested(() => Modalities)
  modalities?: Modalities;

  @ApiPropertyOptional({ type: Object, description: 'what the model can do and which parameters it refuses' })
  @Optional()
  @JsonObject()
  capabilities?: Record<string, unknown>;

  @ApiPropertyOptional({ default: false })
  @Optional()
  @Flag()
  open_weights?: boolean;

  @ApiPropertyOptional(DATE)
  @Nullable()
  @Pattern(/^\d{4}(-\d\d){0,2}$/, 'must be a day, month or year such as 2026-09-30')
  release_date?: string | null;

  @ApiPropertyOptional(DATE)
  @Nullable()
  @Pattern(/^\d{4}(-\d\d){0,2}$/, 'must be a day, month or year such as 2026-09-30')
  knowledge_cutoff?: string | null;

  @ApiPropertyOptional({ default: '' })
  @Optional()
  @Text(0, 40)
  tokenizer_label?: string;

  @ApiPropertyOptional({ type: [String] })
  @Optional()
  @TextList(50, 1_000)
  notes?: string[];
}

export class AddModelBody extends ModelDetails {
  @ApiProperty({ example: 'my-model-1', description: 'what callers send as `model`' })
  @Pattern(
    /^(?!databricks-)[a-z0-9][a-z0-9._-]{0,99}$/,
    'must be 1 to 100 lower-case letters, digits, dots, dashes and underscores, without a leading databricks-',
  )
  id!: string;

  @ApiProperty({ enum: MODEL_TYPES })
  @OneOf(MODEL_TYPES)
  type!: string;

  @ApiProperty({ maxLength: 200, example: 'My model' })
  @Text(1, 200)
  name!: string;

  @ApiProperty({ example: 'openai' })
  @Pattern(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be a lower-case word such as openai')
  provider!: string;

  @ApiProperty({
    enum: DIALECTS,
    isArray: true,
    description: 'the dialects in which callers may ask for it',
    example: ['chat_completions'],
  })
  @SomeOf(DIALECTS, 1, DIALECTS.length)
  dialects!: string[];
}

/** Every column but the id and the type. */
export class ChangeModelBody extends ModelDetails {
  @ApiPropertyOptional({ maxLength: 200, example: 'My model' })
  @Optional()
  @Text(1, 200)
  name?: string;

  @ApiPropertyOptional({ example: 'openai' })
  @Optional()
  @Pattern(/^[a-z0-9][a-z0-9._-]{0,99}$/, 'must be a lower-case word such as openai')
  provider?: string;

  @ApiPropertyOptional({ enum: DIALECTS, isArray: true, description: 'the dialects in which callers may ask for it' })
  @Optional()
  @SomeOf(DIALECTS, 1, DIALECTS.length)
  dialects?: string[];
}

export class ListModelsQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'openai' })
  @Optional()
  @Text(1, 100)
  provider?: string;

  @ApiPropertyOptional({ enum: MODEL_TYPES, description: 'what it makes' })
  @Optional()
  @OneOf(MODEL_TYPES)
  type?: string;

  @ApiPropertyOptional({ enum: DIALECTS, description: 'a dialect in which callers may ask for it' })
  @Optional()
  @OneOf(DIALECTS)
  dialect?: string;

  @ApiPropertyOptional({ example: 'active' })
  @Optional()
  @Text(1, 40)
  status?: string;

  @ApiPropertyOptional({ description: 'whether callers may use it' })
  @Optional()
  @FlagText()
  enabled?: boolean;

  @ApiPropertyOptional({
    enum: ['seed', 'admin'],
    description: 'who brought it: a release of Bough, or an administrator',
  })
  @Optional()
  @OneOf(['seed', 'admin'])
  source?: string;

  @ApiPropertyOptional({ description: 'a part of the id or of the name' })
  @Optional()
  @Text(1, 256)
  search?: string;
}
