import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Instant, Nullable, OneOf, Optional, SomeOf, Text } from '../control-plane/requests/fields.js';
import { Audited, Secret } from '../control-plane/audit-trail/audited-field.js';

const SCOPES = ['storage:read', 'storage:write', 'ai_gateway:invoke', 'functions:invoke'] as const;
const MAX_SCOPES = 16;

export class CreateCredentialBody {
  @ApiPropertyOptional({ maxLength: 256, example: 'ci' })
  @Optional()
  @Text(1, 256)
  name?: string;

  @ApiProperty({
    enum: SCOPES,
    isArray: true,
    minItems: 1,
    maxItems: MAX_SCOPES,
    description: 'fixed once issued',
    example: ['ai_gateway:invoke'],
  })
  @SomeOf(SCOPES, 1, MAX_SCOPES)
  scopes!: string[];

  @ApiProperty({ enum: ['user'], description: 'the other types are internal' })
  @OneOf(['user'])
  principal_type!: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    format: 'date-time',
    description: 'an extension: the credential is refused from then on',
  })
  @Nullable()
  @Instant()
  expires_at?: string | null;
}

export class IssuedCredential {
  @Audited()
  @ApiProperty({ example: 'nak_live_0123456789abcdef0123456789abcdef' })
  token_id!: string;

  @Audited()
  @ApiProperty({ example: '0123456789ab', description: 'may be logged' })
  token_id_short!: string;

  @Audited()
  @ApiPropertyOptional()
  name?: string;

  @Secret()
  @ApiProperty({ description: 'the token for the gateway' })
  api_token!: string;

  @Secret()
  @ApiProperty({ description: 'part of the published shape; Bough has no object storage' })
  s3_secret_access_key!: string;

  @Audited()
  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes!: string[];

  @Audited()
  @ApiProperty()
  branch_id!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiPropertyOptional({ format: 'date-time' })
  expires_at?: string;
}

export class RotatedCredential extends IssuedCredential {
  @Audited()
  @ApiProperty({ enum: ['user'] })
  principal_type!: string;
}

export class CredentialSecrets {
  @Audited()
  @ApiProperty()
  token_id!: string;

  @Secret()
  @ApiProperty()
  api_token!: string;

  @Secret()
  @ApiProperty({ description: 'part of the published shape; Bough has no object storage' })
  s3_secret_access_key!: string;
}

export class Credential {
  @ApiProperty()
  token_id!: string;

  @ApiProperty()
  token_id_short!: string;

  @ApiPropertyOptional()
  name?: string;

  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes!: string[];

  @ApiProperty()
  branch_id!: string;

  @ApiProperty({ enum: ['user'] })
  principal_type!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  last_used_at?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  revoked_at?: string;

  @ApiPropertyOptional({ format: 'date-time' })
  expires_at?: string;
}

export class CredentialList {
  @ApiProperty({ type: () => [Credential] })
  credentials!: Credential[];
}
