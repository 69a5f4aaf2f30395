import { ApiPropertyOptional } from '@nestjs/swagger';
import { Pagination } from './pagination.dto.js';
import { Optional, Text, WholeNumberText } from './requests/fields.js';

export const MOST_OF_A_PAGE = 1_000;
const MAX_CURSOR = 500;

/** What every list of /admin takes. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: MOST_OF_A_PAGE, example: 100, description: 'how many, at most' })
  @Optional()
  @WholeNumberText(1, MOST_OF_A_PAGE)
  limit?: number;

  @ApiPropertyOptional({ description: 'the cursor of an earlier page of this list' })
  @Optional()
  @Text(1, MAX_CURSOR)
  cursor?: string;
}

/** What every list of /admin has besides its rows. */
export class Page {
  @ApiPropertyOptional({ type: () => Pagination, description: 'absent on the last page' })
  pagination?: Pagination;
}
