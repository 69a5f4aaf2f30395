import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { InstantOrDay, Nested, Optional, Pattern, Text } from '../control-plane/requests/fields.js';
import { Page } from '../control-plane/page.js';
import { Pricing } from '../models/models.module.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

export class CorrectPriceBody {
  @ApiPropertyOptional({
    example: 'invoice-2026-10',
    description: 'names the correction: to repeat it changes nothing',
  })
  @Optional()
  @Pattern(/^[A-Za-z0-9._:-]{1,100}$/, 'must be 1 to 100 letters, digits, dots, colons, dashes and underscores')
  id?: string;

  @ApiProperty({ type: () => Pricing, description: 'what the requests should have cost; input must be given' })
  @Nested(() => Pricing)
  pricing!: Pricing;

  @ApiProperty({ example: '2026-10-01', description: 'from this moment on; within the time that the ledger is kept' })
  @InstantOrDay()
  from!: string;

  @ApiPropertyOptional({ example: '2026-11-01', description: 'before this moment; up to now where none is given' })
  @Optional()
  @InstantOrDay()
  to?: string;

  @ApiProperty({ example: 'the price list of October came late' })
  @Text(1, 500)
  note!: string;
}

/** A price that a model has or had. */
export class PriceVersion {
  @ApiProperty({ example: 3, description: 'counts the prices of the model; records of usage name it' })
  version!: number;

  @ApiProperty({ type: () => Pricing })
  pricing!: unknown;

  @ApiProperty({ format: 'date-time', example: '2026-11-23T14:00:00Z' })
  valid_from!: string;

  @ApiProperty({ example: 'changed by an administrator' })
  note!: string;

  @ApiProperty({ description: 'whether requests are charged by it now' })
  current!: boolean;
}

export class PriceVersionList extends Page {
  @ApiProperty({ type: () => [PriceVersion], description: 'newest first' })
  prices!: PriceVersion[];
}

/** A correction, with what it did to the operator's own organization. */
export class PriceCorrectionAnswer {
  @Audited()
  @ApiProperty()
  id!: string;

  @Audited()
  @ApiProperty()
  model!: string;

  @Audited()
  @ApiProperty({ type: () => Pricing })
  pricing!: unknown;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  to!: string;

  @Audited()
  @ApiProperty()
  note!: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiProperty({ description: 'how many of the organization’s requests it adjusted' })
  adjusted_requests!: number;

  @Audited()
  @ApiProperty({ example: '-1500000', description: 'exact; below zero where the requests had cost too much' })
  delta_nano_usd!: string;

  @Audited()
  @ApiProperty({ example: '-0.0015', description: 'exact' })
  delta_usd!: string;
}

export class PriceCorrectionList extends Page {
  @ApiProperty({ type: () => [PriceCorrectionAnswer], description: 'newest first' })
  price_corrections!: PriceCorrectionAnswer[];
}
