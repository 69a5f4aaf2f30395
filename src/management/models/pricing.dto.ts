import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { SERVED_FIELDS, type ServedField } from '../../dialects/served.js';
import {
  Amount,
  Fee,
  Nested,
  NestedList,
  Nullable,
  OneOf,
  Optional,
  Pattern,
  Price,
  WholeNumber,
} from '../control-plane/requests/fields.js';

const MAX_INT = 2_147_483_647;
const PRICE = { type: Number, nullable: true, minimum: 0, description: 'US dollars per million tokens' } as const;
const FEE = { type: Number, nullable: true, minimum: 0 } as const;
const MAX_TIERS = 10;
const MAX_MODIFIERS = 30;
const MAX_MULTIPLIER = 100;

class Prices {
  @ApiPropertyOptional({ ...PRICE, example: 0.25 })
  @Nullable()
  @Price()
  input?: number | null;

  @ApiPropertyOptional({ ...PRICE, example: 2 })
  @Nullable()
  @Price()
  output?: number | null;

  @ApiPropertyOptional(PRICE)
  @Nullable()
  @Price()
  cache_read?: number | null;

  @ApiPropertyOptional(PRICE)
  @Nullable()
  @Price()
  cache_write?: number | null;

  @ApiPropertyOptional(PRICE)
  @Nullable()
  @Price()
  cache_write_1h?: number | null;

  @ApiPropertyOptional(PRICE)
  @Nullable()
  @Price()
  input_audio?: number | null;

  @ApiPropertyOptional(PRICE)
  @Nullable()
  @Price()
  output_audio?: number | null;
}

class PriceTier extends Prices {
  @ApiProperty({
    description: 'the tier holds for a whole request whose input exceeds this many tokens',
    example: 200_000,
  })
  @WholeNumber(1, MAX_INT)
  above_input_tokens!: number;
}

class PriceModifier {
  @ApiProperty({ enum: SERVED_FIELDS, description: 'what the answer says of how it was served' })
  @OneOf(SERVED_FIELDS)
  field!: ServedField;

  @ApiProperty({ example: 'priority', description: 'as the provider’s answers name it' })
  @Pattern(/^[a-z0-9][a-z0-9_.-]{0,39}$/, 'must be a lower-case word such as priority, flex, fast or us')
  value!: string;

  @ApiProperty({ example: 2, description: 'what the price of every token is multiplied by' })
  @Amount(0, MAX_MULTIPLIER)
  multiplier!: number;
}

/** Prices of the provider’s own tools. */
class Fees {
  @ApiPropertyOptional({ ...FEE, example: 10, description: 'US dollars per thousand searches of the web' })
  @Nullable()
  @Fee('thousand')
  web_search?: number | null;

  @ApiPropertyOptional({ ...FEE, description: 'US dollars per thousand requests in which the model searched the web' })
  @Nullable()
  @Fee('thousand')
  grounded_request?: number | null;

  @ApiPropertyOptional({ ...FEE, description: 'US dollars per thousand searches of files' })
  @Nullable()
  @Fee('thousand')
  file_search?: number | null;

  @ApiPropertyOptional({ ...FEE, description: 'US dollars per thousand containers in which code ran' })
  @Nullable()
  @Fee('thousand')
  code_container?: number | null;

  @ApiPropertyOptional({ ...FEE, description: 'US dollars per million tokens of text that went into the image tool' })
  @Nullable()
  @Fee('million tokens')
  image_text?: number | null;

  @ApiPropertyOptional({ ...FEE, description: 'US dollars per million tokens of pictures that went into it' })
  @Nullable()
  @Fee('million tokens')
  image_input?: number | null;

  @ApiPropertyOptional({ ...FEE, description: 'US dollars per million tokens of pictures that it made' })
  @Nullable()
  @Fee('million tokens')
  image_output?: number | null;
}

export class Pricing extends Prices {
  @ApiPropertyOptional({ type: () => [PriceTier] })
  @Optional()
  @NestedList(() => PriceTier, MAX_TIERS)
  tiers?: PriceTier[];

  @ApiPropertyOptional({
    type: () => [PriceModifier],
    description: 'ways to serve that cost more, or less; the plain one is never named',
  })
  @Optional()
  @NestedList(() => PriceModifier, MAX_MODIFIERS)
  modifiers?: PriceModifier[];

  @ApiPropertyOptional({ type: () => Fees })
  @Optional()
  @Nested(() => Fees)
  fees?: Fees;
}
