import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  Instant,
  OneOf,
  Optional,
  Pattern,
  Text,
  WholeNumber,
  WholeNumberText,
} from '../control-plane/requests/fields.js';

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Severity = (typeof SEVERITIES)[number];
const SOURCES = ['function', 'storage', 'pg_endpoint'] as const;
const ORDERS = ['asc', 'desc'] as const;
const MOST = 1_000;
const MAX_TEXT = 1_000;
const MAX_CURSOR = 500;

const Duration = () => Pattern(/^[1-9]\d{0,8}(ms|s|m|h|d)$/, 'must be a length of time such as 30m, 6h or 7d');

/** The window that the records of a query lie in: a length up to its end, or from its begin. */
class LogWindow {
  @ApiPropertyOptional({ type: String, example: '30m', description: 'up to end_time; in place of start_time' })
  @Optional()
  @Duration()
  since?: string;

  @ApiPropertyOptional({ description: 'from this moment on; in place of since' })
  @Optional()
  @Instant()
  start_time?: string;

  @ApiPropertyOptional({ description: 'before this moment; up to now where none is given' })
  @Optional()
  @Instant()
  end_time?: string;

  @ApiPropertyOptional({
    enum: SOURCES,
    description: 'of a service that a branch has elsewhere: there are no such records',
  })
  @Optional()
  @OneOf(SOURCES)
  source?: string;
}

export class LogsQuery extends LogWindow {
  @ApiPropertyOptional({ type: Number, minimum: 1, maximum: MOST, default: 100, description: 'how many, at most' })
  @Optional()
  @WholeNumber(1, MOST)
  limit?: number;

  @ApiPropertyOptional({ type: String, description: 'the next_cursor of the page before' })
  @Optional()
  @Text(1, MAX_CURSOR)
  cursor?: string;

  @ApiPropertyOptional({ enum: ORDERS, default: 'desc', description: 'by their time' })
  @Optional()
  @OneOf(ORDERS)
  sort_order?: (typeof ORDERS)[number];

  @ApiPropertyOptional({ type: String, description: 'all are of ai_gateway' })
  @Optional()
  @Text(1, MAX_TEXT)
  service_name?: string;

  @ApiPropertyOptional({ type: String, description: 'all are of requests' })
  @Optional()
  @Text(1, MAX_TEXT)
  scope_name?: string;

  @ApiPropertyOptional({ enum: SEVERITIES, description: 'this one and those above' })
  @Optional()
  @OneOf(SEVERITIES)
  minimum_severity?: Severity;

  @ApiPropertyOptional({ type: String, example: 'ERROR', description: 'INFO, WARN (the caller must act) or ERROR' })
  @Optional()
  @Text(1, MAX_TEXT)
  severity_text?: string;

  @ApiPropertyOptional({ type: String, description: 'a part of the message, as it is written' })
  @Optional()
  @Text(1, MAX_TEXT)
  body_contains?: string;

  @ApiPropertyOptional({ type: String, description: 'no record has one' })
  @Optional()
  @Text(1, MAX_TEXT)
  trace_id?: string;

  @ApiPropertyOptional({ type: String, description: 'refused: use the other filters' })
  @Optional()
  @Text(1, 10_000)
  logql?: string;
}

export class LogFieldValuesQuery extends LogWindow {
  @ApiPropertyOptional({ minimum: 1, maximum: MOST, default: MOST, description: 'how many, at most' })
  @Optional()
  @WholeNumberText(1, MOST)
  limit?: number;
}

export class LogRecord {
  @ApiProperty({ format: 'date-time' })
  timestamp!: string;

  @ApiProperty({ example: 'completed 200: gpt-5-4 by openai, 820 ms, 92 tokens, $0.00123' })
  message!: string;

  @ApiProperty({ enum: ['ai_gateway'] })
  service_name!: string;

  @ApiProperty({ enum: ['requests'] })
  scope_name!: string;

  @ApiProperty({ enum: [9, 13, 17], description: 'OpenTelemetry’s number' })
  severity_number!: number;

  @ApiProperty({ enum: ['INFO', 'WARN', 'ERROR'] })
  severity_text!: string;

  @ApiProperty({ type: Object, description: 'the request as GET /admin/requests shows it, without what is empty' })
  attributes!: object;
}

export class LogPage {
  @ApiProperty({ type: () => [LogRecord] })
  logs!: readonly LogRecord[];

  @ApiPropertyOptional({ description: 'absent on the last page' })
  next_cursor?: string;

  @ApiProperty()
  is_truncated!: boolean;
}

export class LogFields {
  @ApiProperty({ type: [String] })
  fields!: readonly string[];
}

export class LogFieldValues {
  @ApiProperty({ type: [String] })
  values!: readonly string[];

  @ApiProperty({ description: 'whether there are more than were asked for' })
  is_truncated!: boolean;
}
