import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Optional, Text, WholeNumberText } from '../control-plane/requests/fields.js';
import { Pagination } from '../control-plane/page.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

export class ListOperationsQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 1_000, default: 100, description: 'how many, at most' })
  @Optional()
  @WholeNumberText(1, 1_000)
  limit?: number;

  @ApiPropertyOptional({ description: 'the `pagination.cursor` of the page before' })
  @Optional()
  @Text(1, 200)
  cursor?: string;
}

export class Operation {
  @Audited()
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @Audited()
  @ApiProperty()
  project_id!: string;

  @Audited()
  @ApiPropertyOptional()
  branch_id?: string;

  @Audited()
  @ApiProperty({ enum: ['create_timeline', 'create_branch', 'delete_timeline', 'timeline_unarchive'] })
  action!: string;

  @Audited()
  @ApiProperty({ enum: ['finished'], description: 'it is done before it is told' })
  status!: string;

  @Audited()
  @ApiProperty({ enum: [0] })
  failures_count!: number;

  @Audited()
  @ApiProperty({ enum: [0] })
  total_duration_ms!: number;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class OperationAnswer {
  @ApiProperty({ type: () => Operation })
  operation!: Operation;
}

export class OperationList {
  @ApiProperty({ type: () => [Operation] })
  operations!: Operation[];

  @ApiPropertyOptional({ type: () => Pagination, description: 'absent on the last page' })
  pagination?: Pagination;
}
