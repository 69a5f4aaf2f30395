import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { InstantOrDay, Optional, SomeOf } from '../fields.js';

export const USAGE_GROUPS = ['day', 'model', 'branch', 'credential'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

export class UsageQuery {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'from this moment on; 30 days ago where none is given' })
  @Optional()
  @InstantOrDay()
  from?: string;

  @ApiPropertyOptional({ example: '2026-12-01', description: 'before this moment; up to now where none is given' })
  @Optional()
  @InstantOrDay()
  to?: string;

  @ApiPropertyOptional({ type: String, example: 'day,model', description: 'any of day, model, branch, credential' })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @SomeOf(USAGE_GROUPS, 1, USAGE_GROUPS.length)
  group_by?: UsageGroup[];
}

export class UsageSum {
  @ApiPropertyOptional({ example: '2026-11-23', description: 'a UTC day' })
  day?: string;

  @ApiPropertyOptional()
  model?: string;

  @ApiPropertyOptional({ description: 'a branch id' })
  branch?: string;

  @ApiPropertyOptional({ description: 'a token id' })
  credential?: string;

  @ApiProperty()
  requests!: number;

  @ApiProperty({ description: 'how many of them were counted by a tokenizer, because the provider gave no usage' })
  estimated_requests!: number;

  @ApiProperty({ description: 'the four classes are disjoint: input without what was read from or written to a cache' })
  input_tokens!: number;

  @ApiProperty()
  cache_read_tokens!: number;

  @ApiProperty()
  cache_write_tokens!: number;

  @ApiProperty({ description: 'reasoning included' })
  output_tokens!: number;

  @ApiProperty()
  reasoning_tokens!: number;

  @ApiProperty({ example: '1500000', description: 'exact' })
  cost_nano_usd!: string;

  @ApiProperty({ example: '0.0015', description: 'exact' })
  cost_usd!: string;
}

export class UsageReport {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'absent where the report goes up to now' })
  to?: string;

  @ApiProperty({ enum: USAGE_GROUPS, isArray: true })
  group_by!: UsageGroup[];

  @ApiProperty({ type: () => [UsageSum] })
  usage!: UsageSum[];

  @ApiProperty({ description: 'whether there are more groups than the 10000 shown: ask for less time or fewer groups' })
  truncated!: boolean;
}
