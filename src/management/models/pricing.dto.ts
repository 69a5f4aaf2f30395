import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { type PriceKey, TOKEN_CLASSES, TOOL_CLASSES } from '../../dialects/counted-classes.js';
import { SERVED_FIELDS, type ServedField } from '../../dialects/served.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';
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
import { fieldsOf } from '../control-plane/requests/table-fields.js';

const MAX_INT = 2_147_483_647;
const MONEY = { type: Number, nullable: true, minimum: 0 } as const;
type ToolFee = (typeof TOOL_CLASSES)[number]['fee'];

const MAX_TIERS = 10;
const MAX_MODIFIERS = 30;
const MAX_MULTIPLIER = 100;

/** A price for each class of the model's own tokens. */
class Prices extends fieldsOf<number | null | undefined, PriceKey>(
  TOKEN_CLASSES.map(({ price, description }) => {
    const told = { ...MONEY, description: `US dollars per million tokens: ${description}` };
    return { name: price, decorators: [Audited(), ApiPropertyOptional(told), Nullable(), Price()] };
  }),
) {}

class PriceTier extends Prices {
  @Audited()
  @ApiProperty({
    description: 'the tier holds for a whole request whose input exceeds this many tokens',
    example: 200_000,
  })
  @WholeNumber(1, MAX_INT)
  above_input_tokens!: number;
}

class PriceModifier {
  @Audited()
  @ApiProperty({ enum: SERVED_FIELDS, description: 'what the answer says of how it was served' })
  @OneOf(SERVED_FIELDS)
  field!: ServedField;

  @Audited()
  @ApiProperty({ example: 'priority', description: 'as the provider’s answers name it' })
  @Pattern(/^[a-z0-9][a-z0-9_.-]{0,39}$/, 'must be a lower-case word such as priority, flex, fast or us')
  value!: string;

  @Audited()
  @ApiProperty({ example: 2, description: 'what the price of every token is multiplied by' })
  @Amount(0, MAX_MULTIPLIER)
  multiplier!: number;
}

/** Prices of the provider’s own tools. */
class Fees extends fieldsOf<number | null | undefined, ToolFee>(
  TOOL_CLASSES.map(({ fee, per, description }) => {
    const unit = per === 1_000 ? 'thousand' : 'million';
    const told = { ...MONEY, description: `US dollars per ${unit} ${description}` };
    return { name: fee, decorators: [Audited(), ApiPropertyOptional(told), Nullable(), Fee(unit)] };
  }),
) {
  @Audited()
  @ApiPropertyOptional({
    ...MONEY,
    description: 'US dollars per thousand requests in which the model searched the web',
  })
  @Nullable()
  @Fee('thousand')
  grounded_request?: number | null;
}

export class Pricing extends Prices {
  @Audited()
  @ApiPropertyOptional({ type: () => [PriceTier] })
  @Optional()
  @NestedList(() => PriceTier, MAX_TIERS)
  tiers?: PriceTier[];

  @Audited()
  @ApiPropertyOptional({
    type: () => [PriceModifier],
    description: 'ways to serve that cost more, or less; the plain one is never named',
  })
  @Optional()
  @NestedList(() => PriceModifier, MAX_MODIFIERS)
  modifiers?: PriceModifier[];

  @Audited()
  @ApiPropertyOptional({ type: () => Fees })
  @Optional()
  @Nested(() => Fees)
  fees?: Fees;
}
