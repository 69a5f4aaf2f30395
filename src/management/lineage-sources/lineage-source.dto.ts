import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Nullable, OneOf, Optional, Pattern, Text, WholeNumber } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Audited, Secret } from '../control-plane/audit-trail/audited-field.js';

const SOURCE_STATES = ['current', 'failing'] as const;
const API_KEY = /^[\x21-\x7e]{1,4096}$/;
const API_KEY_SENTENCE = 'must be 1 to 4096 visible ASCII characters without spaces';
const MIN_POLL_SECONDS = 5;
const MAX_POLL_SECONDS = 86_400;
const POLL = {
  ...{ type: Number, nullable: true, minimum: MIN_POLL_SECONDS, maximum: MAX_POLL_SECONDS, example: 60 },
  description: 'how often it is read; null: as the installation says',
};

export class AddLineageSourceBody {
  @ApiProperty({ example: 'winter-boat-259881', description: 'the project there, and by the same id here' })
  @Pattern(/^[a-z0-9-]{1,60}$/, 'must be a project id such as winter-boat-259881')
  project_id!: string;

  @ApiProperty({
    writeOnly: true,
    description: 'a key that may read the project; encrypted, never shown again',
    example: 'napi_example',
  })
  @Pattern(API_KEY, API_KEY_SENTENCE)
  api_key!: string;

  @ApiPropertyOptional({
    default: 'https://console.neon.tech/api/v2',
    description: 'https, or plain http for loopback',
  })
  @Optional()
  @Text(1, 2_048)
  base_url?: string;

  @ApiPropertyOptional(POLL)
  @Nullable()
  @WholeNumber(MIN_POLL_SECONDS, MAX_POLL_SECONDS)
  poll_seconds?: number | null;
}

export class ChangeLineageSourceBody {
  @ApiPropertyOptional({ writeOnly: true, example: 'napi_example', description: 'another key for the same source' })
  @Optional()
  @Pattern(API_KEY, API_KEY_SENTENCE)
  api_key?: string;

  @ApiPropertyOptional(POLL)
  @Nullable()
  @WholeNumber(MIN_POLL_SECONDS, MAX_POLL_SECONDS)
  poll_seconds?: number | null;
}

export class ListLineageSourcesQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'winter-boat-259881' })
  @Optional()
  @Text(1, 200)
  project_id?: string;

  @ApiPropertyOptional({ enum: SOURCE_STATES, description: 'how the last attempt ended' })
  @Optional()
  @OneOf(SOURCE_STATES)
  state?: (typeof SOURCE_STATES)[number];
}

export class LineageSource {
  @Audited()
  @ApiProperty({ example: 'ls_0123456789abcdefghij' })
  id!: string;

  @Audited()
  @ApiProperty()
  project_id!: string;

  @Audited()
  @ApiProperty()
  base_url!: string;

  @Audited()
  @ApiProperty(POLL)
  poll_seconds!: number | null;

  @Audited()
  @ApiProperty({ enum: SOURCE_STATES, description: 'how the last attempt ended' })
  state!: string;

  @Audited()
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_success_at!: string | null;

  @Audited()
  @ApiProperty({ type: Number, nullable: true, description: 'since the last success: so old the tree may be' })
  stale_seconds!: number | null;

  @Audited()
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_attempt_at!: string | null;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  next_attempt_at!: string;

  @Audited()
  @ApiProperty({ description: 'in a row' })
  failures!: number;

  @Secret()
  @ApiProperty({ type: String, nullable: true, example: 'the source refuses the key (401)' })
  last_error!: string | null;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class LineageSourceList extends Page {
  @ApiProperty({ type: () => [LineageSource] })
  lineage_sources!: LineageSource[];
}
