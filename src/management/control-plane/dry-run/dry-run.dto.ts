import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

class Doomed {
  @ApiProperty({ example: 'upstream' })
  kind!: string;

  @ApiProperty({ example: 'up_0123456789abcdefghij' })
  id!: string;
}

/** What a deletion would do. Figures that mean nothing for the object are absent. */
export class DryRun {
  @ApiProperty({ enum: [true] })
  dry_run!: true;

  @ApiProperty({ type: () => Doomed, nullable: true, description: 'null where nothing is left to delete' })
  would_delete!: Doomed | null;

  @ApiPropertyOptional({ example: ['gpt-5-mini'], description: 'served by nothing but the sandbox from then on' })
  models_left_without_a_route?: string[];

  @ApiPropertyOptional({ example: 2, description: 'that go with it' })
  routes?: number;

  @ApiPropertyOptional({ example: 3, description: 'that end with it; of a lineage source: that follow no longer' })
  branches?: number;

  @ApiPropertyOptional({ example: 4, description: 'that open nothing from then on; of a lineage source: on its tree' })
  credentials?: number;

  @ApiPropertyOptional({ example: 1, description: 'that open nothing from then on' })
  management_keys?: number;

  @ApiPropertyOptional({ example: 1200, description: 'that it served or that were made with it, by the full hour' })
  requests_last_24h?: number;
}
