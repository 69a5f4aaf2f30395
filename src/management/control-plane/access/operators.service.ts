import { Injectable } from '@nestjs/common';
import type { Operator } from '../../../identity/identity.types.js';
import { RecentSet } from '../../../identity/recent-set.js';
import { Clock } from '../../../platform/clock.js';
import { describeCause, Log } from '../../../platform/logging.js';
import { sha256 } from '../../../platform/secrets.js';
import { type KeyHolder, ManagementKeyRepository } from './operator.repository.js';
import { looksLikeManagementKey } from './management-key.js';
import { OidcService } from './oidc.service.js';

/** How exactly the last use of a key is known: a request in between writes nothing. */
const USE_MS = 60_000;

/** Operators are few; of tokens that end within the hour there are more. */
const MAX_SEEN = 10_000;

/** Longer than the tokens of issuers with many groups. */
const MAX_OIDC_TOKEN = 12_288;

/** Who manages, by what they present: a management key, or a token of the configured issuer. */
@Injectable()
export class OperatorsService {
  private readonly seen = new RecentSet(MAX_SEEN);

  constructor(
    private readonly keys: ManagementKeyRepository,
    private readonly oidc: OidcService,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** How long a text may be that is looked at; undefined for as long as a management key. */
  get maxLength(): number | undefined {
    return this.oidc.enabled ? MAX_OIDC_TOKEN : undefined;
  }

  /** Whether this was valid before: then it is no guess. */
  hasSeen(presented: string): boolean {
    return this.seen.has(sha256(presented).toString('base64'));
  }

  /** Null for what is valid nowhere; what cannot be a key costs no query. */
  async find(presented: string): Promise<Operator | null> {
    const digest = sha256(presented);
    const operator = await this.identify(presented, digest);
    if (operator !== null) this.seen.add(digest.toString('base64'));
    return operator;
  }

  private async identify(presented: string, digest: Buffer): Promise<Operator | null> {
    if (!looksLikeManagementKey(presented)) return this.findVouchedFor(presented);
    const holder = await this.keys.findHolder(digest);
    if (holder === null) return null;
    this.noteUse(holder);
    return holder.operator;
  }

  private async findVouchedFor(presented: string): Promise<Operator | null> {
    const operator = await this.oidc.find(presented);
    return operator && { ...operator, home: await this.keys.isHome(operator.organizationId) };
  }

  /** Nobody waits for it, and nothing fails with it. */
  private noteUse({ operator: { keyId }, lastUsedAt }: KeyHolder): void {
    const now = this.clock.now();
    if (lastUsedAt !== null && now - lastUsedAt.getTime() < USE_MS) return;
    this.keys.setLastUsed(keyId, new Date(now)).catch((error: unknown) => {
      this.log.debug('the last use of a management key was not written', { keyId, cause: describeCause(error) });
    });
  }
}
