import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { AUDIT_OUTCOMES, type AuditOutcome } from '../control-plane/audit-trail/audit.repository.js';
import { InstantOrDay, OneOf, Optional, Text } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.js';

const FORMATS = ['json', 'csv'] as const;
const MAX_ID = 200;
const VIEW = { type: Object, nullable: true } as const;

/** The columns of the CSV, in their order. */
export const AUDIT_COLUMNS = [
  'id',
  'occurred_at',
  'actor_id',
  'actor_name',
  'actor_role',
  'action',
  'object_kind',
  'object_id',
  'project_id',
  'outcome',
  'status',
  'request_id',
  'client_address',
  'before',
  'after',
] as const;

export class AuditQuery extends PageQuery {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'from this moment on' })
  @Optional()
  @InstantOrDay()
  from?: string;

  @ApiPropertyOptional({ example: '2026-12-01', description: 'before this moment' })
  @Optional()
  @InstantOrDay()
  to?: string;

  @ApiPropertyOptional({ description: 'the id of a management key, or `oidc:` and a subject' })
  @Optional()
  @Text(1, 300)
  actor?: string;

  @ApiPropertyOptional({ example: 'PUT /admin/limits', description: 'method and path pattern, as entries show it' })
  @Optional()
  @Text(1, MAX_ID)
  action?: string;

  @ApiPropertyOptional({ description: 'the id of an object' })
  @Optional()
  @Text(1, MAX_ID)
  object?: string;

  @ApiPropertyOptional({ example: 'limit' })
  @Optional()
  @Text(1, 100)
  object_kind?: string;

  @ApiPropertyOptional({ description: 'a project id' })
  @Optional()
  @Text(1, MAX_ID)
  project?: string;

  @ApiPropertyOptional({ enum: AUDIT_OUTCOMES, description: 'how it ended' })
  @Optional()
  @OneOf(AUDIT_OUTCOMES)
  outcome?: AuditOutcome;

  @ApiPropertyOptional({ enum: FORMATS, description: 'csv is whole, however many entries there are' })
  @Optional()
  @OneOf(FORMATS)
  format?: (typeof FORMATS)[number];
}

export class AuditEntryView {
  @ApiProperty({ example: 'aud_019ac0de-0000-7000-8000-000000000000' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  occurred_at!: string;

  @ApiProperty({ description: 'a management key, or `oidc:` and a subject' })
  actor_id!: string;

  @ApiProperty({ description: 'as it was called then' })
  actor_name!: string;

  @ApiProperty({ description: 'as it was then' })
  actor_role!: string;

  @ApiProperty({ example: 'PUT /admin/limits' })
  action!: string;

  @ApiProperty({ example: 'limit' })
  object_kind!: string;

  @ApiProperty({ type: String, nullable: true })
  object_id!: string | null;

  @ApiProperty({ type: String, nullable: true })
  project_id!: string | null;

  @ApiProperty({ enum: AUDIT_OUTCOMES, description: 'refused to the caller (4xx), failed here (5xx)' })
  outcome!: string;

  @ApiProperty({ example: 200 })
  status!: number;

  @ApiProperty()
  request_id!: string;

  @ApiProperty({ example: '192.0.2.7' })
  client_address!: string;

  @ApiProperty({ ...VIEW, description: 'what the object looked like, where it was there and looking was cheap' })
  before!: object | null;

  @ApiProperty({
    ...VIEW,
    description: 'what was answered; fields that may hold a secret are named without their value',
  })
  after!: object | null;
}

export class AuditPage extends Page {
  @ApiProperty({ type: () => [AuditEntryView], description: 'newest first' })
  entries!: AuditEntryView[];
}
