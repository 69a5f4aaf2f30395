import { Injectable } from '@nestjs/common';
import { AppConfig, usdToNano } from '../../config/app-config.js';
import type { Operator } from '../../identity/identity.types.js';
import { Clock } from '../../platform/clock.js';
import type { CreditGrant as Grant } from '../../quota/credits/credit-account.js';
import { type CreditHistoryEntry, CreditRepository } from '../../quota/credits/credit.repository.js';
import { CreditsService } from '../../quota/credits/credits.service.js';
import { byNumber, readPage } from '../control-plane/page.js';
import { invalidField, notFound } from '../control-plane/refusals.js';
import { nanoToUsd } from '../../platform/nano-usd.js';
import { timestamp } from '../control-plane/notation.js';
import type {
  Credit,
  CreditEntry,
  CreditGrant,
  CreditHistory,
  CreditHistoryQuery,
  CreditQuery,
  GrantCreditBody,
} from './credit.dto.js';
import { OrganizationRepository } from '../organizations/organizations.module.js';

const PAGE = 100;
const CURSORS = byNumber<CreditHistoryEntry>('credits', entry => entry.sequence);
/** A cent. */
const LEAST = 10_000_000n;

/** An organization's credit: the operator's own, or any other's for those who run the installation. */
@Injectable()
export class CreditAccountsService {
  constructor(
    private readonly config: AppConfig,
    private readonly credits: CreditsService,
    private readonly repository: CreditRepository,
    private readonly clock: Clock,
    private readonly organizations: OrganizationRepository,
  ) {}

  async grant(operator: Operator, body: GrantCreditBody): Promise<CreditGrant> {
    const { usd, expires_at, note } = body;
    const amount = usdToNano(usd);
    if (amount < LEAST) throw invalidField('usd', 'must be 0.01 or more');
    const expiresAt = expires_at == null ? null : Date.parse(expires_at);
    if (expiresAt !== null && expiresAt <= this.clock.now()) throw invalidField('expires_at', 'must lie in the future');
    const organizationId = await this.accountOf(operator, body);
    const grant = await this.credits.grant(organizationId, { amount, note: note ?? null, expiresAt });
    return viewGrant(organizationId, grant);
  }

  async show(operator: Operator, query: CreditQuery): Promise<Credit> {
    const organizationId = await this.accountOf(operator, query);
    const account = await this.credits.show(organizationId);
    return {
      balance_usd: nanoToUsd(account?.balance ?? 0n),
      minimum_balance_usd: nanoToUsd(this.config.creditMinimumBalanceNanoUsd),
      grants: (account?.grants ?? []).map(grant => viewGrant(organizationId, grant)),
      enforced: account !== null,
    };
  }

  async list(operator: Operator, query: CreditHistoryQuery): Promise<CreditHistory> {
    const organizationId = await this.accountOf(operator, query);
    const filter = { kind: query.kind, grantId: query.grant_id };
    const { rows, next } = await readPage({ limit: PAGE, ...query }, CURSORS, (before, limit) =>
      this.repository.listEntries(organizationId, filter, before, limit),
    );
    return { entries: rows.map(viewEntry), ...next };
  }

  /** Another one is found by the home organization's operators only. */
  private async accountOf(
    { organizationId, home }: Operator,
    { organization_id: named }: CreditQuery,
  ): Promise<string> {
    if (named === undefined || named === organizationId) return organizationId;
    if (home && (await this.organizations.find(named)) !== null) return named;
    throw notFound('organization', 'organization_id');
  }
}

function viewGrant(
  organizationId: string,
  { id, amount, remaining, note, createdAt, expiresAt, expiredAt }: Grant,
): CreditGrant {
  return {
    id,
    organization_id: organizationId,
    usd: nanoToUsd(amount),
    remaining_usd: nanoToUsd(remaining),
    ...(note === null ? {} : { note }),
    created_at: timestamp(new Date(createdAt)),
    expires_at: expiresAt === null ? null : timestamp(new Date(expiresAt)),
    expired: expiredAt !== null,
  };
}

function viewEntry({ id, kind, amount, balance, grantId, occurredAt }: CreditHistoryEntry): CreditEntry {
  return {
    id,
    kind,
    usd: nanoToUsd(amount),
    balance_usd: nanoToUsd(balance),
    ...(grantId === null ? {} : { grant_id: grantId }),
    occurred_at: timestamp(occurredAt),
  };
}
