import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { FlagText, InstantOrDay, Optional, SomeOf, Text } from '../control-plane/requests/fields.js';

export const OUTCOME_GROUPS = ['hour', 'day', 'project', 'branch', 'model', 'upstream', 'code'] as const;
export type OutcomeGroup = (typeof OUTCOME_GROUPS)[number];
const MAX_ID = 200;

export class OutcomesQuery {
  @ApiPropertyOptional({
    example: '2026-11-01',
    description: 'from this hour on; a day before `to` where none is given',
  })
  @Optional()
  @InstantOrDay()
  from?: string;

  @ApiPropertyOptional({ example: '2026-11-02', description: 'before this hour; up to now where none is given' })
  @Optional()
  @InstantOrDay()
  to?: string;

  @ApiPropertyOptional({ type: String, example: 'hour,model', description: `any of ${OUTCOME_GROUPS.join(', ')}` })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @SomeOf(OUTCOME_GROUPS, 1, OUTCOME_GROUPS.length)
  group_by?: OutcomeGroup[];

  @ApiPropertyOptional({ description: 'a project id' })
  @Optional()
  @Text(1, MAX_ID)
  project?: string;

  @ApiPropertyOptional({ description: 'a branch id' })
  @Optional()
  @Text(1, MAX_ID)
  branch?: string;

  @ApiPropertyOptional({ description: 'what grew from the branch too, deleted or not' })
  @Optional()
  @FlagText()
  descendants?: boolean;

  @ApiPropertyOptional({ description: 'a model of the catalog' })
  @Optional()
  @Text(1, MAX_ID)
  model?: string;

  @ApiPropertyOptional({ description: 'the name of the upstream that answered, or failed last' })
  @Optional()
  @Text(1, MAX_ID)
  upstream?: string;

  @ApiPropertyOptional({ example: 'quota_exceeded', description: 'of the error, or `ok`' })
  @Optional()
  @Text(1, MAX_ID)
  code?: string;
}

export class Percentiles {
  @ApiProperty({ example: 420, description: 'half of the requests took no longer, in milliseconds' })
  p50!: number;

  @ApiProperty({ example: 1800 })
  p95!: number;

  @ApiProperty({ example: 3900 })
  p99!: number;
}

export class OutcomeSum {
  @ApiPropertyOptional({ example: '2026-11-23T14:00:00Z', description: 'the begin of a UTC hour' })
  hour?: string;

  @ApiPropertyOptional({ example: '2026-11-23', description: 'a UTC day' })
  day?: string;

  @ApiPropertyOptional({ description: 'a project id; empty where nobody knows' })
  project?: string;

  @ApiPropertyOptional({ description: 'a branch id; empty where nobody knows' })
  branch?: string;

  @ApiPropertyOptional({ description: 'empty where none was known' })
  model?: string;

  @ApiPropertyOptional({ description: 'empty where none was asked' })
  upstream?: string;

  @ApiPropertyOptional({ description: 'of the error, or `ok`' })
  code?: string;

  @ApiProperty({ description: 'refused ones included' })
  requests!: number;

  @ApiProperty()
  succeeded!: number;

  @ApiProperty({ description: 'errors that the caller must act on: most of them were refused' })
  caller_errors!: number;

  @ApiProperty({ description: 'errors of this gateway' })
  gateway_errors!: number;

  @ApiProperty({ description: 'errors of upstreams' })
  upstream_errors!: number;

  @ApiProperty({
    type: () => Percentiles,
    nullable: true,
    description: 'how long those took that an upstream was asked, between the bounds that are counted; null for none',
  })
  duration_ms!: Percentiles | null;
}

export class OutcomeReport {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'absent where the report goes up to now' })
  to?: string;

  @ApiProperty({ enum: OUTCOME_GROUPS, isArray: true })
  group_by!: OutcomeGroup[];

  @ApiProperty({ type: () => [OutcomeSum] })
  outcomes!: readonly OutcomeSum[];

  @ApiProperty({ description: 'whether there are more groups than the 10000 that are shown: ask for less' })
  truncated!: boolean;
}
