import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class OpenAiErrorDetail {
  @ApiProperty({ example: 'unknown model "gpt-0"' })
  message!: string;

  @ApiProperty({ example: 'invalid_request_error' })
  type!: string;

  @ApiProperty({ type: String, nullable: true, example: 'model', description: 'the field at fault' })
  param!: string | null;

  @ApiProperty({ example: 'invalid_model' })
  code!: string;
}

/** What stands flat beside `error` where the caller is over a limit, or the provider failed. */
class FlatError {
  @ApiPropertyOptional({ example: 'REQUEST_LIMIT_EXCEEDED', description: 'of limits and failures of a provider alone' })
  error_code?: string;

  @ApiPropertyOptional({ example: 'ai gateway quota exceeded', description: 'beside `error_code`' })
  message?: string;
}

/** An error of OpenAI's dialects and of the lists of models. */
export class OpenAiError extends FlatError {
  @ApiProperty({ type: () => OpenAiErrorDetail })
  error!: OpenAiErrorDetail;
}

/** An error below /anthropic. */
export class AnthropicError extends OpenAiError {
  @ApiProperty({ enum: ['error'] })
  type!: string;

  @ApiProperty({ example: 'req_0123456789abcdef01234567' })
  request_id!: string;
}

class GeminiErrorDetail {
  @ApiProperty({ example: 400, description: 'the HTTP status' })
  code!: number;

  @ApiProperty({ example: 'unknown model "gemini-0"' })
  message!: string;

  @ApiProperty({ example: 'INVALID_ARGUMENT' })
  status!: string;

  @ApiProperty({ example: 'invalid_request_error' })
  type!: string;

  @ApiProperty({
    type: [Object],
    description: 'the code of Bough as `reason`, the id of the request, when to try again',
  })
  details!: object[];
}

/** An error below /gemini. */
export class GeminiError extends FlatError {
  @ApiProperty({ type: () => GeminiErrorDetail })
  error!: GeminiErrorDetail;
}
