import { ApiProperty } from '@nestjs/swagger';

export class AiGateway {
  @ApiProperty()
  enabled!: boolean;

  @ApiProperty({
    description: 'what a client calls its base URL: scheme, host and, on a single host, the branch’s path',
  })
  base_url!: string;
}
