import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const LENGTH = { type: Number, nullable: true, description: 'tokens; null where the maker told none' } as const;

/** A model as callers see it, in OpenRouter's shape. */
export class ModelCard {
  @ApiProperty({ example: 'gpt-5-mini', description: 'what to send as `model`' })
  id!: string;

  @ApiProperty({ example: 'gpt-5-mini' })
  canonical_slug!: string;

  @ApiProperty({ example: 'GPT-5 mini' })
  name!: string;

  @ApiProperty({ enum: ['model'] })
  object!: string;

  @ApiProperty({ example: 'openai' })
  owned_by!: string;

  @ApiProperty({ enum: [0] })
  created!: number;

  @ApiProperty({ description: 'whether it may be called' })
  enabled!: boolean;

  @ApiPropertyOptional({ enum: [true], description: 'of a model that its maker has retired' })
  deprecated?: boolean;

  @ApiProperty(LENGTH)
  context_length!: number | null;

  @ApiProperty({ type: Object, description: 'what goes in and what comes out' })
  architecture!: object;

  @ApiProperty({ type: Object })
  top_provider!: object;

  @ApiProperty({ type: Object, nullable: true, description: 'US dollars per token; null where none is published' })
  pricing!: object | null;

  @ApiProperty({ type: Object, nullable: true, example: null })
  per_request_limits!: object | null;

  @ApiProperty({ type: [String], example: ['/v1/chat/completions'], description: 'where it answers' })
  supported_endpoints!: string[];
}

export class ModelCardList {
  @ApiProperty({ type: () => [ModelCard] })
  data!: ModelCard[];
}

export class AnthropicModel {
  @ApiProperty({ enum: ['model'] })
  type!: string;

  @ApiProperty({ example: 'claude-sonnet-4-6' })
  id!: string;

  @ApiProperty({ example: 'Claude Sonnet 4.6' })
  display_name!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty(LENGTH)
  max_input_tokens!: number | null;

  @ApiProperty(LENGTH)
  max_tokens!: number | null;
}

export class AnthropicModelList {
  @ApiProperty({ type: () => [AnthropicModel] })
  data!: AnthropicModel[];

  @ApiProperty({ enum: [false], description: 'all of them stand on one page' })
  has_more!: boolean;

  @ApiProperty({ type: String, nullable: true, example: 'claude-sonnet-4-6' })
  first_id!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'claude-sonnet-4-6' })
  last_id!: string | null;
}

export class GeminiModel {
  @ApiProperty({ example: 'models/gemini-2-5-flash' })
  name!: string;

  @ApiProperty({ example: 'gemini-2-5-flash' })
  baseModelId!: string;

  @ApiProperty({ example: 'gemini-2-5-flash' })
  version!: string;

  @ApiProperty({ example: 'Gemini 2.5 Flash' })
  displayName!: string;

  @ApiProperty({ enum: [''] })
  description!: string;

  @ApiPropertyOptional({ description: 'tokens' })
  inputTokenLimit?: number;

  @ApiPropertyOptional({ description: 'tokens' })
  outputTokenLimit?: number;

  @ApiProperty({ type: [String], example: ['generateContent'] })
  supportedGenerationMethods!: string[];
}

export class GeminiModelList {
  @ApiProperty({ type: () => [GeminiModel] })
  models!: GeminiModel[];
}

export class OpenAiModel {
  @ApiProperty({ example: 'gpt-5-mini' })
  id!: string;

  @ApiProperty({ enum: ['model'] })
  object!: string;

  @ApiProperty({ description: 'seconds since 1970; 0 where the maker named no day' })
  created!: number;

  @ApiProperty({ example: 'openai' })
  owned_by!: string;
}

export class OpenAiModelList {
  @ApiProperty({ enum: ['list'] })
  object!: string;

  @ApiProperty({ type: () => [OpenAiModel] })
  data!: OpenAiModel[];
}
