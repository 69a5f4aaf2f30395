import { ApiProperty } from '@nestjs/swagger';

export class Pagination {
  @ApiProperty({ description: 'send it as `cursor` for the next page' })
  cursor!: string;
}
