import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/*
 * The main fields of the vendors' requests. Whatever else a vendor knows may stand beside them: it goes on as it came, or
 * is named in x-bough-losses where the provider has no word for it.
 */

const STREAM = { default: false, description: 'whether to answer with server-sent events' } as const;
const LIST = (description: string, example: object) => ({
  type: Object,
  isArray: true,
  description,
  example: [example],
});
const TOOLS = { type: Object, isArray: true, description: 'what the model may call' };
const ASKED = { role: 'user', content: 'Say hello.' };

class Sampling {
  @ApiPropertyOptional({ minimum: 0, maximum: 2, description: 'how freely words are chosen' })
  temperature?: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 1, description: 'the same, by the most likely words' })
  top_p?: number;

  @ApiPropertyOptional(STREAM)
  stream?: boolean;

  @ApiPropertyOptional(TOOLS)
  tools?: object[];
}

export class ChatCompletionRequest extends Sampling {
  @ApiProperty({ example: 'gpt-5-mini', description: 'an id of the catalog, with or without a leading databricks-' })
  model!: string;

  @ApiProperty(LIST('the conversation so far', ASKED))
  messages!: object[];

  @ApiPropertyOptional({ example: 256, description: 'how long the answer may be' })
  max_completion_tokens?: number;

  @ApiPropertyOptional({ type: Object, description: 'such as `include_usage`' })
  stream_options?: object;

  @ApiPropertyOptional({ type: Object, description: 'text, an object, or an object of a schema' })
  response_format?: object;
}

class PromptOfMessages {
  @ApiProperty({ example: 'claude-sonnet-4-6', description: 'an id of the catalog' })
  model!: string;

  @ApiProperty(LIST('the conversation so far', ASKED))
  messages!: object[];

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
    description: 'instructions',
  })
  system?: string | object[];
}

export class MessagesRequest extends PromptOfMessages {
  @ApiProperty({ example: 256, description: 'how long the answer may be' })
  max_tokens!: number;

  @ApiPropertyOptional({ minimum: 0, maximum: 1, description: 'how freely words are chosen' })
  temperature?: number;

  @ApiPropertyOptional(STREAM)
  stream?: boolean;

  @ApiPropertyOptional(TOOLS)
  tools?: object[];

  @ApiPropertyOptional({ type: Object, description: 'whether to think aloud, and how long' })
  thinking?: object;
}

export class CountMessageTokensRequest extends PromptOfMessages {
  @ApiPropertyOptional(TOOLS)
  tools?: object[];
}

export class ResponsesRequest extends Sampling {
  @ApiProperty({ example: 'gpt-5-mini', description: 'an id of the catalog' })
  model!: string;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
    example: 'Say hello.',
    description: 'a text, or the items so far',
  })
  input!: string | object[];

  @ApiPropertyOptional({ description: 'what holds for the whole conversation' })
  instructions?: string;

  @ApiPropertyOptional({ example: 256, description: 'how long the answer may be' })
  max_output_tokens?: number;

  @ApiPropertyOptional({ type: Object, description: 'how hard to think, and what to tell of it' })
  reasoning?: object;
}

export class GeminiRequest {
  @ApiPropertyOptional(LIST('the conversation so far', { role: 'user', parts: [{ text: 'Say hello.' }] }))
  contents?: object[];

  @ApiPropertyOptional({ type: Object, description: 'of `embedContent`: a text, in parts' })
  content?: object;

  @ApiPropertyOptional({ type: Object, isArray: true, description: 'of `batchEmbedContents`: an `embedContent` each' })
  requests?: object[];

  @ApiPropertyOptional({ type: Object, description: 'instructions' })
  systemInstruction?: object;

  @ApiPropertyOptional({ type: Object, example: { maxOutputTokens: 256 }, description: 'length, sampling, form' })
  generationConfig?: object;

  @ApiPropertyOptional(TOOLS)
  tools?: object[];
}

export class EmbeddingsRequest {
  @ApiProperty({ example: 'gte-large-en', description: 'an id of the catalog' })
  model!: string;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { oneOf: [{ type: 'string' }, { type: 'integer' }] } }],
    example: 'A word.',
    description: 'a string, a list of strings, or tokens',
  })
  input!: unknown;

  @ApiPropertyOptional({ description: 'how long a vector is to be' })
  dimensions?: number;

  @ApiPropertyOptional({ enum: ['float', 'base64'], description: 'how numbers are written' })
  encoding_format?: string;
}
