import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { VERDICTS } from '../../metering/request-detail.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { FlagText, InstantOrDay, OneOf, Optional, Text, WholeNumberText } from '../control-plane/requests/fields.js';

const REQUEST_STATUSES = [
  ...['completed', 'client_disconnected', 'truncated', 'upstream_timeout', 'upstream_error', 'aborted', 'refused'],
] as const;

const OWNERS = ['caller', 'gateway', 'upstream'] as const;
const MAX_ID = 200;
const MAX_MS = 86_400_000;
const MAX_NANO_USD = 1_000_000_000_000_000;

export class RequestsQuery extends PageQuery {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'from this moment on; a day ago where none is given' })
  @Optional()
  @InstantOrDay()
  from?: string;

  @ApiPropertyOptional({ example: '2026-11-02', description: 'before this moment; up to now where none is given' })
  @Optional()
  @InstantOrDay()
  to?: string;

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

  @ApiPropertyOptional({ description: 'a token id' })
  @Optional()
  @Text(1, MAX_ID)
  credential?: string;

  @ApiPropertyOptional({ description: 'a model of the catalog' })
  @Optional()
  @Text(1, MAX_ID)
  model?: string;

  @ApiPropertyOptional({ description: 'the name of the upstream that answered, or failed last' })
  @Optional()
  @Text(1, MAX_ID)
  upstream?: string;

  @ApiPropertyOptional({ enum: REQUEST_STATUSES, description: 'how it ended' })
  @Optional()
  @OneOf(REQUEST_STATUSES)
  status?: string;

  @ApiPropertyOptional({ example: 429, description: 'what the caller saw' })
  @Optional()
  @WholeNumberText(100, 599)
  http_status?: number;

  @ApiPropertyOptional({ example: 'quota_exceeded', description: 'of the error that answered it (docs/errors.md)' })
  @Optional()
  @Text(1, MAX_ID)
  code?: string;

  @ApiPropertyOptional({ description: 'whether its answer was asked for as a stream' })
  @Optional()
  @FlagText()
  stream?: boolean;

  @ApiPropertyOptional({ example: 5000, description: 'took longer than so many milliseconds' })
  @Optional()
  @WholeNumberText(0, MAX_MS)
  slower_than_ms?: number;

  @ApiPropertyOptional({ example: 10_000_000, description: 'cost more than so many nano-dollars' })
  @Optional()
  @WholeNumberText(0, MAX_NANO_USD)
  dearer_than_nano_usd?: number;
}

export class AttemptView {
  @ApiProperty()
  upstream!: string;

  @ApiProperty({ description: 'as the upstream calls it' })
  model!: string;

  @ApiProperty({
    enum: VERDICTS,
    description: 'whether it answered; else whether another target was tried, or the caller had left',
  })
  verdict!: string;

  @ApiPropertyOptional({ example: 503, description: 'of the upstream’s answer; absent where none came' })
  status?: number;

  @ApiPropertyOptional({ description: 'of the error that it ended in' })
  code?: string;

  @ApiProperty({ example: 0.9, description: 'milliseconds since the request arrived' })
  started_ms!: number;

  @ApiProperty({ example: 812.4, description: 'the same of the head of its answer, or of its failure' })
  ended_ms!: number;
}

export class LossView {
  @ApiProperty({ description: 'a field of the request, in the caller’s words' })
  field!: string;

  @ApiProperty()
  reason!: string;
}

export class RequestTimes {
  @ApiPropertyOptional({ description: 'until its limits let it in; absent where they did not' })
  admitted_ms?: number;

  @ApiPropertyOptional({ description: 'until the last attempt was begun' })
  sent_ms?: number;

  @ApiPropertyOptional({ description: 'until the first byte of the answer' })
  first_byte_ms?: number;

  @ApiProperty({ description: 'until all of it was over' })
  duration_ms!: number;
}

export class CostLineView {
  @ApiProperty({ example: 'input_tokens', description: 'a class of tokens or a tool, as `tokens` and usage name it' })
  class!: string;

  @ApiProperty()
  count!: number;

  @ApiProperty({ example: '1312.5', description: 'exact; the sum of the lines is rounded up' })
  cost_nano_usd!: string;
}

export class RequestView {
  @ApiProperty({ example: 'req_0123456789abcdef01234567' })
  request_id!: string;

  @ApiProperty({ format: 'date-time' })
  occurred_at!: string;

  @ApiProperty({ enum: REQUEST_STATUSES, description: '`refused` is what no upstream was asked' })
  status!: string;

  @ApiProperty({ example: 200, description: 'what the caller saw; 499 where the caller left before' })
  http_status!: number;

  @ApiProperty({ type: String, nullable: true, description: 'of the error that answered it (docs/errors.md)' })
  code!: string | null;

  @ApiProperty({ enum: OWNERS, nullable: true, description: 'who can do something about the error' })
  who_must_act!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'what the caller was told, where that was an error' })
  message!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'a project id; null where nobody knows: no credential' })
  project!: string | null;

  @ApiProperty({ type: String, nullable: true })
  branch!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'a token id' })
  credential!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'as the caller wrote it' })
  asked_model!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'of the catalog' })
  model!: string | null;

  @ApiProperty({ type: String, nullable: true })
  dialect!: string | null;

  @ApiProperty()
  stream!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'that answered, or failed last' })
  upstream!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'as the upstream calls it' })
  upstream_model!: string | null;

  @ApiProperty({ type: () => [AttemptView], description: 'in their order' })
  attempts!: readonly AttemptView[];

  @ApiProperty({ type: () => RequestTimes, description: 'milliseconds since the request arrived' })
  timings!: RequestTimes;

  @ApiProperty({
    type: Object,
    example: { input_tokens: 12, output_tokens: 80 },
    description: 'by class, without those that are zero',
  })
  tokens!: Readonly<Record<string, number>>;

  @ApiProperty({ description: 'whether a tokenizer counted, because the provider gave no usage' })
  estimated!: boolean;

  @ApiProperty({ example: '1500000', description: 'exact, without what corrections added later' })
  cost_nano_usd!: string;

  @ApiProperty({ example: '0.0015' })
  cost_usd!: string;

  @ApiProperty({ description: 'whether something of it had no price, so that the cost is an assumption' })
  unpriced!: boolean;

  @ApiProperty({ type: Number, nullable: true, description: 'of the model’s price' })
  price_version!: number | null;

  @ApiProperty({ type: () => [LossView], description: 'what the upstream could not be told' })
  losses!: readonly LossView[];

  @ApiProperty({
    type: Object,
    example: { 'x-ratelimit-remaining-requests': '59' },
    description: 'the limits that it met and what was left, by the header that says so',
  })
  limits!: Readonly<Record<string, string>>;

  @ApiProperty({ description: 'how many more were refused alike in the same second, and are counted here' })
  repeats!: number;
}

export class BranchOfPath {
  @ApiProperty()
  id!: string;

  @ApiProperty()
  name!: string;
}

export class RequestDetailView extends RequestView {
  @ApiProperty({ type: () => [BranchOfPath], description: 'from the root to the branch, as they are now' })
  branch_path!: readonly BranchOfPath[];

  @ApiProperty({
    type: () => [CostLineView],
    nullable: true,
    description: 'null where the price of then is not known any more, or was an assumption',
  })
  cost_lines!: readonly CostLineView[] | null;

  @ApiProperty({ example: '0', description: 'what corrections of prices added to the cost, or took from it' })
  adjustments_nano_usd!: string;
}

export class RequestList extends Page {
  @ApiProperty({ type: () => [RequestView], description: 'newest first' })
  requests!: readonly RequestView[];
}
