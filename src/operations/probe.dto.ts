import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class Health {
  @ApiProperty({ enum: ['ok'] })
  status!: string;
}

export class Readiness {
  @ApiProperty({ enum: ['ready', 'starting', 'draining'] })
  status!: string;

  @ApiPropertyOptional({ enum: ['reachable', 'unreachable'], description: 'of a replica that is ready' })
  database?: string;
}
