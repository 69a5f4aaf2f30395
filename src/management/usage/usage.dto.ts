import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { type CountColumn, COUNTS, REASONING, TOKEN_CLASSES, TOOL_CLASSES } from '../../dialects/counted-classes.js';
import { Page } from '../control-plane/page.js';
import { FlagText, InstantOrDay, OneOf, Optional, SomeOf, Text } from '../control-plane/requests/fields.js';
import { fieldsOf } from '../control-plane/requests/table-fields.js';

export const USAGE_GROUPS = ['hour', 'day', 'project', 'model', 'branch', 'credential'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

const TOKEN_COLUMNS = TOKEN_CLASSES.flatMap(({ name, column }) =>
  name === REASONING.partOf ? [column, REASONING.column] : [column],
);

/** The columns of a report behind its groups, in the order of the CSV. */
export const USAGE_FIGURES = [
  'requests',
  'estimated_requests',
  ...TOKEN_COLUMNS,
  'cost_nano_usd',
  'cost_usd',
  'adjustments_nano_usd',
  ...TOOL_CLASSES.map(({ column }) => column),
  'unpriced_requests',
] as const;

const FORMATS = ['json', 'csv'] as const;
const MAX_ID = 200;
const MAX_CURSOR = 4_000;

export class UsageQuery {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'from this moment on; 30 days ago where none is given' })
  @Optional()
  @InstantOrDay()
  from?: string;

  @ApiPropertyOptional({ example: '2026-12-01', description: 'before this moment; up to now where none is given' })
  @Optional()
  @InstantOrDay()
  to?: string;

  @ApiPropertyOptional({ type: String, example: 'day,model', description: `any of ${USAGE_GROUPS.join(', ')}` })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @SomeOf(USAGE_GROUPS, 1, USAGE_GROUPS.length)
  group_by?: UsageGroup[];

  @ApiPropertyOptional({ description: 'a branch id' })
  @Optional()
  @Text(1, MAX_ID)
  branch?: string;

  @ApiPropertyOptional({ description: 'what grew from the branch too, deleted or not' })
  @Optional()
  @FlagText()
  descendants?: boolean;

  @ApiPropertyOptional({ description: 'a project id' })
  @Optional()
  @Text(1, MAX_ID)
  project?: string;

  @ApiPropertyOptional({ description: 'a model of the catalog' })
  @Optional()
  @Text(1, MAX_ID)
  model?: string;

  @ApiPropertyOptional({ description: 'a token id' })
  @Optional()
  @Text(1, MAX_ID)
  credential?: string;

  @ApiPropertyOptional({ description: 'the cursor of an earlier page of the same report, which JSON has' })
  @Optional()
  @Text(1, MAX_CURSOR)
  cursor?: string;

  @ApiPropertyOptional({ enum: FORMATS, description: 'csv is whole, however many groups there are' })
  @Optional()
  @OneOf(FORMATS)
  format?: (typeof FORMATS)[number];
}

/** What was counted, by class. The classes of tokens are disjoint. */
class Counts extends fieldsOf<number, CountColumn>(
  COUNTS.map(({ column, description }) => ({
    name: column,
    decorators: [ApiProperty({ type: Number, description })],
  })),
) {}

export class UsageSum extends Counts {
  @ApiPropertyOptional({ example: '2026-11-23T14:00:00Z', description: 'the begin of a UTC hour' })
  hour?: string;

  @ApiPropertyOptional({ example: '2026-11-23', description: 'a UTC day' })
  day?: string;

  @ApiPropertyOptional({ description: 'a project id' })
  project?: string;

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

  @ApiProperty({ example: '1500000', description: 'exact, adjustments included' })
  cost_nano_usd!: string;

  @ApiProperty({ example: '0.0015', description: 'exact' })
  cost_usd!: string;

  @ApiProperty({ example: '-500000', description: 'what corrections of prices added to the cost, or took from it' })
  adjustments_nano_usd!: string;

  @ApiProperty({ description: 'how many of the requests had no price for something: their cost is an assumption' })
  unpriced_requests!: number;
}

export class UsageReport extends Page {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'absent where the report goes up to now' })
  to?: string;

  @ApiProperty({ enum: USAGE_GROUPS, isArray: true })
  group_by!: UsageGroup[];

  @ApiProperty({ type: () => [UsageSum] })
  usage!: UsageSum[];

  @ApiProperty({ description: 'whether there are more groups than the 10000 of a page: the cursor leads to the next' })
  truncated!: boolean;
}
