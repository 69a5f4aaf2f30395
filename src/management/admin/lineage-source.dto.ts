import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Optional, Pattern, Text } from '../fields.js';

export class AddLineageSourceBody {
  @ApiProperty({ example: 'winter-boat-259881', description: 'the project there, and by the same id here' })
  @Pattern(/^[a-z0-9-]{1,60}$/, 'must be a project id such as winter-boat-259881')
  project_id!: string;

  @ApiProperty({ writeOnly: true, description: 'a key that may read the project; sealed, never shown again' })
  @Pattern(/^[\x21-\x7e]{1,4096}$/, 'must be 1 to 4096 visible ASCII characters without spaces')
  api_key!: string;

  @ApiPropertyOptional({
    default: 'https://console.neon.tech/api/v2',
    description: 'https, or plain http for loopback',
  })
  @Optional()
  @Text(1, 2_048)
  base_url?: string;
}

export class LineageSource {
  @ApiProperty({ example: 'ls_0123456789abcdefghij' })
  id!: string;

  @ApiProperty()
  project_id!: string;

  @ApiProperty()
  base_url!: string;

  @ApiProperty({ enum: ['current', 'failing'], description: 'how the last attempt ended' })
  state!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_success_at!: string | null;

  @ApiProperty({ type: Number, nullable: true, description: 'since the last success: so old the tree may be' })
  stale_seconds!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_attempt_at!: string | null;

  @ApiProperty({ format: 'date-time' })
  next_attempt_at!: string;

  @ApiProperty({ description: 'in a row' })
  failures!: number;

  @ApiProperty({ type: String, nullable: true, example: 'the source refuses the key (401)' })
  last_error!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class LineageSourceList {
  @ApiProperty({ type: () => [LineageSource] })
  lineage_sources!: LineageSource[];
}
