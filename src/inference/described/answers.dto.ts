import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/* The main fields of the vendors' answers; whatever else a provider tells stands beside them. */

const COUNT = { description: 'tokens' } as const;

class CompletionUsage {
  @ApiProperty(COUNT)
  prompt_tokens!: number;

  @ApiPropertyOptional(COUNT)
  completion_tokens?: number;

  @ApiProperty(COUNT)
  total_tokens!: number;
}

export class ChatCompletion {
  @ApiProperty({ example: 'chatcmpl-0123456789' })
  id!: string;

  @ApiProperty({ enum: ['chat.completion'] })
  object!: string;

  @ApiProperty({ description: 'seconds since 1970' })
  created!: number;

  @ApiProperty({ example: 'gpt-5-mini', description: 'as the provider calls it' })
  model!: string;

  @ApiProperty({ type: [Object], description: 'the answers, one unless more were asked for' })
  choices!: object[];

  @ApiPropertyOptional({ type: () => CompletionUsage })
  usage?: CompletionUsage;
}

class MessageUsage {
  @ApiProperty(COUNT)
  input_tokens!: number;

  @ApiProperty(COUNT)
  output_tokens!: number;
}

export class Message {
  @ApiProperty({ example: 'msg_0123456789' })
  id!: string;

  @ApiProperty({ enum: ['message'] })
  type!: string;

  @ApiProperty({ enum: ['assistant'] })
  role!: string;

  @ApiProperty({ example: 'claude-sonnet-4-6', description: 'as the provider calls it' })
  model!: string;

  @ApiProperty({ type: [Object], description: 'blocks: text, thinking, calls of tools' })
  content!: object[];

  @ApiProperty({ type: String, nullable: true, example: 'end_turn' })
  stop_reason!: string | null;

  @ApiProperty({ type: () => MessageUsage })
  usage!: MessageUsage;
}

export class MessageTokenCount {
  @ApiProperty({ example: 11 })
  input_tokens!: number;
}

export class OpenAiResponse {
  @ApiProperty({ example: 'resp_0123456789' })
  id!: string;

  @ApiProperty({ enum: ['response'] })
  object!: string;

  @ApiProperty({ example: 'completed' })
  status!: string;

  @ApiProperty({ example: 'gpt-5-mini', description: 'as the provider calls it' })
  model!: string;

  @ApiProperty({ type: [Object], description: 'items: messages, reasoning, calls of tools' })
  output!: object[];

  @ApiPropertyOptional({ type: Object, nullable: true, description: 'tokens' })
  usage?: object | null;
}

/** Of `generateContent` all, of `countTokens` the count alone, of the others their vectors. `streamGenerateContent` answers with a list of these. */
export class GeminiAnswer {
  @ApiPropertyOptional({ type: [Object], description: 'the answers, one unless more were asked for' })
  candidates?: object[];

  @ApiPropertyOptional({ type: Object, description: 'tokens' })
  usageMetadata?: object;

  @ApiPropertyOptional({ example: 'gemini-2-5-flash', description: 'as the provider calls it' })
  modelVersion?: string;

  @ApiPropertyOptional({ example: 11, description: 'of `countTokens`' })
  totalTokens?: number;

  @ApiPropertyOptional({ type: Object, example: { values: [0.1, -0.2] }, description: 'of `embedContent`' })
  embedding?: object;

  @ApiPropertyOptional({ type: [Object], example: [{ values: [0.1, -0.2] }], description: 'of `batchEmbedContents`' })
  embeddings?: object[];
}

export class Embeddings {
  @ApiProperty({ enum: ['list'] })
  object!: string;

  @ApiProperty({ type: [Object], description: 'a vector for each text, in their order' })
  data!: object[];

  @ApiProperty({ example: 'gte-large-en' })
  model!: string;

  @ApiPropertyOptional({ type: () => CompletionUsage })
  usage?: CompletionUsage;
}
