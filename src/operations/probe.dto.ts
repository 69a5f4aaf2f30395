import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class Health {
  @ApiProperty({ enum: ['ok'] })
  status!: string;
}

export class Readiness {
  @ApiProperty({ enum: ['ready', 'starting', 'draining', 'clock_offset'] })
  status!: string;

  @ApiPropertyOptional({ enum: ['reachable', 'unreachable'], description: 'of a replica that is ready' })
  database?: string;

  @ApiPropertyOptional({ description: 'seconds that this machine is ahead of the database, where that is too many' })
  clock_offset_seconds?: number;
}
