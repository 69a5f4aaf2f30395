import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** What API v2 answers when something is wrong. */
export class ApiV2Error {
  @ApiProperty({ example: 'req_0123456789abcdef01234567' })
  request_id!: string;

  @ApiProperty({ example: 'NOT_FOUND' })
  code!: string;

  @ApiProperty({ example: 'branch not found' })
  message!: string;

  @ApiPropertyOptional({ example: 'branch_not_found', description: 'which of the documented causes it was' })
  reason?: string;
}

class AdminErrorDetail {
  @ApiProperty({ example: 'kind must be databricks or openai-compatible' })
  message!: string;

  @ApiProperty({ example: 'invalid_request_error' })
  type!: string;

  @ApiProperty({ type: String, nullable: true, example: 'kind', description: 'the field at fault' })
  param!: string | null;

  @ApiProperty({ example: 'invalid_request' })
  code!: string;
}

/** What /admin answers when something is wrong. */
export class AdminError {
  @ApiProperty({ type: () => AdminErrorDetail })
  error!: AdminErrorDetail;
}
