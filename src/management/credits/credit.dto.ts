import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { CreditEntryKind } from '../../quota/credits/credit-account.js';
import { Instant, Nullable, OneOf, Optional, Pattern, Text } from '../control-plane/requests/fields.js';
import { Page, PageQuery } from '../control-plane/page.js';
import { Audited } from '../control-plane/audit-trail/audited-field.js';

const ENTRY_KINDS = ['grant', 'spend-through', 'adjustment', 'expiry'] as const;

export class GrantCreditBody {
  @ApiProperty({ example: '25', description: 'US dollars, 0.01 or more, with up to nine decimals' })
  @Pattern(/^\d{1,7}(\.\d{1,9})?$/, 'must be a string with US dollars such as "25", from 0.01 to less than 10000000')
  usd!: string;

  @ApiPropertyOptional({ example: 'org-0123456789ab', description: 'one’s own where none is given' })
  @Optional()
  @Text(1, 200)
  organization_id?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    format: 'date-time',
    description: 'when what is left is gone; never, unless given',
  })
  @Nullable()
  @Instant()
  expires_at?: string | null;

  @ApiPropertyOptional({ maxLength: 500 })
  @Optional()
  @Text(1, 500)
  note?: string;
}

/** For the home organization’s operators; the others have their own alone. */
export class CreditQuery {
  @ApiPropertyOptional({ example: 'org-0123456789ab', description: 'one’s own where none is given' })
  @Optional()
  @Text(1, 200)
  organization_id?: string;
}

export class CreditHistoryQuery extends PageQuery {
  @ApiPropertyOptional({ example: 'org-0123456789ab', description: 'one’s own where none is given' })
  @Optional()
  @Text(1, 200)
  organization_id?: string;

  @ApiPropertyOptional({ enum: ENTRY_KINDS, description: 'what changed the balance' })
  @Optional()
  @OneOf(ENTRY_KINDS)
  kind?: CreditEntryKind;

  @ApiPropertyOptional({ description: 'only what a grant gave, and what was taken from it' })
  @Optional()
  @Text(1, 200)
  grant_id?: string;
}

export class CreditGrant {
  @Audited()
  @ApiProperty({ example: 'crg_0123456789abcdefghij' })
  id!: string;

  @Audited()
  @ApiProperty({ example: 'org-0123456789ab', description: 'whose it is' })
  organization_id!: string;

  @Audited()
  @ApiProperty({ description: 'US dollars that were given' })
  usd!: string;

  @Audited()
  @ApiProperty({ description: 'what is left of them' })
  remaining_usd!: string;

  @Audited()
  @ApiPropertyOptional()
  note?: string;

  @Audited()
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @Audited()
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_at!: string | null;

  @Audited()
  @ApiProperty({ description: 'whether its time is over' })
  expired!: boolean;
}

export class Credit {
  @ApiProperty({ description: 'may be below zero: an answer is metered after it was given' })
  balance_usd!: string;

  @ApiProperty({ description: 'at this balance requests are refused' })
  minimum_balance_usd!: string;

  @ApiProperty({ type: () => [CreditGrant], description: 'oldest first' })
  grants!: CreditGrant[];

  @ApiProperty({ description: 'false for an organization without any grant: then nothing is limited by credit' })
  enforced!: boolean;
}

export class CreditEntry {
  @ApiProperty({ example: 'cre_0123456789abcdefghij' })
  id!: string;

  @ApiProperty({ enum: ENTRY_KINDS, description: 'an adjustment comes from a correction of prices' })
  kind!: string;

  @ApiProperty({ description: 'what it added to the balance, or took' })
  usd!: string;

  @ApiProperty({ description: 'after it' })
  balance_usd!: string;

  @ApiPropertyOptional({ description: 'absent for spend that no grant covers' })
  grant_id?: string;

  @ApiProperty({ format: 'date-time' })
  occurred_at!: string;
}

export class CreditHistory extends Page {
  @ApiProperty({ type: () => [CreditEntry], description: 'newest first' })
  entries!: CreditEntry[];
}
