import { ApiProperty } from '@nestjs/swagger';
import { SORT_FIELDS, SORT_ORDERS } from '../branches/branch-cursor.js';

export class Pagination {
  @ApiProperty({ description: 'send it as `cursor` for the next page' })
  cursor!: string;
}

export class SortedPagination {
  @ApiProperty({ description: 'send it as `cursor` for the next page' })
  next!: string;

  @ApiProperty({ enum: SORT_FIELDS })
  sort_by!: string;

  @ApiProperty({ enum: SORT_ORDERS })
  sort_order!: string;
}
